//! The rows of notes. Every function asks for the open chart they stand in, or for the scope of a list.

mod addenda;
pub(super) mod class;
mod cosign;
mod record;
mod reminders;
mod standing;
mod summaries;
mod unsigned;
mod words;

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;

use self::class::{ClassAmong, ClassFor};
use super::views::Narrowed;
use super::{AmendReason, NoteKind};
use crate::actor::Discipline;
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{
    note, note_addendum, note_error, note_pending, note_return, note_version, safety_override, staff,
};
use crate::db::types::sql_word;
use crate::error::{Code, Error, Result};
use crate::ids::{EpisodeId, NoteId, PatientId, ReferralId, StaffId};
use crate::policy::{NoteClass, NoteState, Sharing};

pub use addenda::{AddendumRow, Appended, addenda, append};
pub use cosign::{
    Ended, PendingRow, ReturnRow, Returned, Submission, WaitingRow, count_change, end_all_pending, end_pending,
    needs_cosign, pending, pending_of, put_pending, returns, returns_before, send_back, submit, waiting_notes,
    waiting_of, waiting_pending,
};
pub use reminders::{any_unreminded, unreminded, was_reminded};
pub use unsigned::{LeftSince, UnsignedRow, has_left, move_all_of, unsigned, unsigned_by};

pub use record::{
    Kept, KeptAddendum, KeptPending, KeptVersion, declared_wrong, everybody, kept, kept_addenda, kept_pending,
    kept_versions,
};
pub use standing::{holds_note_of, last_signature};
pub use summaries::{any_among, last_signed, summaries};
pub use words::{FoundRow, SignedNote, Sought, any_without_words, appended, found, keep_missing_words};

sql_word!(NoteKind, AmendReason);

/// A note as it lies in the database, with its author's name and the words that stand now.
#[derive(Debug, Queryable)]
pub struct NoteRow {
    pub id: NoteId,
    pub patient_id: PatientId,
    pub episode_id: Option<EpisodeId>,
    pub referral_id: Option<ReferralId>,
    pub author_id: StaffId,
    pub author_name: String,
    pub discipline: Discipline,
    pub kind: NoteKind,
    pub state: NoteState,
    pub service_at: Timestamp,
    pub created_at: Timestamp,
    pub signed_at: Option<Timestamp>,
    pub draft: Option<String>,
    pub signed: Option<String>,
    pub hash: Option<Vec<u8>>,
    pub version: i32,
    pub current_version: i32,
    pub class: i32,
    /// Whether anything was appended to it, overridden with it, waits on it or came back.
    pub has_beside: bool,
    pub sharing: Sharing,
    pub replaces_id: Option<NoteId>,
    pub copied: Option<String>,
    pub answers: Option<String>,
    pub cosigned_by: Option<StaffId>,
    pub cosigned_at: Option<Timestamp>,
    pub author_needs_cosign: bool,
}

/// A signed version as it lies in the database, without its words.
#[derive(Debug, Queryable)]
pub struct VersionRow {
    pub number: i32,
    pub signed_by: StaffId,
    pub signer_name: String,
    pub signed_at: Timestamp,
    pub reason: Option<AmendReason>,
    pub explanation: Option<String>,
    pub hash: Vec<u8>,
    pub cosigned_by: Option<StaffId>,
    pub cosigned_at: Option<Timestamp>,
}

/// Whether anything of this kind lies beside the note.
macro_rules! beside {
    ($kind:ident) => {
        exists($kind::table.filter($kind::practice_id.eq(note::practice_id)).filter($kind::note_id.eq(note::id)))
    };
}

/// What a [`super::summaries::SummaryRow`] is made of.
macro_rules! summary_columns {
    ($class:expr) => {
        (
            note::id,
            note::patient_id,
            note::episode_id,
            note::author_id,
            staff::name,
            note::discipline,
            note::kind,
            note::state,
            note::service_at,
            note::signed_at,
            $class,
        )
    };
}
use summary_columns;

macro_rules! note_rows {
    ($chart:expr) => {
        note::table
            .inner_join(staff::table.on(staff::practice_id.eq(note::practice_id).and(staff::id.eq(note::author_id))))
            .left_join(
                note_version::table.on(note_version::practice_id
                    .eq(note::practice_id)
                    .and(note_version::note_id.eq(note::id))
                    .and(note_version::number.eq(note::current_version))),
            )
            .filter(note::practice_id.eq($chart.practice()))
            .filter(note::patient_id.eq($chart.patient()))
            .select((
                note::id,
                note::patient_id,
                note::episode_id,
                note::referral_id,
                note::author_id,
                staff::name,
                note::discipline,
                note::kind,
                note::state,
                note::service_at,
                note::created_at,
                note::signed_at,
                note::draft,
                note_version::body.nullable(),
                note_version::hash.nullable(),
                note::version,
                note::current_version,
                ClassFor::reader_of($chart),
                beside!(note_addendum).or(beside!(safety_override)).or(beside!(note_pending)).or(beside!(note_return)),
                note::sharing,
                note::replaces_id,
                note::copied,
                note::answers,
                note_version::cosigned_by.nullable(),
                note_version::cosigned_at.nullable(),
                staff::cosign_required,
            ))
    };
}

/// One note.
pub fn note(conn: &mut Conn, chart: &Chart, id: NoteId) -> Result<NoteRow> {
    Ok(note_rows!(chart).filter(note::id.eq(id)).first(conn)?)
}

/// A note as a joint review sees it, with its class.
pub type LinkedRow = (NoteId, StaffId, NoteKind, Discipline, NoteState, i32);

/// Those of these notes that stand in the chart, without their words.
pub fn linked(conn: &mut Conn, chart: &Chart, ids: &[NoteId]) -> Result<Vec<LinkedRow>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(note::table
        .inner_join(staff::table.on(staff::practice_id.eq(note::practice_id).and(staff::id.eq(note::author_id))))
        .filter(note::practice_id.eq(chart.practice()))
        .filter(note::patient_id.eq(chart.patient()))
        .filter(note::id.eq_any(ids.to_vec()))
        .select((note::id, note::author_id, note::kind, note::discipline, note::state, ClassFor::reader_of(chart)))
        .load(conn)?)
}

/// The notes of the chart in these classes, newest service first, after a position.
pub fn notes(
    conn: &mut Conn,
    chart: &Chart,
    classes: &[NoteClass],
    narrowed: Narrowed,
    after: Option<(Timestamp, NoteId)>,
    limit: i64,
) -> Result<Vec<NoteRow>> {
    let among = ClassAmong::those(ClassFor::reader_of(chart), classes);
    let mut query = note_rows!(chart).filter(among).into_boxed();
    if let Some(discipline) = narrowed.discipline {
        query = query.filter(note::discipline.eq(discipline));
    }
    if let Some(kind) = narrowed.kind {
        query = query.filter(note::kind.eq(kind));
    }
    if let Some(episode) = narrowed.episode {
        query = query.filter(note::episode_id.eq(episode));
    }
    if let Some(author) = narrowed.author {
        query = query.filter(note::author_id.eq(author));
    }
    if narrowed.stands {
        query = query.filter(note::state.eq_any([NoteState::Signed, NoteState::AwaitingCosign]));
    }
    if let Some((service_at, id)) = after {
        query = query.filter(note::service_at.lt(service_at).or(note::service_at.eq(service_at).and(note::id.lt(id))));
    }
    Ok(query.order((note::service_at.desc(), note::id.desc())).limit(limit).load(conn)?)
}

/// The names of these members of staff.
pub fn names(conn: &mut Conn, chart: &Chart, mut staff: Vec<StaffId>) -> Result<HashMap<StaffId, String>> {
    staff.sort_unstable();
    staff.dedup();
    if staff.is_empty() {
        return Ok(HashMap::new());
    }
    let named = staff::table.filter(staff::practice_id.eq(chart.practice())).filter(staff::id.eq_any(staff));
    Ok(named.select((staff::id, staff::name)).load(conn)?.into_iter().collect())
}

/// The note that was begun in the place of one entered in error.
pub fn replacement(conn: &mut Conn, chart: &Chart, id: NoteId) -> Result<Option<NoteId>> {
    let row = note::table.filter(note::practice_id.eq(chart.practice())).filter(note::replaces_id.eq(id));
    Ok(row.select(note::id).first(conn).optional()?)
}

/// The signed versions of a note that come after number `after`, oldest first and at most `most`; not their words, which may
/// be a mebibyte each.
pub fn versions(conn: &mut Conn, chart: &Chart, id: NoteId, after: i32, most: i64) -> Result<Vec<VersionRow>> {
    Ok(note_version::table
        .inner_join(
            staff::table
                .on(staff::practice_id.eq(note_version::practice_id).and(staff::id.eq(note_version::signed_by))),
        )
        .filter(note_version::practice_id.eq(chart.practice()))
        .filter(note_version::note_id.eq(id))
        .filter(note_version::number.gt(after))
        .order(note_version::number)
        .limit(most)
        .select((
            note_version::number,
            note_version::signed_by,
            staff::name,
            note_version::signed_at,
            note_version::reason,
            note_version::explanation,
            note_version::hash,
            note_version::cosigned_by,
            note_version::cosigned_at,
        ))
        .load(conn)?)
}

/// The words of one signed version.
pub fn words_of(conn: &mut Conn, chart: &Chart, id: NoteId, number: i32) -> Result<Option<String>> {
    let row = note_version::table
        .filter(note_version::practice_id.eq(chart.practice()))
        .filter(note_version::note_id.eq(id))
        .filter(note_version::number.eq(number));
    Ok(row.select(note_version::body).first(conn).optional()?)
}

/// A note that is about to be begun.
#[derive(Debug)]
pub struct Begun<'n> {
    pub id: NoteId,
    pub discipline: Discipline,
    pub kind: NoteKind,
    pub episode_id: Option<EpisodeId>,
    pub referral_id: Option<ReferralId>,
    pub service_at: Timestamp,
    pub at: Timestamp,
    pub draft: &'n str,
    pub sharing: Sharing,
    /// The note entered in error in whose place it is begun.
    pub replaces: Option<NoteId>,
    /// What [`super::copied::Copied`] writes.
    pub copied: Option<&'n str>,
}

/// Begins a note in the chart, written by whoever opened it.
pub fn begin(conn: &mut Conn, chart: &Chart, begun: &Begun) -> Result<()> {
    diesel::insert_into(note::table)
        .values((
            note::id.eq(begun.id),
            note::practice_id.eq(chart.practice()),
            note::patient_id.eq(chart.patient()),
            note::author_id.eq(chart.actor().staff),
            note::discipline.eq(begun.discipline),
            note::kind.eq(begun.kind),
            note::episode_id.eq(begun.episode_id),
            note::referral_id.eq(begun.referral_id),
            note::state.eq(NoteState::Draft),
            note::service_at.eq(begun.service_at),
            note::created_at.eq(begun.at),
            note::draft.eq(begun.draft),
            note::current_version.eq(0),
            note::version.eq(1),
            note::sharing.eq(begun.sharing),
            note::replaces_id.eq(begun.replaces),
            note::copied.eq(begun.copied),
        ))
        .execute(conn)?;
    Ok(())
}

/// A draft that is about to be saved.
#[derive(Debug)]
pub struct Saved<'n> {
    pub service_at: Timestamp,
    pub episode_id: Option<EpisodeId>,
    pub referral_id: Option<ReferralId>,
    pub draft: &'n str,
    pub sharing: Sharing,
    pub copied: Option<&'n str>,
}

/// Replaces the words of a draft, if it still is at `version`.
pub fn save(conn: &mut Conn, chart: &Chart, id: NoteId, version: i32, saved: &Saved) -> Result<()> {
    let row = note::table.find((chart.practice(), id)).filter(note::version.eq(version));
    let changed = diesel::update(row)
        .set((
            note::draft.eq(saved.draft),
            note::service_at.eq(saved.service_at),
            note::episode_id.eq(saved.episode_id),
            note::referral_id.eq(saved.referral_id),
            note::sharing.eq(saved.sharing),
            note::copied.eq(saved.copied),
            note::version.eq(version + 1),
        ))
        .execute(conn)?;
    one(changed)
}

/// Says among whom a note is shared, if it still is at `version`.
pub fn share(conn: &mut Conn, chart: &Chart, id: NoteId, version: i32, sharing: Sharing) -> Result<()> {
    let row = note::table.find((chart.practice(), id)).filter(note::version.eq(version));
    one(diesel::update(row).set((note::sharing.eq(sharing), note::version.eq(version + 1))).execute(conn)?)
}

/// Takes a draft away, if it still is at `version`.
pub fn discard(conn: &mut Conn, chart: &Chart, id: NoteId, version: i32) -> Result<()> {
    let row = note::table
        .find((chart.practice(), id))
        .filter(note::version.eq(version))
        .filter(note::state.eq(NoteState::Draft));
    one(diesel::delete(row).execute(conn)?)
}

/// A version that is about to be frozen.
#[derive(Debug)]
pub struct Frozen<'n> {
    pub number: i32,
    pub body: &'n str,
    pub hash: [u8; 32],
    pub reason: Option<AmendReason>,
    pub explanation: Option<&'n str>,
    pub signed_by: StaffId,
    pub at: Timestamp,
    /// Who signed beside the author, and when.
    pub cosigned: Option<(StaffId, Timestamp)>,
}

/// Freezes a version, and makes it the current one.
pub fn freeze(conn: &mut Conn, chart: &Chart, id: NoteId, version: i32, frozen: &Frozen) -> Result<()> {
    diesel::insert_into(note_version::table)
        .values((
            note_version::practice_id.eq(chart.practice()),
            note_version::note_id.eq(id),
            note_version::number.eq(frozen.number),
            note_version::body.eq(frozen.body),
            note_version::hash.eq(frozen.hash.as_slice()),
            note_version::reason.eq(frozen.reason),
            note_version::explanation.eq(frozen.explanation),
            note_version::signed_by.eq(frozen.signed_by),
            note_version::signed_at.eq(frozen.at),
            note_version::cosigned_by.eq(frozen.cosigned.map(|(by, _)| by)),
            note_version::cosigned_at.eq(frozen.cosigned.map(|(_, at)| at)),
        ))
        .execute(conn)?;
    if frozen.number == 1 {
        words::keep_first_words(conn, chart, id, frozen.body)?;
    } else {
        words::keep_words(conn, chart, id, frozen.number, frozen.body)?;
    }
    let row = note::table.find((chart.practice(), id)).filter(note::version.eq(version));
    let counted = (note::current_version.eq(frozen.number), note::version.eq(version + 1));
    let changed = if frozen.number == 1 {
        let signed =
            (note::state.eq(NoteState::Signed), note::draft.eq(None::<String>), note::signed_at.eq(Some(frozen.at)));
        diesel::update(row).set((signed, counted)).execute(conn)?
    } else {
        diesel::update(row).set(counted).execute(conn)?
    };
    one(changed)
}

/// Declares a note to be wrong as a whole, by whoever opened the chart.
pub fn declare_error(
    conn: &mut Conn,
    chart: &Chart,
    id: NoteId,
    version: i32,
    reason: &str,
    at: Timestamp,
) -> Result<()> {
    diesel::insert_into(note_error::table)
        .values((
            note_error::practice_id.eq(chart.practice()),
            note_error::note_id.eq(id),
            note_error::declared_by.eq(chart.actor().staff),
            note_error::reason.eq(reason),
            note_error::declared_at.eq(at),
        ))
        .execute(conn)?;
    let row = note::table.find((chart.practice(), id)).filter(note::version.eq(version));
    let changed = diesel::update(row)
        .set((note::state.eq(NoteState::EnteredInError), note::version.eq(version + 1)))
        .execute(conn)?;
    one(changed)
}

/// A change that met no row met a version that moved since it was read, in this very transaction: a defect.
fn one(changed: usize) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(Error::new(Code::Internal, "A note moved within a transaction")) }
}
