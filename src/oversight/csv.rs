//! Audit events as rows of CSV.

use super::EventView;

/// The columns, named as in JSON.
pub(super) const HEADER: &[&str] = &[
    "id",
    "at",
    "actor",
    "staff_id",
    "role",
    "session",
    "action",
    "outcome",
    "code",
    "count",
    "patients",
    "object_kind",
    "object_id",
    "object_version",
    "note_hash",
    "address",
    "request_id",
    "text",
    "sealed",
];

/// The cells of an event in the order of [`HEADER`]; patients are separated by spaces.
pub(super) fn row(event: &EventView) -> Vec<String> {
    let object = event.object.as_ref();
    let patients: Vec<_> = event.patients.iter().map(ToString::to_string).collect();
    vec![
        event.id.to_string(),
        event.at.to_string(),
        <&str>::from(event.actor.kind).to_owned(),
        cell(event.actor.staff_id),
        cell(event.actor.role),
        cell(event.actor.session),
        event.action.to_string(),
        event.outcome.to_string(),
        event.code.clone(),
        cell(event.count),
        patients.join(" "),
        cell(object.map(|object| object.kind)),
        cell(object.map(|object| object.id)),
        cell(object.and_then(|object| object.version)),
        cell(event.note_hash),
        cell(event.address),
        event.request_id.clone(),
        event.text.clone().unwrap_or_default(),
        cell(event.sealed),
    ]
}

fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
