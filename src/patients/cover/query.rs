//! The rows of cover.

use diesel::prelude::*;

use super::{CoverView, NewCover};
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::schema::cover;
use crate::db::{Conn, MultiBackend};
use crate::error::Result;
use crate::ids::{CoverId, PracticeId, StaffId};
use crate::patients::query::clinicians;
use crate::policy::Permit;

type Row = (CoverId, StaffId, StaffId, Timestamp, Timestamp);
type Columns = (cover::id, cover::from_staff, cover::to_staff, cover::starts_at, cover::ends_at);
const COLUMNS: Columns = (cover::id, cover::from_staff, cover::to_staff, cover::starts_at, cover::ends_at);

/// Inserts a cover.
pub(super) fn insert(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    id: CoverId,
    new: &NewCover,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(cover::table)
        .values((
            cover::practice_id.eq(practice),
            cover::id.eq(id),
            cover::from_staff.eq(new.from_staff),
            cover::to_staff.eq(new.to_staff),
            cover::starts_at.eq(new.from),
            cover::ends_at.eq(new.until),
            cover::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether the practice has such a cover, over or not.
pub(super) fn is_here(conn: &mut Conn, practice: PracticeId, id: CoverId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(cover::table.find((practice, id)))).get_result(conn)?)
}

/// One cover, over or not.
pub(super) fn one(conn: &mut Conn, _: Permit, practice: PracticeId, id: CoverId) -> Result<Option<CoverView>> {
    let rows = cover::table.find((practice, id)).select(COLUMNS).load(conn)?;
    Ok(named(conn, practice, rows)?.pop())
}

/// The covers that are not over, newest first.
pub(super) fn coming(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    now: Timestamp,
    after: Option<CoverId>,
    limit: i64,
) -> Result<Vec<CoverView>> {
    let mut coming = cover::table
        .filter(cover::practice_id.eq(practice))
        .filter(cover::ended_at.is_null())
        .filter(cover::ends_at.gt(now))
        .order(cover::id.desc())
        .limit(limit)
        .select(COLUMNS)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        coming = coming.filter(cover::id.lt(after));
    }
    let rows = coming.load(conn)?;
    named(conn, practice, rows)
}

/// The covers in force for any of `members`, of the care team of an open chart.
pub(super) fn in_force(
    conn: &mut Conn,
    chart: &Chart,
    members: Vec<StaffId>,
    now: Timestamp,
) -> Result<Vec<CoverView>> {
    let rows = cover::table
        .filter(cover::practice_id.eq(chart.practice()))
        .filter(cover::from_staff.eq_any(members))
        .filter(cover::ended_at.is_null())
        .filter(cover::starts_at.le(now))
        .filter(cover::ends_at.gt(now))
        .order((cover::starts_at, cover::id))
        .select(COLUMNS)
        .load(conn)?;
    named(conn, chart.practice(), rows)
}

fn named(conn: &mut Conn, practice: PracticeId, rows: Vec<Row>) -> Result<Vec<CoverView>> {
    let people = clinicians::look_up(conn, practice, rows.iter().flat_map(|row| [row.1, row.2]))?;
    let name = |staff| people.get(&staff).map(|clinician| clinician.name.clone());
    let cover = |(id, from_staff, to_staff, from, until): Row| {
        let (from_name, to_name) = (name(from_staff)?, name(to_staff)?);
        Some(CoverView { id, from_staff, from_name, to_staff, to_name, from, until })
    };
    Ok(rows.into_iter().filter_map(cover).collect())
}

/// Ends a cover unless it is over; says whether it did.
pub(super) fn end(conn: &mut Conn, _: Permit, practice: PracticeId, id: CoverId, now: Timestamp) -> Result<bool> {
    let standing = cover::table
        .filter(cover::practice_id.eq(practice))
        .filter(cover::id.eq(id))
        .filter(cover::ended_at.is_null())
        .filter(cover::ends_at.gt(now));
    Ok(diesel::update(standing).set(cover::ended_at.eq(now)).execute(conn)? == 1)
}
