//! How what somebody was told of stands now, as the rows tell it.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::about::Thing;
use crate::alerts::settled::{Raised, Standing};
use crate::alerts::{AlertKind, Which};
use crate::audit::ObjectKind;
use crate::clock::Timestamp;
use crate::db::schema::{joint_review, note, note_pending, notification, record_access, referral, staff};
use crate::db::{Conn, MultiBackend};
use crate::directives::Reader;
use crate::error::Result;
use crate::ids::{
    AccessId, JointReviewId, NoteId, NotificationId, ObjectId, PatientId, PendingId, PracticeId, ReferralId, StaffId,
};
use crate::joint_review_state::{self as joint_reviews, EVERY};
use crate::policy::NoteState;
use crate::referral_state::ReferralState;

/// What the reader was told of, and what each is about, but for what is of no such kind.
pub(in crate::alerts) fn raised(
    conn: &mut Conn,
    reader: Reader,
    which: &Which,
    kinds: Vec<AlertKind>,
) -> Result<Vec<(NotificationId, Raised, Thing)>> {
    type Row = (NotificationId, AlertKind, (StaffId, Option<StaffId>), (Timestamp, Option<Timestamp>), Thing);
    let mut query = notification::table
        .filter(notification::practice_id.eq(reader.practice))
        .filter(notification::staff_id.eq(reader.staff))
        .filter(notification::kind.eq_any(kinds))
        .into_boxed::<MultiBackend>();
    query = match which {
        Which::Unread => query.filter(notification::read_at.is_null()),
        Which::These(ids) => query.filter(notification::id.eq_any(ids.clone())),
    };
    let rows = query.select((
        notification::id,
        notification::kind,
        (notification::staff_id, notification::for_staff),
        (notification::raised_at, notification::due_at),
        (notification::object_kind, notification::object_id),
    ));
    let raised = rows.load::<Row>(conn)?.into_iter().map(|(id, kind, (told, instead_of), (at, due), thing)| {
        (id, Raised { kind, concerned: instead_of.unwrap_or(told), at, due }, thing)
    });
    Ok(raised.collect())
}

/// How each of these stands; what asks nothing of anybody is left out.
pub(in crate::alerts) fn standings(
    conn: &mut Conn,
    practice: PracticeId,
    things: &HashSet<Thing>,
) -> Result<HashMap<Thing, Standing>> {
    let of = |kind| -> Vec<ObjectId> { things.iter().filter(|thing| thing.0 == kind).map(|thing| thing.1).collect() };
    let mut found = HashMap::new();
    referrals(conn, practice, of(ObjectKind::Referral), &mut found)?;
    notes(conn, practice, of(ObjectKind::Note), &mut found)?;
    pending(conn, practice, of(ObjectKind::Pending), &mut found)?;
    reviews(conn, practice, of(ObjectKind::JointReview), &mut found)?;
    accesses(conn, practice, of(ObjectKind::Access), &mut found)?;
    Ok(found)
}

type Found = HashMap<Thing, Standing>;

fn referrals(conn: &mut Conn, practice: PracticeId, ids: Vec<ObjectId>, found: &mut Found) -> Result<()> {
    type Row = (ReferralId, ReferralState, Option<StaffId>, Option<StaffId>, Option<Timestamp>);
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<ReferralId> = ids.into_iter().map(ObjectId::retype).collect();
    let rows = referral::table
        .filter(referral::practice_id.eq(practice))
        .filter(referral::id.eq_any(ids))
        .select((referral::id, referral::state, referral::named_id, referral::owner_id, referral::due_at))
        .load::<Row>(conn)?;
    found.extend(rows.into_iter().map(|(id, state, named, owner, due)| {
        ((ObjectKind::Referral, id.retype()), Standing::Referral { state, named, owner, due })
    }));
    Ok(())
}

fn notes(conn: &mut Conn, practice: PracticeId, ids: Vec<ObjectId>, found: &mut Found) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<NoteId> = ids.into_iter().map(ObjectId::retype).collect();
    let rows = note::table
        .inner_join(staff::table.on(staff::practice_id.eq(note::practice_id).and(staff::id.eq(note::author_id))))
        .filter(note::practice_id.eq(practice))
        .filter(note::id.eq_any(ids))
        .select((note::id, note::state, staff::supervisor_id))
        .load::<(NoteId, NoteState, Option<StaffId>)>(conn)?;
    found.extend(
        rows.into_iter()
            .map(|(id, state, supervisor)| ((ObjectKind::Note, id.retype()), Standing::Note { state, supervisor })),
    );
    Ok(())
}

fn pending(conn: &mut Conn, practice: PracticeId, ids: Vec<ObjectId>, found: &mut Found) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<PendingId> = ids.into_iter().map(ObjectId::retype).collect();
    let author = staff::practice_id.eq(note_pending::practice_id).and(staff::id.eq(note_pending::author_id));
    let rows = note_pending::table
        .inner_join(staff::table.on(author))
        .filter(note_pending::practice_id.eq(practice))
        .filter(note_pending::id.eq_any(ids))
        .select((note_pending::id, note_pending::ended_at.is_null(), staff::supervisor_id))
        .load::<(PendingId, bool, Option<StaffId>)>(conn)?;
    found.extend(
        rows.into_iter().map(|(id, waits, supervisor)| {
            ((ObjectKind::Pending, id.retype()), Standing::Pending { waits, supervisor })
        }),
    );
    Ok(())
}

fn reviews(conn: &mut Conn, practice: PracticeId, ids: Vec<ObjectId>, found: &mut Found) -> Result<()> {
    type Row = (JointReviewId, PatientId, Timestamp, Option<NoteId>, Option<NoteId>, bool);
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<JointReviewId> = ids.into_iter().map(ObjectId::retype).collect();
    let rows = joint_review::table
        .filter(joint_review::practice_id.eq(practice))
        .filter(joint_review::id.eq_any(ids))
        .select((
            joint_review::id,
            joint_review::patient_id,
            joint_review::opened_at,
            joint_review::physiotherapy_note_id,
            joint_review::massage_note_id,
            joint_review::closed_at.is_not_null(),
        ))
        .load::<Row>(conn)?;
    let halves: Vec<_> = rows.iter().flat_map(|row| [row.3, row.4]).flatten().collect();
    let states = note::table.filter(note::practice_id.eq(practice)).filter(note::id.eq_any(halves));
    let states: HashMap<NoteId, NoteState> = states.select((note::id, note::state)).load(conn)?.into_iter().collect();
    let patients: HashSet<_> = rows.iter().map(|row| row.1).collect();
    let latest = joint_review::table
        .filter(joint_review::practice_id.eq(practice))
        .filter(joint_review::patient_id.eq_any(patients))
        .select((joint_review::patient_id, joint_review::opened_at))
        .load::<(PatientId, Timestamp)>(conn)?;
    for (id, patient, opened_at, physiotherapy, massage, is_closed) in rows {
        let sides = [physiotherapy, massage].map(|half| half.and_then(|half| states.get(&half)).copied());
        let standing = Standing::JointReview {
            state: joint_reviews::state(is_closed, sides),
            next_from: opened_at.plus_seconds(EVERY),
            has_later: latest.iter().any(|(of, at)| *of == patient && *at > opened_at),
        };
        found.insert((ObjectKind::JointReview, id.retype()), standing);
    }
    Ok(())
}

fn accesses(conn: &mut Conn, practice: PracticeId, ids: Vec<ObjectId>, found: &mut Found) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<AccessId> = ids.into_iter().map(ObjectId::retype).collect();
    let rows = record_access::table
        .filter(record_access::practice_id.eq(practice))
        .filter(record_access::id.eq_any(ids))
        .select((record_access::id, record_access::reviewed_at.is_not_null()))
        .load::<(AccessId, bool)>(conn)?;
    found.extend(
        rows.into_iter()
            .map(|(id, reviewed)| ((ObjectKind::Access, id.retype()), Standing::EmergencyAccess { reviewed })),
    );
    Ok(())
}
