//! What is done with staff: taking on, changing, deactivating, handing over.

use super::{HandOver, Invitation, Invited, NewStaff, Office, StaffChange, query, rules, supervision};
use crate::actor::RoleSet;
use crate::alerts::{self, Alert, AlertKind, MailKind};
use crate::audit::{Object, ObjectKind};
use crate::auth::keys::Keys;
use crate::auth::rules::INVITATION_SECONDS;
use crate::auth::{self, token};
use crate::chart;
use crate::db::{Retry, Tx, bump_staff};
use crate::error::{Code, Error, Result};
use crate::ids::{PatientId, StaffId};
use crate::notes;
use crate::policy::Action;
use crate::referrals::ops as referrals;

pub use super::sites::{create as open_site, list as sites};
pub use super::{DirectoryEntry, SiteView, StaffView};

/// Members of staff that a page reads at once: more than a practice ever had.
pub const MOST_STAFF: i64 = 2_000;

/// Up to `limit` active colleagues after `after`, in the order in which they were taken on.
///
/// # Errors
/// The refusal's code.
pub fn directory(tx: &mut Tx, after: Option<StaffId>, limit: i64) -> Result<Vec<DirectoryEntry>> {
    let office = Office::open(tx)?;
    query::directory(tx.conn(), &office, after, limit)
}

/// Up to `limit` members of staff after `after`, in the order in which they were taken on.
///
/// # Errors
/// The refusal's code.
pub fn list(tx: &mut Tx, active: Option<bool>, after: Option<StaffId>, limit: i64) -> Result<Vec<StaffView>> {
    let office = Office::open(tx)?;
    query::list(tx.conn(), &office, active, after, limit)
}

/// One member of staff.
///
/// # Errors
/// The refusal's code, or 404.
pub fn read(tx: &mut Tx, id: StaffId) -> Result<StaffView> {
    let office = Office::open_on(tx, id)?;
    let view = query::member(tx.conn(), &office, id)?;
    names(tx, &view);
    Ok(view)
}

/// Takes on a member of staff and invites them.
///
/// # Errors
/// The refusal's code; [`Code::AlreadyExists`] if the address is taken.
pub(super) fn take_on(tx: &mut Tx, keys: &Keys, retry: &Retry, new: &NewStaff) -> Result<Invited> {
    let office = Office::open(tx)?;
    tx.once(
        retry,
        |tx| {
            let (id, now) = (tx.fresh_id(), tx.now());
            supervision::check_new(tx, &office, new)?;
            query::insert_staff(tx.conn(), office.practice, id, new, None, now)?;
            Ok((id, invited(tx, keys, &office, id)?))
        },
        |tx, id| told_before(tx, &office, id),
    )
}

/// Makes a new invitation for somebody who has not set a password yet; the one before is no longer good.
///
/// # Errors
/// The refusal's code, or 404; [`Code::WrongState`] for those who have a password or do not work here.
pub(super) fn invite_again(tx: &mut Tx, keys: &Keys, retry: &Retry, id: StaffId) -> Result<Invited> {
    let office = Office::open_on(tx, id)?;
    tx.once(
        retry,
        |tx| {
            let member = query::member(tx.conn(), &office, id)?;
            if !member.invited {
                return Err(Error::wrong_state("Only those who have yet to set a password are invited", Vec::new()));
            }
            Ok((id, invited(tx, keys, &office, id)?))
        },
        |tx, id| told_before(tx, &office, id),
    )
}

fn invited(tx: &mut Tx, keys: &Keys, office: &Office, id: StaffId) -> Result<Invited> {
    let (token, hash) = token::invitation_token(office.practice, id, tx.random());
    let expires_at = tx.now().plus_seconds(INVITATION_SECONDS);
    query::put_invitation(tx.conn(), office, id, hash, expires_at)?;
    auth::ops::mail_token(tx, keys, office.practice, id, MailKind::Invitation, &token)?;
    let staff = query::member(tx.conn(), office, id)?;
    names(tx, &staff);
    Ok(Invited { staff, invitation: Some(Invitation { token: Some(token), expires_at }) })
}

/// Has somebody sent a mail by which they choose a new password themselves.
///
/// # Errors
/// The refusal's code, or 404; [`Code::WrongState`] for those who have no password or do not work here, and for a day after
/// their address was changed.
pub(super) fn start_reset(tx: &mut Tx, keys: &Keys, retry: &Retry, id: StaffId) -> Result<()> {
    let office = Office::open_on(tx, id)?;
    let first = |tx: &mut Tx| {
        let refused = |_| {
            Error::wrong_state(
                "They have no password yet, do not work here any more, or have had a new address for less than a day",
                Vec::new(),
            )
        };
        auth::ops::send_reset(tx, keys, office.permit, office.practice, id)?.map_err(refused)?;
        Ok((id, ()))
    };
    tx.once(retry, first, |_, _| Ok(()))
}

fn told_before(tx: &mut Tx, office: &Office, id: StaffId) -> Result<Invited> {
    let staff = query::member(tx.conn(), office, id)?;
    names(tx, &staff);
    Ok(Invited { staff, invitation: None })
}

/// Changes a member of staff, never oneself.
///
/// # Errors
/// The refusal's code, or 404; [`Code::StaleVersion`]; [`Code::AlreadyExists`] if the address is taken;
/// [`Code::LastOfTheirKind`] if the practice would lose its last manager or privacy officer; [`Code::Invalid`] for a
/// supervision that does not hold; [`Code::WrongState`] to end one under which something waits.
pub fn change(tx: &mut Tx, id: StaffId, read: i32, change: &StaffChange) -> Result<StaffView> {
    let office = Office::open_on(tx, id)?;
    let before = unchanged_since(tx, &office, id, read)?;
    supervision::check_change(tx, &office, &before, change)?;
    if let Some(roles) = &change.roles {
        let roles: RoleSet = roles.iter().copied().collect();
        let held = before.roles.iter().copied().collect();
        if roles != held {
            keep_the_last(tx, &office, &before, roles)?;
            query::replace_roles(tx.conn(), &office, id, roles)?;
            bump_staff(tx.conn(), office.practice, id)?;
        }
    }
    query::update_staff(tx.conn(), &office, &before, change)?;
    if change.active == Some(true) && !before.active {
        let now = tx.now();
        query::come_back(tx.conn(), &office, id, now)?;
        bump_staff(tx.conn(), office.practice, id)?;
    }
    let after = query::member(tx.conn(), &office, id)?;
    if after.email != before.email {
        address_changed(tx, &office, &before)?;
    }
    if after.supervisor_id != before.supervisor_id {
        // Either may now see other notes than before.
        for supervisor in before.supervisor_id.into_iter().chain(after.supervisor_id) {
            bump_staff(tx.conn(), office.practice, supervisor)?;
        }
    }
    names(tx, &after);
    Ok(after)
}

/// Tells the new address and the former one, in case it was nobody's wish, and bars a reset for a day.
fn address_changed(tx: &mut Tx, office: &Office, before: &StaffView) -> Result<()> {
    let now = tx.now();
    query::address_changed(tx.conn(), office, before.id, now)?;
    let object = Object { kind: ObjectKind::Staff, id: before.id.retype(), version: None };
    alerts::raise(tx, Alert::new(AlertKind::CredentialsChanged, object, vec![before.id]))?;
    alerts::tell_former_address(tx, office.practice, before.id, &before.email)
}

/// Ends a member's access at once, and answers what they leave behind. Their drafts stay, never to be signed.
///
/// # Errors
/// The refusal's code, or 404; [`Code::StaleVersion`]; [`Code::WrongState`] if they are deactivated already;
/// [`Code::LastOfTheirKind`] if the practice would lose its last manager or privacy officer.
pub fn deactivate(tx: &mut Tx, retry: &Retry, id: StaffId, read: i32) -> Result<HandOver> {
    let office = Office::open_on(tx, id)?;
    tx.once(
        retry,
        |tx| {
            let before = unchanged_since(tx, &office, id, read)?;
            if !before.active {
                return Err(Error::wrong_state("They have been deactivated already", Vec::new()));
            }
            keep_the_last(tx, &office, &before, RoleSet::EMPTY)?;
            let now = tx.now();
            query::deactivate(tx.conn(), &office, id)?;
            query::end_sessions(tx.conn(), &office, id, now)?;
            query::expire_invitation(tx.conn(), &office, id, now)?;
            notes::ops::author_leaves(tx, office.permit, office.practice, id)?;
            bump_staff(tx.conn(), office.practice, id)?;
            Ok((id, left_behind(tx, &office, id)?))
        },
        |tx, id| left_behind(tx, &office, id),
    )
}

/// What a member of staff leaves, or would leave, behind.
///
/// # Errors
/// The refusal's code, or 404.
pub(super) fn hand_over(tx: &mut Tx, id: StaffId) -> Result<HandOver> {
    let office = Office::open_on(tx, id)?;
    left_behind(tx, &office, id)
}

/// Reads the hand-over, and names on the event everyone it discloses.
fn left_behind(tx: &mut Tx, office: &Office, id: StaffId) -> Result<HandOver> {
    let now = tx.now();
    let staff = query::member(tx.conn(), office, id)?;
    let hidden = chart::hidden_patients(tx)?.all();
    let mut patients = query::patients_of(tx.conn(), office, id, now)?;
    patients.retain(|left| !hidden.contains(&left.patient_id));
    let mut drafts = notes::ops::unsigned_by(tx, office.permit, id)?;
    drafts.retain(|draft| !hidden.contains(&draft.patient_id));
    let mut referrals = referrals::left_by(tx, office.permit, office.practice, id)?;
    referrals.retain(|left| !hidden.contains(&left.patient_id));
    let supervised = supervision::left(tx, office, id)?;
    names(tx, &staff);
    let treated = patients.iter().map(|left| left.patient_id);
    let written = drafts.iter().map(|draft| draft.patient_id);
    let disclosed: Vec<PatientId> =
        treated.chain(written).chain(referrals.iter().map(|left| left.patient_id)).collect();
    tx.discloses(disclosed);
    Ok(HandOver { staff, patients, drafts, referrals, supervised })
}

fn unchanged_since(tx: &mut Tx, office: &Office, id: StaffId, read: i32) -> Result<StaffView> {
    let member = query::member(tx.conn(), office, id)?;
    if member.version == read { Ok(member) } else { Err(tx.stale_at_desk(Action::ReadStaff, &member)) }
}

/// Refuses to leave the practice without a manager or, once it has one, without a privacy officer.
fn keep_the_last(tx: &mut Tx, office: &Office, before: &StaffView, after: RoleSet) -> Result<()> {
    if !before.active {
        return Ok(());
    }
    for role in rules::given_up(before.roles.iter().copied().collect(), after) {
        if !query::anyone_else_is(tx.conn(), office, role, before.id)? {
            let detail = format!("{} is the practice's last {}", before.name, role.to_string().replace('_', " "));
            return Err(Error::new(Code::LastOfTheirKind, detail));
        }
    }
    Ok(())
}

fn names(tx: &mut Tx, staff: &StaffView) {
    tx.names(Object { kind: ObjectKind::Staff, id: staff.id.retype(), version: Some(staff.version) });
}
