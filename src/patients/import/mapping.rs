//! Which column of an export is which field: data, read from `config/imports.toml` or a practice's own file.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use strum::{Display, EnumIter};
use toml::Spanned;

use crate::patients::Sex;

const BUILT_IN: &str = include_str!("../../../config/imports.toml");

/// What a column may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Display, EnumIter, Deserialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    /// Given names.
    GivenName,
    /// Family name.
    FamilyName,
    /// Date of birth.
    BirthDate,
    /// What the patient wants to be called.
    PreferredName,
    /// Sex as registered.
    Sex,
    /// Phone number.
    Phone,
    /// E-mail address.
    Email,
    /// A part of the postal address.
    Address,
    /// Name of the emergency contact.
    EmergencyName,
    /// Phone number of the emergency contact.
    EmergencyPhone,
    /// What the emergency contact is to the patient.
    EmergencyRelation,
    /// Name and phone number of the emergency contact in one cell.
    EmergencyContact,
    /// The general practitioner.
    Gp,
    /// The number of a public health system.
    HealthNumber,
    /// The insurer.
    Insurer,
    /// The insurer's number for the claim.
    ClaimNumber,
    /// Who treats the patient.
    Practitioner,
}

/// Without these nobody can be entered.
pub const NEEDED: [Field; 3] = [Field::GivenName, Field::FamilyName, Field::BirthDate];

/// How dates are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateForm {
    /// `1984-05-23`.
    Iso,
    /// `23 May 1984` or `May 23, 1984`.
    NamedMonth,
    /// `23/05/1984`.
    DayFirst,
    /// `05/23/1984`.
    MonthFirst,
}

/// The columns of one program's export.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// What it is called.
    pub name: String,
    /// How its dates are written.
    pub dates: Vec<DateForm>,
    /// The headers of each field, folded, in the order in which they are taken.
    pub columns: BTreeMap<Field, Vec<String>>,
}

/// All mappings, and the words for sexes.
#[derive(Clone, Debug)]
pub struct Mappings {
    /// In the order of their file.
    pub mappings: Vec<Mapping>,
    /// What each word in a column of sexes means.
    pub sexes: BTreeMap<String, Sex>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sex: Sexes,
    mapping: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sexes {
    female: Spanned<Vec<String>>,
    male: Spanned<Vec<String>>,
    other: Spanned<Vec<String>>,
    unknown: Spanned<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    dates: Vec<DateForm>,
    columns: BTreeMap<Field, Spanned<Vec<String>>>,
}

/// A header, or a word for a sex, as it is compared.
#[must_use]
pub fn fold(header: &str) -> String {
    let plain = header.to_lowercase().replace(['_', '-'], " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Mappings {
    /// The mappings at `path`, or those built in.
    ///
    /// # Errors
    /// A sentence for whoever imports: file, line, and what is wrong there.
    pub fn load(path: Option<&Path>) -> Result<Self, String> {
        let Some(path) = path else {
            return Self::parse(BUILT_IN).map_err(|(line, problem)| format!("config/imports.toml:{line}: {problem}"));
        };
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&text).map_err(|(line, problem)| format!("{}:{line}: {problem}", path.display()))
    }

    /// Reads and checks mappings.
    ///
    /// # Errors
    /// The line, counted from 1, of the first thing that is wrong, and a sentence on it.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let line = |offset: usize| 1 + text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count();
        let file: File = toml::from_str(text)
            .map_err(|error| (line(error.span().map_or(0, |span| span.start)), error.message().to_owned()))?;
        let sexes = sexes(file.sex).map_err(|(at, problem)| (line(at), problem))?;
        let mut mappings: Vec<Mapping> = Vec::new();
        for entry in file.mapping {
            let at = entry.span().start;
            let mapping = mapping(entry.into_inner(), at).map_err(|(at, problem)| (line(at), problem))?;
            if mappings.iter().any(|other| other.name == mapping.name) {
                return Err((line(at), format!("name {:?} is there already", mapping.name)));
            }
            mappings.push(mapping);
        }
        Ok(Self { mappings, sexes })
    }
}

fn sexes(words: Sexes) -> Result<BTreeMap<String, Sex>, (usize, String)> {
    let of = [
        (Sex::Female, words.female),
        (Sex::Male, words.male),
        (Sex::Other, words.other),
        (Sex::Unknown, words.unknown),
    ];
    let mut sexes = BTreeMap::new();
    for (sex, words) in of {
        let at = words.span().start;
        for word in words.into_inner() {
            if sexes.insert(fold(&word), sex).is_some() {
                return Err((at, format!("sex: {word:?} stands there twice")));
            }
        }
    }
    Ok(sexes)
}

fn mapping(entry: Entry, at: usize) -> Result<Mapping, (usize, String)> {
    let Entry { name, dates, columns } = entry;
    let wrong = |problem: &str| Err((at, format!("{name}: {problem}")));
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        return Err((at, format!("name {name:?} must be snake_case")));
    }
    if dates.is_empty() {
        return wrong("dates must name at least one form");
    }
    if dates.contains(&DateForm::DayFirst) && dates.contains(&DateForm::MonthFirst) {
        return wrong("dates cannot be day_first and month_first at once");
    }
    if let Some(field) = NEEDED.into_iter().find(|field| !columns.contains_key(field)) {
        return wrong(&format!("columns.{field} is missing"));
    }
    let mut taken = BTreeMap::new();
    let mut folded = BTreeMap::new();
    for (field, headers) in columns {
        let at = headers.span().start;
        let headers: Vec<String> = headers.into_inner().iter().map(|header| fold(header)).collect();
        if headers.is_empty() || headers.iter().any(String::is_empty) {
            return Err((at, format!("{name}: columns.{field} holds an empty header, or none")));
        }
        for header in &headers {
            if let Some(other) = taken.insert(header.clone(), field) {
                return Err((at, format!("{name}: columns.{field}: {header:?} is {other} already")));
            }
        }
        folded.insert(field, headers);
    }
    Ok(Mapping { name, dates, columns: folded })
}

/// Where the fields stand in one file.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The columns of each field, counted from 0, in the order in which they are taken.
    pub columns: BTreeMap<Field, Vec<usize>>,
    /// How many columns there are.
    pub width: usize,
    /// The headers of columns that are not taken.
    pub left: Vec<String>,
}

impl Mapping {
    /// Where the fields stand under these headers.
    ///
    /// # Errors
    /// The fields that are needed and not there.
    pub fn lay_out(&self, headers: &[String]) -> Result<Layout, Vec<Field>> {
        let headers_folded: Vec<String> = headers.iter().map(|header| fold(header)).collect();
        let at = |wanted: &String| {
            let wanted = wanted.clone();
            headers_folded.iter().enumerate().filter(move |(_, header)| **header == wanted).map(|(at, _)| at)
        };
        let columns: BTreeMap<Field, Vec<usize>> = self
            .columns
            .iter()
            .map(|(field, wanted)| (*field, wanted.iter().flat_map(at).collect::<Vec<_>>()))
            .filter(|(_, at)| !at.is_empty())
            .collect();
        let missing: Vec<Field> = NEEDED.into_iter().filter(|field| !columns.contains_key(field)).collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let left = headers.iter().enumerate().filter(|(at, _)| !columns.values().flatten().any(|taken| taken == at));
        let left = left.map(|(_, header)| header.clone()).filter(|header| !header.trim().is_empty()).collect();
        Ok(Layout { columns, width: headers.len(), left })
    }
}
