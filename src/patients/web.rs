//! Finding, registering and changing patients, and joining their care team, as pages.

use askama::Template;
use garde::Validate;
use serde::Deserialize;

use super::care_team::{StartTreating, ops as care_team};
use super::search::Criteria;
use super::{ChangedDemographics, Demographics, FindPatients, PatientSummary, Registration, ops};
use crate::auth::ops as account;
use crate::clock::Date;
use crate::error::{Error, Result};
use crate::http::PathId;
use crate::ids::{PatientId, kind};
use crate::policy::Action;
use crate::web::{Choice, Form, Frame, Sheet, Shown, Visit};
use crate::words::Trimmed;

/// Patients that one page lists.
const MOST: i64 = 50;

#[derive(Template)]
#[template(path = "patients/list.html")]
struct ListPage {
    frame: Frame,
    sheet: Sheet,
    found: Option<Vec<PatientSummary>>,
    mine: Vec<PatientSummary>,
    more: bool,
}

/// What is typed to find somebody: into the one field at the top of every page, or into its own.
#[derive(Clone, Default, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Search {
    /// A name, a record number, a phone number or a birth date, told apart by how it is written.
    #[garde(length(chars, max = 200))]
    words: Option<String>,
    /// As the API finds by.
    #[garde(dive)]
    by: FindPatients,
}

impl Search {
    /// What the API would be asked for.
    fn asked(self) -> FindPatients {
        let Some(words) = self.words.filter(|words| !words.trim().is_empty()) else { return self.by };
        let words = words.trim();
        let digits = words.chars().filter(char::is_ascii_digit).count();
        let is_number =
            words.trim_start_matches(['P', 'p', '-']).bytes().all(|byte| byte.is_ascii_digit()) && digits < 7;
        let is_phone = digits > 3 && words.chars().all(|char| char.is_ascii_digit() || " +-/().".contains(char));
        let all = Some(Trimmed::from(words));
        if let Some(birth_date) = date(words) {
            FindPatients { birth_date: Some(birth_date), ..FindPatients::default() }
        } else if is_number {
            FindPatients { number: all, ..FindPatients::default() }
        } else if is_phone {
            FindPatients { phone: all, ..FindPatients::default() }
        } else {
            FindPatients { name: all, ..FindPatients::default() }
        }
    }
}

/// A date as the form or a person writes it: `1984-05-23` or `23.5.1984`.
fn date(words: &str) -> Option<Date> {
    if let Ok(date) = Date::parse(words) {
        return Some(date);
    }
    let parts: Vec<u16> = words.split(['.', '/']).map(str::parse).collect::<Result<_, _>>().ok()?;
    let [day, month, year] = parts[..] else { return None };
    Date::parse(&format!("{year:04}-{month:02}-{day:02}")).ok()
}

/// `GET /patients`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit) -> Result<Shown> {
    visit.read(Action::ReadSelf, account::myself).await?;
    let mut mine = if visit.may(Action::ListPatients) {
        visit.read(Action::ListPatients, |tx| ops::treated(tx, None, MOST)).await?
    } else {
        Vec::new()
    };
    let more = cut(&mut mine);
    let (frame, sheet) = (visit.frame("Patients"), Sheet::blank(&visit));
    visit.show(&ListPage { frame, sheet, found: None, mine, more })
}

/// `POST /patients/search`
///
/// # Errors
/// The refusal's code; what is wrong with the search is said above it.
pub async fn search(visit: Visit, mut form: Form<Search>) -> Result<Shown> {
    let found = match form.value().and_then(|search| Criteria::of(&search.asked())) {
        Ok(criteria) => visit.read(Action::FindPatients, move |tx| ops::find(tx, &criteria, None, MOST)).await,
        Err(error) => Err(error),
    };
    let page = |found, sheet| ListPage { frame: visit.frame("Patients"), sheet, found, mine: Vec::new(), more: false };
    match found {
        Ok(mut found) => {
            let more = cut(&mut found);
            visit.show(&ListPage { more, ..page(Some(found), form.again_fine(&visit)) })
        }
        Err(error) if error.code.status() == 422 => visit.show_again(&page(None, form.again(&visit, &error)), &error),
        Err(error) => Err(error),
    }
}

/// Cuts a list to what one page shows; whether there is more.
fn cut(patients: &mut Vec<PatientSummary>) -> bool {
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let more = patients.len() > most;
    patients.truncate(most);
    more
}

#[derive(Template)]
#[template(path = "patients/form.html")]
struct FormPage {
    frame: Frame,
    sheet: Sheet,
    of: Option<PatientId>,
}

impl FormPage {
    fn new(visit: &Visit, sheet: Sheet, of: Option<PatientId>) -> Self {
        let title = if of.is_some() { "Contact details" } else { "Register a patient" };
        Self { frame: visit.frame(title), sheet, of }
    }
}

#[derive(Template)]
#[template(path = "patients/registered.html")]
struct RegisteredPage {
    frame: Frame,
    registration: Registration,
}

/// `GET /patients/new`
///
/// # Errors
/// The refusal's code.
pub async fn registration(visit: Visit) -> Result<Shown> {
    visit.read(Action::ReadSelf, account::myself).await?;
    visit.show(&FormPage::new(&visit, Sheet::blank(&visit), None))
}

/// `POST /patients`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn register(visit: Visit, mut form: Form<Demographics>) -> Result<Shown> {
    let registered = visit.takes(Action::RegisterPatient, &mut form, ops::register).await;
    match registered {
        Ok(registration) if registration.possible_duplicates.is_empty() => {
            Ok(visit.go_saying(format!("/patients/{}", registration.patient.id), "The patient is registered."))
        }
        Ok(registration) => visit.show(&RegisteredPage { frame: visit.frame("Registered"), registration }),
        Err(error) => again(&visit, &form, error, |sheet| FormPage::new(&visit, sheet, None)),
    }
}

/// Shows a form again, unless what went wrong has a page of its own.
fn again<T, P: Template>(visit: &Visit, form: &Form<T>, error: Error, page: impl FnOnce(Sheet) -> P) -> Result<Shown> {
    if error.is_about_form() { visit.show_again(&page(form.again(visit, &error)), &error) } else { Err(error) }
}

/// `GET /patients/{id}/contact`
///
/// # Errors
/// The refusal's code.
pub async fn contact(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    let patient = visit.read(Action::ReadPatient, move |tx| ops::read(tx, id)).await?;
    let sheet = Sheet::of(&visit, &patient.demographics, Some(patient.version));
    visit.show(&FormPage::new(&visit, sheet, Some(id)))
}

/// `POST /patients/{id}/contact`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn change_contact(
    visit: Visit,
    PathId(id): PathId<kind::Patient>,
    mut form: Form<ChangedDemographics>,
) -> Result<Shown> {
    let version = form.sent.version()?;
    let changed = match form.value() {
        Ok(changed) => visit.write(Action::ChangePatient, move |tx| ops::change(tx, id, version, &changed)).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(_) => Ok(visit.go_saying(format!("/patients/{id}"), "The contact details are changed.")),
        Err(error) => again(&visit, &form, error, |sheet| FormPage::new(&visit, sheet, Some(id))),
    }
}

#[derive(Template)]
#[template(path = "patients/treat.html")]
struct TreatPage {
    frame: Frame,
    sheet: Sheet,
    id: PatientId,
    whose: Option<PatientSummary>,
}

impl TreatPage {
    async fn of(visit: &Visit, id: PatientId, sheet: Sheet) -> Result<Self> {
        let whose = visit.read(Action::FindPatients, move |tx| ops::called(tx, id)).await?;
        Ok(Self { frame: visit.frame("Start treating"), sheet, id, whose })
    }
}

/// `GET /patients/{id}/treat`
///
/// # Errors
/// The refusal's code.
pub async fn treat(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    visit.show(&TreatPage::of(&visit, id, Sheet::blank(&visit)).await?)
}

/// `POST /patients/{id}/treat`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn start_treating(
    visit: Visit,
    PathId(id): PathId<kind::Patient>,
    mut form: Form<StartTreating>,
) -> Result<Shown> {
    let started = visit
        .takes(Action::StartTreating, &mut form, move |tx, retry, start| {
            care_team::start_treating(tx, retry, id, start)
        })
        .await;
    let saying = "You are on the care team now, and it has been told. Write a note within three working days.";
    match started {
        Ok(_) => Ok(visit.go_saying(format!("/patients/{id}"), saying)),
        Err(error) => visit.again(&form, error, async |sheet| TreatPage::of(&visit, id, sheet).await).await,
    }
}

/// Sexes as registered.
fn sexes() -> Vec<Choice> {
    [("female", "Female"), ("male", "Male"), ("other", "Neither"), ("unknown", "Not told")]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_field_takes_a_name_a_number_a_phone_or_a_birth_date() {
        let asked = |words: &str| Search { words: Some(words.to_owned()), ..Search::default() }.asked();
        assert_eq!(asked(" Brunner ").name.unwrap().as_str(), "Brunner");
        assert_eq!(asked("P-000123").number.unwrap().as_str(), "P-000123");
        assert_eq!(asked("123").number.unwrap().as_str(), "123");
        assert_eq!(asked("+41 79 555 01 02").phone.unwrap().as_str(), "+41 79 555 01 02");
        assert_eq!(asked("23.5.1984").birth_date.unwrap().to_string(), "1984-05-23");
        assert_eq!(asked("1984-05-23").birth_date.unwrap().to_string(), "1984-05-23");
        assert_eq!(asked("Pia").name.unwrap().as_str(), "Pia");
    }
}
