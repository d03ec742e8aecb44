//! The rows of care teams.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{FormerMemberView, JoinedBy, MemberView};
use crate::actor::Actor;
use crate::chart::Chart;
use crate::clock::{Date, Timestamp};
use crate::db::Conn;
use crate::db::schema::care_team;
use crate::error::Result;
use crate::ids::{MembershipId, PatientId, PracticeId, StaffId};
use crate::patients::query::clinicians;
use crate::policy::Permit;

/// A membership about to begin.
pub(super) struct Joining<'j> {
    pub(super) id: MembershipId,
    pub(super) staff: StaffId,
    pub(super) by: JoinedBy,
    pub(super) reason: Option<&'j str>,
    pub(super) visit_date: Option<Date>,
    pub(super) joined_at: Timestamp,
    pub(super) lapses_at: Timestamp,
}

/// Puts somebody on the care team of an open chart.
pub(super) fn join(conn: &mut Conn, chart: &Chart, joining: &Joining) -> Result<()> {
    insert(conn, chart.practice(), chart.patient(), joining)
}

/// Puts somebody on the care team of a patient who has just been registered, whose chart nobody has opened yet.
pub(super) fn join_first(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    patient: PatientId,
    joining: &Joining,
) -> Result<()> {
    insert(conn, practice, patient, joining)
}

fn insert(conn: &mut Conn, practice: PracticeId, patient: PatientId, joining: &Joining) -> Result<()> {
    diesel::insert_into(care_team::table)
        .values((
            care_team::practice_id.eq(practice),
            care_team::id.eq(joining.id),
            care_team::patient_id.eq(patient),
            care_team::staff_id.eq(joining.staff),
            care_team::joined_by.eq(joining.by),
            care_team::reason.eq(joining.reason),
            care_team::visit_date.eq(joining.visit_date),
            care_team::joined_at.eq(joining.joined_at),
            care_team::lapses_at.eq(joining.lapses_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Somebody's membership that is active now, and when it lapses.
pub(super) fn active(
    conn: &mut Conn,
    chart: &Chart,
    staff: StaffId,
    now: Timestamp,
) -> Result<Option<(MembershipId, Timestamp)>> {
    Ok(care_team::table
        .filter(care_team::practice_id.eq(chart.practice()))
        .filter(care_team::patient_id.eq(chart.patient()))
        .filter(care_team::staff_id.eq(staff))
        .filter(care_team::ended_at.is_null())
        .filter(care_team::lapses_at.gt(now))
        .order((care_team::joined_at, care_team::id))
        .select((care_team::id, care_team::lapses_at))
        .first(conn)
        .optional()?)
}

/// A membership that is active, with what its end follows from.
#[derive(Debug, Queryable)]
pub(super) struct ActiveMember {
    pub(super) id: MembershipId,
    pub(super) joined_at: Timestamp,
    pub(super) visit_date: Option<Date>,
    pub(super) lapses_at: Timestamp,
}

/// Somebody's membership that is active now.
pub(super) fn active_member(
    conn: &mut Conn,
    chart: &Chart,
    staff: StaffId,
    now: Timestamp,
) -> Result<Option<ActiveMember>> {
    let Some((id, _)) = active(conn, chart, staff, now)? else { return Ok(None) };
    let row = care_team::table.find((chart.practice(), id)).select((
        care_team::id,
        care_team::joined_at,
        care_team::visit_date,
        care_team::lapses_at,
    ));
    Ok(row.first(conn).optional()?)
}

/// Lets a membership lapse earlier.
pub(super) fn shorten(conn: &mut Conn, chart: &Chart, id: MembershipId, lapses_at: Timestamp) -> Result<()> {
    let membership = care_team::table.find((chart.practice(), id)).filter(care_team::patient_id.eq(chart.patient()));
    diesel::update(membership).set(care_team::lapses_at.eq(lapses_at)).execute(conn)?;
    Ok(())
}

/// Books a visit with a member.
pub(super) fn book(conn: &mut Conn, chart: &Chart, id: MembershipId, visit: Date, lapses_at: Timestamp) -> Result<()> {
    let membership = care_team::table.find((chart.practice(), id)).filter(care_team::patient_id.eq(chart.patient()));
    let booked = (care_team::visit_date.eq(visit), care_team::lapses_at.eq(lapses_at));
    diesel::update(membership).set(booked).execute(conn)?;
    Ok(())
}

type Row = (MembershipId, StaffId, JoinedBy, Option<Date>, Timestamp, Timestamp);
type Columns = (
    care_team::id,
    care_team::staff_id,
    care_team::joined_by,
    care_team::visit_date,
    care_team::joined_at,
    care_team::lapses_at,
);
const COLUMNS: Columns = (
    care_team::id,
    care_team::staff_id,
    care_team::joined_by,
    care_team::visit_date,
    care_team::joined_at,
    care_team::lapses_at,
);

/// The members now, in the order they joined.
pub(super) fn members(conn: &mut Conn, chart: &Chart, now: Timestamp) -> Result<Vec<MemberView>> {
    let rows = care_team::table
        .filter(care_team::practice_id.eq(chart.practice()))
        .filter(care_team::patient_id.eq(chart.patient()))
        .filter(care_team::ended_at.is_null())
        .filter(care_team::lapses_at.gt(now))
        .order((care_team::joined_at, care_team::id))
        .select(COLUMNS)
        .load(conn)?;
    named(conn, chart, rows)
}

/// The memberships that are over, in the order they began.
pub(super) fn former_members(conn: &mut Conn, chart: &Chart, now: Timestamp) -> Result<Vec<FormerMemberView>> {
    let rows = care_team::table
        .filter(care_team::practice_id.eq(chart.practice()))
        .filter(care_team::patient_id.eq(chart.patient()))
        .filter(care_team::ended_at.is_not_null().or(care_team::lapses_at.le(now)))
        .order((care_team::joined_at, care_team::id))
        .select((COLUMNS, care_team::ended_at))
        .load::<(Row, Option<Timestamp>)>(conn)?;
    let left: HashMap<_, _> =
        rows.iter().map(|(row, ended_at)| (row.0, ended_at.map_or(row.5, |ended_at| ended_at.min(row.5)))).collect();
    let members = named(conn, chart, rows.into_iter().map(|(row, _)| row).collect())?;
    let former = members.into_iter().map(|member| FormerMemberView {
        id: member.id,
        staff_id: member.staff_id,
        name: member.name,
        disciplines: member.disciplines,
        joined_by: member.joined_by,
        joined_at: member.joined_at,
        left_at: left.get(&member.id).copied().unwrap_or(member.lapses_at),
    });
    Ok(former.collect())
}

/// One membership, over or not.
pub(super) fn member(conn: &mut Conn, chart: &Chart, id: MembershipId) -> Result<Option<MemberView>> {
    let rows = care_team::table
        .find((chart.practice(), id))
        .filter(care_team::patient_id.eq(chart.patient()))
        .select(COLUMNS)
        .load(conn)?;
    Ok(named(conn, chart, rows)?.pop())
}

fn named(conn: &mut Conn, chart: &Chart, rows: Vec<Row>) -> Result<Vec<MemberView>> {
    let people = clinicians::look_up(conn, chart.practice(), rows.iter().map(|row| row.1))?;
    let member = |(id, staff_id, joined_by, visit_date, joined_at, lapses_at): Row| {
        let clinicians::Clinician { name, disciplines } = people.get(&staff_id)?.clone();
        Some(MemberView { id, staff_id, name, disciplines, joined_by, visit_date, joined_at, lapses_at })
    };
    Ok(rows.into_iter().filter_map(member).collect())
}

/// Whose care team a membership belongs to; all that is looked up before the chart is open.
pub(super) fn locate(conn: &mut Conn, actor: &Actor, id: MembershipId) -> Result<Option<PatientId>> {
    let row = care_team::table.find((actor.practice, id)).select(care_team::patient_id).first(conn).optional()?;
    Ok(row)
}

/// Ends the actor's own membership if it is active; says whether it was.
pub(super) fn leave(conn: &mut Conn, chart: &Chart, id: MembershipId, now: Timestamp) -> Result<bool> {
    let own = care_team::table
        .filter(care_team::practice_id.eq(chart.practice()))
        .filter(care_team::patient_id.eq(chart.patient()))
        .filter(care_team::id.eq(id))
        .filter(care_team::staff_id.eq(chart.actor().staff))
        .filter(care_team::ended_at.is_null())
        .filter(care_team::lapses_at.gt(now));
    Ok(diesel::update(own).set(care_team::ended_at.eq(now)).execute(conn)? == 1)
}

/// Ends a membership that has not ended.
pub(super) fn end(conn: &mut Conn, chart: &Chart, id: MembershipId, now: Timestamp) -> Result<()> {
    let active = care_team::table
        .find((chart.practice(), id))
        .filter(care_team::patient_id.eq(chart.patient()))
        .filter(care_team::ended_at.is_null());
    diesel::update(active).set(care_team::ended_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Lets the actor's own active membership last until `lapses_at` at least.
pub(super) fn extend(conn: &mut Conn, chart: &Chart, now: Timestamp, lapses_at: Timestamp) -> Result<()> {
    let own = care_team::table
        .filter(care_team::practice_id.eq(chart.practice()))
        .filter(care_team::patient_id.eq(chart.patient()))
        .filter(care_team::staff_id.eq(chart.actor().staff))
        .filter(care_team::ended_at.is_null())
        .filter(care_team::lapses_at.gt(now))
        .filter(care_team::lapses_at.lt(lapses_at));
    diesel::update(own).set(care_team::lapses_at.eq(lapses_at)).execute(conn)?;
    Ok(())
}
