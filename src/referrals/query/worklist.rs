//! Referrals of many patients.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Row, Standing};
use crate::actor::Discipline;
use crate::chart::{Chart, ReferralState, Scope};
use crate::db::schema::{patient, referral, staff};
use crate::db::{Conn, MultiBackend};
use crate::error::Result;
use crate::ids::{EpisodeId, PatientId, PracticeId, ReferralId, SiteId, StaffId};
use crate::policy::Permit;
use crate::referrals::rules::Part;
use crate::referrals::views::{LeftReferral, Worklist};

/// What a worklist is narrowed to.
#[derive(Clone, Debug)]
pub(in crate::referrals) struct Narrowed {
    pub(in crate::referrals) list: Worklist,
    /// Of one state; of every unfinished one unless told.
    pub(in crate::referrals) state: Option<ReferralState>,
    /// Whether it is the whole practice's, which managers and receptionists see of what is overdue.
    pub(in crate::referrals) everyones: bool,
    /// Whose referrals they are: the reader's, and theirs for whom the reader stands in.
    pub(in crate::referrals) places: Vec<StaffId>,
    /// The patients and episodes that are withheld from the reader, which a pool does not show.
    pub(in crate::referrals) withheld: (Vec<PatientId>, Vec<EpisodeId>),
}

/// Referrals, before it is said which columns and how many.
type Listed = referral::BoxedQuery<'static, MultiBackend>;

/// Up to `limit` referrals of a worklist after a position, oldest first.
pub(in crate::referrals) fn worklist(
    conn: &mut Conn,
    scope: &Scope,
    narrowed: &Narrowed,
    after: Option<ReferralId>,
    limit: i64,
) -> Result<Vec<Standing>> {
    let listed = || listed(scope, narrowed.state, after);
    let (mine, places) = (scope.staff, narrowed.places.clone());
    let maybe: Vec<_> = places.iter().copied().map(Some).collect();
    let overdue = referral::overdue.eq(true).or(referral::was_overdue.eq(true));
    let sent_by_me = referral::referrer_id.eq_any(places.clone());
    let mut rows = match narrowed.list {
        // One after the other, since each has its index.
        Worklist::Inbox => {
            let sent = || listed().filter(referral::state.ne(ReferralState::Draft));
            let mut rows = load(conn, sent().filter(referral::owner_id.eq_any(maybe.clone())), limit)?;
            let named = sent().filter(referral::owner_id.is_null()).filter(referral::named_id.eq_any(maybe));
            rows.append(&mut load(conn, named, limit)?);
            rows
        }
        Worklist::Outbox => {
            let private = referral::state.eq(ReferralState::Draft).and(referral::referrer_id.ne(mine));
            load(conn, listed().filter(sent_by_me).filter(diesel::dsl::not(private)), limit)?
        }
        Worklist::Overdue if narrowed.everyones => load(conn, listed().filter(overdue), limit)?,
        Worklist::Overdue => {
            let to_me = referral::owner_id.eq_any(maybe.clone());
            let to_me = to_me.or(referral::owner_id.is_null().and(referral::named_id.eq_any(maybe)));
            load(conn, listed().filter(overdue).filter(to_me.assume_not_null().or(sent_by_me)), limit)?
        }
        Worklist::Pool => {
            let own: Vec<Discipline> = scope.roles.disciplines().collect();
            let waiting = listed()
                .filter(referral::state.eq(ReferralState::Sent))
                .filter(referral::discipline.eq_any(own))
                .filter(referral::referrer_id.ne(mine))
                .filter(referral::patient_id.ne_all(narrowed.withheld.0.clone()))
                .filter(referral::episode_id.ne_all(narrowed.withheld.1.clone()));
            let waiting = match sites(conn, scope.practice, places)? {
                Some(sites) => waiting.filter(referral::site_id.eq_any(sites)),
                None => waiting.filter(referral::site_id.is_not_null()),
            };
            load(conn, waiting, limit)?
        }
    };
    rows.sort_by_key(|row| row.id);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    rows.into_iter().map(Row::standing).collect()
}

/// What every worklist leaves out.
fn listed(scope: &Scope, state: Option<ReferralState>, after: Option<ReferralId>) -> Listed {
    let states = state.map_or_else(|| ReferralState::UNFINISHED.to_vec(), |state| vec![state]);
    let listed = referral::table
        .filter(referral::practice_id.eq(scope.practice))
        .filter(referral::state.eq_any(states))
        .filter(referral::entered_in_error.eq(false))
        .filter(referral::patient_id.ne_all(scope.hidden.clone()))
        .into_boxed();
    match after {
        Some(after) => listed.filter(referral::id.gt(after)),
        None => listed,
    }
}

fn load(conn: &mut Conn, listed: Listed, limit: i64) -> Result<Vec<Row>> {
    Ok(listed.order(referral::id).limit(limit).select(Row::as_select()).load(conn)?)
}

/// The sites at which these people work; none if one of them works at each.
fn sites(conn: &mut Conn, practice: PracticeId, people: Vec<StaffId>) -> Result<Option<Vec<Option<SiteId>>>> {
    let people = staff::table.filter(staff::practice_id.eq(practice)).filter(staff::id.eq_any(people));
    let sites: Vec<Option<SiteId>> = people.select(staff::site_id).load(conn)?;
    Ok(sites.iter().all(Option::is_some).then_some(sites))
}

/// The unfinished referrals that somebody takes part in, oldest first.
pub(in crate::referrals) fn left_by(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    staff: StaffId,
) -> Result<Vec<LeftReferral>> {
    let answers = referral::owner_id.eq(staff).or(referral::owner_id.is_null().and(referral::named_id.eq(staff)));
    let rows: Vec<Row> = referral::table
        .filter(referral::practice_id.eq(practice))
        .filter(referral::state.eq_any(ReferralState::UNFINISHED))
        .filter(referral::referrer_id.eq(staff).or(answers.assume_not_null()))
        .order(referral::id)
        .select(Row::as_select())
        .load(conn)?;
    let left = |row: Row| {
        let part = match row.owner_id {
            _ if row.referrer_id == staff => Part::Referrer,
            Some(_) => Part::Owner,
            None => Part::Named,
        };
        let (referral_id, number, patient_id, state) = (row.id, row.number, row.patient_id, row.state);
        LeftReferral { referral_id, number, patient_id, state, part }
    };
    Ok(rows.into_iter().map(left).collect())
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

/// What the patient of a chart is called.
pub(in crate::referrals) fn called(conn: &mut Conn, chart: &Chart) -> Result<String> {
    let (given, family): (String, String) = patient::table
        .find((chart.practice(), chart.patient()))
        .select((patient::given_name, patient::family_name))
        .first(conn)?;
    Ok(format!("{given} {family}"))
}
