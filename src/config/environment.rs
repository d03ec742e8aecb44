//! Which variables of the environment are settings, and which were meant to be.

use toml::{Table, Value};

use super::field;
use crate::error::FieldError;

/// What every variable begins with that is a setting; two underscores stand for each dot of its key.
const PREFIX: &str = "TANDEM__";
/// What variables begin with that are no settings, such as those of the tests.
const OURS: &str = "TANDEM_";

/// The key of the setting that a variable is; none if it is no setting.
///
/// # Errors
/// It is spelt nearly like one, and would be ignored; the fault says how it is spelt.
pub(super) fn key(variable: &str, defaults: &Table) -> Result<Option<String>, FieldError> {
    if let Some(key) = variable.strip_prefix(PREFIX) {
        return Ok(Some(key.to_lowercase().replace("__", ".")));
    }
    let meant = variable.strip_prefix(OURS).and_then(|rest| spelt(&rest.to_lowercase().replace("__", "_"), defaults));
    match meant {
        Some(key) => Err(field(variable, format!("is no setting; {PREFIX}{} is", key.to_uppercase()))),
        None => Ok(None),
    }
}

/// `words` with two underscores behind each table that they lead into, if they begin with the name of one.
fn spelt(words: &str, tables: &Table) -> Option<String> {
    let inside = |(name, value): (&String, &Value)| {
        let rest = words.strip_prefix(name.as_str())?.strip_prefix('_')?;
        let rest = value.as_table().map(|inner| spelt(rest, inner).unwrap_or_else(|| rest.to_owned()))?;
        Some(format!("{name}__{rest}"))
    };
    tables.iter().find_map(inside)
}
