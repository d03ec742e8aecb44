//! What is done with notes: begun, saved, signed, amended, appended to, shared, read.

mod cosign;
mod errors;
mod forward;
mod linked;
mod reading;
mod reminders;
mod unsigned;

mod course;

use std::sync::Arc;

use super::body::{self, NoteBody};
use super::clearance::{self, Signature};
use super::copied::Copied;
use super::query::{self, Appended, Begun, Frozen, NoteRow, Saved, Submission};
use super::rules::{self, NoteMove, PendingKind};
use super::shown;
use super::views::{Amendment, DraftSave, NewAddendum, NewNote, NewSharing, NoteView, Signing};
use crate::actor::Discipline;
use crate::alerts::{self, Alert, AlertKind};
use crate::audit::{Hash, Object, ObjectKind};
use crate::auth::rules::is_fresh;
use crate::catalogue::Catalogue;
use crate::chart::{self, Chart, LocatedNote};
use crate::db::{Retry, Tx, bump_patient};
use crate::episodes;
use crate::error::{Code, Error, FieldError, Result};
use crate::ids::{EpisodeId, NoteId, PatientId, PendingId, kind};
use crate::patients;
use crate::policy::{Action, NoteFacts, NoteState, Sight};
use crate::referrals::{self, ops::ReportResult};
use crate::words::Text;

pub use super::joint_reviews::ops::course as joint_reviews;
pub use super::joint_reviews::record::{RecordedReview, whole_record as recorded_reviews};
pub use super::joint_reviews::reminders::{any_unreminded as any_review_unreminded, remind as remind_of_reviews};
pub use super::record::{RecordedNote, whole_record};
pub use cosign::{
    cosign, cosign_pending, count_waiting, give_back, give_back_pending, open_pending, read_pending, waiting,
    withdraw_pending,
};
pub use errors::enter_in_error;
pub use forward::copy_forward;
pub(super) use linked::{Linked, half_of, linked_notes, names_of};
pub use reading::{Listed, any_withheld, diff, gists, last_own, list, may_begin, open, read, version, versions};
pub use reminders::{any_unreminded as any_note_unreminded, remind as remind_of_notes};
pub use unsigned::{author_leaves, unsigned, unsigned_by};

pub use super::summaries::NoteSummary;
pub use super::views::{LeftDraft, Narrowed, UnsignedView, WaitingView};
pub use course::{course, last_signed};

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
            check_words(&chart, NoteFacts::begun(discipline), &new.body, None, catalogue)?;
            let referred = match new.referral_id {
                Some(referral) => Some(referrals::ops::check_note(tx, &chart, referral)?),
                None => None,
            };
            let episode_id = new.episode_id.or(referred);
            if let Some(episode) = episode_id {
                episodes::ops::take_note(tx, &chart, episode, discipline)?;
            }
            let (id, at) = (tx.fresh_id::<kind::Note>(), tx.now());
            let draft = new.body.canonical()?;
            let NewNote { kind, referral_id, service_at, .. } = *new;
            let (draft, sharing) = (draft.as_str(), new.sharing.unwrap_or_default());
            let begun = Begun {
                id,
                discipline,
                kind,
                episode_id,
                referral_id,
                service_at,
                at,
                draft,
                sharing,
                replaces: None,
                copied: None,
            };
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

/// Saves a draft over the version that was read.
///
/// # Errors
/// The policy's; [`Code::StaleVersion`] with the current text; [`Code::WrongState`] once it is signed;
/// [`Code::WithheldByPatient`] to take it out of an episode that a consent directive covers.
pub fn save(tx: &mut Tx, catalogue: &Arc<Catalogue>, id: NoteId, version: i32, save: &DraftSave) -> Result<NoteView> {
    let (chart, note) = open_to_change(tx, id, version, NoteMove::Save)?;
    rules::check_service_at(save.service_at, tx.now(), rules::PREPARE_AHEAD)?;
    check_words(&chart, note.facts, &save.body, None, catalogue)?;
    if save.episode_id != note.episode {
        move_to_episode(tx, &chart, &note, save.episode_id)?;
    }
    if let Some(referral) = save.referral_id.filter(|_| save.referral_id != note.referral) {
        referrals::ops::check_note(tx, &chart, referral)?;
    }
    let mut before = query::note(tx.conn(), &chart, id)?;
    let draft = save.body.canonical()?;
    let copied = match before.copied.take() {
        Some(copied) => {
            Some(Copied::read(&copied)?.saved(&read_words(before.draft.as_deref())?, &save.body).written()?)
        }
        None => None,
    };
    let DraftSave { service_at, episode_id, referral_id, .. } = *save;
    let sharing = save.sharing.unwrap_or(before.sharing);
    let saved = Saved { service_at, episode_id, referral_id, draft: &draft, sharing, copied: copied.as_deref() };
    query::save(tx.conn(), &chart, id, version, &saved)?;
    names(tx, id, version + 1);
    let (draft, version) = (Some(draft), version + 1);
    let saved = NoteRow { episode_id, referral_id, service_at, draft, version, sharing, copied, ..before };
    shown::of_row(tx, &chart, saved, Sight::Full)
}

/// Takes a draft out of its episode and into another, or none, unless a consent directive covers it there.
fn move_to_episode(tx: &mut Tx, chart: &Chart, note: &LocatedNote, to: Option<EpisodeId>) -> Result<()> {
    if let Some(from) = note.episode
        && chart::are_covered(tx, chart, &[from.retype()])?
    {
        let detail = "A consent directive covers the episode this draft belongs to; send its `episode_id`";
        return Err(Error::new(Code::WithheldByPatient, detail));
    }
    to.map_or(Ok(()), |episode| episodes::ops::take_note(tx, chart, episode, note.facts.discipline))
}

/// Discards a draft, unless it was signed once and returned.
///
/// # Errors
/// The policy's; [`Code::StaleVersion`]; [`Code::WrongState`] once it is signed.
pub fn discard(tx: &mut Tx, id: NoteId, version: i32) -> Result<()> {
    let (chart, _) = open_to_change(tx, id, version, NoteMove::Discard)?;
    rules::check_discard(query::returns_before(tx.conn(), &chart, id)? > 0)?;
    query::discard(tx.conn(), &chart, id, version)?;
    names(tx, id, version);
    Ok(())
}

/// Signs a draft, by the person who is signed in, at the server's time: freezes it as version 1 or, if they need a second
/// signature, lets it wait for that.
///
/// # Errors
/// The policy's; [`Code::FreshSignInNeeded`] over 30 minutes after the last password entry; [`Code::PartsMissing`];
/// [`Code::CopiedUnconfirmed`]; [`Code::OverrideNeeded`] for what a safety item bars; [`Code::Invalid`] where whoever
/// consented might not.
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
            let words = read_words(row.draft.as_deref())?;
            must_be_whole(rules::missing_parts(row.kind, &words))?;
            row.copied = confirmed(row.copied, signing)?;
            check_words(&chart, note.facts, &words, None, catalogue)?;
            let signature = Signature {
                note: id,
                number: 1,
                discipline: note.facts.discipline,
                episode: note.episode,
                service_at: note.service_at,
                first_signed_at: tx.now(),
                words: &words,
                consent: words.consent.as_ref(),
                overrides: &signing.overrides,
            };
            let warnings = clearance::clear(tx, &chart, catalogue, &signature)?;
            let signed = match rules::once_signed(row.author_needs_cosign) {
                NoteState::AwaitingCosign => submit(tx, &chart, row, signing.answers_referral)?,
                _ => freeze_draft(tx, &chart, row)?,
            };
            tell_referral(tx, &chart, &signed, signing.answers_referral)?;
            let has_beside = signed.has_beside || !signing.overrides.is_empty();
            let view = shown::of_row(tx, &chart, NoteRow { has_beside, ..signed }, Sight::Full)?;
            Ok((id, NoteView { warnings, ..view }))
        },
        again,
    )
}

/// Tells the referral that a note is written for that it is signed, or makes sure that it will answer once it is co-signed.
fn tell_referral(tx: &mut Tx, chart: &Chart, row: &NoteRow, answers: Option<ReportResult>) -> Result<()> {
    match row.referral_id {
        Some(referral) if row.state == NoteState::Signed => {
            referrals::ops::note_signed(tx, chart, referral, row.id, row.author_id, answers)
        }
        _ if answers.is_none() => Ok(()),
        None => Err(Error::field("/answers_referral", "this note is written for no referral")),
        Some(referral) => referrals::ops::check_answer(tx, chart, referral, row.id),
    }
}

/// What is left to confirm of what a draft took over, once it is signed: nothing, or it is refused.
fn confirmed(copied: Option<String>, signing: &Signing) -> Result<Option<String>> {
    let Some(copied) = copied else { return Ok(None) };
    Ok(Some(Copied::read(&copied)?.signed(&signing.confirmed).map_err(in_body)?.written()?))
}

/// Freezes a draft as version 1, and says how it stands then.
fn freeze_draft(tx: &mut Tx, chart: &Chart, mut row: NoteRow) -> Result<NoteRow> {
    let draft = row.draft.take().ok_or_else(without_words)?;
    let frozen = Frozen {
        number: 1,
        body: &draft,
        hash: body::hash(&draft),
        reason: None,
        explanation: None,
        signed_by: chart.actor().staff,
        at: tx.now(),
        cosigned: None,
    };
    query::freeze(tx.conn(), chart, row.id, row.version, &frozen)?;
    is_signed(tx, chart, row.id, row.version + 1, frozen.hash)?;
    let (hash, signed_at) = (Some(frozen.hash.to_vec()), Some(frozen.at));
    let (state, version, current_version) = (NoteState::Signed, row.version + 1, 1);
    Ok(NoteRow { state, signed_at, hash, signed: Some(draft), version, current_version, ..row })
}

/// Lets a draft wait for the second signature, and says how it stands then.
fn submit(tx: &mut Tx, chart: &Chart, row: NoteRow, answers: Option<ReportResult>) -> Result<NoteRow> {
    let (at, hash) = (tx.now(), body::hash(row.draft.as_deref().ok_or_else(without_words)?));
    let answers = answers.map(<&'static str>::from);
    query::submit(tx.conn(), chart, row.id, row.version, row.copied.as_deref(), answers, at)?;
    cosign_is_wanted(tx, chart, Object { kind: ObjectKind::Note, id: row.id.retype(), version: None })?;
    is_signed(tx, chart, row.id, row.version + 1, hash)?;
    let (state, answers) = (NoteState::AwaitingCosign, answers.map(ToOwned::to_owned));
    Ok(NoteRow { state, signed_at: Some(at), answers, version: row.version + 1, ..row })
}

/// Tells the supervisor of whoever has just signed that something waits for them.
fn cosign_is_wanted(tx: &mut Tx, chart: &Chart, object: Object) -> Result<()> {
    let to = alerts::supervisor(tx, chart.practice(), chart.actor().staff)?;
    alerts::raise(tx, Alert::new(AlertKind::CosignWanted, object, to).about(chart.patient()))
}

const fn the_pending(id: PendingId) -> Object {
    Object { kind: ObjectKind::Pending, id: id.retype(), version: None }
}

/// Writes a whole new version of a signed note; the former ones stay readable. If its author needs a second signature, the
/// former one stands until then.
///
/// # Errors
/// As [`sign`]; [`Code::WrongState`] while another amendment of the note waits.
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
            let former = read_words(row.signed.as_deref())?;
            check_words(&chart, note.facts, &amendment.body, Some(&former), catalogue)?;
            if row.has_beside {
                cosign::must_not_wait(tx, &chart, id)?;
            }
            let signature = Signature {
                note: id,
                number: row.current_version + 1,
                discipline: note.facts.discipline,
                episode: note.episode,
                service_at: note.service_at,
                first_signed_at: row.signed_at.unwrap_or_else(|| tx.now()),
                words: &amendment.body,
                consent: amendment.body.consent.as_ref().filter(|consent| Some(*consent) != former.consent.as_ref()),
                overrides: &amendment.overrides,
            };
            let warnings = clearance::clear(tx, &chart, catalogue, &signature)?;
            let canonical = amendment.body.canonical()?;
            let (hash, at) = (body::hash(&canonical), tx.now());
            let (reason, explanation) = (Some(amendment.reason), amendment.explanation.as_ref().map(Text::as_str));
            if row.author_needs_cosign {
                let (pending, kind, words) = (tx.fresh_id(), PendingKind::Amendment, canonical.as_str());
                let submission = Submission { id: pending, note: id, kind, words, hash, reason, explanation, at };
                query::put_pending(tx.conn(), &chart, &submission)?;
                cosign_is_wanted(tx, &chart, the_pending(pending))?;
                query::count_change(tx.conn(), &chart, id, version)?;
            } else {
                let (number, signed_by) = (row.current_version + 1, chart.actor().staff);
                let body = canonical.as_str();
                let frozen = Frozen { number, body, hash, reason, explanation, signed_by, at, cosigned: None };
                query::freeze(tx.conn(), &chart, id, version, &frozen)?;
                referrals::ops::note_amended(tx, &chart, id)?;
            }
            is_signed(tx, &chart, id, version + 1, hash)?;
            Ok((id, NoteView { warnings, ..view(tx, &chart, id, Sight::Full)? }))
        },
        again,
    )
}

/// Appends to a signed note; if whoever appends needs a second signature, once that is given.
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
            let (text, hash, at) = (new.text.as_str(), body::hash(new.text.as_str()), tx.now());
            if query::needs_cosign(tx.conn(), &chart)? {
                let (pending, kind) = (tx.fresh_id(), PendingKind::Addendum);
                let (reason, explanation) = (None, None);
                let submission = Submission { id: pending, note: id, kind, words: text, hash, reason, explanation, at };
                query::put_pending(tx.conn(), &chart, &submission)?;
                cosign_is_wanted(tx, &chart, the_pending(pending))?;
            } else {
                let (addendum, author) = (tx.fresh_id(), chart.actor().staff);
                let appended = Appended { id: addendum, author, text, hash, at, cosigned: None };
                query::append(tx.conn(), &chart, id, &appended)?;
            }
            names(tx, id, note.version);
            tx.hashes(Hash(hash));
            Ok((id, view(tx, &chart, id, Sight::Full)?))
        },
        again,
    )
}

/// Says among whom a signed note is shared.
///
/// # Errors
/// The policy's; [`Code::StaleVersion`]; [`Code::WrongState`] unless it is signed: a draft is saved with it;
/// [`Code::Invalid`] where it would be kept from the referrer to whom it was reported.
pub fn share(tx: &mut Tx, retry: &Retry, id: NoteId, version: i32, new: NewSharing) -> Result<NoteView> {
    tx.once(
        retry,
        |tx| {
            let (chart, note) = open_to_change(tx, id, version, NoteMove::Share)?;
            let readers = referrals::ops::readers_of_report(tx, &chart, id)?;
            query::share(tx.conn(), &chart, id, version, new.sharing)?;
            // What was reported to a referrer stays theirs to read.
            if referrals::ops::readers_of_report(tx, &chart, id)? != readers {
                return Err(Error::field("/sharing", "it is the report on a referral, whose referrer has to read it"));
            }
            bump_patient(tx.conn(), chart.practice(), chart.patient())?;
            names(tx, id, version + 1);
            Ok((id, after_move(tx, &chart, id, NoteFacts { sharing: new.sharing, ..note.facts })?))
        },
        again,
    )
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

fn must_be_fresh(tx: &Tx, chart: &Chart) -> Result<()> {
    if is_fresh(chart.actor().authenticated_at, tx.now()) { Ok(()) } else { Err(Error::of(Code::FreshSignInNeeded)) }
}

fn must_be_whole(missing: Vec<FieldError>) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    Err(in_body(Error { errors: missing, ..Error::of(Code::PartsMissing) }))
}

/// Checks what the author may write; of an amendment what is not in the `former` version already.
fn check_words(
    chart: &Chart,
    facts: NoteFacts,
    words: &NoteBody,
    former: Option<&NoteBody>,
    catalogue: &Catalogue,
) -> Result<()> {
    rules::check_scope(facts.discipline, words, former, catalogue).map_err(in_body)?;
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

/// What every signature of an author comes with: it counts as treating, and the log has its hash.
fn is_signed(tx: &mut Tx, chart: &Chart, id: NoteId, version: i32, hash: [u8; 32]) -> Result<()> {
    patients::ops::extend_membership(tx, chart, tx.now())?;
    names(tx, id, version);
    tx.hashes(Hash(hash));
    Ok(())
}

fn read_words(draft: Option<&str>) -> Result<NoteBody> {
    serde_json::from_str(draft.ok_or_else(without_words)?).map_err(Error::internal)
}

fn without_words() -> Error {
    Error::internal("a note without words")
}

fn names(tx: &mut Tx, id: NoteId, version: i32) {
    tx.names(Object { kind: ObjectKind::Note, id: id.retype(), version: Some(version) });
}

fn view(tx: &mut Tx, chart: &Chart, id: NoteId, sight: Sight) -> Result<NoteView> {
    shown::note(tx, chart, id, sight)
}
