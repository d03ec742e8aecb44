//! The document as a page to print. Whatever stands in the document stands on the page, but for ids and the version of its
//! layout: the page is made from the document's members, not from a list of them. What is known of them is put in the order
//! in which a reader expects it, and the rest follows.

use std::collections::HashMap;

use askama::Template;
use chrono_tz::Tz;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::audit::Hash;
use crate::clock::Timestamp;
use crate::error::{Error, Result};

/// Members that tell a reader on paper nothing.
const NOT_PRINTED: [&str; 5] = ["id", "note_ids", "patient_id", "schema_version", "staff"];

/// Members that come first in whatever they stand in, in this order.
const FIRST: [&str; 27] = [
    "number",
    "record_number",
    "given_name",
    "family_name",
    "birth_date",
    "kind",
    "discipline",
    "state",
    "service_at",
    "author",
    "body",
    "text",
    "subjective",
    "objective",
    "assessment",
    "diagnosis",
    "clinical_impression",
    "treatment",
    "technique",
    "region",
    "side",
    "consent",
    "plan",
    "outcome",
    "reason",
    "question",
    "versions",
];

/// Members that say who put their name to what they stand in, and when.
const SIGNED: [(&str, &str); 5] = [
    ("opened", "begun by"),
    ("closed", "closed by"),
    ("changed", "changed by"),
    ("signed", "signed by"),
    ("cosigned", "co-signed by"),
];

#[derive(Template)]
#[template(path = "export.html")]
struct Page {
    title: String,
    sections: Vec<Section>,
    hash: Hash,
}

struct Section {
    heading: String,
    parts: Vec<Part>,
}

/// Something under a heading of its own.
#[derive(Default)]
struct Part {
    heading: Option<String>,
    /// Whether it belongs to the part before.
    nested: bool,
    lines: Vec<Line>,
}

struct Line {
    label: String,
    text: String,
}

impl Line {
    /// The text line by line, as it was written.
    fn words(&self) -> std::str::Lines<'_> {
        self.text.lines()
    }
}

/// Prints a document that was handed out, whose hash is `hash`.
///
/// # Errors
/// [`crate::error::Code::Internal`] for a text that is no such document.
pub(super) fn print(document: &str, hash: Hash) -> Result<String> {
    let document: Map<String, Value> = serde_json::from_str(document).map_err(Error::internal)?;
    let zone = text_of(&document, "/export/time_zone").parse().unwrap_or(Tz::UTC);
    let printer = Printer { names: names(&document), zone };
    let title = format!("Record {}", text_of(&document, "/patient/record_number"));
    // What it is and what is missing come before the record itself.
    let mut sections: Vec<_> =
        ["export", "left_out", "patient"].iter().filter_map(|first| printer.section(&document, first)).collect();
    let others = document.keys().filter(|name| !matches!(name.as_str(), "export" | "left_out" | "patient"));
    sections.extend(others.filter_map(|name| printer.section(&document, name)));
    Page { title, sections, hash }.render().map_err(Error::internal)
}

/// What the members of staff are called who are named by their ids alone.
fn names(document: &Map<String, Value>) -> HashMap<String, String> {
    let staff = document.get("staff").and_then(Value::as_array).into_iter().flatten();
    staff.filter_map(|person| Some((word(person, "id")?, word(person, "name")?))).collect()
}

fn word(value: &Value, member: &str) -> Option<String> {
    value.get(member)?.as_str().map(ToOwned::to_owned)
}

fn text_of(document: &Map<String, Value>, pointer: &str) -> String {
    let (first, rest) = pointer.trim_start_matches('/').split_once('/').unwrap_or((pointer, ""));
    let found = document.get(first).and_then(|value| value.get(rest)).and_then(Value::as_str);
    found.unwrap_or_default().to_owned()
}

struct Printer {
    names: HashMap<String, String>,
    zone: Tz,
}

impl Printer {
    fn section(&self, document: &Map<String, Value>, name: &str) -> Option<Section> {
        if NOT_PRINTED.contains(&name) {
            return None;
        }
        let mut parts = Vec::new();
        match document.get(name)? {
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    self.part(name, number + 1, item, false, &mut parts);
                }
            }
            value => {
                let mut whole = Part::default();
                self.lines("", value, &mut whole.lines);
                parts.push(whole);
            }
        }
        Some(Section { heading: label(name), parts })
    }

    /// An item of a list, with the lists of signed things in it as parts of their own.
    fn part(&self, list: &str, number: usize, item: &Value, nested: bool, parts: &mut Vec<Part>) {
        let mut part = Part { heading: Some(self.heading(list, number, item)), nested, lines: Vec::new() };
        let Value::Object(members) = item else {
            self.lines("", item, &mut part.lines);
            parts.push(part);
            return;
        };
        let is_signed = |value: &Value| {
            value.as_array().is_some_and(|items| {
                items.iter().any(|item| SIGNED.iter().any(|(member, _)| item.get(member).is_some()))
            })
        };
        let members = in_order(members);
        for (name, value) in members.iter().filter(|(name, value)| self.is_printed(name, value) && !is_signed(value)) {
            self.lines(&label(name), value, &mut part.lines);
        }
        parts.push(part);
        for (name, value) in members.iter().filter(|(_, value)| is_signed(value)) {
            for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                self.part(name, at + 1, item, true, parts);
            }
        }
    }

    /// What tells an item of a list from the others: what it is, whose and when.
    fn heading(&self, list: &str, number: usize, item: &Value) -> String {
        let signed = |member: &str, how: &str| {
            let signature = item.get(member)?;
            Some(format!("{how} {} at {}", self.text(signature.get("by")?), self.text(signature.get("at")?)))
        };
        let author = || Some(format!("by {}", self.text(item.get("author")?)));
        let when = || Some(format!("visit of {}", self.text(item.get("service_at")?)));
        let what = match item.get("kind").and_then(Value::as_str) {
            Some(kind) if list == "notes" => format!("{} ({})", label(kind), self.member(item, "discipline")),
            _ => format!("{} {number}", singular(list)),
        };
        let signatures = SIGNED.iter().map(|(member, how)| signed(member, how));
        let whose = [when(), author()].into_iter().chain(signatures).flatten();
        std::iter::once(what).chain(whose).collect::<Vec<_>>().join(", ")
    }

    fn member(&self, item: &Value, name: &str) -> String {
        item.get(name).map(|value| self.text(value)).unwrap_or_default()
    }

    /// The lines of a value, each labelled with the way to it.
    fn lines(&self, way: &str, value: &Value, lines: &mut Vec<Line>) {
        match value {
            Value::Object(members) if !is_person(members) => {
                for (name, value) in in_order(members).into_iter().filter(|(name, value)| self.is_printed(name, value))
                {
                    self.lines(&on(way, &label(name)), value, lines);
                }
            }
            Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
                for (number, item) in items.iter().enumerate() {
                    self.lines(&on(way, &(number + 1).to_string()), item, lines);
                }
            }
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| self.text(item)).collect();
                lines.push(Line { label: way.to_owned(), text: items.join("\n") });
            }
            value => lines.push(Line { label: way.to_owned(), text: self.text(value) }),
        }
    }

    /// Whether a member tells a reader something: the id of somebody who is named does, that of anything else does not.
    fn is_printed(&self, name: &str, value: &Value) -> bool {
        let is_named = || value.as_str().is_none_or(|id| self.names.contains_key(id));
        !NOT_PRINTED.contains(&name) && (!name.ends_with("_id") || is_named())
    }

    /// To the second, by the practice's clock, as far from UTC as it then was.
    fn printed(&self, moment: Timestamp) -> String {
        moment.to_utc().with_timezone(&self.zone).format("%-d %B %Y, %H:%M:%S (UTC%:z)").to_string()
    }

    /// A single value as it is read.
    fn text(&self, value: &Value) -> String {
        match value {
            Value::Object(members) => members.get("name").map(|name| self.text(name)).unwrap_or_default(),
            Value::String(text) => match Timestamp::deserialize(value) {
                Ok(moment) => self.printed(moment),
                Err(_) => self.names.get(text).unwrap_or(text).clone(),
            },
            Value::Bool(true) => "yes".to_owned(),
            Value::Bool(false) => "no".to_owned(),
            value => value.to_string(),
        }
    }
}

/// The members of an object as a reader expects them.
fn in_order(members: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = members.iter().collect();
    // Sorting keeps the order of the others.
    members.sort_by_key(|(name, _)| FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len()));
    members
}

/// Somebody with their id.
fn is_person(members: &Map<String, Value>) -> bool {
    members.len() == 2 && members.contains_key("id") && members.contains_key("name")
}

fn on(way: &str, step: &str) -> String {
    if way.is_empty() { step.to_owned() } else { format!("{way}: {step}") }
}

/// `recipient_name` as `Recipient name`.
fn label(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// One of a list: `versions` as `Version`.
fn singular(list: &str) -> String {
    match list {
        "addenda" => "Addendum".to_owned(),
        "left_out" => "Left out".to_owned(),
        "care_team" => "Member".to_owned(),
        "former_care_team" => "Former member".to_owned(),
        "awaiting_cosign" => "Awaiting co-signature".to_owned(),
        list => label(list.strip_suffix('s').unwrap_or(list)),
    }
}
