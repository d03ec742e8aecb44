//! Referrals of many patients.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{Row, Standing};
use crate::actor::Discipline;
use crate::chart::{Chart, ReferralState, Scope};
use crate::db::schema::{listed_referral as listed, patient, referral, site, staff};
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
    /// Whether it is the whole practice's, which managers and receptionists see of what is overdue or to be booked.
    pub(in crate::referrals) everyones: bool,
    /// Whose referrals they are: the reader's, and theirs for whom the reader stands in.
    pub(in crate::referrals) places: Vec<StaffId>,
    /// The patients and episodes that are withheld from the reader, which a pool does not show.
    pub(in crate::referrals) withheld: (Vec<PatientId>, Vec<EpisodeId>),
}

/// Referrals, before it is said which columns and how many.
type Listed = listed::BoxedQuery<'static, MultiBackend>;

/// Up to `limit` referrals of a worklist after a position, oldest first. Each part of it is one stretch of an index, in order,
/// and costs what it holds, however many referrals there are.
pub(in crate::referrals) fn worklist(
    conn: &mut Conn,
    scope: &Scope,
    narrowed: &Narrowed,
    after: Option<ReferralId>,
    limit: i64,
) -> Result<Vec<Standing>> {
    let mut found: Vec<ReferralId> = Vec::new();
    for part in parts(conn, scope, narrowed, after)? {
        found.append(&mut part.order(listed::id).limit(limit).select(listed::id).load(conn)?);
    }
    found.sort_unstable();
    found.dedup();
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let rows = referral::table.filter(referral::practice_id.eq(scope.practice)).filter(referral::id.eq_any(found));
    let rows: Vec<Row> = rows.order(referral::id).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(Row::standing).collect()
}

fn parts(conn: &mut Conn, scope: &Scope, narrowed: &Narrowed, after: Option<ReferralId>) -> Result<Vec<Listed>> {
    let listed = |state: Option<ReferralState>| all_listed(scope, state, after);
    let all = || listed(narrowed.state);
    let sent_by = |place: StaffId| all().filter(listed::referrer_id.eq(place));
    // What nobody has taken yet is for whom it names.
    let named = |place: StaffId| all().filter(listed::owner_id.is_null()).filter(listed::named_id.eq(place));
    let owned_by = |place: StaffId| all().filter(listed::owner_id.eq(place));
    let places = || narrowed.places.iter().copied();
    Ok(match narrowed.list {
        Worklist::Inbox => {
            let sent = |part: Listed| part.filter(listed::state.ne(ReferralState::Draft));
            places().flat_map(|place| [sent(owned_by(place)), sent(named(place))]).collect()
        }
        Worklist::Outbox => {
            let sent = |place| match sent_by(place) {
                own if place == scope.staff => own,
                anothers => anothers.filter(listed::state.ne(ReferralState::Draft)),
            };
            places().map(sent).collect()
        }
        Worklist::Booking if narrowed.everyones => vec![accepted(narrowed, listed)],
        Worklist::Booking => {
            places().map(|place| accepted(narrowed, listed).filter(listed::owner_id.eq(place))).collect()
        }
        Worklist::Overdue if narrowed.everyones => vec![all().filter(listed::late.eq(true))],
        Worklist::Overdue => {
            let late = |part: Listed| part.filter(listed::late.eq(true));
            places().flat_map(|place| [owned_by(place), named(place), sent_by(place)].map(late)).collect()
        }
        Worklist::Pool => {
            let pools = pools(conn, scope, narrowed.places.clone())?;
            let waiting = |(site, discipline): (SiteId, Discipline)| {
                all()
                    .filter(listed::state.eq(ReferralState::Sent))
                    .filter(listed::site_id.eq(site))
                    .filter(listed::discipline.eq(discipline))
                    .filter(listed::referrer_id.ne(scope.staff))
                    .filter(listed::patient_id.ne_all(narrowed.withheld.0.clone()))
                    .filter(listed::episode_id.ne_all(narrowed.withheld.1.clone()))
            };
            pools.into_iter().map(waiting).collect()
        }
    })
}

/// What is accepted and not booked; of another state there is nothing to book.
fn accepted(narrowed: &Narrowed, listed: impl Fn(Option<ReferralState>) -> Listed) -> Listed {
    let listed = listed(Some(ReferralState::Accepted));
    match narrowed.state {
        Some(state) => listed.filter(listed::state.eq(state)),
        None => listed,
    }
}

/// What every worklist leaves out.
fn all_listed(scope: &Scope, state: Option<ReferralState>, after: Option<ReferralId>) -> Listed {
    let listed = listed::table
        .filter(listed::practice_id.eq(scope.practice))
        .filter(listed::entered_in_error.eq(false))
        .filter(listed::patient_id.ne_all(scope.hidden.clone()))
        .into_boxed();
    let listed = match state {
        Some(state) => listed.filter(listed::state.eq(state)),
        None => listed.filter(listed::unfinished.eq(true)),
    };
    match after {
        Some(after) => listed.filter(listed::id.gt(after)),
        None => listed,
    }
}

/// The pools from which these people could take: of one's own disciplines, at the sites at which they work. Whoever mostly
/// works at no site in particular works at each.
fn pools(conn: &mut Conn, scope: &Scope, people: Vec<StaffId>) -> Result<Vec<(SiteId, Discipline)>> {
    let people = staff::table.filter(staff::practice_id.eq(scope.practice)).filter(staff::id.eq_any(people));
    let theirs: Option<Vec<SiteId>> = people.select(staff::site_id).load::<Option<SiteId>>(conn)?.into_iter().collect();
    let sites = match theirs {
        Some(sites) => sites,
        None => site::table.filter(site::practice_id.eq(scope.practice)).select(site::id).load(conn)?,
    };
    let own: Vec<Discipline> = scope.roles.disciplines().collect();
    Ok(sites.into_iter().flat_map(|site| own.iter().map(move |own| (site, *own)).collect::<Vec<_>>()).collect())
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
