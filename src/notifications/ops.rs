//! What is done with notifications, preferences and dead letters.

use std::collections::{BTreeMap, HashSet};

use strum::IntoEnumIterator;

use super::query::{self, Kept};
use super::{AlertPreferences, KindPreference, NewAlertPreferences};
pub use super::{DeadLetter, NotificationView};
use crate::alerts::{self, AlertKind, Choices, Delivery, MailState, Which, rules};
use crate::audit::{Object, ObjectKind};
use crate::chart;
use crate::db::{Retry, Tx};
use crate::error::{Error, FieldError, Result};
use crate::ids::{MailId, NotificationId};
use crate::policy::Action;

/// What the actor was told, newest first: up to `limit` after one of them. What a patient keeps from the actor by now is left
/// out, and of what is unread that which asks nothing of them any more.
///
/// # Errors
/// The policy's.
pub fn list(tx: &mut Tx, unread: bool, after: Option<NotificationId>, limit: i64) -> Result<Vec<NotificationView>> {
    let permit = tx.permit(false)?;
    let (actor, mut kept, now) = (tx.actor()?, kept(tx)?, tx.now());
    if unread {
        kept.told.extend(settled(tx, &Which::Unread)?);
        kept.read = true;
    }
    let mut told = query::told(tx.conn(), permit, &actor, &kept, now, after, limit)?;
    let settled = settled(tx, &Which::These(told.iter().map(|told| told.id).collect()))?;
    for told in &mut told {
        told.settled = settled.contains(&told.id);
    }
    for (patient, access_version) in query::access_versions(tx.conn(), permit, &actor, &told)? {
        tx.rests_on(actor.practice, patient, access_version);
    }
    tx.discloses(told.iter().filter_map(|told| told.patient_id));
    Ok(told)
}

fn settled(tx: &mut Tx, which: &Which) -> Result<HashSet<NotificationId>> {
    let actor = tx.actor()?;
    alerts::settled(tx.conn(), (&actor).into(), which)
}

/// What the actor is told nothing of: records that are barred from them or their own, and what directives withhold of others.
fn kept(tx: &mut Tx) -> Result<Kept> {
    let (actor, now) = (tx.actor()?, tx.now());
    let patients = chart::hidden_patients(tx)?.all();
    chart::holds_while_directives_do(tx)?;
    Ok(Kept { patients, told: alerts::kept_since(tx.conn(), (&actor).into(), now)?, read: false })
}

/// Marks something the actor was told as read.
///
/// # Errors
/// 404 for what they were not told, or may no longer know.
pub fn mark(tx: &mut Tx, retry: &Retry, id: NotificationId) -> Result<NotificationView> {
    let (actor, kept) = (tx.actor()?, kept(tx)?);
    let (told, about) = query::is_told(tx.conn(), &actor, id, &kept)?;
    let object = Object { kind: ObjectKind::Notification, id: id.retype(), version: None };
    let permit = tx.permit_on(object, told, false)?;
    tx.discloses(about);
    let first = |tx: &mut Tx| {
        let now = tx.now();
        query::mark(tx.conn(), permit, &actor, id, now)?;
        Ok((id, ()))
    };
    tx.once(retry, first, |_, _| Ok(()))?;
    let (settled, now) = (settled(tx, &Which::These(vec![id]))?.contains(&id), tx.now());
    let told = query::one(tx.conn(), permit, &actor, id, now)?.ok_or_else(Error::not_found)?;
    Ok(NotificationView { settled, ..told })
}

/// Marks everything the actor was told as read, up to the newest that they were shown: what came meanwhile stays unread.
///
/// # Errors
/// The policy's.
pub fn mark_all(tx: &mut Tx, newest: NotificationId) -> Result<()> {
    let permit = tx.permit(false)?;
    let (actor, now) = (tx.actor()?, tx.now());
    query::mark_all(tx.conn(), permit, &actor, newest, now)
}

/// How many of the things that the actor was told they have not marked as read, of those that [`list`] would show as unread.
///
/// # Errors
/// The policy's.
pub fn count_unread(tx: &mut Tx) -> Result<i64> {
    let permit = tx.permit(false)?;
    let (actor, mut kept) = (tx.actor()?, kept(tx)?);
    kept.told.extend(settled(tx, &Which::Unread)?);
    query::count_unread(tx.conn(), permit, &actor, &kept)
}

/// How alerts reach the actor.
///
/// # Errors
/// The policy's.
pub fn preferences(tx: &mut Tx) -> Result<AlertPreferences> {
    tx.permit(false)?;
    told_preferences(tx)
}

/// Chooses how alerts reach the actor.
///
/// # Errors
/// [`crate::error::Code::StaleVersion`]; [`crate::error::Code::Invalid`] for a kind named twice, or one that cannot be
/// turned off.
pub fn choose(tx: &mut Tx, read: i32, new: &NewAlertPreferences) -> Result<AlertPreferences> {
    let permit = tx.permit(false)?;
    let kinds = chosen(new)?;
    let actor = tx.actor()?;
    let before = told_preferences(tx)?;
    if before.version != read {
        return Err(tx.stale_at_desk(Action::ReadAlertPreferences, &before));
    }
    let choices = Choices { schema_version: 1, kinds };
    query::keep(tx.conn(), permit, &actor, new.digest_hour, &choices, before.version + 1)?;
    told_preferences(tx)
}

fn chosen(new: &NewAlertPreferences) -> Result<BTreeMap<AlertKind, Delivery>> {
    let (mut kinds, mut wrong) = (BTreeMap::new(), Vec::new());
    for (place, choice) in new.choices.iter().enumerate() {
        let pointer = |field: &str| format!("/choices/{place}/{field}");
        if !choice.kind.row().optional && choice.delivery != Delivery::AtOnce {
            wrong.push(FieldError::new(pointer("delivery"), "this cannot be turned off"));
        }
        if kinds.insert(choice.kind, choice.delivery).is_some() {
            wrong.push(FieldError::new(pointer("kind"), "is named twice"));
        }
    }
    // What comes as it does for everyone is no choice, and follows should that change.
    kinds.retain(|kind, delivery| *delivery != kind.row().default);
    if wrong.is_empty() { Ok(kinds) } else { Err(Error::invalid(wrong)) }
}

fn told_preferences(tx: &mut Tx) -> Result<AlertPreferences> {
    let actor = tx.actor()?;
    let (choices, digest_hour, version) = alerts::preferences(tx.conn(), actor.practice, actor.staff)?;
    let object = Object { kind: ObjectKind::AlertPreferences, id: actor.staff.retype(), version: Some(version) };
    tx.names(object);
    let reaches = |kind: &AlertKind| kind.row().roles.iter().any(|role| actor.roles.has(role));
    let kinds = AlertKind::iter().filter(reaches).map(|kind| KindPreference {
        kind,
        delivery: rules::delivery(kind, false, choices.kinds.get(&kind).copied()),
        default: kind.row().default,
        optional: kind.row().optional,
    });
    Ok(AlertPreferences { digest_hour, kinds: kinds.collect(), version })
}

/// The mails that are tried no longer, newest first: up to `limit` after one of them.
///
/// # Errors
/// The policy's.
pub fn dead_letters(tx: &mut Tx, after: Option<MailId>, limit: i64) -> Result<Vec<DeadLetter>> {
    let permit = tx.permit(false)?;
    let practice = tx.actor()?.practice;
    query::dead(tx.conn(), permit, practice, after, limit)
}

/// Has a mail tried again.
///
/// # Errors
/// The policy's; 404; [`crate::error::Code::StaleVersion`]; [`crate::error::Code::WrongState`] unless it is dead.
pub fn try_again(tx: &mut Tx, retry: &Retry, id: MailId, version: i32) -> Result<DeadLetter> {
    let practice = tx.actor()?.practice;
    let found = query::is_here(tx.conn(), practice, id)?;
    let object = Object { kind: ObjectKind::Mail, id: id.retype(), version: None };
    let permit = tx.permit_on(object, found, false)?;
    let now = tx.now();
    let mail = |tx: &mut Tx| query::mail(tx.conn(), permit, practice, id)?.ok_or_else(Error::not_found);
    let first = |tx: &mut Tx| {
        let (letter, state) = mail(tx)?;
        if letter.version != version {
            return Err(tx.stale_at_desk(Action::ListDeadLetters, &letter));
        }
        if state != MailState::Dead {
            return Err(Error::wrong_state("Only a mail that is tried no longer is tried again", Vec::new()));
        }
        query::revive(tx.conn(), permit, practice, id, now)?;
        Ok((id, ()))
    };
    tx.once(retry, first, |_, _| Ok(()))?;
    Ok(mail(tx)?.0)
}
