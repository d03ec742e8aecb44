//! A form as it is shown: its fields with what stands in them, and what is wrong with it.

use std::sync::{Arc, OnceLock};

use askama::Template;
use askama::filters::HtmlSafe;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;

use super::Visit;
use super::field::Field;
use super::form::Sent;
use super::tree::Tree;
use crate::auth::Known;
use crate::error::{Code, Error, FieldError};

/// A form to fill in. A template puts it down piece by piece: `{{ sheet.begin() }}` first, then fields such as
/// `{{ sheet.text("given_name", "Given name").required() }}`.
pub struct Sheet {
    tree: Tree,
    errors: Vec<FieldError>,
    says: Option<String>,
    is_stale: bool,
    key: String,
    version: Option<String>,
    /// Whose clock it goes by, once that is known: a form may be made before anything is read.
    known: Arc<OnceLock<Known>>,
    within: &'static str,
}

/// What is said of a form that was refused since what it is about has changed, where the page shows how it stands now.
const STANDS_NOW: &str = "Somebody changed this while you had it open. The page shows how it stands now; what you typed is \
                          below, and nothing of it was saved. Send it again if it still fits.";

/// One of the values that a field may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The value.
    pub value: String,
    /// How it reads.
    pub label: String,
    /// What scripts may suggest once it is chosen.
    pub hint: Option<String>,
}

impl Choice {
    /// A choice by value and label.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: None }
    }
}

impl Sheet {
    /// An empty form.
    #[must_use]
    pub fn blank(visit: &Visit) -> Self {
        // Half of the randomness is enough for a key that only has to differ from this person's others of today.
        let key = URL_SAFE_NO_PAD.encode(&visit.app.random()[..16]);
        let known = visit.known.clone();
        Self {
            tree: Tree::default(),
            errors: Vec::new(),
            says: None,
            is_stale: false,
            key,
            version: None,
            known,
            within: "",
        }
    }

    /// A form that says what stands now, as the API would answer it.
    #[must_use]
    pub fn of(visit: &Visit, now: &impl Serialize, version: Option<i32>) -> Self {
        let mut pairs = Vec::new();
        gather(&serde_json::to_value(now).unwrap_or_default(), "", &mut pairs);
        let tree = Tree::of(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        Self { tree, version: version.map(|version| version.to_string()), ..Self::blank(visit) }
    }

    /// A form that was taken and stays on the page, such as a search.
    pub(super) fn kept(visit: &Visit, sent: &Sent) -> Self {
        Self { tree: sent.tree.clone(), ..Self::blank(visit) }
    }

    /// A form that was refused: all that was typed, and what is wrong.
    #[must_use]
    pub fn again(visit: &Visit, sent: &Sent, refusal: &Error) -> Self {
        let blank = Self::blank(visit);
        visit.keeps(sent);
        Self {
            tree: sent.tree.clone(),
            errors: refusal.errors.clone(),
            says: Some(says(refusal)),
            is_stale: refusal.code == Code::StaleVersion,
            key: sent.key.clone().unwrap_or(blank.key),
            version: sent.version.clone(),
            known: blank.known,
            within: "",
        }
    }

    /// The same form with something else standing in one field.
    #[must_use]
    pub fn with(self, name: &str, value: impl Into<String>) -> Self {
        let value = value.into();
        let mut pairs = self.tree.pairs();
        pairs.retain(|(field, _)| field != name);
        pairs.push((name.to_owned(), value));
        Self { tree: Tree::of(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))), ..self }
    }

    /// The same form over another version than it was filled in over, once its reader is shown that one too.
    #[must_use]
    pub fn over(self, version: i32) -> Self {
        let says = if self.is_stale { Some(STANDS_NOW.to_owned()) } else { self.says };
        Self { version: Some(version.to_string()), says, ..self }
    }

    /// What makes the form known when it comes again, for a form that is one button.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// All fields with what stands in them, in order.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.tree.pairs()
    }

    /// Whether the form is shown because it was refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.says.is_some()
    }

    /// How many rows a table in the form has, such as `treatment`.
    #[must_use]
    pub fn rows(&self, name: &str) -> usize {
        self.tree.at(name).map_or(0, Tree::rows)
    }

    /// The rows of a table in the form, with some that stand empty below them.
    #[must_use]
    pub fn table(&self, name: &str, spare: usize) -> Vec<Row<'_>> {
        (0..self.rows(name) + spare).map(|number| self.row(name, number)).collect()
    }

    /// One row of a table, counted from 0.
    #[must_use]
    pub fn row(&self, name: &str, number: usize) -> Row<'_> {
        Row { sheet: self, name: format!("{name}/{number}"), number }
    }

    /// Whether something stands in a field, or in any below it.
    #[must_use]
    pub fn says_anything(&self, name: &str) -> bool {
        self.tree.at(name).is_some_and(|tree| !tree.is_blank())
    }

    /// Whether all that a choice in JSON stands for stands in a field, and below it.
    #[must_use]
    pub fn holds(&self, name: &str, choice: &str) -> bool {
        // By itself, so that a row of the form keeps its number.
        let chosen = Tree::of([("@json", choice)].into_iter()).pairs();
        let at = |below: &str| if below.is_empty() { name.to_owned() } else { format!("{name}/{below}") };
        chosen.iter().all(|(below, value)| self.values(&at(below)).contains(value))
    }

    /// Whether anything is wrong with a field, or with any below it.
    #[must_use]
    pub fn is_wrong(&self, name: &str) -> bool {
        let is_below =
            |field: &str| field.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.errors.iter().any(|error| is_below(error.pointer.trim_start_matches('/')))
    }

    /// What stands in a field.
    #[must_use]
    pub fn value(&self, name: &str) -> String {
        self.values(name).pop().unwrap_or_default()
    }

    /// What stands in the fields of one name.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<String> {
        self.tree.at(name).map(Tree::values).unwrap_or_default()
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn error(&self, name: &str) -> Option<String> {
        let is_at = |error: &&FieldError| error.pointer.strip_prefix('/').unwrap_or(&error.pointer) == name;
        let error = self.errors.iter().find(is_at)?;
        Some(plainly(&error.message, self.value(name).trim().is_empty()))
    }

    /// One of several forms on a page: its fields have ids of their own.
    #[must_use]
    pub fn within(self, form: &'static str) -> Self {
        Self { within: form, ..self }
    }

    /// The same form saying something else above its fields, where the code alone does not tell people what to do.
    #[must_use]
    pub fn saying(self, says: &str) -> Self {
        Self { says: Some(says.to_owned()), ..self }
    }

    /// The practice's zone; blank as long as nobody is known to be signed in.
    pub(super) fn zone(&self) -> &str {
        self.known.get().map(|known| known.time_zone.as_str()).unwrap_or_default()
    }

    /// The id of a field in the page.
    pub(super) fn id_of(&self, name: &str) -> String {
        let name = name.replace(['/', '@'], "-");
        if self.within.is_empty() { format!("f-{name}") } else { format!("f-{}-{name}", self.within) }
    }

    /// Stands at the top of the form: what is wrong with it, and what the program needs to know it by.
    #[must_use]
    pub fn begin(&self) -> Begin<'_> {
        Begin { sheet: self }
    }

    /// A line of text.
    #[must_use]
    pub fn text(&self, name: &str, label: &str) -> Field<'_> {
        Field::new(self, "text", name, label)
    }

    /// A password; what was typed is not shown again.
    #[must_use]
    pub fn password(&self, name: &str, label: &str) -> Field<'_> {
        Field::new(self, "password", name, label)
    }

    /// Running text.
    #[must_use]
    pub fn area(&self, name: &str, label: &str) -> Field<'_> {
        Field::new(self, "area", name, label).lines(4)
    }

    /// A number.
    #[must_use]
    pub fn number(&self, name: &str, label: &str) -> Field<'_> {
        Field::new(self, "number", name, label)
    }

    /// A date.
    #[must_use]
    pub fn date(&self, name: &str, label: &str) -> Field<'_> {
        Field::new(self, "date", name, label)
    }

    /// Day and time by the practice's clock, which the form gives on in UTC.
    #[must_use]
    pub fn moment(&self, name: &str, label: &str) -> Field<'_> {
        Field::new(self, "datetime-local", name, label)
    }

    /// A tick.
    #[must_use]
    pub fn tick(&self, name: &str, label: &str) -> Field<'_> {
        Field::new(self, "checkbox", name, label)
    }

    /// One of a list, folded away.
    #[must_use]
    pub fn choice(&self, name: &str, label: &str, choices: impl AsRef<[Choice]>) -> Field<'_> {
        Field::new(self, "select", name, label).among(choices.as_ref())
    }

    /// One of a few, side by side.
    #[must_use]
    pub fn one_of(&self, name: &str, label: &str, choices: impl AsRef<[Choice]>) -> Field<'_> {
        Field::new(self, "radio", name, label).among(choices.as_ref())
    }

    /// Any of a few, side by side.
    #[must_use]
    pub fn several(&self, name: &str, label: &str, choices: impl AsRef<[Choice]>) -> Field<'_> {
        Field::new(self, "several", name, label).among(choices.as_ref())
    }

    /// Something the form carries without showing it.
    #[must_use]
    pub fn hidden(&self, name: &str) -> Field<'_> {
        Field::new(self, "hidden", name, "")
    }
}

/// A row of a table in a form; its fields are those of [`Sheet`], named within the row.
#[derive(Clone)]
pub struct Row<'s> {
    sheet: &'s Sheet,
    name: String,
    /// Counted from 0.
    pub number: usize,
}

impl<'s> Row<'s> {
    /// The name of a field of the row.
    #[must_use]
    pub fn at(&self, field: &str) -> String {
        format!("{}/{field}", self.name)
    }

    /// The id of the row in the page.
    #[must_use]
    pub fn id(&self) -> String {
        self.sheet.id_of(&self.name)
    }

    /// What stands in a field of the row.
    #[must_use]
    pub fn value(&self, field: &str) -> String {
        self.sheet.value(&self.at(field))
    }

    /// What stands in a row that is a single field.
    #[must_use]
    pub fn whole(&self) -> String {
        self.sheet.value(&self.name)
    }

    /// A row that is a single field of running text.
    #[must_use]
    pub fn only(&self, label: &str) -> Field<'s> {
        self.sheet.area(&self.name, label).lines(1)
    }

    /// A row that is a single field, one of a list.
    #[must_use]
    pub fn only_of(&self, label: &str, choices: impl AsRef<[Choice]>) -> Field<'s> {
        self.sheet.choice(&self.name, label, choices)
    }

    /// What is wrong with the row as a whole.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        self.sheet.error(&self.name)
    }

    /// A line of text.
    #[must_use]
    pub fn text(&self, field: &str, label: &str) -> Field<'s> {
        self.sheet.text(&self.at(field), label)
    }

    /// Running text.
    #[must_use]
    pub fn area(&self, field: &str, label: &str) -> Field<'s> {
        self.sheet.area(&self.at(field), label)
    }

    /// A number.
    #[must_use]
    pub fn number(&self, field: &str, label: &str) -> Field<'s> {
        self.sheet.number(&self.at(field), label)
    }

    /// One of a list, folded away.
    #[must_use]
    pub fn choice(&self, field: &str, label: &str, choices: impl AsRef<[Choice]>) -> Field<'s> {
        self.sheet.choice(&self.at(field), label, choices)
    }

    /// Something the row carries without showing it.
    #[must_use]
    pub fn hidden(&self, field: &str) -> Field<'s> {
        self.sheet.hidden(&self.at(field))
    }
}

/// The top of a form.
#[derive(Template)]
#[template(path = "web/begin.html")]
pub struct Begin<'s> {
    sheet: &'s Sheet,
}

impl HtmlSafe for Begin<'_> {}

impl Begin<'_> {
    /// The fields at fault: where, how they are called, what is wrong.
    fn faults(&self) -> Vec<(String, String, String)> {
        let fault = |error: &FieldError| {
            let name = error.pointer.trim_start_matches('/');
            let message = plainly(&error.message, self.sheet.value(name).trim().is_empty());
            (self.sheet.id_of(name), called(name), message)
        };
        self.sheet.errors.iter().map(fault).collect()
    }
}

/// How a field is called in the summary: the last part of its name that says something.
fn called(name: &str) -> String {
    let name = name.strip_suffix("@json").unwrap_or(name);
    let part = name.rsplit('/').find(|part| part.parse::<u16>().is_err()).unwrap_or(name);
    super::frame::titled(part)
}

/// What a refusal says above the form.
pub(super) fn says(refusal: &Error) -> String {
    match refusal.code {
        Code::Invalid => "Some of this needs another look. Nothing was lost.".to_owned(),
        Code::StaleVersion => {
            "Somebody changed this while you had it open. What you typed is below, and nothing of it was saved; open the \
             page again in another tab to compare."
                .to_owned()
        }
        Code::OutcomeUnknown => "It is not certain whether this was saved. Send it once more: it is done only once.".to_owned(),
        Code::SignInFailed => "E-mail address, password or code is not right.".to_owned(),
        Code::TooManyAttempts => {
            let seconds = refusal.retry_after.unwrap_or(60);
            format!("Too many attempts. Try again in {seconds} seconds.")
        }
        _ => format!("{}.", refusal.detail.trim_end_matches('.')),
    }
}

/// What garde and serde say of a field, as one says it to people.
fn plainly(message: &str, is_blank: bool) -> String {
    let technical = ["is missing", "unknown word", "length is lower", "must be", "not a", "is of the wrong type"];
    if is_blank && technical.iter().any(|begin| message.starts_with(begin)) {
        return "Please fill this in.".to_owned();
    }
    if let Some(least) = message.strip_prefix("length is lower than ") {
        return format!("Too short: at least {least} characters.");
    }
    if let Some(most) = message.strip_prefix("length is greater than ") {
        return format!("Too long: at most {most} characters.");
    }
    if message.starts_with("unknown word") {
        return "Please choose one of the list.".to_owned();
    }
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str().trim_end_matches('.'))
}

fn gather(value: &Value, name: &str, pairs: &mut Vec<(String, String)>) {
    let below = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}/{part}") };
    match value {
        Value::Null => {}
        Value::Object(fields) => fields.iter().for_each(|(part, value)| gather(value, &below(part), pairs)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(number, item)| gather(item, &below(&number.to_string()), pairs));
        }
        Value::String(text) => pairs.push((name.to_owned(), text.clone())),
        Value::Bool(_) | Value::Number(_) => pairs.push((name.to_owned(), value.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_for_people() {
        assert_eq!(plainly("length is lower than 1", true), "Please fill this in.");
        assert_eq!(plainly("length is lower than 12", false), "Too short: at least 12 characters.");
        assert_eq!(plainly("unknown word; expected one of `a`, `b`", false), "Please choose one of the list.");
        assert_eq!(plainly("not a date such as 1980-05-23", false), "Not a date such as 1980-05-23.");
        assert_eq!(called("treatment/0/minutes"), "Minutes");
        assert_eq!(called("birth_date"), "Birth date");
    }
}
