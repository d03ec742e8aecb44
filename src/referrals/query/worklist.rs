//! Referrals of many patients.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Row, Standing};
use crate::actor::Discipline;
use crate::chart::{ReferralState, Scope};
use crate::db::Conn;
use crate::db::schema::{patient, referral, staff};
use crate::error::Result;
use crate::ids::{PatientId, ReferralId, SiteId};
use crate::referrals::views::Worklist;

/// What a worklist is narrowed to.
#[derive(Clone, Copy, Debug)]
pub(in crate::referrals) struct Narrowed {
    pub(in crate::referrals) list: Worklist,
    /// Of one state; of every unfinished one unless told.
    pub(in crate::referrals) state: Option<ReferralState>,
    /// Whether it is the whole practice's, which managers and receptionists see of what is overdue.
    pub(in crate::referrals) everyones: bool,
}

/// Up to `limit` referrals of a worklist after a position, oldest first.
pub(in crate::referrals) fn worklist(
    conn: &mut Conn,
    scope: &Scope,
    narrowed: Narrowed,
    after: Option<ReferralId>,
    limit: i64,
) -> Result<Vec<Standing>> {
    let states = narrowed.state.map_or_else(|| ReferralState::UNFINISHED.to_vec(), |state| vec![state]);
    let (mine, practice) = (scope.staff, scope.practice);
    let mut query = referral::table
        .filter(referral::practice_id.eq(practice))
        .filter(referral::state.eq_any(states))
        .filter(referral::entered_in_error.eq(false))
        .filter(referral::patient_id.ne_all(scope.hidden.clone()))
        .select(Row::as_select())
        .into_boxed();
    let to_me = referral::owner_id.eq(mine).or(referral::owner_id.is_null().and(referral::named_id.eq(mine)));
    query = match narrowed.list {
        Worklist::Inbox => query.filter(referral::state.ne(ReferralState::Draft)).filter(to_me),
        Worklist::Outbox => query.filter(referral::referrer_id.eq(mine)),
        Worklist::Overdue if narrowed.everyones => query.filter(referral::overdue.eq(true)),
        Worklist::Overdue => query.filter(referral::overdue.eq(true)).filter(to_me.or(referral::referrer_id.eq(mine))),
        Worklist::Pool => {
            let own: Vec<Discipline> = scope.roles.disciplines().collect();
            query = query
                .filter(referral::state.eq(ReferralState::Sent))
                .filter(referral::site_id.is_not_null())
                .filter(referral::discipline.eq_any(own))
                .filter(referral::referrer_id.ne(mine));
            match works_at(conn, scope)? {
                Some(site) => query.filter(referral::site_id.eq(site)),
                None => query,
            }
        }
    };
    if let Some(after) = after {
        query = query.filter(referral::id.gt(after));
    }
    let rows: Vec<Row> = query.order(referral::id).limit(limit).load(conn)?;
    rows.into_iter().map(Row::standing).collect()
}

fn works_at(conn: &mut Conn, scope: &Scope) -> Result<Option<SiteId>> {
    Ok(staff::table.find((scope.practice, scope.staff)).select(staff::site_id).first(conn)?)
}

/// What these patients are called.
pub(in crate::referrals) fn patients(
    conn: &mut Conn,
    scope: &Scope,
    ids: Vec<PatientId>,
) -> Result<HashMap<PatientId, String>> {
    let rows: Vec<(PatientId, String, String)> = patient::table
        .filter(patient::practice_id.eq(scope.practice))
        .filter(patient::id.eq_any(ids))
        .select((patient::id, patient::given_name, patient::family_name))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, given, family)| (id, format!("{given} {family}"))).collect())
}
