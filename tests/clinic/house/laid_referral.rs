//! Referrals laid down past the program in any state, since the way into some takes days.

use diesel::prelude::*;
use serde_json::json;
use tandem::actor::Discipline;
use tandem::chart::ReferralState;
use tandem::clock::Timestamp;
use tandem::db::Conn;
use tandem::db::schema::{episode, episode_version, referral};
use tandem::ids::{EpisodeId, NoteId, PatientId, PracticeId, ReferralId, SiteId, StaffId};

/// What a referral is to be.
pub struct LaidReferral {
    /// The practice.
    pub practice: PracticeId,
    /// Who is referred.
    pub patient: PatientId,
    /// Who sends it.
    pub referrer: StaffId,
    /// The discipline that it is for.
    pub discipline: Discipline,
    /// The site in whose pool it waits.
    pub site: Option<SiteId>,
    /// The colleague whom it is for.
    pub named: Option<StaffId>,
    /// Who has taken it.
    pub owner: Option<StaffId>,
    /// Where it stands.
    pub state: ReferralState,
    /// The note that reports.
    pub report: Option<NoteId>,
    /// When all of this happened.
    pub at: Timestamp,
}

/// Lays a referral down, with an episode of its own that its referrer opened; `id` tells it from others.
pub fn lay_referral(conn: &mut Conn, id: ReferralId, laid: &LaidReferral) -> ReferralId {
    let complaint: EpisodeId = id.retype();
    diesel::insert_into(episode::table)
        .values((
            episode::id.eq(complaint),
            episode::practice_id.eq(laid.practice),
            episode::patient_id.eq(laid.patient),
            episode::opened_by.eq(laid.referrer),
            episode::opened_at.eq(laid.at),
            episode::version.eq(1),
        ))
        .execute(conn)
        .unwrap();
    let joined = json!({"by": laid.referrer, "at": laid.at});
    let content = json!({"schema_version": 1, "complaint": "Headache", "onset": null, "side": null, "region": null,
        "diagnosis": null, "clinical_impression": null,
        "parts": [{"discipline": "physiotherapy", "joined": joined, "discharged": null}]});
    diesel::insert_into(episode_version::table)
        .values((
            episode_version::practice_id.eq(laid.practice),
            episode_version::episode_id.eq(complaint),
            episode_version::number.eq(1),
            episode_version::patient_id.eq(laid.patient),
            episode_version::change.eq("opened"),
            episode_version::content.eq(content.to_string()),
            episode_version::changed_by.eq(laid.referrer),
            episode_version::changed_at.eq(laid.at),
        ))
        .execute(conn)
        .unwrap();
    let content = json!({"schema_version": 1, "reason": "Tension headache", "question": "Does it come from the neck?",
        "precautions": null, "requested": {"kind": "assessment"}, "techniques": ["lymphatic_drainage"], "target_date": null,
        "agreement": {}});
    let from_sent = (laid.state == ReferralState::NeedsInfo).then_some(ReferralState::Sent);
    let came_from = if laid.owner.is_some() { from_sent.map(|_| ReferralState::Received) } else { from_sent };
    diesel::insert_into(referral::table)
        .values((
            (
                referral::id.eq(id),
                referral::practice_id.eq(laid.practice),
                referral::number.eq(format!("R-2026-{}", &id.to_string()[28..])),
                referral::patient_id.eq(laid.patient),
                referral::episode_id.eq(complaint),
                referral::author_id.eq(laid.referrer),
                referral::referrer_id.eq(laid.referrer),
                referral::discipline.eq(laid.discipline),
                referral::site_id.eq(laid.site),
                referral::named_id.eq(laid.named),
                referral::owner_id.eq(laid.owner),
            ),
            referral::state.eq(laid.state),
            referral::came_from.eq(came_from),
            referral::report_note_id.eq(laid.report),
            referral::urgency.eq("soon"),
            referral::content.eq(content.to_string()),
            referral::created_at.eq(laid.at),
            referral::sent_at.eq((laid.state != ReferralState::Draft).then_some(laid.at)),
            referral::overdue.eq(false),
            referral::was_overdue.eq(false),
            referral::entered_in_error.eq(false),
            referral::version.eq(1),
        ))
        .execute(conn)
        .unwrap();
    id
}
