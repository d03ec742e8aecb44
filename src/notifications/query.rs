//! The rows of notifications, preferences and dead letters. Every function asks for a permit.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::{DeadLetter, NotificationView};
use crate::actor::{Actor, Colleague};
use crate::alerts::{AlertKind, Choices, MailKind, MailState, rules};
use crate::audit::ObjectKind;
use crate::clock::Timestamp;
use crate::db::schema::{alert_preference, notification, outbox, patient, practice, staff};
use crate::db::{Conn, MultiBackend};
use crate::error::{Error, Result};
use crate::ids::{MailId, NotificationId, ObjectId, PatientId, PracticeId, StaffId};
use crate::policy::Permit;

type Row = (
    (NotificationId, AlertKind, ObjectKind, ObjectId, Option<PatientId>, Option<String>),
    (Option<Timestamp>, bool, Timestamp, Option<Timestamp>, Option<StaffId>),
);

macro_rules! rows {
    ($actor:expr) => {
        notification::table
            .filter(notification::practice_id.eq($actor.practice))
            .filter(notification::staff_id.eq($actor.staff))
            .order(notification::id.desc())
            .select((
                (
                    notification::id,
                    notification::kind,
                    notification::object_kind,
                    notification::object_id,
                    notification::patient_id,
                    notification::number,
                ),
                (
                    notification::due_at,
                    notification::urgent,
                    notification::raised_at,
                    notification::read_at,
                    notification::for_staff,
                ),
            ))
    };
}

/// What is left out of all that somebody was told.
#[derive(Debug)]
pub(super) struct Kept {
    /// What is about these patients.
    pub(super) patients: Vec<PatientId>,
    /// And these.
    pub(super) told: Vec<NotificationId>,
    /// And what is marked as read.
    pub(super) read: bool,
}

/// Whether a notification is not left out.
macro_rules! shown {
    ($kept:expr) => {{
        let patients: Vec<_> = $kept.patients.iter().copied().map(Some).collect();
        let about_others = notification::patient_id.is_null().or(notification::patient_id.ne_all(patients));
        about_others.assume_not_null().and(notification::id.ne_all($kept.told.clone()))
    }};
}

/// What the actor was told, newest first, but for what is kept from them.
pub(super) fn told(
    conn: &mut Conn,
    _: Permit,
    actor: &Actor,
    kept: &Kept,
    now: Timestamp,
    after: Option<NotificationId>,
    limit: i64,
) -> Result<Vec<NotificationView>> {
    let zone = zone(conn, actor.practice)?;
    let mut query = rows!(actor).filter(shown!(kept)).limit(limit).into_boxed::<MultiBackend>();
    if kept.read {
        query = query.filter(notification::read_at.is_null());
    }
    if let Some(after) = after {
        query = query.filter(notification::id.lt(after));
    }
    Ok(query.load::<Row>(conn)?.into_iter().map(|row| view(row, now, zone)).collect())
}

/// The `access_version` of each patient whom these are about.
pub(super) fn access_versions(
    conn: &mut Conn,
    _: Permit,
    actor: &Actor,
    told: &[NotificationView],
) -> Result<Vec<(PatientId, i64)>> {
    let patients: BTreeSet<_> = told.iter().filter_map(|told| told.patient_id).collect();
    Ok(patient::table
        .filter(patient::practice_id.eq(actor.practice))
        .filter(patient::id.eq_any(patients))
        .select((patient::id, patient::access_version))
        .load(conn)?)
}

/// One thing that the actor was told.
pub(super) fn one(
    conn: &mut Conn,
    _: Permit,
    actor: &Actor,
    id: NotificationId,
    now: Timestamp,
) -> Result<Option<NotificationView>> {
    let zone = zone(conn, actor.practice)?;
    let row = rows!(actor).filter(notification::id.eq(id)).first::<Row>(conn).optional()?;
    Ok(row.map(|row| view(row, now, zone)))
}

fn view((what, when): Row, now: Timestamp, zone: chrono_tz::Tz) -> NotificationView {
    let (id, kind, object_kind, object_id, patient_id, number) = what;
    let (due_at, urgent, raised_at, read_at, instead_of) = when;
    let sentence = rules::subject(kind, number.as_deref(), due_at, now, zone);
    NotificationView {
        id,
        kind,
        sentence,
        object_kind,
        object_id,
        patient_id,
        number,
        due_at,
        urgent,
        raised_at,
        read_at,
        settled: false,
        instead_of,
    }
}

/// Whether the actor was told this, and it is not kept from them; and about whom it is.
pub(super) fn is_told(
    conn: &mut Conn,
    actor: &Actor,
    id: NotificationId,
    kept: &Kept,
) -> Result<(bool, Option<PatientId>)> {
    let own = notification::table.find((actor.practice, id)).filter(notification::staff_id.eq(actor.staff));
    let about = own.filter(shown!(kept)).select(notification::patient_id);
    let about = about.first::<Option<PatientId>>(conn).optional()?;
    Ok((about.is_some(), about.flatten()))
}

/// Marks a notification of the actor as read; one that is stays as it was.
pub(super) fn mark(conn: &mut Conn, _: Permit, actor: &Actor, id: NotificationId, now: Timestamp) -> Result<()> {
    let own = notification::table.find((actor.practice, id)).filter(notification::staff_id.eq(actor.staff));
    diesel::update(own.filter(notification::read_at.is_null())).set(notification::read_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Marks all notifications of the actor up to one of them as read.
pub(super) fn mark_all(
    conn: &mut Conn,
    _: Permit,
    actor: &Actor,
    newest: NotificationId,
    now: Timestamp,
) -> Result<()> {
    let own = notification::table
        .filter(notification::practice_id.eq(actor.practice))
        .filter(notification::staff_id.eq(actor.staff))
        .filter(notification::id.le(newest))
        .filter(notification::read_at.is_null());
    diesel::update(own).set(notification::read_at.eq(now)).execute(conn)?;
    Ok(())
}

/// How many notifications of the actor are not marked as read, but for those that are kept from them.
pub(super) fn count_unread(conn: &mut Conn, _: Permit, actor: &Actor, kept: &Kept) -> Result<i64> {
    Ok(notification::table
        .filter(notification::practice_id.eq(actor.practice))
        .filter(notification::staff_id.eq(actor.staff))
        .filter(notification::read_at.is_null())
        .filter(shown!(kept))
        .count()
        .get_result(conn)?)
}

/// Keeps how alerts reach the actor, in the place of what was kept before.
pub(super) fn keep(
    conn: &mut Conn,
    _: Permit,
    actor: &Actor,
    hour: i32,
    choices: &Choices,
    version: i32,
) -> Result<()> {
    let choices = serde_json::to_string(choices).map_err(Error::internal)?;
    diesel::delete(alert_preference::table.find((actor.practice, actor.staff))).execute(conn)?;
    diesel::insert_into(alert_preference::table)
        .values((
            alert_preference::practice_id.eq(actor.practice),
            alert_preference::staff_id.eq(actor.staff),
            alert_preference::digest_hour.eq(hour),
            alert_preference::choices.eq(choices),
            alert_preference::version.eq(version),
        ))
        .execute(conn)?;
    Ok(())
}

type DeadRow =
    ((MailId, MailKind, MailState, StaffId, String), (i32, Option<String>, Timestamp, Option<Timestamp>, i32));

macro_rules! mails {
    ($practice:expr) => {
        outbox::table
            .inner_join(staff::table.on(staff::practice_id.eq(outbox::practice_id).and(staff::id.eq(outbox::staff_id))))
            .filter(outbox::practice_id.eq($practice))
            .select((
                (outbox::id, outbox::kind, outbox::state, staff::id, staff::name),
                (outbox::attempts, outbox::failure, outbox::created_at, outbox::ended_at, outbox::version),
            ))
    };
}

/// The mails that are tried no longer, newest first.
pub(super) fn dead(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    after: Option<MailId>,
    limit: i64,
) -> Result<Vec<DeadLetter>> {
    let dead = mails!(practice).filter(outbox::state.eq(MailState::Dead)).order(outbox::id.desc()).limit(limit);
    let mut query = dead.into_boxed::<MultiBackend>();
    if let Some(after) = after {
        query = query.filter(outbox::id.lt(after));
    }
    Ok(query.load::<DeadRow>(conn)?.into_iter().map(|row| letter(row).0).collect())
}

/// One mail, and how far it has come.
pub(super) fn mail(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    id: MailId,
) -> Result<Option<(DeadLetter, MailState)>> {
    Ok(mails!(practice).filter(outbox::id.eq(id)).first::<DeadRow>(conn).optional()?.map(letter))
}

fn letter((what, how): DeadRow) -> (DeadLetter, MailState) {
    let (id, kind, state, staff, name) = what;
    let (attempts, failure, created_at, ended_at, version) = how;
    let staff = Colleague { id: staff, name };
    (DeadLetter { id, kind, staff, attempts, failure, created_at, ended_at, version }, state)
}

/// Whether the practice has this mail.
pub(super) fn is_here(conn: &mut Conn, practice: PracticeId, id: MailId) -> Result<bool> {
    let mail = outbox::table.find((practice, id)).select(outbox::id).first::<MailId>(conn);
    Ok(mail.optional()?.is_some())
}

/// Has a dead mail tried again, as if for the first time but under its old `Message-ID`.
pub(super) fn revive(conn: &mut Conn, _: Permit, practice: PracticeId, id: MailId, now: Timestamp) -> Result<()> {
    diesel::update(outbox::table.find((practice, id)))
        .set((
            outbox::state.eq(MailState::Waiting),
            outbox::attempts.eq(0),
            outbox::next_at.eq(now),
            outbox::ended_at.eq(None::<Timestamp>),
            outbox::version.eq(outbox::version + 1),
        ))
        .execute(conn)?;
    Ok(())
}

fn zone(conn: &mut Conn, of: PracticeId) -> Result<chrono_tz::Tz> {
    let name: String = practice::table.find(of).select(practice::time_zone).first(conn)?;
    Ok(name.parse().unwrap_or(chrono_tz::UTC))
}
