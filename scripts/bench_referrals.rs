//! Furnishing a practice with referrals.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tandem::actor::{Discipline, Role};
use tandem::clock::{Clock, Timestamp};
use tandem::db::schema::{episode, referral, site, staff, staff_role};
use tandem::db::{Backend, Conn};
use tandem::ids::{SiteId, StaffId};
use tandem::referral_state::ReferralState;

use super::{connect, id, learn_sizes, practice_id};

/// Referrals of a practice of a hundred clinicians, among its first `patients`. The one whose token it is has 40 to
/// answer, 40 that others answer and 40 in their pool, the newest, however many there are in all; of the others nine in ten
/// are closed, and one in fifty was once theirs.
pub fn furnish(url: &str, patients: usize, referrals: usize) {
    const COLLEAGUES: usize = 99;
    const MINE: usize = 40;
    let (address, mut conn) = connect(url);
    let now = Clock::System.now();
    let me: StaffId = id(2, 0);
    let colleague = |number: usize| -> StaffId { id(2, 1 + number % COLLEAGUES) };
    conn.batch_execute("BEGIN").unwrap();
    for number in 0..COLLEAGUES {
        furnish_colleague(&mut conn, colleague(number), number, now);
    }
    let there: SiteId = id(11, 0);
    diesel::insert_into(site::table)
        .values((
            site::id.eq(there),
            site::practice_id.eq(practice_id()),
            site::name.eq("Bench"),
            site::open.eq(true),
            site::version.eq(1),
            site::created_at.eq(now),
        ))
        .execute(&mut conn)
        .unwrap();
    for number in 0..patients {
        diesel::insert_into(episode::table)
            .values((
                episode::id.eq(id::<tandem::ids::kind::Episode>(9, number)),
                episode::practice_id.eq(practice_id()),
                episode::patient_id.eq(id::<tandem::ids::kind::Patient>(4, number)),
                episode::opened_by.eq(me),
                episode::opened_at.eq(now),
                episode::version.eq(1),
            ))
            .execute(&mut conn)
            .unwrap();
    }
    let others = referrals - 3 * MINE;
    for number in 0..referrals {
        let (referrer, other) = (colleague(number), colleague(number + 1));
        let past = if number % 50 == 0 { me } else { other };
        let taken = |referrer, owner, state| Referred { referrer, named: Some(owner), owner: Some(owner), state };
        let waiting = |named| Referred { referrer, named, owner: None, state: ReferralState::Sent };
        let standing = match number.checked_sub(others).map(|mine| mine / MINE) {
            None if number % 10 > 0 => taken(referrer, past, ReferralState::Closed),
            None if number % 20 > 0 => taken(referrer, other, ReferralState::Accepted),
            None => waiting(Some(other)),
            Some(0) => taken(referrer, me, ReferralState::Accepted),
            Some(1) => taken(me, other, ReferralState::InProgress),
            Some(_) => waiting(None),
        };
        furnish_referral(&mut conn, number, number % patients, standing, there, now);
        learn_sizes(&mut conn, number);
    }
    conn.batch_execute("COMMIT").unwrap();
    if address.backend() == Backend::Postgres {
        conn.batch_execute("SET statement_timeout = 0; ANALYZE").unwrap();
    }
}

/// Who takes part in a referral, and where it stands; without a name it waits in the pool.
#[derive(Clone, Copy)]
struct Referred {
    referrer: StaffId,
    named: Option<StaffId>,
    owner: Option<StaffId>,
    state: ReferralState,
}

fn furnish_referral(conn: &mut Conn, number: usize, patient: usize, referred: Referred, pool: SiteId, now: Timestamp) {
    const CONTENT: &str = r#"{"schema_version":1,"reason":"Pain","question":"Why?","precautions":null,"requested":{"kind":"assessment"},"techniques":[],"target_date":null,"agreement":{}}"#;
    let Referred { referrer, named, owner, state } = referred;
    diesel::insert_into(referral::table)
        .values((
            (
                referral::id.eq(id::<tandem::ids::kind::Referral>(10, number)),
                referral::practice_id.eq(practice_id()),
                referral::number.eq(format!("R-2026-{number:06}")),
                referral::patient_id.eq(id::<tandem::ids::kind::Patient>(4, patient)),
                referral::episode_id.eq(id::<tandem::ids::kind::Episode>(9, patient)),
                referral::author_id.eq(referrer),
                referral::referrer_id.eq(referrer),
                referral::discipline.eq(Discipline::Physiotherapy),
                referral::site_id.eq(named.is_none().then_some(pool)),
                referral::named_id.eq(named),
                referral::owner_id.eq(owner),
            ),
            referral::state.eq(state),
            referral::urgency.eq("routine"),
            referral::content.eq(CONTENT),
            referral::created_at.eq(now),
            referral::sent_at.eq(now),
            referral::overdue.eq(false),
            referral::was_overdue.eq(false),
            referral::entered_in_error.eq(false),
            referral::version.eq(2),
        ))
        .execute(conn)
        .unwrap();
}

fn furnish_colleague(conn: &mut Conn, who: StaffId, number: usize, now: Timestamp) {
    diesel::insert_into(staff::table)
        .values((
            staff::id.eq(who),
            staff::practice_id.eq(practice_id()),
            staff::email.eq(format!("bench{number}@example.org")),
            staff::name.eq(format!("Bench Therapist {number}")),
            staff::active.eq(true),
            staff::credential_version.eq(1_i64),
            staff::access_version.eq(1_i64),
            staff::version.eq(1),
            staff::created_at.eq(now),
        ))
        .execute(conn)
        .unwrap();
    diesel::insert_into(staff_role::table)
        .values((
            staff_role::practice_id.eq(practice_id()),
            staff_role::staff_id.eq(who),
            staff_role::role.eq(Role::Physiotherapist),
        ))
        .execute(conn)
        .unwrap();
}
