//! Whom an alert reaches in the end: not whoever acts, not who may not know, and for who is away their cover.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use diesel::prelude::*;

use super::Alert;
use crate::actor::Role;
use crate::clock::{Date, Timestamp};
use crate::db::schema::{consent_directive, cover, patient, practice, staff, staff_role};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::ids::{PatientId, PracticeId, StaffId};

/// Somebody whom an alert reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) staff: StaffId,
    /// Whom they stand in for.
    pub(super) instead_of: Option<StaffId>,
    /// Whether a mail may tell them too: not whoever is away and represented, who finds it in the list when they are back.
    pub(super) by_mail: bool,
}

/// Those whom `alert` reaches, each once.
pub(super) fn those_reached(tx: &mut Tx, practice: PracticeId, alert: &Alert) -> Result<Vec<Reached>> {
    let (now, row) = (tx.now(), alert.kind.row());
    let acts = tx.party().staff().map(|actor| actor.staff).filter(|_| !row.oneself);
    let concerned: BTreeSet<_> = alert.to.iter().copied().filter(|staff| Some(*staff) != acts).collect();
    let mut reached: BTreeMap<StaffId, Reached> = BTreeMap::new();
    for staff in concerned {
        let stand_ins = if row.represented { stand_ins(tx.conn(), practice, staff, now)? } else { vec![] };
        let mut represented = false;
        for stand_in in stand_ins {
            if !practises(tx.conn(), practice, alert, stand_in)? {
                continue;
            }
            if Some(stand_in) == acts {
                represented = true;
            } else if may_know(tx.conn(), practice, alert, stand_in, now)? {
                represented = true;
                let instead = Reached { staff: stand_in, instead_of: Some(staff), by_mail: true };
                reached.entry(stand_in).or_insert(instead);
            }
        }
        if may_know(tx.conn(), practice, alert, staff, now)? {
            let by_mail = !represented || reached.get(&staff).is_some_and(|reached| reached.by_mail);
            reached.insert(staff, Reached { staff, instead_of: None, by_mail });
        }
    }
    Ok(reached.into_values().collect())
}

/// Whoever covers for `staff` now, if they are away.
fn stand_ins(conn: &mut Conn, practice: PracticeId, staff: StaffId, now: Timestamp) -> Result<Vec<StaffId>> {
    let away = staff::table.find((practice, staff)).select(staff::away_until).first::<Option<Date>>(conn).optional()?;
    let today = Date::on(now, zone(conn, practice)?.name());
    if away.flatten().is_none_or(|until| until < today) {
        return Ok(Vec::new());
    }
    Ok(cover::table
        .filter(cover::practice_id.eq(practice))
        .filter(cover::from_staff.eq(staff))
        .filter(cover::starts_at.le(now))
        .filter(cover::ends_at.gt(now))
        .filter(cover::ended_at.is_null())
        .select(cover::to_staff)
        .distinct()
        .load(conn)?)
}

/// Whether somebody works here and may learn of it.
fn may_know(conn: &mut Conn, practice: PracticeId, alert: &Alert, staff: StaffId, now: Timestamp) -> Result<bool> {
    let works = staff::table.find((practice, staff)).select(staff::active).first::<bool>(conn).optional()?;
    if works != Some(true) {
        return Ok(false);
    }
    let Some(patient) = alert.patient else { return Ok(true) };
    Ok(!is_kept_from(conn, practice, patient, staff, alert.kind.row().clinical, now)?)
}

/// Whether somebody may learn nothing of a patient's record: it is their own, or the patient barred all of it from them, by
/// name or, for what is `clinical`, in any way.
pub(super) fn is_kept_from(
    conn: &mut Conn,
    practice: PracticeId,
    patient: PatientId,
    staff: StaffId,
    clinical: bool,
    now: Timestamp,
) -> Result<bool> {
    let own = patient::table.find((practice, patient)).select(patient::staff_id);
    if own.first::<Option<StaffId>>(conn).optional()?.flatten() == Some(staff) {
        return Ok(true);
    }
    let directives = consent_directive::table
        .filter(consent_directive::practice_id.eq(practice))
        .filter(consent_directive::patient_id.eq(patient))
        .filter(consent_directive::covers.eq("record"))
        .filter(consent_directive::revoked_at.is_null())
        .filter(consent_directive::starts_at.le(now))
        .filter(consent_directive::ends_at.is_null().or(consent_directive::ends_at.gt(now)))
        .select((consent_directive::bars, consent_directive::staff_id, consent_directive::discipline))
        .load::<(String, Option<StaffId>, Option<String>)>(conn)?;
    if directives.is_empty() {
        return Ok(false);
    }
    let disciplines = disciplines(conn, practice, staff)?;
    Ok(directives.iter().any(|(bars, person, discipline)| match bars.as_str() {
        "person" => *person == Some(staff),
        "discipline" => clinical && discipline.as_deref().is_some_and(|barred| disciplines.contains(&barred)),
        _ => clinical,
    }))
}

/// Whether somebody practises what it takes to stand in.
fn practises(conn: &mut Conn, practice: PracticeId, alert: &Alert, staff: StaffId) -> Result<bool> {
    let Some(needed) = alert.practised else { return Ok(true) };
    Ok(disciplines(conn, practice, staff)?.contains(&needed.into()))
}

fn disciplines(conn: &mut Conn, practice: PracticeId, staff: StaffId) -> Result<Vec<&'static str>> {
    let held = staff_role::table.filter(staff_role::practice_id.eq(practice)).filter(staff_role::staff_id.eq(staff));
    let held: Vec<Role> = held.select(staff_role::role).load(conn)?;
    Ok(held.into_iter().filter_map(Role::discipline).map(Into::into).collect())
}

/// The practice's time zone; UTC where none of that name is known.
pub(super) fn zone(conn: &mut Conn, practice: PracticeId) -> Result<Tz> {
    let name: String = practice::table.find(practice).select(practice::time_zone).first(conn)?;
    Ok(name.parse().unwrap_or(chrono_tz::UTC))
}
