//! The rows of the practice itself: sites and settings.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::{after_or_all, taken};
use crate::calendar::WorkingDays;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{closed_day, practice, site};
use crate::error::{Error, Result};
use crate::ids::{PracticeId, SiteId};
use crate::staff::{Office, SettingsChange, SettingsView, SiteChange, SiteView};

/// Inserts a practice, as version 1.
pub(in crate::staff) fn insert_practice(
    conn: &mut Conn,
    id: PracticeId,
    name: &str,
    time_zone: &str,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(practice::table)
        .values((
            practice::id.eq(id),
            practice::name.eq(name),
            practice::time_zone.eq(time_zone),
            practice::version.eq(1),
            practice::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Inserts an open site, as version 1.
pub(in crate::staff) fn insert_site(
    conn: &mut Conn,
    of: PracticeId,
    id: SiteId,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(site::table)
        .values((
            site::id.eq(id),
            site::practice_id.eq(of),
            site::name.eq(name.trim()),
            site::open.eq(true),
            site::version.eq(1),
            site::created_at.eq(now),
        ))
        .execute(conn)
        .map_err(site_taken)?;
    Ok(())
}

type SiteRow = (site::id, site::name, site::open, site::version, site::created_at);
const SITE: SiteRow = (site::id, site::name, site::open, site::version, site::created_at);

/// Whether the practice has such a site.
pub(in crate::staff) fn is_here(conn: &mut Conn, of: PracticeId, id: SiteId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(site::table.find((of, id)))).get_result(conn)?)
}

/// One site, or 404.
pub(in crate::staff) fn site(conn: &mut Conn, office: &Office, id: SiteId) -> Result<SiteView> {
    Ok(site::table.find((office.practice, id)).select(SITE).first(conn)?)
}

/// Up to `limit` sites after `after`.
pub(in crate::staff) fn sites(
    conn: &mut Conn,
    office: &Office,
    after: Option<SiteId>,
    limit: i64,
) -> Result<Vec<SiteView>> {
    Ok(site::table
        .filter(site::practice_id.eq(office.practice))
        .filter(site::id.gt(after_or_all(after)))
        .order(site::id)
        .limit(limit)
        .select(SITE)
        .load(conn)?)
}

/// Writes the next version of a site.
pub(in crate::staff) fn update_site(
    conn: &mut Conn,
    office: &Office,
    before: &SiteView,
    change: &SiteChange,
) -> Result<()> {
    diesel::update(site::table.find((office.practice, before.id)))
        .set((
            site::name.eq(change.name.as_deref().unwrap_or(&before.name).trim()),
            site::open.eq(change.open.unwrap_or(before.open)),
            site::version.eq(before.version + 1),
        ))
        .execute(conn)
        .map_err(site_taken)?;
    Ok(())
}

/// The practice's settings.
pub(in crate::staff) fn settings(conn: &mut Conn, office: &Office) -> Result<SettingsView> {
    type Row = (String, String, i32, i32, i32);
    let columns =
        (practice::name, practice::time_zone, practice::age_of_majority, practice::working_days, practice::version);
    let row = practice::table.find(office.practice).select(columns).first::<Row>(conn)?;
    let (name, time_zone, age_of_majority, bits, version) = row;
    let closed_days = closed_day::table
        .filter(closed_day::practice_id.eq(office.practice))
        .order(closed_day::day)
        .select(closed_day::day)
        .load(conn)?;
    let working_days = WorkingDays::of_bits(bits).ok_or_else(|| Error::internal("working days that are none"))?;
    Ok(SettingsView { name, time_zone, age_of_majority, working_days, closed_days, version })
}

/// Writes the next version of the practice's settings.
pub(in crate::staff) fn update_settings(
    conn: &mut Conn,
    office: &Office,
    before: &SettingsView,
    change: &SettingsChange,
) -> Result<()> {
    diesel::update(practice::table.find(office.practice))
        .set((
            practice::name.eq(change.name.as_deref().unwrap_or(&before.name).trim()),
            practice::time_zone.eq(change.time_zone.as_ref().unwrap_or(&before.time_zone)),
            practice::age_of_majority.eq(change.age_of_majority.unwrap_or(before.age_of_majority)),
            practice::working_days.eq(change.working_days.unwrap_or(before.working_days).bits()),
            practice::version.eq(before.version + 1),
        ))
        .execute(conn)?;
    let Some(closed) = &change.closed_days else { return Ok(()) };
    diesel::delete(closed_day::table.filter(closed_day::practice_id.eq(office.practice))).execute(conn)?;
    for day in closed.iter().collect::<BTreeSet<_>>() {
        diesel::insert_into(closed_day::table)
            .values((closed_day::practice_id.eq(office.practice), closed_day::day.eq(*day)))
            .execute(conn)?;
    }
    Ok(())
}

fn site_taken(cause: diesel::result::Error) -> Error {
    taken(cause, "A site of this name exists already")
}

/// Whether any practice has been founded here.
pub(in crate::staff) fn any_practice(conn: &mut Conn) -> Result<bool> {
    Ok(practice::table.select(practice::id).first::<PracticeId>(conn).optional()?.is_some())
}

/// Every practice with its name.
pub(in crate::staff) fn practices(conn: &mut Conn) -> Result<Vec<(PracticeId, String)>> {
    Ok(practice::table.order(practice::id).select((practice::id, practice::name)).load(conn)?)
}
