//! From the cells of a row to somebody who can be registered.

use std::collections::BTreeMap;

use garde::Validate;

use super::dates;
use super::mapping::{DateForm, Field, Layout};
use crate::error::{Error, FieldError};
use crate::patients::{Demographics, EmergencyContact, Sex};
use crate::words::Trimmed;

/// What an emergency contact is to the patient where the file does not say.
const RELATION_NOT_STATED: &str = "not stated";
/// Digits in an emergency contact that are taken for a phone number.
const PHONE_DIGITS: usize = 5;

/// Somebody who can be registered.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Who they are.
    pub demographics: Demographics,
    /// Who treats them, as the file calls them.
    pub practitioner: Option<String>,
    /// What of the row was left out, and why; nothing about the patient.
    pub remarks: Vec<String>,
}

/// How the rows of one file are read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Where the fields stand.
    pub layout: Layout,
    /// How dates are written.
    pub dates: Vec<DateForm>,
    /// What the words for sexes mean.
    pub sexes: BTreeMap<String, Sex>,
}

impl Reading {
    /// Reads a row.
    ///
    /// # Errors
    /// Why nobody can be registered from it: each field with what is wrong, and nothing of what stands there.
    pub fn read(&self, cells: &[String]) -> Result<Candidate, Vec<String>> {
        let mut faults = Vec::new();
        for (field, columns) in &self.layout.columns {
            let readable = |text: &str| {
                text.chars()
                    .all(|char| char != '\u{FFFD}' && (!char.is_control() || matches!(char, '\n' | '\r' | '\t')))
            };
            if columns.iter().filter_map(|at| cells.get(*at)).any(|cell| !readable(cell)) {
                faults.push(format!("{field}: holds characters that cannot be read"));
            }
        }
        let mut remarks = Vec::new();
        let birth_date = match self.first(cells, Field::BirthDate) {
            None => Err("is missing".to_owned()),
            Some(text) => dates::read(&text, &self.dates),
        };
        for (field, missing) in [Field::GivenName, Field::FamilyName].map(|field| (field, self.first(cells, field))) {
            if missing.is_none() {
                faults.push(format!("{field}: is missing"));
            }
        }
        let birth_date = match birth_date {
            Ok(date) if faults.is_empty() => date,
            Ok(_) => return Err(faults),
            Err(fault) => {
                faults.push(format!("{}: {fault}", Field::BirthDate));
                return Err(faults);
            }
        };
        let text = |field| self.first(cells, field).as_deref().map(Trimmed::from);
        let demographics = Demographics {
            given_name: text(Field::GivenName).unwrap_or_else(|| "".into()),
            family_name: text(Field::FamilyName).unwrap_or_else(|| "".into()),
            birth_date,
            preferred_name: text(Field::PreferredName),
            sex: self.sex(cells, &mut remarks),
            phone: text(Field::Phone),
            email: text(Field::Email),
            address: self.address(cells),
            emergency_contact: self.emergency_contact(cells, &mut remarks),
            gp: text(Field::Gp),
            health_number: text(Field::HealthNumber),
            insurer: text(Field::Insurer),
            claim_number: text(Field::ClaimNumber),
        };
        demographics.validate().map_err(|report| in_words(&Error::from(report)))?;
        Ok(Candidate { demographics, practitioner: self.first(cells, Field::Practitioner), remarks })
    }

    fn filled<'c>(&'c self, cells: &'c [String], field: Field) -> impl Iterator<Item = &'c str> {
        let columns = self.layout.columns.get(&field).into_iter().flatten();
        columns.filter_map(|at| cells.get(*at)).map(|cell| plain(cell)).filter(|cell| !cell.is_empty())
    }

    fn first(&self, cells: &[String], field: Field) -> Option<String> {
        self.filled(cells, field).next().map(str::to_owned)
    }

    fn address(&self, cells: &[String]) -> Option<Trimmed> {
        let parts: Vec<&str> = self.filled(cells, Field::Address).collect();
        (!parts.is_empty()).then(|| Trimmed::from(parts.join(", ").as_str()))
    }

    fn sex(&self, cells: &[String], remarks: &mut Vec<String>) -> Option<Sex> {
        let word = self.first(cells, Field::Sex)?;
        let sex = self.sexes.get(&super::mapping::fold(&word)).copied();
        if sex.is_none() {
            remarks.push(format!("{}: left out, the word is not known", Field::Sex));
        }
        sex
    }

    fn emergency_contact(&self, cells: &[String], remarks: &mut Vec<String>) -> Option<EmergencyContact> {
        let (mut name, mut phone) = (self.first(cells, Field::EmergencyName), self.first(cells, Field::EmergencyPhone));
        if let Some(both) = self.first(cells, Field::EmergencyContact) {
            let (called, dialled) = name_and_phone(&both);
            name = name.or(called);
            phone = phone.or(dialled);
        } else if name.is_none() && phone.is_none() {
            return None;
        }
        let (Some(name), Some(phone)) = (name, phone) else {
            remarks.push(format!("{}: left out, it needs a name and a phone number", Field::EmergencyContact));
            return None;
        };
        let relation = self.first(cells, Field::EmergencyRelation);
        Some(EmergencyContact {
            name: name.as_str().into(),
            phone: phone.as_str().into(),
            relation: relation.as_deref().unwrap_or(RELATION_NOT_STATED).into(),
        })
    }
}

/// The fields at fault, without their pointers' slashes.
pub fn in_words(error: &Error) -> Vec<String> {
    let fields = error.errors.iter().map(|FieldError { pointer, message }| {
        let field = pointer.trim_start_matches('/').replace('/', ".");
        format!("{field}: {message}")
    });
    let mut words: Vec<String> = fields.collect();
    if words.is_empty() {
        words.push(error.detail.to_string());
    }
    words
}

/// A cell as it was meant: exports put `'` before what a spreadsheet would take for a formula, such as `+41 44 ...`.
fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(cell)
}

/// `Rosa Berg - 044 123 45 67` taken apart at its first digit.
fn name_and_phone(both: &str) -> (Option<String>, Option<String>) {
    let at = both.find(|char: char| char.is_ascii_digit() || char == '+').unwrap_or(both.len());
    let (name, phone) = both.split_at(at);
    let around = |char: char| char.is_whitespace() || "-–,:;()".contains(char);
    let (name, phone) = (name.trim_matches(around), phone.trim_matches(around));
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    ((!name.is_empty()).then(|| name.to_owned()), (digits >= PHONE_DIGITS).then(|| phone.to_owned()))
}
