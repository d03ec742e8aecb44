//! The health history, as a page.

use askama::Template;
use garde::Validate;
use serde::Deserialize;
use strum::IntoEnumIterator;

use super::{HealthHistory, HealthHistoryVersion, HealthHistoryView, Pregnancy, ops};
use crate::clock::Date;
use crate::error::{Error, FieldError, Result};
use crate::http::{PathId, validated};
use crate::ids::{PatientId, kind};
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::Action;
use crate::web::{Choice, Form, Frame, Sheet, Shown, Visit, titled};
use crate::words::Trimmed;

/// Earlier versions that the page names.
const EARLIER: i64 = 20;

#[derive(Template)]
#[template(path = "safety/health_history.html")]
struct HistoryPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    history: HealthHistoryView,
    earlier: Vec<HealthHistoryVersion>,
    sheet: Sheet,
}

impl HistoryPage {
    async fn read(visit: &Visit, id: PatientId, sheet: Option<Sheet>) -> Result<Self> {
        let read = move |tx: &mut crate::db::Tx| {
            let history = ops::read(tx, id)?;
            let earlier = ops::versions(tx, id, Some(history.version), EARLIER)?;
            Ok((history, earlier))
        };
        let (patient, (history, earlier)) = tokio::try_join!(
            visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)),
            visit.read(Action::ReadHealthHistory, read),
        )?;
        let sheet = sheet.unwrap_or_else(|| filled(visit, &history));
        let frame = visit.frame(format!("Health history, {}", patient.record_number));
        Ok(Self { frame, tab: "", patient, history, earlier, sheet })
    }
}

fn filled(visit: &Visit, history: &HealthHistoryView) -> Sheet {
    let blank = Sheet::blank(visit).over(history.version);
    let Some(HealthHistoryVersion { words, .. }) = &history.current else { return blank };
    let pregnancy = words.pregnancy.map(|pregnancy| pregnancy.to_string());
    blank
        .with("conditions", lines(&words.conditions))
        .with("medications", lines(&words.medications))
        .with("surgeries", lines(&words.surgeries))
        .with("implants", lines(&words.implants))
        .with("pregnancy", pregnancy.unwrap_or_default())
        .with("expected_on", words.expected_on.map(|date| date.to_string()).unwrap_or_default())
}

/// One entry on each line, whatever ends of line the entry itself holds.
fn lines(entries: &[Trimmed]) -> String {
    let on_one = |entry: &Trimmed| entry.as_str().lines().map(str::trim).collect::<Vec<_>>().join(" ");
    entries.iter().map(on_one).collect::<Vec<_>>().join("\n")
}

/// `GET /patients/{id}/health-history`
///
/// # Errors
/// The refusal's code.
pub async fn history(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    let page = HistoryPage::read(&visit, id, None).await?;
    visit.show(&page)
}

/// A health history as it is typed: one entry on each line.
#[derive(Clone, Default, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Typed {
    conditions: String,
    medications: String,
    surgeries: String,
    implants: String,
    pregnancy: Option<Pregnancy>,
    expected_on: Option<Date>,
}

impl Typed {
    /// The same as the API takes it.
    fn checked(self) -> Result<HealthHistory> {
        let entries = |text: &str| {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            lines.map(Trimmed::from).collect::<Vec<_>>()
        };
        let words = HealthHistory {
            conditions: entries(&self.conditions),
            medications: entries(&self.medications),
            surgeries: entries(&self.surgeries),
            implants: entries(&self.implants),
            pregnancy: self.pregnancy,
            expected_on: self.expected_on,
        };
        validated(words).map_err(|error| Error { errors: error.errors.iter().map(at_list).collect(), ..error })
    }
}

/// What is wrong with an entry is said at the field that holds the list.
fn at_list(error: &FieldError) -> FieldError {
    let mut parts = error.pointer.trim_start_matches('/').split('/');
    let list = format!("/{}", parts.next().unwrap_or_default());
    match parts.next().and_then(|number| number.parse::<usize>().ok()) {
        Some(number) => FieldError::new(list, format!("entry {}: {}", number + 1, error.message)),
        None => FieldError::new(list, &error.message),
    }
}

/// `POST /patients/{id}/health-history`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn save(visit: Visit, PathId(id): PathId<kind::Patient>, mut form: Form<Typed>) -> Result<Shown> {
    let version = form.sent.version()?;
    let saved = match form.value().and_then(Typed::checked) {
        Ok(words) => visit.write(Action::ChangeHealthHistory, move |tx| ops::save(tx, id, version, &words)).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => Ok(visit.go_saying(format!("/patients/{id}/health-history"), "Kept, and confirmed as of today.")),
        Err(error) => visit.again(&form, error, async |sheet| HistoryPage::read(&visit, id, Some(sheet)).await).await,
    }
}

fn pregnancies() -> Vec<Choice> {
    Pregnancy::iter().map(|word| Choice::new(word.to_string(), titled(word.into()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_an_entry_and_what_is_wrong_is_said_at_its_list() {
        let typed = Typed { medications: "Metformin\n\n  Aspirin 100\n".to_owned(), ..Typed::default() };
        let words = typed.checked().unwrap();
        assert_eq!(lines(&words.medications), "Metformin\nAspirin 100");
        assert!(words.conditions.is_empty());
        let two_lines = [Trimmed::from("Metformin\n500 mg"), Trimmed::from("Aspirin")];
        assert_eq!(lines(&two_lines), "Metformin 500 mg\nAspirin");
        let long = format!("Asthma\n{}", "x".repeat(501));
        let error = Typed { conditions: long, ..Typed::default() }.checked().unwrap_err();
        assert_eq!(error.errors[0].pointer, "/conditions");
        assert!(error.errors[0].message.starts_with("entry 2: "), "{:?}", error.errors);
    }
}
