//! What waits for a second signature, and what was returned.

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::super::rules::{PendingKind, PendingState};
use super::class::{ClassAmong, ClassFor};
use super::{AmendReason, NoteKind, one};
use crate::actor::Discipline;
use crate::chart::{Chart, Scope};
use crate::clock::{Date, Timestamp};
use crate::db::Conn;
use crate::db::schema::{note, note_pending, note_return, patient, staff};
use crate::db::types::sql_word;
use crate::error::Result;
use crate::ids::{NoteId, ObjectId, PatientId, PendingId, StaffId};
use crate::policy::{NoteClass, NoteState};

sql_word!(PendingKind, PendingState);

/// Whether what whoever opened the chart signs waits for a second signature.
pub fn needs_cosign(conn: &mut Conn, chart: &Chart) -> Result<bool> {
    let author = staff::table.find((chart.practice(), chart.actor().staff));
    Ok(author.select(staff::cosign_required).first(conn)?)
}

/// Signs a draft for its author, to wait for the second signature and then to answer its referral so far, if it still is at
/// `version`.
pub fn submit(
    conn: &mut Conn,
    chart: &Chart,
    id: NoteId,
    version: i32,
    copied: Option<&str>,
    answers: Option<&str>,
    at: Timestamp,
) -> Result<()> {
    let row = note::table.find((chart.practice(), id)).filter(note::version.eq(version));
    let signed = (
        note::state.eq(NoteState::AwaitingCosign),
        note::signed_at.eq(Some(at)),
        note::copied.eq(copied),
        note::answers.eq(answers),
        note::version.eq(version + 1),
    );
    one(diesel::update(row).set(signed).execute(conn)?)
}

/// Something signed that was returned.
#[derive(Debug)]
pub struct Returned<'n> {
    pub body: &'n str,
    pub hash: [u8; 32],
    pub signed_at: Timestamp,
    pub comments: &'n str,
    pub at: Timestamp,
}

/// Makes what waits a draft again, if it still is at `version`, and keeps what was signed with why it came back.
pub fn send_back(conn: &mut Conn, chart: &Chart, id: NoteId, version: i32, returned: &Returned) -> Result<()> {
    let before = returns_before(conn, chart, id)?;
    diesel::insert_into(note_return::table)
        .values((
            note_return::practice_id.eq(chart.practice()),
            note_return::note_id.eq(id),
            note_return::number.eq(before + 1),
            note_return::body.eq(returned.body),
            note_return::hash.eq(returned.hash.as_slice()),
            note_return::signed_at.eq(returned.signed_at),
            note_return::comments.eq(returned.comments),
            note_return::returned_by.eq(chart.actor().staff),
            note_return::returned_at.eq(returned.at),
        ))
        .execute(conn)?;
    let row = note::table.find((chart.practice(), id)).filter(note::version.eq(version));
    let draft = (
        note::state.eq(NoteState::Draft),
        note::signed_at.eq(None::<Timestamp>),
        note::answers.eq(None::<String>),
        note::version.eq(version + 1),
    );
    one(diesel::update(row).set(draft).execute(conn)?)
}

/// How often a note was returned.
pub fn returns_before(conn: &mut Conn, chart: &Chart, id: NoteId) -> Result<i32> {
    let newest = note_return::table
        .filter(note_return::practice_id.eq(chart.practice()))
        .filter(note_return::note_id.eq(id))
        .select(diesel::dsl::max(note_return::number));
    Ok(newest.first::<Option<i32>>(conn)?.unwrap_or(0))
}

/// A return as it lies in the database.
#[derive(Debug, Queryable)]
pub struct ReturnRow {
    pub note_id: NoteId,
    pub body: String,
    pub hash: Vec<u8>,
    pub signed_at: Timestamp,
    pub comments: String,
    pub returned_by: StaffId,
    pub returned_at: Timestamp,
}

/// What was returned of these notes, oldest first.
pub fn returns(conn: &mut Conn, chart: &Chart, notes: &[NoteId]) -> Result<Vec<ReturnRow>> {
    if notes.is_empty() {
        return Ok(Vec::new());
    }
    Ok(note_return::table
        .filter(note_return::practice_id.eq(chart.practice()))
        .filter(note_return::note_id.eq_any(notes.to_vec()))
        .order((note_return::note_id, note_return::number))
        .select((
            note_return::note_id,
            note_return::body,
            note_return::hash,
            note_return::signed_at,
            note_return::comments,
            note_return::returned_by,
            note_return::returned_at,
        ))
        .load(conn)?)
}

/// An amendment or addendum that its author has signed and somebody else has to sign too.
#[derive(Debug)]
pub struct Submission<'n> {
    pub id: PendingId,
    pub note: NoteId,
    pub kind: PendingKind,
    /// The canonical words of a version, or the text of an addendum.
    pub words: &'n str,
    pub hash: [u8; 32],
    pub reason: Option<AmendReason>,
    pub explanation: Option<&'n str>,
    pub at: Timestamp,
}

/// Keeps what waits, written by whoever opened the chart.
pub fn put_pending(conn: &mut Conn, chart: &Chart, submission: &Submission) -> Result<()> {
    diesel::insert_into(note_pending::table)
        .values((
            note_pending::id.eq(submission.id),
            note_pending::practice_id.eq(chart.practice()),
            note_pending::note_id.eq(submission.note),
            note_pending::author_id.eq(chart.actor().staff),
            note_pending::kind.eq(submission.kind),
            note_pending::words.eq(submission.words),
            note_pending::hash.eq(submission.hash.as_slice()),
            note_pending::reason.eq(submission.reason),
            note_pending::explanation.eq(submission.explanation),
            note_pending::signed_at.eq(submission.at),
            note_pending::state.eq(PendingState::Waiting),
            note_pending::version.eq(1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Counts a change of a note that lies beside its row, if it still is at `version`.
pub fn count_change(conn: &mut Conn, chart: &Chart, id: NoteId, version: i32) -> Result<()> {
    let row = note::table.find((chart.practice(), id)).filter(note::version.eq(version));
    one(diesel::update(row).set(note::version.eq(version + 1)).execute(conn)?)
}

/// An amendment or addendum that waits or waited, as it lies in the database.
#[derive(Debug, Queryable)]
pub struct PendingRow {
    pub id: PendingId,
    pub note_id: NoteId,
    pub author_id: StaffId,
    pub author_name: String,
    pub supervisor_id: Option<StaffId>,
    pub kind: PendingKind,
    pub words: String,
    pub hash: Vec<u8>,
    pub reason: Option<AmendReason>,
    pub explanation: Option<String>,
    pub signed_at: Timestamp,
    pub state: PendingState,
    pub comments: Option<String>,
    pub ended_by: Option<StaffId>,
    pub ended_at: Option<Timestamp>,
    pub version: i32,
}

macro_rules! pending_rows {
    ($chart:expr) => {
        note_pending::table
            .inner_join(
                staff::table
                    .on(staff::practice_id.eq(note_pending::practice_id).and(staff::id.eq(note_pending::author_id))),
            )
            .filter(note_pending::practice_id.eq($chart.practice()))
            .select((
                note_pending::id,
                note_pending::note_id,
                note_pending::author_id,
                staff::name,
                staff::supervisor_id,
                note_pending::kind,
                note_pending::words,
                note_pending::hash,
                note_pending::reason,
                note_pending::explanation,
                note_pending::signed_at,
                note_pending::state,
                note_pending::comments,
                note_pending::ended_by,
                note_pending::ended_at,
                note_pending::version,
            ))
    };
}

/// One of those that wait or waited.
pub fn pending(conn: &mut Conn, chart: &Chart, id: PendingId) -> Result<PendingRow> {
    Ok(pending_rows!(chart).filter(note_pending::id.eq(id)).first(conn)?)
}

/// What waits on these notes, oldest first; and what came back or was withdrawn, to its author and their supervisor.
pub fn pending_of(conn: &mut Conn, chart: &Chart, notes: &[NoteId]) -> Result<Vec<PendingRow>> {
    if notes.is_empty() {
        return Ok(Vec::new());
    }
    let reader = chart.actor().staff;
    let to_all = note_pending::state.eq(PendingState::Waiting).nullable();
    let to_two = note_pending::author_id.eq(reader).nullable().or(staff::supervisor_id.eq(reader));
    Ok(pending_rows!(chart)
        .filter(note_pending::note_id.eq_any(notes.to_vec()))
        .filter(note_pending::state.ne(PendingState::Cosigned))
        .filter(to_all.or(to_two))
        .order((note_pending::signed_at, note_pending::id))
        .load(conn)?)
}

/// What came of something that waited.
#[derive(Clone, Copy, Debug)]
pub struct Ended<'n> {
    pub state: PendingState,
    pub comments: Option<&'n str>,
    pub at: Timestamp,
}

macro_rules! ended {
    ($chart:expr, $ended:expr) => {
        (
            note_pending::state.eq($ended.state),
            note_pending::comments.eq($ended.comments),
            note_pending::ended_by.eq($chart.actor().staff),
            note_pending::ended_at.eq($ended.at),
            note_pending::version.eq(note_pending::version + 1),
        )
    };
}

/// Ends one that waits, by whoever opened the chart.
pub fn end_pending(conn: &mut Conn, chart: &Chart, id: PendingId, ended: Ended) -> Result<()> {
    let row = note_pending::table.find((chart.practice(), id)).filter(note_pending::state.eq(PendingState::Waiting));
    one(diesel::update(row).set(ended!(chart, ended)).execute(conn)?)
}

/// Ends all that wait on a note, by whoever opened the chart.
pub fn end_all_pending(conn: &mut Conn, chart: &Chart, id: NoteId, ended: Ended) -> Result<()> {
    let rows = note_pending::table
        .filter(note_pending::practice_id.eq(chart.practice()))
        .filter(note_pending::note_id.eq(id))
        .filter(note_pending::state.eq(PendingState::Waiting));
    diesel::update(rows).set(ended!(chart, ended)).execute(conn)?;
    Ok(())
}

/// Something that waits for the reader's signature, of whosoever record.
#[derive(Debug, Queryable)]
pub struct WaitingRow {
    /// The note's id, or that of what waits on it.
    pub id: ObjectId,
    pub note_id: NoteId,
    /// Who it is: id, record number, given names, family name, birth date.
    pub patient: (PatientId, i64, String, String, Date),
    pub access_version: i64,
    pub author_id: StaffId,
    pub author_name: String,
    pub discipline: Discipline,
    pub kind: NoteKind,
    pub service_at: Timestamp,
    pub signed_at: Timestamp,
    /// None if it is the note itself.
    pub pending: Option<PendingKind>,
}

macro_rules! waiting {
    ($from:expr, $scope:expr, $classes:expr) => {
        $from
            .inner_join(
                patient::table.on(patient::practice_id.eq(note::practice_id).and(patient::id.eq(note::patient_id))),
            )
            .filter(note::practice_id.eq($scope.practice))
            .filter(staff::supervisor_id.eq($scope.staff))
            .filter(note::patient_id.ne_all($scope.hidden.clone()))
            .filter(ClassAmong::those(ClassFor::reader_in($scope), $classes))
    };
}

/// Notes that wait for the reader's signature, in these classes, longest waiting first, after a position.
pub fn waiting_notes(
    conn: &mut Conn,
    scope: &Scope,
    classes: &[NoteClass],
    after: Option<(Timestamp, ObjectId)>,
    limit: i64,
) -> Result<Vec<WaitingRow>> {
    let author = staff::practice_id.eq(note::practice_id).and(staff::id.eq(note::author_id));
    let mut query = waiting!(note::table.inner_join(staff::table.on(author)), scope, classes)
        .filter(note::state.eq(NoteState::AwaitingCosign))
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(note::signed_at.gt(at).or(note::signed_at.eq(at).and(note::id.nullable().gt(id))));
    }
    Ok(query
        .order((note::signed_at, note::id))
        .limit(limit)
        .select((
            note::id,
            note::id,
            (patient::id, patient::record_number, patient::given_name, patient::family_name, patient::birth_date),
            patient::access_version,
            staff::id,
            staff::name,
            note::discipline,
            note::kind,
            note::service_at,
            note::signed_at.assume_not_null(),
            None::<PendingKind>.into_sql::<Nullable<Text>>(),
        ))
        .load(conn)?)
}

/// Amendments and addenda that wait for the reader's signature, as [`waiting_notes`] does.
pub fn waiting_pending(
    conn: &mut Conn,
    scope: &Scope,
    classes: &[NoteClass],
    after: Option<(Timestamp, ObjectId)>,
    limit: i64,
) -> Result<Vec<WaitingRow>> {
    let author = staff::practice_id.eq(note_pending::practice_id).and(staff::id.eq(note_pending::author_id));
    let of_note = note::practice_id.eq(note_pending::practice_id).and(note::id.eq(note_pending::note_id));
    let from = note_pending::table.inner_join(staff::table.on(author)).inner_join(note::table.on(of_note));
    let mut query = waiting!(from, scope, classes).filter(note_pending::state.eq(PendingState::Waiting)).into_boxed();
    if let Some((at, id)) = after {
        let beyond = note_pending::signed_at.eq(at).and(note_pending::id.gt(id));
        query = query.filter(note_pending::signed_at.gt(at).or(beyond));
    }
    Ok(query
        .order((note_pending::signed_at, note_pending::id))
        .limit(limit)
        .select((
            note_pending::id,
            note::id,
            (patient::id, patient::record_number, patient::given_name, patient::family_name, patient::birth_date),
            patient::access_version,
            staff::id,
            staff::name,
            note::discipline,
            note::kind,
            note::service_at,
            note_pending::signed_at,
            note_pending::kind.nullable(),
        ))
        .load(conn)?)
}

/// How much waits for somebody's second signature, of what one author wrote.
pub fn waiting_of(conn: &mut Conn, practice: crate::ids::PracticeId, author: StaffId) -> Result<i64> {
    let notes = note::table
        .filter(note::practice_id.eq(practice))
        .filter(note::author_id.eq(author))
        .filter(note::state.eq(NoteState::AwaitingCosign));
    let pending = note_pending::table
        .filter(note_pending::practice_id.eq(practice))
        .filter(note_pending::author_id.eq(author))
        .filter(note_pending::state.eq(PendingState::Waiting));
    Ok(notes.count().get_result::<i64>(conn)? + pending.count().get_result::<i64>(conn)?)
}
