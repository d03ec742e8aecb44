//! Audit events as rows of CSV.

use std::collections::HashMap;

use super::EventView;
use crate::ids::PatientId;
use crate::patients::ops::RecordNumber;

macro_rules! header {
    ($($more:literal),*) => {
        &[
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
            $($more,)*
        ]
    };
}

/// The columns, named as in JSON.
pub(super) const HEADER: &[&str] = header!();

/// The same, and what the ids of people and records stand for.
pub(super) const NAMED_HEADER: &[&str] = header!("name", "record_numbers");

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

/// The same in the order of [`NAMED_HEADER`], of an event by somebody of this name.
pub(super) fn named(event: &EventView, name: String, numbers: &HashMap<PatientId, RecordNumber>) -> Vec<String> {
    let records: Vec<_> = event.patients.iter().filter_map(|id| numbers.get(id)).map(ToString::to_string).collect();
    let mut row = row(event);
    row.extend([name, records.join(" ")]);
    row
}

fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
