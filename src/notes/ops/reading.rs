//! Reading notes: one, a list, their versions and what changed between them.

use super::super::body::NoteBody;
use super::super::diff::{self, Change};
use super::super::query::class::ClassFor;
use super::super::query::{self, NoteRow};
use super::super::rules::{self, NoteMove};
use super::super::shown;
use super::super::views::{Narrowed, NoteView, OpenNote, Shown, VersionView};
use crate::actor::Discipline;
use crate::chart::{self, Chart};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::ids::{NoteId, PatientId};
use crate::patients::ops as patients;
use crate::policy::{Action, NoteFacts, NoteState, Sight};
use crate::referrals;
use crate::safety::ops::{self as safety, WithSafety};
use crate::words::Text;

/// Reads a note, or its stub.
///
/// # Errors
/// The policy's.
pub fn read(tx: &mut Tx, id: NoteId) -> Result<WithSafety<NoteView>> {
    let (chart, _) = chart::open_note(tx, id)?;
    let note = shown::note(tx, &chart, id, chart.sight())?;
    safety::beside(tx, &chart, note)
}

/// Reads a note, or its stub, with what may be done with it by whoever reads it.
///
/// # Errors
/// The policy's.
pub fn open(tx: &mut Tx, id: NoteId) -> Result<WithSafety<OpenNote>> {
    let (chart, located) = chart::open_note(tx, id)?;
    let note = shown::note(tx, &chart, id, chart.sight())?;
    let patient = patients::whose(tx, &chart)?;
    let may = |step: &NoteMove| {
        let facts = located.facts;
        let asked = chart::ask_also(&chart, step.action(), facts);
        let begun = NoteFacts::begun(facts.discipline);
        asked.is_ok() && (*step != NoteMove::CopyForward || chart::ask_also(&chart, Action::CreateNote, begun).is_ok())
    };
    let moves = rules::allowed_moves(located.facts.state).filter(may).collect();
    let may_open_patient = chart::ask_of_patient(&chart, Action::ReadPatient).is_ok();
    let may_refer = chart::ask_of_patient(&chart, Action::CreateReferral).is_ok();
    // Whoever signs beside its author learns of the referral from the note; anybody else, if they may read the referral.
    let referral = match note.referral_id.filter(|_| note.shown == Shown::Full) {
        Some(referral) => Some(referrals::ops::called(tx, &chart, referral, id)?),
        None => None,
    };
    let referral = referral.filter(|named| named.may_read || note.answers_referral.is_some());
    safety::beside(tx, &chart, OpenNote { note, patient, moves, may_open_patient, may_refer, referral })
}

/// Whether the reader may begin a note in this record, so that nobody writes one that will be refused.
///
/// # Errors
/// The policy's.
pub fn may_begin(tx: &mut Tx, patient: PatientId) -> Result<()> {
    let chart = chart::open(tx, patient)?;
    let asked = |discipline| chart::ask_also(&chart, Action::CreateNote, NoteFacts::begun(discipline)).map(drop);
    let practised = chart.actor().roles.disciplines().map(asked);
    // Whoever practises none is refused by the policy, whichever discipline is asked about.
    practised.reduce(Result::or).unwrap_or_else(|| asked(Discipline::Physiotherapy))
}

/// What each of the newest signed notes comes to whose words are open to this reader: of up to `limit` notes.
///
/// # Errors
/// The policy's.
pub fn gists(tx: &mut Tx, patient: PatientId, limit: i64) -> Result<Vec<(NoteId, Text)>> {
    let narrowed = Narrowed { stands: true, ..Narrowed::default() };
    let mut gists = Vec::new();
    for note in list(tx, patient, narrowed, None, limit)?.read.notes {
        let Some(words) = note.body else { continue };
        let body: NoteBody = serde_json::from_str(words.get()).map_err(Error::internal)?;
        gists.extend(body.gist().map(|gist| (note.id, gist.clone())));
    }
    Ok(gists)
}

/// The notes of a patient that this reader may see, newest service first: up to `limit` after a position.
///
/// # Errors
/// The policy's.
pub fn list(
    tx: &mut Tx,
    patient: PatientId,
    narrowed: Narrowed,
    after: Option<(Timestamp, NoteId)>,
    limit: i64,
) -> Result<WithSafety<Listed>> {
    let chart = chart::open(tx, patient)?;
    let visible = chart.visible_notes();
    let classes: Vec<_> = visible.iter().map(|(class, _)| *class).collect();
    let rows = query::notes(tx.conn(), &chart, &classes, narrowed, after, limit)?;
    let sight = |row: &NoteRow| {
        let class = visible.iter().find(|(class, _)| i32::from(class.number()) == row.class);
        class.map_or(Sight::Stub, |(_, sight)| *sight)
    };
    let rows = rows.into_iter().map(|row| (sight(&row), row)).map(|(sight, row)| (row, sight)).collect();
    let listed = Listed { notes: shown::notes(tx, &chart, rows)?, withheld: any_withheld(tx, &chart)? };
    safety::beside(tx, &chart, listed)
}

/// The newest note of the reader's own in a record that they have signed, which they may begin the next one with.
///
/// # Errors
/// The policy's.
pub fn last_own(tx: &mut Tx, patient: PatientId) -> Result<Option<NoteId>> {
    let chart = chart::open(tx, patient)?;
    let classes: Vec<_> = chart.visible_notes().iter().map(|(class, _)| *class).collect();
    let narrowed = Narrowed { author: Some(chart.actor().staff), stands: true, ..Narrowed::default() };
    let newest = query::notes(tx.conn(), &chart, &classes, narrowed, None, 1)?;
    Ok(newest.first().map(|row| row.id))
}

/// Whether a consent directive withholds any note of the record from whoever opened it, who would see it otherwise.
///
/// # Errors
/// The database's.
pub fn any_withheld(tx: &mut Tx, chart: &Chart) -> Result<bool> {
    if !chart.withholds() {
        return Ok(false);
    }
    let reader = ClassFor::reader_of(chart);
    query::any_among(tx.conn(), chart.practice(), reader, &[chart.patient()], &chart.withheld_notes())
}

/// What is listed of a record.
#[derive(Debug)]
pub struct Listed {
    /// The notes.
    pub notes: Vec<NoteView>,
    /// Whether something is withheld at the patient's request.
    pub withheld: bool,
}

/// Signed versions of a note from the oldest on, those after number `after` and at most `most`, without their words.
///
/// # Errors
/// The policy's; [`Code::DraftIsPrivate`] or [`Code::EnteredInError`] to whom only its stub is shown.
pub fn versions(tx: &mut Tx, id: NoteId, after: Option<i32>, most: i64) -> Result<Vec<VersionView>> {
    let chart = open_fully(tx, id)?;
    let rows = query::versions(tx.conn(), &chart, id, after.unwrap_or(0), most)?;
    shown::versions(tx, &chart, rows)
}

/// One signed version of a note.
///
/// # Errors
/// As [`versions`]; [`Code::NotFound`] if there is none of that number.
pub fn version(tx: &mut Tx, id: NoteId, number: i32) -> Result<VersionView> {
    let chart = open_fully(tx, id)?;
    let words = words_of(tx, &chart, id, number)?;
    let row = query::versions(tx.conn(), &chart, id, number - 1, 1)?;
    let version = shown::versions(tx, &chart, row)?.pop().ok_or_else(Error::not_found)?;
    Ok(VersionView { body: Some(shown::raw(words)?), ..version })
}

/// What changed between two signed versions of a note.
///
/// # Errors
/// As [`version`].
pub fn diff(tx: &mut Tx, id: NoteId, from: i32, to: i32) -> Result<Vec<Change>> {
    let chart = open_fully(tx, id)?;
    let mut read = |number| -> Result<NoteBody> {
        serde_json::from_str(&words_of(tx, &chart, id, number)?).map_err(Error::internal)
    };
    diff::diff(&read(from)?, &read(to)?)
}

fn words_of(tx: &mut Tx, chart: &Chart, id: NoteId, number: i32) -> Result<String> {
    query::words_of(tx.conn(), chart, id, number)?.ok_or_else(Error::not_found)
}

fn open_fully(tx: &mut Tx, id: NoteId) -> Result<Chart> {
    let (chart, note) = chart::open_note(tx, id)?;
    match (chart.sight(), note.facts.state) {
        (Sight::Full, _) => Ok(chart),
        (Sight::Stub, NoteState::EnteredInError) => Err(Error::of(Code::EnteredInError)),
        (Sight::Stub, NoteState::Draft) => Err(Error::of(Code::DraftIsPrivate)),
        (Sight::Stub, _) => Err(Error::of(Code::SharedWithDiscipline)),
    }
}
