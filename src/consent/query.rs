//! The rows of consent directives.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::{DirectiveView, NewDirective};
use crate::actor::{Actor, Discipline};
use crate::chart::{Bars, Chart, Covers, ReferralState};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{consent_directive, episode, note, referral, staff};
use crate::error::Result;
use crate::ids::{DirectiveId, EpisodeId, NoteId, ObjectId, PatientId, ReferralId, StaffId, kind};
use crate::words::Trimmed;

type Row = (
    (DirectiveId, Covers, Option<ObjectId>, Bars, Option<StaffId>, Option<Discipline>),
    (Timestamp, Option<Timestamp>, Option<String>, StaffId, Timestamp, Option<Timestamp>, Option<StaffId>, i32),
);

macro_rules! rows {
    ($chart:expr) => {
        consent_directive::table
            .filter(consent_directive::practice_id.eq($chart.practice()))
            .filter(consent_directive::patient_id.eq($chart.patient()))
            .order(consent_directive::id.desc())
            .select((
                (
                    consent_directive::id,
                    consent_directive::covers,
                    consent_directive::covered_id,
                    consent_directive::bars,
                    consent_directive::staff_id,
                    consent_directive::discipline,
                ),
                (
                    consent_directive::starts_at,
                    consent_directive::ends_at,
                    consent_directive::reason,
                    consent_directive::recorded_by,
                    consent_directive::recorded_at,
                    consent_directive::revoked_at,
                    consent_directive::revoked_by,
                    consent_directive::version,
                ),
            ))
    };
}

fn view((what, how): Row) -> DirectiveView {
    let (id, covers, covered_id, bars, staff_id, discipline) = what;
    let (from, until, reason, recorded_by, recorded_at, revoked_at, revoked_by, version) = how;
    DirectiveView {
        id,
        covers,
        covered_id,
        bars,
        staff_id,
        discipline,
        from,
        until,
        reason,
        recorded_by,
        recorded_at,
        revoked_at,
        revoked_by,
        version,
    }
}

/// Whose record a directive stands on.
pub(super) fn locate(conn: &mut Conn, actor: &Actor, id: DirectiveId) -> Result<Option<PatientId>> {
    let row = consent_directive::table.find((actor.practice, id)).select(consent_directive::patient_id);
    Ok(row.first(conn).optional()?)
}

/// All on the record, newest first.
pub(super) fn all(conn: &mut Conn, chart: &Chart) -> Result<Vec<DirectiveView>> {
    Ok(rows!(chart).load::<Row>(conn)?.into_iter().map(view).collect())
}

/// One of them.
pub(super) fn one(conn: &mut Conn, chart: &Chart, id: DirectiveId) -> Result<Option<DirectiveView>> {
    Ok(rows!(chart).filter(consent_directive::id.eq(id)).first::<Row>(conn).optional()?.map(view))
}

/// Records a directive.
pub(super) fn insert(
    conn: &mut Conn,
    chart: &Chart,
    id: DirectiveId,
    new: &NewDirective,
    from: Timestamp,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(consent_directive::table)
        .values((
            consent_directive::id.eq(id),
            consent_directive::practice_id.eq(chart.practice()),
            consent_directive::patient_id.eq(chart.patient()),
            consent_directive::covers.eq(new.covers),
            consent_directive::covered_id.eq(new.covered_id),
            consent_directive::bars.eq(new.bars),
            consent_directive::staff_id.eq(new.staff_id),
            consent_directive::discipline.eq(new.discipline),
            consent_directive::starts_at.eq(from),
            consent_directive::ends_at.eq(new.until),
            consent_directive::reason.eq(new.reason.as_ref().map(Trimmed::as_str)),
            consent_directive::recorded_by.eq(chart.actor().staff),
            consent_directive::recorded_at.eq(now),
            consent_directive::version.eq(1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Revokes a directive.
pub(super) fn revoke(conn: &mut Conn, chart: &Chart, id: DirectiveId, now: Timestamp) -> Result<()> {
    diesel::update(consent_directive::table.find((chart.practice(), id)))
        .set((
            consent_directive::revoked_by.eq(chart.actor().staff),
            consent_directive::revoked_at.eq(now),
            consent_directive::version.eq(consent_directive::version + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether the note stands in the record.
pub(super) fn has_note(conn: &mut Conn, chart: &Chart, id: NoteId) -> Result<bool> {
    let row = note::table.find((chart.practice(), id)).filter(note::patient_id.eq(chart.patient()));
    Ok(diesel::select(exists(row)).get_result(conn)?)
}

/// Whether somebody is, or was, on the practice's staff.
pub(super) fn is_staff(conn: &mut Conn, chart: &Chart, id: StaffId) -> Result<bool> {
    Ok(diesel::select(exists(staff::table.find((chart.practice(), id)))).get_result(conn)?)
}

/// Whether the episode stands in the record.
pub(super) fn has_episode(conn: &mut Conn, chart: &Chart, id: EpisodeId) -> Result<bool> {
    let row = episode::table.find((chart.practice(), id)).filter(episode::patient_id.eq(chart.patient()));
    Ok(diesel::select(exists(row)).get_result(conn)?)
}

/// The open referrals that a directive withholds from whoever answers them, with their numbers.
pub(super) fn referrals_barred(
    conn: &mut Conn,
    chart: &Chart,
    directive: &DirectiveView,
) -> Result<Vec<(ReferralId, String)>> {
    let mut open = referral::table
        .filter(referral::practice_id.eq(chart.practice()))
        .filter(referral::patient_id.eq(chart.patient()))
        .filter(referral::state.eq_any(ReferralState::OPEN))
        .filter(referral::owner_id.is_not_null().or(referral::named_id.is_not_null()))
        .select((referral::id, referral::number))
        .into_boxed();
    open = match (directive.covers, directive.covered_id) {
        (Covers::Record, _) => open,
        (Covers::Episode, Some(episode)) => open.filter(referral::episode_id.eq(episode.retype::<kind::Episode>())),
        (Covers::Episode | Covers::Note, _) => return Ok(Vec::new()),
    };
    open = match (directive.bars, directive.staff_id, directive.discipline) {
        (Bars::Person, Some(staff), _) => {
            open.filter(referral::owner_id.eq(staff).or(referral::owner_id.is_null().and(referral::named_id.eq(staff))))
        }
        (Bars::Discipline, _, Some(discipline)) => open.filter(referral::discipline.eq(discipline)),
        _ => open,
    };
    Ok(open.order(referral::id).load(conn)?)
}
