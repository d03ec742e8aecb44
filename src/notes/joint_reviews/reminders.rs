//! Reminders of joint reviews: of one that still waits for a discipline, and of the next one.

use super::query::{self, OpenedReview};
use super::rules::{self, ReviewState};
use crate::alerts::{self, Alert, AlertKind};
use crate::audit::{Log, Object, ObjectKind};
use crate::clock::Timestamp;
use crate::db::{Conn, Tx};
use crate::error::Result;

/// Reviews looked at in one transaction.
const CHUNK: i64 = 50;

/// What is looked at how long after a review was begun: first whether it still waits, then whether the next one is due.
const AFTER: [(i32, i64); 2] = [(1, rules::WAITED_FOR), (2, rules::EVERY)];

/// Whether any joint review has to be looked at.
///
/// # Errors
/// The database's.
pub fn any_unreminded(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    for (number, after) in AFTER {
        if query::any_unreminded(conn, number, now.plus_seconds(-after))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reminds care teams, once each: of a review that still waits for one discipline after two weeks, and of the next one four
/// weeks after the last, as long as both disciplines treat. Says whether there is more to look at.
///
/// # Errors
/// The database's.
pub fn remind(tx: &mut Tx) -> Result<bool> {
    let (permit, now, kind) = (tx.own_permit()?, tx.now(), AlertKind::JointReviewDue);
    let mut seen = 0;
    for (number, after) in AFTER {
        let opened = query::unreminded(tx.conn(), permit, number, now.plus_seconds(-after), CHUNK)?;
        seen = seen.max(i64::try_from(opened.len()).unwrap_or(CHUNK));
        for review in opened {
            let is_due = if number == 1 { waits(tx, &review)? } else { is_over_for_long(tx, &review)? };
            tx.record_own(Log::Practice(review.practice), if is_due { "reminded" } else { "not_due" });
            let object = Object { kind: ObjectKind::JointReview, id: review.id.retype(), version: None };
            tx.names(object);
            tx.discloses([review.patient]);
            alerts::note_down(tx.conn(), review.practice, review.id.retype(), kind, number, now)?;
            if is_due {
                let team = alerts::care_team(tx, review.practice, review.patient)?;
                alerts::raise_in(tx, review.practice, Alert::new(kind, object, team).about(review.patient))?;
            }
        }
    }
    Ok(seen == CHUNK)
}

fn waits(tx: &mut Tx, review: &OpenedReview) -> Result<bool> {
    let states = query::states(tx.conn(), review)?;
    Ok(rules::state(review.is_closed, states) == ReviewState::Open)
}

fn is_over_for_long(tx: &mut Tx, review: &OpenedReview) -> Result<bool> {
    let is_last = !query::has_later(tx.conn(), review)?;
    Ok(is_last && alerts::both_disciplines_treat(tx, review.practice, review.patient)?)
}
