//! The rows of joint reviews.

use diesel::prelude::*;

use crate::actor::Discipline;
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{joint_review, staff};
use crate::error::{Code, Error, Result};
use crate::ids::{JointReviewId, NoteId, StaffId};

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

/// The chart's joint reviews, newest first, after a position; or the one of that id.
pub(super) fn reviews(
    conn: &mut Conn,
    chart: &Chart,
    only: Option<JointReviewId>,
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
    if let Some(only) = only {
        query = query.filter(joint_review::id.eq(only));
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
