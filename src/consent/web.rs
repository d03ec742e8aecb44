//! Consent directives, as a page.

use askama::Template;

use super::{DirectiveView, NewDirective, ops};
use crate::chart::Covers;
use crate::db::Tx;
use crate::episodes::ops as episodes;
use crate::error::Result;
use crate::http::PathId;
use crate::ids::{ObjectId, PatientId, kind};
use crate::notes::ops as notes;
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::Action;
use crate::staff::ops as staff;
use crate::web::{Choice, Form, Frame, Look, Sheet, Shown, Visit, titled};

/// Episodes, and notes, to choose from.
const MOST: i64 = 50;

#[derive(Template)]
#[template(path = "consent/directives.html")]
struct DirectivesPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    directives: Vec<DirectiveView>,
    may_revoke: bool,
}

/// `GET /patients/{id}/consent`
///
/// # Errors
/// The refusal's code.
pub async fn directives(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    let (patient, directives) = tokio::try_join!(
        visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)),
        visit.read(Action::ListDirectives, move |tx| ops::list(tx, id)),
    )?;
    let frame = visit.frame(format!("Consent, {}", patient.record_number));
    let may_revoke = visit.may(Action::RevokeDirective);
    visit.show(&DirectivesPage { frame, tab: "consent", patient, directives, may_revoke })
}

/// Nothing but the button that was pressed.
#[derive(serde::Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
pub struct Revoked {
    /// Whose record it is on.
    #[garde(skip)]
    patient: PatientId,
}

/// `POST /consent-directives/{id}/revoke`
///
/// # Errors
/// The refusal's code.
pub async fn revoke(visit: Visit, PathId(id): PathId<kind::Directive>, mut form: Form<Revoked>) -> Result<Shown> {
    let (retry, version) = (form.sent.retry(), form.sent.version()?);
    let Revoked { patient } = form.value()?;
    visit.write(Action::RevokeDirective, move |tx| ops::revoke(tx, &retry, id, version)).await?;
    Ok(visit.go_saying(format!("/patients/{patient}/consent"), "It is revoked."))
}

#[derive(Template)]
#[template(path = "consent/new.html")]
struct NewPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    sheet: Sheet,
    covered: Vec<Choice>,
    people: Vec<Choice>,
    may_set: bool,
}

impl NewPage {
    async fn read(visit: &Visit, id: PatientId, sheet: Sheet) -> Result<Self> {
        let (patient, people) = tokio::try_join!(
            visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)),
            visit.read(Action::ReadDirectory, |tx| staff::directory(tx, None, staff::MOST_STAFF)),
        )?;
        let covered = if visit.is_clinician() { covered(visit, id).await? } else { Vec::new() };
        let people = people.into_iter().map(|person| Choice::new(person.id.to_string(), person.name)).collect();
        let frame = visit.frame(format!("Consent, {}", patient.record_number));
        let may_set = visit.may(Action::SetDirective) || visit.is_clinician();
        Ok(Self { frame, tab: "consent", patient, sheet, covered, people, may_set })
    }
}

/// What of the record may be withheld besides all of it, as far as whoever reads sees it.
async fn covered(visit: &Visit, id: PatientId) -> Result<Vec<Choice>> {
    let episodes = visit.read(Action::ListEpisodes, move |tx| Ok(episodes::list(tx, id, None, MOST)?.episodes));
    let listed = move |tx: &mut Tx| Ok(notes::list(tx, id, notes::Narrowed::default(), None, MOST)?.read.notes);
    let (episodes, notes) = tokio::join!(episodes, visit.read(Action::ListNotes, listed));
    let frame = visit.frame("");
    let episodes = Visit::unless_refused(episodes)?.unwrap_or_default();
    let episodes = episodes
        .iter()
        .map(|episode| Choice::new(episode.id.to_string(), format!("Episode: {}", episode.complaint.as_str())));
    let notes = Visit::unless_refused(notes)?.unwrap_or_default();
    let notes = notes.iter().map(|note| {
        let (kind, seen) = (titled(note.kind.into()), frame.day(&note.service_at));
        Choice::new(note.id.to_string(), format!("Note: {kind}, {seen}, {}", note.author.name))
    });
    Ok(episodes.chain(notes).collect())
}

/// What the link to the form knew already.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Known {
    covers: Option<Covers>,
    covered_id: Option<ObjectId>,
}

/// `GET /patients/{id}/consent/new`
///
/// # Errors
/// The refusal's code.
pub async fn new(visit: Visit, PathId(id): PathId<kind::Patient>, look: Look<Known>) -> Result<Shown> {
    let Known { covers, covered_id } = look.filter;
    let covers = <&str>::from(covers.unwrap_or(Covers::Record));
    let covered = covered_id.map(|id| id.to_string()).unwrap_or_default();
    let sheet = Sheet::blank(&visit).with("covers", covers).with("covered_id", covered);
    let page = NewPage::read(&visit, id, sheet).await?;
    visit.show(&page)
}

/// `POST /patients/{id}/consent`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn set(visit: Visit, PathId(id): PathId<kind::Patient>, mut form: Form<NewDirective>) -> Result<Shown> {
    let set = visit.takes(Action::SetDirective, &mut form, move |tx, retry, new| ops::set(tx, retry, id, new)).await;
    match set {
        Ok(_) => {
            let lists = visit.may(Action::ListDirectives);
            let to = if lists { format!("/patients/{id}/consent") } else { format!("/patients/{id}") };
            Ok(visit
                .go_saying(to, "The directive is kept and holds from its beginning on. The privacy officer is told."))
        }
        Err(error) => visit.again(&form, error, async |sheet| NewPage::read(&visit, id, sheet).await).await,
    }
}

fn extents() -> Vec<Choice> {
    [("record", "The whole record"), ("episode", "One episode, with its notes"), ("note", "One note")]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec()
}

fn barred() -> Vec<Choice> {
    [("person", "One person"), ("discipline", "A discipline"), ("everyone", "Everyone but the author")]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec()
}

fn disciplines() -> Vec<Choice> {
    [("physiotherapy", "Physiotherapy"), ("massage", "Massage")]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec()
}
