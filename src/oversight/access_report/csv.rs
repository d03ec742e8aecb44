//! The access report as rows of CSV.

use super::AccessLine;

/// The columns, named as in JSON.
pub(super) const HEADER: &[&str] = &[
    "id",
    "at",
    "who",
    "role",
    "action",
    "what",
    "outcome",
    "code",
    "why",
    "object_kind",
    "object_id",
    "object_version",
    "emergency",
    "audit",
    "unusual",
];

/// The cells of a line in the order of [`HEADER`].
pub(super) fn row(line: &AccessLine) -> Vec<String> {
    let object = line.object.as_ref();
    vec![
        line.id.to_string(),
        line.at.to_string(),
        line.who.clone(),
        cell(line.role),
        line.action.to_string(),
        line.what.clone(),
        line.outcome.to_string(),
        line.code.clone(),
        line.why.clone(),
        cell(object.map(|object| object.kind)),
        cell(object.map(|object| object.id)),
        cell(object.and_then(|object| object.version)),
        line.emergency.to_string(),
        line.audit.to_string(),
        line.unusual.to_string(),
    ]
}

fn cell(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
