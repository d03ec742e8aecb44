//! One field of a form.

use askama::Template;
use askama::filters::HtmlSafe;

use super::frame::Zone;
use super::sheet::{Choice, Sheet};
use crate::clock::Timestamp;

/// One field of a form, with its label, its hint and what is wrong with it.
#[derive(Template)]
#[template(path = "web/field.html")]
pub struct Field<'s> {
    sheet: &'s Sheet,
    kind: &'static str,
    name: String,
    label: String,
    hint: Option<String>,
    required: bool,
    autocomplete: &'static str,
    mode: &'static str,
    list: Option<String>,
    rows: u8,
    bounds: Option<(String, String)>,
    choices: Vec<Choice>,
    focused: bool,
    narrows: bool,
    suffix: &'static str,
    usual: &'static str,
    unchosen: &'static str,
}

impl HtmlSafe for Field<'_> {}

impl<'s> Field<'s> {
    pub(super) fn new(sheet: &'s Sheet, kind: &'static str, name: &str, label: &str) -> Self {
        Self {
            sheet,
            kind,
            name: name.to_owned(),
            label: label.to_owned(),
            hint: None,
            required: false,
            autocomplete: "off",
            mode: "",
            list: None,
            rows: 0,
            bounds: None,
            choices: Vec::new(),
            focused: false,
            narrows: false,
            suffix: if kind == "datetime-local" { "@local" } else { "" },
            usual: "",
            unchosen: "",
        }
    }

    pub(super) fn among(self, choices: &[Choice]) -> Self {
        Self { choices: choices.to_vec(), ..self }
    }

    /// A line of explanation under the label.
    #[must_use]
    pub fn hint(self, hint: &str) -> Self {
        Self { hint: Some(hint.to_owned()), ..self }
    }

    /// It has to be filled in; the browser says so before the form is sent.
    #[must_use]
    pub fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// What the browser may fill in, such as `username`.
    #[must_use]
    pub fn autocomplete(self, what: &'static str) -> Self {
        Self { autocomplete: what, ..self }
    }

    /// Which keyboard a tablet shows, such as `numeric`.
    #[must_use]
    pub fn mode(self, mode: &'static str) -> Self {
        Self { mode, ..self }
    }

    /// The id of a `datalist` that completes what is typed.
    #[must_use]
    pub fn list(self, id: &str) -> Self {
        Self { list: Some(id.to_owned()), ..self }
    }

    /// Lines of running text to begin with.
    #[must_use]
    pub fn lines(self, rows: u8) -> Self {
        Self { rows, ..self }
    }

    /// The least and the most.
    #[must_use]
    pub fn between(self, least: &str, most: &str) -> Self {
        Self { bounds: Some((least.to_owned(), most.to_owned())), ..self }
    }

    /// Where the cursor stands when the page opens.
    #[must_use]
    pub fn focused(self) -> Self {
        Self { focused: true, ..self }
    }

    /// It narrows a list: left blank, it takes nothing away, and nothing of it has to be filled in.
    #[must_use]
    pub fn narrows(self) -> Self {
        Self { narrows: true, ..self }
    }

    /// What is chosen or typed is JSON: several fields in one choice, or a number or a yes whose meaning another field of
    /// its row tells.
    #[must_use]
    pub fn json(self) -> Self {
        Self { suffix: "@json", ..self }
    }

    /// What it means to choose nothing.
    #[must_use]
    pub fn unchosen(self, says: &'static str) -> Self {
        Self { unchosen: says, ..self }
    }

    /// What stands there unless something else does; by itself it makes no row of a table.
    #[must_use]
    pub fn usually(self, value: &'static str) -> Self {
        Self { suffix: "@aside", usual: value, ..self }
    }

    fn id(&self) -> String {
        self.sheet.id_of(&self.name)
    }

    fn value(&self) -> String {
        let value = self.sheet.value(&self.name);
        let value = if value.is_empty() { self.usual.to_owned() } else { value };
        match self.kind {
            "datetime-local" => {
                let zone = Zone::of(self.sheet.zone());
                Timestamp::parse(&value).map_or(value, |moment| zone.local(moment))
            }
            _ => value,
        }
    }

    fn error(&self) -> Option<String> {
        self.sheet.error(&self.name)
    }

    fn holds(&self, value: &str) -> bool {
        if self.suffix == "@json" {
            return self.sheet.holds(&self.name, value);
        }
        if self.kind == "several" {
            // As a form sends them, or as the API answers a list.
            let is_one =
                |field: &str| field.strip_prefix(&self.name).is_some_and(|at| at.is_empty() || at.starts_with('/'));
            return self.sheet.pairs().iter().any(|(field, held)| held == value && is_one(field));
        }
        let held = self.sheet.values(&self.name);
        if held.is_empty() { value == self.usual && !value.is_empty() } else { held.iter().any(|held| held == value) }
    }

    fn described(&self) -> String {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id()));
        let error = self.error().map(|_| format!("{}-error", self.id()));
        [error, hint].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}
