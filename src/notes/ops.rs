//! What is done with notes: begun, saved, signed, amended, appended to, declared wrong, read.

mod course;

use std::sync::Arc;

use serde_json::value::RawValue;

use super::beside::Beside;
use super::body::{self, NoteBody};
use super::clearance::{self, Signature};
use super::diff::{self, Change};
use super::query::{self, AddendumRow, Begun, Frozen, NoteRow, VersionRow};
use super::rules::{self, NoteMove};
use super::views::{
    AddendumView, Amendment, DraftSave, ErrorDeclared, Narrowed, NewAddendum, NewNote, NoteView, Shown, Signer,
    Signing, VersionView,
};
use crate::actor::Discipline;
use crate::audit::{Hash, Object, ObjectKind};
use crate::auth::rules::is_fresh;
use crate::catalogue::Catalogue;
use crate::chart::{self, Chart, LocatedNote};
use crate::clock::Timestamp;
use crate::db::{Retry, Tx};
use crate::episodes;
use crate::error::{Code, Error, FieldError, Result};
use crate::ids::{NoteId, PatientId, kind};
use crate::patients;
use crate::policy::{Action, NoteFacts, NoteState, Sight};

pub use super::summaries::NoteSummary;
pub use course::{course, last_signed};

pub use super::record::{RecordedNote, whole_record};

/// Begins a note in a patient's chart.
///
/// # Errors
/// The policy's; [`Code::Invalid`] for a technique that does not exist or a discipline that is not said.
pub fn begin(
    tx: &mut Tx,
    retry: &Retry,
    catalogue: &Arc<Catalogue>,
    patient: PatientId,
    new: &NewNote,
) -> Result<NoteView> {
    tx.once(
        retry,
        |tx| {
            let discipline = discipline_of(tx, new)?;
            let chart = chart::open_for(tx, patient, NoteFacts::begun(discipline))?;
            rules::check_service_at(new.service_at, tx.now(), rules::PREPARE_AHEAD)?;
            check_words(&chart, NoteFacts::begun(discipline), &new.body, catalogue)?;
            if let Some(episode) = new.episode_id {
                episodes::ops::take_note(tx, &chart, episode, discipline)?;
            }
            let (id, at) = (tx.fresh_id::<kind::Note>(), tx.now());
            let draft = new.body.canonical()?;
            let NewNote { kind, episode_id, service_at, .. } = *new;
            let begun = Begun { id, discipline, kind, episode_id, service_at, at, draft: &draft };
            query::begin(tx.conn(), &chart, &begun)?;
            names(tx, id, 1);
            Ok((id, view(tx, &chart, id, Sight::Full)?))
        },
        again,
    )
}

fn discipline_of(tx: &Tx, new: &NewNote) -> Result<Discipline> {
    let actor = tx.actor()?;
    let mut practised = actor.roles.disciplines();
    match (new.discipline, practised.next(), practised.next()) {
        (Some(discipline), _, _) | (None, Some(discipline), None) => Ok(discipline),
        (None, Some(_), Some(_)) => Err(Error::field("/discipline", "say which of your two disciplines this is")),
        // Whoever practises none is refused by the policy, whichever discipline is asked about.
        (None, None, _) => Ok(Discipline::Physiotherapy),
    }
}

/// Reads a note, or its stub.
///
/// # Errors
/// The policy's.
pub fn read(tx: &mut Tx, id: NoteId) -> Result<NoteView> {
    let (chart, _) = chart::open_note(tx, id)?;
    view(tx, &chart, id, chart.sight())
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
) -> Result<Listed> {
    let chart = chart::open(tx, patient)?;
    let visible = chart.visible_notes();
    let classes: Vec<_> = visible.iter().map(|(class, _)| *class).collect();
    let rows = query::notes(tx.conn(), &chart, &classes, narrowed, after, limit)?;
    let sight = |row: &NoteRow| {
        let class = visible.iter().find(|(class, _)| i32::from(class.number()) == row.class);
        class.map_or(Sight::Stub, |(_, sight)| *sight)
    };
    let added_to: Vec<_> =
        rows.iter().filter(|row| row.has_beside && sight(row) == Sight::Full).map(|row| row.id).collect();
    let mut beside = Beside::load(tx, &chart, &added_to)?;
    let notes = rows.into_iter().map(|row| {
        let sight = sight(&row);
        let own = beside.take(row.id);
        shape(row, own, sight, tx.now())
    });
    Ok(Listed { notes: notes.collect::<Result<_>>()?, withheld: chart.withholds() })
}

/// What is listed of a record.
#[derive(Debug)]
pub struct Listed {
    /// The notes.
    pub notes: Vec<NoteView>,
    /// Whether something is withheld at the patient's request.
    pub withheld: bool,
}

/// Saves a draft over the version that was read.
///
/// # Errors
/// The policy's; [`Code::StaleVersion`] with the current text; [`Code::WrongState`] once it is signed.
pub fn save(tx: &mut Tx, catalogue: &Arc<Catalogue>, id: NoteId, version: i32, save: &DraftSave) -> Result<NoteView> {
    let (chart, note) = open_to_change(tx, id, version, NoteMove::Save)?;
    rules::check_service_at(save.service_at, tx.now(), rules::PREPARE_AHEAD)?;
    check_words(&chart, note.facts, &save.body, catalogue)?;
    if let Some(episode) = save.episode_id.filter(|_| save.episode_id != note.episode) {
        episodes::ops::take_note(tx, &chart, episode, note.facts.discipline)?;
    }
    query::save(tx.conn(), &chart, id, version, save.service_at, save.episode_id, &save.body.canonical()?)?;
    names(tx, id, version + 1);
    view(tx, &chart, id, Sight::Full)
}

/// Discards a draft.
///
/// # Errors
/// The policy's; [`Code::StaleVersion`]; [`Code::WrongState`] once it is signed.
pub fn discard(tx: &mut Tx, id: NoteId, version: i32) -> Result<()> {
    let (chart, _) = open_to_change(tx, id, version, NoteMove::Discard)?;
    query::discard(tx.conn(), &chart, id, version)?;
    names(tx, id, version);
    Ok(())
}

/// Signs a draft: freezes it as version 1, by the person who is signed in, at the server's time.
///
/// # Errors
/// The policy's; [`Code::FreshSignInNeeded`] over 30 minutes after the last password entry; [`Code::PartsMissing`];
/// [`Code::OverrideNeeded`] for what a safety item bars; [`Code::Invalid`] where whoever consented might not.
pub fn sign(
    tx: &mut Tx,
    retry: &Retry,
    catalogue: &Arc<Catalogue>,
    id: NoteId,
    version: i32,
    signing: &Signing,
) -> Result<NoteView> {
    tx.once(
        retry,
        |tx| {
            let (chart, note) = open_to_change(tx, id, version, NoteMove::Sign)?;
            must_be_fresh(tx, &chart)?;
            rules::check_service_at(note.service_at, tx.now(), rules::SIGN_AHEAD)?;
            if let Some(episode) = note.episode {
                episodes::ops::check_visit(tx, &chart, episode, note.service_at)?;
            }
            let mut row = query::note(tx.conn(), &chart, id)?;
            let draft = row.draft.take().ok_or_else(|| Error::internal("a draft without words"))?;
            let words: NoteBody = serde_json::from_str(&draft).map_err(Error::internal)?;
            must_be_whole(rules::missing_parts(row.kind, &words))?;
            check_words(&chart, note.facts, &words, catalogue)?;
            let signature = Signature {
                note: id,
                number: 1,
                discipline: note.facts.discipline,
                episode: note.episode,
                service_at: note.service_at,
                first_signed_at: tx.now(),
                words: &words,
                overrides: &signing.overrides,
            };
            let warnings = clearance::clear(tx, &chart, catalogue, &signature)?;
            let frozen = Frozen {
                number: 1,
                body: &draft,
                hash: body::hash(&draft),
                reason: None,
                explanation: None,
                at: tx.now(),
            };
            freeze(tx, &chart, id, version, &frozen)?;
            let (hash, signed_at) = (Some(frozen.hash.to_vec()), Some(frozen.at));
            let state = NoteState::Signed;
            let signed = NoteRow {
                state,
                signed_at,
                hash,
                signed: Some(draft),
                version: version + 1,
                current_version: 1,
                ..row
            };
            let given = if signing.overrides.is_empty() { Beside::default() } else { Beside::load(tx, &chart, &[id])? };
            Ok((id, NoteView { warnings, ..shape(signed, given, Sight::Full, tx.now())? }))
        },
        again,
    )
}

/// Writes a whole new version of a signed note; the former ones stay readable.
///
/// # Errors
/// As [`sign`].
pub fn amend(
    tx: &mut Tx,
    retry: &Retry,
    catalogue: &Arc<Catalogue>,
    id: NoteId,
    version: i32,
    amendment: &Amendment,
) -> Result<NoteView> {
    tx.once(
        retry,
        |tx| {
            let (chart, note) = open_to_change(tx, id, version, NoteMove::Amend)?;
            must_be_fresh(tx, &chart)?;
            let row = query::note(tx.conn(), &chart, id)?;
            must_be_whole(rules::missing_parts(row.kind, &amendment.body))?;
            check_words(&chart, note.facts, &amendment.body, catalogue)?;
            let signature = Signature {
                note: id,
                number: row.current_version + 1,
                discipline: note.facts.discipline,
                episode: note.episode,
                service_at: note.service_at,
                first_signed_at: row.signed_at.unwrap_or_else(|| tx.now()),
                words: &amendment.body,
                overrides: &amendment.overrides,
            };
            let warnings = clearance::clear(tx, &chart, catalogue, &signature)?;
            let canonical = amendment.body.canonical()?;
            let explanation = amendment.explanation.as_ref().map(crate::words::Text::as_str);
            let frozen = Frozen {
                number: row.current_version + 1,
                body: &canonical,
                hash: body::hash(&canonical),
                reason: Some(amendment.reason),
                explanation,
                at: tx.now(),
            };
            freeze(tx, &chart, id, version, &frozen)?;
            if let Some(explanation) = explanation {
                tx.explains(explanation);
            }
            Ok((id, NoteView { warnings, ..view(tx, &chart, id, Sight::Full)? }))
        },
        again,
    )
}

/// Appends to a signed note.
///
/// # Errors
/// The policy's; [`Code::FreshSignInNeeded`]; [`Code::WrongState`] unless it is signed.
pub fn append(tx: &mut Tx, retry: &Retry, id: NoteId, new: &NewAddendum) -> Result<NoteView> {
    tx.once(
        retry,
        |tx| {
            let (chart, note) = chart::open_note(tx, id)?;
            rules::step(note.facts.state, NoteMove::Addend)?;
            must_be_fresh(tx, &chart)?;
            if new.text.is_blank() {
                return Err(Error::field("/text", "say what is to be added"));
            }
            let (addendum, at) = (tx.fresh_id(), tx.now());
            let hash = body::hash(new.text.as_str());
            query::append(tx.conn(), &chart, id, addendum, new.text.as_str(), hash, at)?;
            names(tx, id, note.version);
            tx.hashes(Hash(hash));
            Ok((id, view(tx, &chart, id, Sight::Full)?))
        },
        again,
    )
}

/// Declares a signed note to be wrong as a whole; a stub of it stays in the chart.
///
/// # Errors
/// The policy's; [`Code::FreshSignInNeeded`]; [`Code::WrongState`] unless it is signed.
pub fn enter_in_error(
    tx: &mut Tx,
    retry: &Retry,
    id: NoteId,
    version: i32,
    declared: &ErrorDeclared,
) -> Result<NoteView> {
    tx.once(
        retry,
        |tx| {
            let (chart, note) = open_to_change(tx, id, version, NoteMove::EnterInError)?;
            must_be_fresh(tx, &chart)?;
            if declared.reason.is_blank() {
                return Err(Error::field("/reason", "say what is wrong with the note"));
            }
            let at = tx.now();
            query::declare_error(tx.conn(), &chart, id, version, declared.reason.as_str(), at)?;
            names(tx, id, version + 1);
            tx.explains(declared.reason.as_str());
            Ok((id, after_move(tx, &chart, id, NoteFacts { state: NoteState::EnteredInError, ..note.facts })?))
        },
        again,
    )
}

/// The signed versions of a note, without their words.
///
/// # Errors
/// The policy's; [`Code::DraftIsPrivate`] or [`Code::EnteredInError`] to whom only its stub is shown.
pub fn versions(tx: &mut Tx, id: NoteId) -> Result<Vec<VersionView>> {
    let chart = open_fully(tx, id)?;
    let rows = query::versions(tx.conn(), &chart, id, None)?;
    rows.into_iter().map(|row| version_view(row).map(|view| VersionView { body: None, ..view })).collect()
}

/// One signed version of a note.
///
/// # Errors
/// As [`versions`]; [`Code::NotFound`] if there is none of that number.
pub fn version(tx: &mut Tx, id: NoteId, number: i32) -> Result<VersionView> {
    let chart = open_fully(tx, id)?;
    version_view(version_row(tx, &chart, id, number)?)
}

/// What changed between two signed versions of a note.
///
/// # Errors
/// As [`version`].
pub fn diff(tx: &mut Tx, id: NoteId, from: i32, to: i32) -> Result<Vec<Change>> {
    let chart = open_fully(tx, id)?;
    let mut read = |number| -> Result<NoteBody> {
        let row = version_row(tx, &chart, id, number)?;
        serde_json::from_str(&row.body).map_err(Error::internal)
    };
    diff::diff(&read(from)?, &read(to)?)
}

fn version_row(tx: &mut Tx, chart: &Chart, id: NoteId, number: i32) -> Result<VersionRow> {
    query::versions(tx.conn(), chart, id, Some(number))?.pop().ok_or_else(Error::not_found)
}

/// Answers a call that comes again: today's policy is asked about the move, and about reading what came of it.
fn again(tx: &mut Tx, id: NoteId) -> Result<NoteView> {
    let (chart, note) = chart::open_note(tx, id)?;
    after_move(tx, &chart, id, note.facts)
}

/// A note as it stands after a move, to whoever made it: some may move a note that they may not read.
fn after_move(tx: &mut Tx, chart: &Chart, id: NoteId, facts: NoteFacts) -> Result<NoteView> {
    let sight = chart::ask_also(chart, Action::ReadNote, facts).map_or(Sight::Stub, |grant| grant.sight);
    view(tx, chart, id, sight)
}

/// Opens the chart to change a note: the policy first, then its version, then its state.
fn open_to_change(tx: &mut Tx, id: NoteId, version: i32, wanted: NoteMove) -> Result<(Chart, LocatedNote)> {
    let (chart, note) = chart::open_note(tx, id)?;
    if note.version != version {
        return Err(stale(tx, &chart, id, note.facts)?);
    }
    rules::step(note.facts.state, wanted)?;
    Ok((chart, note))
}

/// Nobody is told what stands now who might not read it, and who might has read it.
fn stale(tx: &mut Tx, chart: &Chart, id: NoteId, facts: NoteFacts) -> Result<Error> {
    let Ok(grant) = chart::ask_also(chart, Action::ReadNote, facts) else {
        return Ok(Error::of(Code::StaleVersion));
    };
    let current = view(tx, chart, id, grant.sight)?;
    let detail = "It has been changed since; what stands now is in `current`".into();
    Ok(Error { detail, ..tx.stale(Action::ReadNote, grant, &current) })
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

fn must_be_fresh(tx: &Tx, chart: &Chart) -> Result<()> {
    if is_fresh(chart.actor().authenticated_at, tx.now()) { Ok(()) } else { Err(Error::of(Code::FreshSignInNeeded)) }
}

fn must_be_whole(missing: Vec<FieldError>) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    Err(in_body(Error { errors: missing, ..Error::of(Code::PartsMissing) }))
}

fn check_words(chart: &Chart, facts: NoteFacts, words: &NoteBody, catalogue: &Catalogue) -> Result<()> {
    rules::check_scope(facts.discipline, words, catalogue).map_err(in_body)?;
    if rules::names_diagnosis(words) {
        chart::ask_also(chart, Action::RecordDiagnosis, facts)?;
    }
    Ok(())
}

/// The rules point into the words; callers see those as `body`.
fn in_body(mut error: Error) -> Error {
    for field in &mut error.errors {
        field.pointer.insert_str(0, "/body");
    }
    error
}

fn freeze(tx: &mut Tx, chart: &Chart, id: NoteId, version: i32, frozen: &Frozen) -> Result<()> {
    query::freeze(tx.conn(), chart, id, version, frozen)?;
    patients::ops::extend_membership(tx, chart, frozen.at)?;
    names(tx, id, version + 1);
    tx.hashes(Hash(frozen.hash));
    Ok(())
}

fn names(tx: &mut Tx, id: NoteId, version: i32) {
    tx.names(Object { kind: ObjectKind::Note, id: id.retype(), version: Some(version) });
}

fn view(tx: &mut Tx, chart: &Chart, id: NoteId, sight: Sight) -> Result<NoteView> {
    let row = query::note(tx.conn(), chart, id)?;
    let beside = match sight {
        Sight::Full if row.has_beside => Beside::load(tx, chart, &[id])?,
        Sight::Full | Sight::Stub => Beside::default(),
    };
    shape(row, beside, sight, tx.now())
}

/// What a reader is shown of a note: the one place where words are left out of a stub.
fn shape(row: NoteRow, beside: Beside, sight: Sight, now: Timestamp) -> Result<NoteView> {
    let (shown, words) = match sight {
        Sight::Full => (Shown::Full, row.signed.or(row.draft)),
        Sight::Stub => (Shown::Stub, None),
    };
    Ok(NoteView {
        id: row.id,
        patient_id: row.patient_id,
        episode_id: row.episode_id,
        kind: row.kind,
        discipline: row.discipline,
        author: Signer { id: row.author_id, name: row.author_name },
        state: row.state,
        shown,
        service_at: row.service_at,
        created_at: row.created_at,
        signed_at: row.signed_at,
        late_entry: rules::late_entry(row.service_at, row.signed_at.unwrap_or(now)),
        version: row.version,
        current_version: row.current_version,
        hash: row.hash.map(|bytes| hash_of(&bytes)).transpose()?,
        body: words.map(RawValue::from_string).transpose().map_err(Error::internal)?,
        addenda: beside.addenda.into_iter().map(addendum_view).collect::<Result<_>>()?,
        overrides: beside.overrides.into_iter().map(|(_, given)| given).collect(),
        warnings: Vec::new(),
    })
}

fn addendum_view(row: AddendumRow) -> Result<AddendumView> {
    Ok(AddendumView {
        id: row.id,
        author: Signer { id: row.author_id, name: row.author_name },
        written_at: row.written_at,
        text: row.text,
        hash: hash_of(&row.hash)?,
    })
}

fn version_view(row: VersionRow) -> Result<VersionView> {
    Ok(VersionView {
        number: row.number,
        signed_by: Signer { id: row.signed_by, name: row.signer_name },
        signed_at: row.signed_at,
        reason: row.reason,
        explanation: row.explanation,
        hash: hash_of(&row.hash)?,
        body: Some(RawValue::from_string(row.body).map_err(Error::internal)?),
    })
}

fn hash_of(bytes: &[u8]) -> Result<Hash> {
    bytes.try_into().map(Hash).map_err(Error::internal)
}
