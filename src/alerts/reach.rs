//! Whom an alert reaches in the end: not whoever acts, not who may not know, and for who is away their cover.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::query::about::{self, Thing};
use super::query::reach as query;
use super::{Alert, AlertKind};
use crate::clock::{Date, Timestamp};
use crate::db::{Conn, Tx};
use crate::directives::{Covered, Directives, Reader};
use crate::error::Result;
use crate::ids::{NotificationId, PatientId, PracticeId, StaffId};
use crate::policy::Withheld;

/// Somebody whom an alert reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reached {
    pub(super) staff: StaffId,
    /// Whom they stand in for.
    pub(super) instead_of: Option<StaffId>,
    /// Whether a mail may tell them too: not whoever is away and represented, who finds it in the list when they are back.
    pub(super) by_mail: bool,
}

/// Those whom an alert reaches.
pub(super) struct Reach {
    /// Each once.
    pub(super) reached: Vec<Reached>,
    /// Whether the patient keeps it from one of those it concerns, and nobody hears of it in their place.
    pub(super) kept: bool,
}

/// Those whom `alert` reaches.
pub(super) fn reach(tx: &mut Tx, practice: PracticeId, alert: &Alert) -> Result<Reach> {
    let (now, row) = (tx.now(), alert.kind.row());
    let acts = tx.party().staff().map(|actor| actor.staff).filter(|_| !row.oneself);
    let concerned: BTreeSet<_> = alert.to.iter().copied().filter(|staff| Some(*staff) != acts).collect();
    let (mut reached, mut kept): (BTreeMap<StaffId, Reached>, _) = (BTreeMap::new(), false);
    for staff in concerned {
        let stand_ins = if row.represented { stand_ins(tx.conn(), practice, staff, now)? } else { vec![] };
        let mut represented = false;
        for stand_in in stand_ins {
            if !practises(tx.conn(), practice, alert, stand_in)? {
                continue;
            }
            if Some(stand_in) == acts {
                represented = true;
            } else if may_know(tx.conn(), practice, alert, stand_in, now)? == Knowing::May {
                represented = true;
                let instead = Reached { staff: stand_in, instead_of: Some(staff), by_mail: true };
                reached.entry(stand_in).or_insert(instead);
            }
        }
        match may_know(tx.conn(), practice, alert, staff, now)? {
            Knowing::May => {
                let by_mail = !represented || reached.get(&staff).is_some_and(|reached| reached.by_mail);
                reached.insert(staff, Reached { staff, instead_of: None, by_mail });
            }
            Knowing::Kept => kept |= !represented,
            Knowing::Gone => {}
        }
    }
    Ok(Reach { reached: reached.into_values().collect(), kept })
}

/// Whoever covers for `staff` now, if they are away.
fn stand_ins(conn: &mut Conn, practice: PracticeId, staff: StaffId, now: Timestamp) -> Result<Vec<StaffId>> {
    let away = query::away_until(conn, practice, staff)?;
    let today = Date::on(now, query::zone(conn, practice)?.name());
    if away.is_none_or(|until| until < today) {
        return Ok(Vec::new());
    }
    query::covering_for(conn, practice, staff, now)
}

/// Whether somebody works here and may learn of it, and if not, whether that is the patient's wish.
fn may_know(conn: &mut Conn, practice: PracticeId, alert: &Alert, staff: StaffId, now: Timestamp) -> Result<Knowing> {
    if !query::works(conn, practice, staff)? {
        return Ok(Knowing::Gone);
    }
    let thing = (alert.object.kind, alert.object.id);
    let kept = match alert.patient {
        Some(patient) => is_kept_from(conn, practice, staff, &Told { kind: alert.kind, patient, thing }, now)?,
        None => false,
    };
    Ok(if kept { Knowing::Kept } else { Knowing::May })
}

/// Whether somebody may know something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Knowing {
    May,
    /// A directive keeps it from them, or the record is their own.
    Kept,
    /// They do not work here.
    Gone,
}

/// Something about a patient's record that somebody was told, or is to be.
pub(super) struct Told {
    pub(super) kind: AlertKind,
    pub(super) patient: PatientId,
    pub(super) thing: Thing,
}

/// Whether somebody may not be told: it is about their own record, the patient barred all of it from them, or a directive
/// withholds from them what it is about, unless what is told is for those too.
pub(super) fn is_kept_from(
    conn: &mut Conn,
    practice: PracticeId,
    staff: StaffId,
    told: &Told,
    now: Timestamp,
) -> Result<bool> {
    if query::whose_record(conn, practice, told.patient)? == Some(staff) {
        return Ok(true);
    }
    let reader = Reader { practice, staff, roles: query::roles(conn, practice, staff)? };
    let directives = Directives::load(conn, reader, told.patient, now)?;
    if directives.none() {
        return Ok(false);
    }
    let covered = about::covered(conn, practice, &[told.thing])?;
    Ok(is_withheld(&directives, told, &covered, now))
}

/// The one question that decides whom an alert reaches, when it is raised, mailed and listed.
fn is_withheld(directives: &Directives, told: &Told, covered: &HashMap<Thing, Covered>, now: Timestamp) -> bool {
    let covered = covered.get(&told.thing).copied().unwrap_or_default();
    directives.bar_the_record(now)
        || (!told.kind.row().despite && directives.withhold(covered, now) != Withheld::Nothing)
}

/// Of what somebody was told, that which a directive keeps from them by now.
pub(super) fn kept_since(conn: &mut Conn, reader: Reader, now: Timestamp) -> Result<Vec<NotificationId>> {
    let on_all = Directives::on_all(conn, reader, now)?;
    if on_all.is_empty() {
        return Ok(Vec::new());
    }
    let told = query::told_about(conn, reader, on_all.keys().copied().collect())?;
    let covered = about::covered(conn, reader.practice, &told.iter().map(|(_, told)| told.thing).collect::<Vec<_>>())?;
    let kept = told.into_iter().filter(|(_, told)| {
        on_all.get(&told.patient).is_some_and(|directives| is_withheld(directives, told, &covered, now))
    });
    Ok(kept.map(|(id, _)| id).collect())
}

/// Whether somebody practises what it takes to stand in.
fn practises(conn: &mut Conn, practice: PracticeId, alert: &Alert, staff: StaffId) -> Result<bool> {
    let Some(needed) = alert.practised else { return Ok(true) };
    Ok(query::roles(conn, practice, staff)?.disciplines().any(|practised| practised == needed))
}
