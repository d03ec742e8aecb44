//! What is done to cover.

use super::{CoverView, NewCover, query};
use crate::audit::{Object, ObjectKind};
use crate::chart::Chart;
use crate::db::{Retry, Tx, bump_staff};
use crate::error::{Error, Result};
use crate::ids::{CoverId, StaffId};
use crate::patients::{clinicians, rules};

/// The covers that are not over, newest first: up to `limit`, and one more if there are more.
///
/// # Errors
/// A refusal.
pub fn list(tx: &mut Tx, after: Option<CoverId>, limit: i64) -> Result<Vec<CoverView>> {
    let permit = tx.permit(false)?;
    let (actor, now) = (tx.actor()?, tx.now());
    query::coming(tx.conn(), permit, actor.practice, now, after, limit + 1)
}

/// Lets one clinician stand in for another.
///
/// # Errors
/// A refusal; [`crate::error::Code::Invalid`] unless both are active clinicians, not the same, and the times are within
/// bounds; [`crate::error::Code::KeyReused`].
pub fn grant(tx: &mut Tx, retry: &Retry, new: &NewCover) -> Result<CoverView> {
    let permit = tx.permit(false)?;
    let (practice, now) = (tx.actor()?.practice, tx.now());
    let granted = move |tx: &mut Tx, id: CoverId| {
        tx.names(object(id));
        query::one(tx.conn(), permit, practice, id)?.ok_or_else(Error::not_found)
    };
    let first = |tx: &mut Tx| {
        rules::check_cover(new.from, new.until, now)?;
        if new.from_staff == new.to_staff {
            return Err(Error::field("/to_staff", "nobody stands in for themselves"));
        }
        clinicians::check_treats(tx.conn(), practice, new.from_staff, "/from_staff")?;
        clinicians::check_treats(tx.conn(), practice, new.to_staff, "/to_staff")?;
        let id = tx.fresh_id();
        query::insert(tx.conn(), permit, practice, id, new, now)?;
        bump_staff(tx.conn(), practice, new.to_staff)?;
        Ok((id, granted(tx, id)?))
    };
    tx.once(retry, first, granted)
}

/// Ends a cover before its time.
///
/// # Errors
/// A refusal; [`crate::error::Code::NotFound`]; [`crate::error::Code::WrongState`] if it is over.
pub fn end(tx: &mut Tx, id: CoverId) -> Result<()> {
    let (practice, now) = (tx.actor()?.practice, tx.now());
    let found = query::is_here(tx.conn(), practice, id)?;
    let permit = tx.permit_on(object(id), found, false)?;
    let cover = query::one(tx.conn(), permit, practice, id)?.ok_or_else(Error::not_found)?;
    tx.names(object(id));
    if !query::end(tx.conn(), permit, practice, id, now)? {
        return Err(Error::wrong_state("This cover is over", Vec::new()));
    }
    bump_staff(tx.conn(), practice, cover.to_staff)
}

/// Who stands in now for any of `members`, of the care team of an open chart.
pub(in crate::patients) fn standing_in(
    tx: &mut Tx,
    chart: &Chart,
    members: impl Iterator<Item = StaffId>,
) -> Result<Vec<CoverView>> {
    let now = tx.now();
    query::in_force(tx.conn(), chart, members.collect(), now)
}

const fn object(id: CoverId) -> Object {
    Object { kind: ObjectKind::Cover, id: id.retype(), version: None }
}
