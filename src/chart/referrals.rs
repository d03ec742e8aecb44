//! What referrals open: each to those who take part in it, and beside it the patient's contact details and safety items and
//! the notes that are attached to it or report on it.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::Chart;
use crate::actor::{Actor, Colleague, Discipline};
use crate::db::Conn;
use crate::db::schema::{referral, referral_attachment, staff};
use crate::db::types::sql_word;
use crate::error::{Error, Result};
use crate::ids::{EpisodeId, NoteId, PatientId, ReferralId, SiteId, StaffId};
use crate::policy::{self, Action, Grant, Relation, Ties};
use crate::wording::words;

words! {
    /// Where a referral stands.
    pub enum ReferralState {
        /// Being written; its referrer's alone.
        Draft,
        /// Sent to a colleague or a pool; nobody has taken it.
        Sent,
        /// Taken out of the pool by somebody who has yet to decide.
        Received,
        /// Waiting for an answer of the referrer.
        NeedsInfo,
        /// Its owner will see the patient.
        Accepted,
        /// The first visit is booked.
        Scheduled,
        /// The patient is being treated for it.
        InProgress,
        /// The referrer has asked the owner to stop.
        CancelRequested,
        /// The owner has reported; the referrer has yet to review it.
        ReportReturned,
        /// Nobody will see the patient for it; the referrer decides what next.
        Declined,
        /// Nobody answered in time; the referrer decides what next.
        Expired,
        /// Reviewed by the referrer, or given up after it was declined or expired.
        Closed,
        /// Withdrawn.
        Cancelled,
    }
}
sql_word!(ReferralState);

impl ReferralState {
    /// The states in which those who take part in it see the patient's contact details, safety items and what is attached.
    pub const OPEN: [Self; 8] = [
        Self::Sent,
        Self::Received,
        Self::NeedsInfo,
        Self::Accepted,
        Self::Scheduled,
        Self::InProgress,
        Self::CancelRequested,
        Self::ReportReturned,
    ];

    /// The states of what is neither closed nor withdrawn.
    pub const UNFINISHED: [Self; 11] = [
        Self::Draft,
        Self::Sent,
        Self::Received,
        Self::NeedsInfo,
        Self::Accepted,
        Self::Scheduled,
        Self::InProgress,
        Self::CancelRequested,
        Self::ReportReturned,
        Self::Declined,
        Self::Expired,
    ];

    /// Whether those who take part in it see what goes with it.
    #[must_use]
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

/// A referral's place: whose record it stands in, and who takes part in it.
#[derive(Clone, Copy, Debug)]
pub struct LocatedReferral {
    /// Whose record it stands in.
    pub patient: PatientId,
    /// The episode of care that it is about.
    pub episode: EpisodeId,
    /// Who sends it.
    pub referrer: StaffId,
    /// Who has taken it.
    pub owner: Option<StaffId>,
    /// The colleague whom it was sent to.
    pub named: Option<StaffId>,
    /// Whether the actor could take it out of its pool: it waits there, for their discipline at their site.
    pub in_own_pool: bool,
    /// Counts its changes.
    pub version: i32,
}

impl LocatedReferral {
    /// Whether somebody takes part in it.
    #[must_use]
    pub fn has(&self, staff: StaffId) -> bool {
        self.in_own_pool || [Some(self.referrer), self.owner, self.named].contains(&Some(staff))
    }
}

pub(super) fn locate(conn: &mut Conn, actor: &Actor, id: ReferralId) -> Result<Option<LocatedReferral>> {
    type Row = (
        (PatientId, EpisodeId, StaffId, Option<StaffId>, Option<StaffId>, i32),
        (ReferralState, Discipline, Option<SiteId>),
    );
    let row = referral::table
        .find((actor.practice, id))
        .select((
            (
                referral::patient_id,
                referral::episode_id,
                referral::referrer_id,
                referral::owner_id,
                referral::named_id,
                referral::version,
            ),
            (referral::state, referral::discipline, referral::site_id),
        ))
        .first::<Row>(conn)
        .optional()?;
    let Some(((patient, episode, referrer, owner, named, version), (state, discipline, site))) = row else {
        return Ok(None);
    };
    let waits = state == ReferralState::Sent && actor.roles.disciplines().any(|own| own == discipline);
    let in_own_pool = match site {
        Some(site) if waits && referrer != actor.staff => works_at(conn, actor, site)?,
        _ => false,
    };
    Ok(Some(LocatedReferral { patient, episode, referrer, owner, named, in_own_pool, version }))
}

/// Whoever mostly works at no site in particular works at each.
fn works_at(conn: &mut Conn, actor: &Actor, site: SiteId) -> Result<bool> {
    let own = staff::table.find((actor.practice, actor.staff)).select(staff::site_id).first::<Option<SiteId>>(conn)?;
    Ok(own.is_none_or(|own| own == site))
}

/// Whether an open referral about the patient, in which the actor takes part other than from a pool, opens the patient's
/// contact details and safety items to them, or `note` where one is asked for.
pub(super) fn opens(conn: &mut Conn, actor: &Actor, patient: PatientId, note: Option<NoteId>) -> Result<bool> {
    let own = referral::table
        .filter(referral::practice_id.eq(actor.practice))
        .filter(referral::patient_id.eq(patient))
        .filter(referral::state.eq_any(ReferralState::OPEN));
    let answers = referral::owner_id.eq(actor.staff).or(referral::named_id.eq(actor.staff));
    let Some(note) = note else {
        let taking_part = own.filter(referral::referrer_id.eq(actor.staff).or(answers));
        return Ok(diesel::select(exists(taking_part)).get_result(conn)?);
    };
    let attached = referral_attachment::table
        .filter(referral_attachment::practice_id.eq(referral::practice_id))
        .filter(referral_attachment::referral_id.eq(referral::id))
        .filter(referral_attachment::note_id.eq(note));
    let reported = referral::referrer_id.eq(actor.staff).and(referral::report_note_id.eq(note));
    let opened = own.filter(reported.or(answers.and(exists(attached))));
    Ok(diesel::select(exists(opened)).get_result(conn)?)
}

/// Who has taken a referral out of a pool to which the actor belongs.
pub(super) fn taken_from_pool(conn: &mut Conn, actor: &Actor, id: ReferralId) -> Result<Option<Colleague>> {
    let row = referral::table
        .inner_join(
            staff::table
                .on(staff::practice_id.eq(referral::practice_id).and(staff::id.nullable().eq(referral::owner_id))),
        )
        .filter(referral::practice_id.eq(actor.practice))
        .filter(referral::id.eq(id))
        .select((referral::discipline, referral::site_id, staff::id, staff::name))
        .first::<(Discipline, Option<SiteId>, StaffId, String)>(conn)
        .optional()?;
    let Some((discipline, Some(site), id, name)) = row else { return Ok(None) };
    let belongs = actor.roles.disciplines().any(|own| own == discipline) && works_at(conn, actor, site)?;
    Ok(belongs.then_some(Colleague { id, name }))
}

impl Chart {
    /// Whether whoever opened it sees more of the record than a referral opens: they treat the patient, or were let in.
    #[must_use]
    pub fn opened_beyond_referral(&self) -> bool {
        self.ways.iter().any(|way| !matches!(way, Relation::None | Relation::Former | Relation::Party))
    }
}

/// Asks, of a chart that is open, about an action on one of the patient's referrals, about `episode` and sent by `referrer`,
/// in which the actor takes part or not; what other referrals open to them does not count. Records nothing.
///
/// # Errors
/// The refusal's code.
pub fn ask_of_referral(
    chart: &Chart,
    action: Action,
    (episode, referrer): (EpisodeId, StaffId),
    takes_part: bool,
) -> Result<Grant> {
    let others = chart.ways.iter().copied().filter(|way| *way != Relation::Party);
    let ways: Vec<_> = others.chain(takes_part.then_some(Relation::Party)).collect();
    let withheld = chart.withheld(super::episode_of(episode, referrer));
    let decision = policy::decide_any(action, chart.actor.roles, &ways, Ties { withheld, ..Ties::NONE });
    decision.grant().map_err(|refusal| Error::of(refusal.code()))
}
