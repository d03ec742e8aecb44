//! The rows of joint reviews.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::actor::Discipline;
use crate::alerts::AlertKind;
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{joint_review, note, practice, reminder, staff};
use crate::error::{Code, Error, Result};
use crate::ids::{JointReviewId, NoteId, PatientId, PracticeId, StaffId};
use crate::policy::{NoteState, Permit};

/// A joint review as it lies in the database.
#[derive(Debug, Queryable)]
pub(super) struct ReviewRow {
    pub(super) id: JointReviewId,
    pub(super) opened_by: StaffId,
    pub(super) opener_name: String,
    pub(super) opened_at: Timestamp,
    pub(super) physiotherapy: Option<NoteId>,
    pub(super) massage: Option<NoteId>,
    pub(super) closed_by: Option<StaffId>,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) close_reason: Option<String>,
    pub(super) version: i32,
}

impl ReviewRow {
    /// The note of one discipline.
    pub(super) const fn half(&self, discipline: Discipline) -> Option<NoteId> {
        match discipline {
            Discipline::Physiotherapy => self.physiotherapy,
            Discipline::Massage => self.massage,
        }
    }
}

/// Which of the chart's joint reviews are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Only {
    /// All of them.
    All,
    /// The one of that id.
    This(JointReviewId),
    /// The one that this note is a half of.
    With(NoteId),
    /// Those that nobody closed one-sided; both halves may stand.
    Unclosed,
}

/// The chart's joint reviews, newest first, after a position.
pub(super) fn reviews(
    conn: &mut Conn,
    chart: &Chart,
    only: Only,
    after: Option<JointReviewId>,
    limit: i64,
) -> Result<Vec<ReviewRow>> {
    let mut query = joint_review::table
        .inner_join(
            staff::table
                .on(staff::practice_id.eq(joint_review::practice_id).and(staff::id.eq(joint_review::opened_by))),
        )
        .filter(joint_review::practice_id.eq(chart.practice()))
        .filter(joint_review::patient_id.eq(chart.patient()))
        .into_boxed();
    match only {
        Only::All => {}
        Only::This(id) => query = query.filter(joint_review::id.eq(id)),
        Only::With(note) => {
            let is_half = joint_review::physiotherapy_note_id.eq(note).or(joint_review::massage_note_id.eq(note));
            query = query.filter(is_half.assume_not_null());
        }
        Only::Unclosed => query = query.filter(joint_review::closed_at.is_null()),
    }
    if let Some(after) = after {
        query = query.filter(joint_review::id.lt(after));
    }
    Ok(query
        .order(joint_review::id.desc())
        .limit(limit)
        .select((
            joint_review::id,
            joint_review::opened_by,
            staff::name,
            joint_review::opened_at,
            joint_review::physiotherapy_note_id,
            joint_review::massage_note_id,
            joint_review::closed_by,
            joint_review::closed_at,
            joint_review::close_reason,
            joint_review::version,
        ))
        .load(conn)?)
}

/// Begins a review, by whoever opened the chart.
pub(super) fn open(conn: &mut Conn, chart: &Chart, id: JointReviewId, at: Timestamp) -> Result<()> {
    diesel::insert_into(joint_review::table)
        .values((
            joint_review::id.eq(id),
            joint_review::practice_id.eq(chart.practice()),
            joint_review::patient_id.eq(chart.patient()),
            joint_review::opened_by.eq(chart.actor().staff),
            joint_review::opened_at.eq(at),
            joint_review::version.eq(1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Links a discipline's note, if the review still is at `version`.
pub(super) fn link(
    conn: &mut Conn,
    chart: &Chart,
    id: JointReviewId,
    version: i32,
    discipline: Discipline,
    note: NoteId,
) -> Result<()> {
    let row = joint_review::table.find((chart.practice(), id)).filter(joint_review::version.eq(version));
    let counted = joint_review::version.eq(version + 1);
    let changed = match discipline {
        Discipline::Physiotherapy => {
            diesel::update(row).set((joint_review::physiotherapy_note_id.eq(note), counted)).execute(conn)?
        }
        Discipline::Massage => {
            diesel::update(row).set((joint_review::massage_note_id.eq(note), counted)).execute(conn)?
        }
    };
    one(changed)
}

/// Closes a review, by whoever opened the chart, if it still is at `version`.
pub(super) fn close(
    conn: &mut Conn,
    chart: &Chart,
    id: JointReviewId,
    version: i32,
    reason: &str,
    at: Timestamp,
) -> Result<()> {
    let row = joint_review::table.find((chart.practice(), id)).filter(joint_review::version.eq(version));
    let closed = (
        joint_review::closed_by.eq(chart.actor().staff),
        joint_review::closed_at.eq(at),
        joint_review::close_reason.eq(reason),
        joint_review::version.eq(version + 1),
    );
    one(diesel::update(row).set(closed).execute(conn)?)
}

/// A change that met no row met a version that moved since it was read, in this very transaction: a defect.
fn one(changed: usize) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(Error::new(Code::Internal, "A joint review moved within a transaction")) }
}

/// A joint review as the program looks at it.
pub(super) struct OpenedReview {
    pub(super) practice: PracticeId,
    pub(super) id: JointReviewId,
    pub(super) patient: PatientId,
    pub(super) opened_at: Timestamp,
    pub(super) halves: [Option<NoteId>; 2],
    pub(super) is_closed: bool,
}

macro_rules! due {
    ($practice:expr, $number:expr, $by:expr) => {
        joint_review::table
            .filter(joint_review::practice_id.eq($practice))
            .filter(joint_review::opened_at.le($by))
            .filter(not(exists(
                reminder::table
                    .filter(reminder::practice_id.eq(joint_review::practice_id))
                    .filter(reminder::object_id.eq(joint_review::id))
                    .filter(reminder::kind.eq(AlertKind::JointReviewDue))
                    .filter(reminder::number.eq($number)),
            )))
    };
}

/// Whether any review of any practice, begun by then, was not looked at for the `number`-th time.
pub(super) fn any_unreminded(conn: &mut Conn, number: i32, by: Timestamp) -> Result<bool> {
    for of in practices(conn)? {
        if diesel::select(exists(due!(of, number, by))).get_result(conn)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The next of them, at most `limit`.
pub(super) fn unreminded(
    conn: &mut Conn,
    _: Permit,
    number: i32,
    by: Timestamp,
    limit: i64,
) -> Result<Vec<OpenedReview>> {
    type Row = (JointReviewId, PatientId, Timestamp, Option<NoteId>, Option<NoteId>, Option<Timestamp>);
    let mut found = Vec::new();
    for of in practices(conn)? {
        let left = limit - i64::try_from(found.len()).unwrap_or(limit);
        let rows: Vec<Row> = due!(of, number, by)
            .order((joint_review::opened_at, joint_review::id))
            .limit(left)
            .select((
                joint_review::id,
                joint_review::patient_id,
                joint_review::opened_at,
                joint_review::physiotherapy_note_id,
                joint_review::massage_note_id,
                joint_review::closed_at,
            ))
            .load(conn)?;
        found.extend(rows.into_iter().map(|(id, patient, opened_at, physiotherapy, massage, closed_at)| {
            let (halves, is_closed) = ([physiotherapy, massage], closed_at.is_some());
            OpenedReview { practice: of, id, patient, opened_at, halves, is_closed }
        }));
    }
    Ok(found)
}

/// The states of the two notes of a review.
pub(super) fn states(conn: &mut Conn, review: &OpenedReview) -> Result<[Option<NoteState>; 2]> {
    let mut states = [None; 2];
    for (half, state) in review.halves.into_iter().zip(&mut states) {
        if let Some(half) = half {
            *state = note::table.find((review.practice, half)).select(note::state).first(conn).optional()?;
        }
    }
    Ok(states)
}

/// Whether the patient has had another joint review since.
pub(super) fn has_later(conn: &mut Conn, review: &OpenedReview) -> Result<bool> {
    let later = joint_review::table
        .filter(joint_review::practice_id.eq(review.practice))
        .filter(joint_review::patient_id.eq(review.patient))
        .filter(joint_review::opened_at.gt(review.opened_at));
    Ok(diesel::select(exists(later)).get_result(conn)?)
}

fn practices(conn: &mut Conn) -> Result<Vec<PracticeId>> {
    Ok(practice::table.select(practice::id).order(practice::id).load(conn)?)
}
