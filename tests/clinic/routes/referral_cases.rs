//! The cases of referrals: one for each move, in the part that it is for.

use diesel::prelude::*;
use serde_json::{Value, json};
use tandem::actor::Discipline;
use tandem::chart::ReferralState;
use tandem::db::schema::staff;
use tandem::ids::SiteId;
use tandem::policy::{NoteState, Relation};
use tandem::routes::Verb::{Delete, Get, Post, Put};

use super::cases::{Ask, Case, PATIENT, case, plainly};
use super::scenes::{Scene, Stage, discipline, treats};
use crate::house::{LaidReferral, MORNING, Who, lay_referral};

/// Those about a referral: one in which they take part, and others.
const REFERRAL: &[Scene] =
    &[Scene::Own, Scene::Related, Scene::Former, Scene::Unrelated, Scene::Oneself, Scene::Elsewhere];

pub const REFERRALS: &[Case] = &[
    plainly(Get, "/referrals"),
    case(Get, "/patients/{id}/referrals", PATIENT, |stage, who, scene| Some(Ask::patient(stage, who, scene))),
    case(Post, "/patients/{id}/referrals", PATIENT, |stage, who, scene| {
        let (patient, episode) = stage.episode(who, scene);
        Some(Ask::of(patient, scene).about(patient, who, scene).with(draft(scene, Some(&json!(episode)))))
    }),
    case(Get, "/referrals/{id}", REFERRAL, |stage, who, scene| asks(stage, who, scene, ReferralState::Accepted, true)),
    case(Get, "/referrals/{id}/events", REFERRAL, |stage, who, scene| {
        asks(stage, who, scene, ReferralState::Accepted, true)
    }),
    case(Put, "/referrals/{id}", REFERRAL, |stage, who, scene| {
        let ask = asks(stage, who, scene, ReferralState::Draft, false)?;
        let episode = ask.id.clone().map(Value::from);
        Some(ask.with(draft(scene, episode.as_ref())))
    }),
    case(Delete, "/referrals/{id}", REFERRAL, |stage, who, scene| asks(stage, who, scene, ReferralState::Draft, false)),
    case(Post, "/referrals/{id}/send", REFERRAL, |stage, who, scene| {
        asks(stage, who, scene, ReferralState::Draft, false)
    }),
    case(Post, "/referrals/{id}/receive", REFERRAL, |stage, who, scene| {
        let mut laid = lays(stage, who, scene, ReferralState::Sent, true)?;
        let own = works_at(stage, who).filter(|_| scene == Scene::Own);
        (laid.named, laid.site) = (None, Some(own.unwrap_or_else(|| stage.site(scene))));
        Some(told(stage, who, scene, &laid))
    }),
    case(Post, "/referrals/{id}/release", REFERRAL, |stage, who, scene| {
        asks(stage, who, scene, ReferralState::Received, true)
    }),
    case(Post, "/referrals/{id}/accept", REFERRAL, |stage, who, scene| {
        asks(stage, who, scene, ReferralState::Sent, true)
    }),
    case(Post, "/referrals/{id}/decline", REFERRAL, |stage, who, scene| {
        Some(asks(stage, who, scene, ReferralState::Received, true)?.with(json!({"reason": "no_capacity"})))
    }),
    case(Post, "/referrals/{id}/request-info", REFERRAL, |stage, who, scene| {
        Some(asks(stage, who, scene, ReferralState::Sent, true)?.with(words()))
    }),
    case(Post, "/referrals/{id}/answer", REFERRAL, |stage, who, scene| {
        Some(asks(stage, who, scene, ReferralState::NeedsInfo, false)?.with(words()))
    }),
    case(Post, "/referrals/{id}/schedule", REFERRAL, |stage, who, scene| {
        let visit = json!({"first_visit_at": stage.house.clock.now().plus_seconds(86_400)});
        Some(asks(stage, who, scene, ReferralState::Accepted, true)?.with(visit))
    }),
    case(Post, "/referrals/{id}/no-show", REFERRAL, |stage, who, scene| {
        asks(stage, who, scene, ReferralState::Scheduled, true)
    }),
    case(Post, "/referrals/{id}/start", REFERRAL, |stage, who, scene| {
        asks(stage, who, scene, ReferralState::Accepted, true)
    }),
    case(Post, "/referrals/{id}/return-report", REFERRAL, |stage, who, scene| {
        let mut laid = lays(stage, who, scene, ReferralState::InProgress, true)?;
        let mut note = json!(Who::Physio.id());
        if scene == Scene::Own {
            let report = stage.note(who, scene, NoteState::Signed)?;
            (laid.patient, laid.referrer, note) = (report.patient, Who::OtherPhysio.id(), json!(report.id));
        }
        Some(told(stage, who, scene, &laid).with(json!({"note_id": note, "result": "answered"})))
    }),
    case(Post, "/referrals/{id}/ask-further", REFERRAL, |stage, who, scene| {
        Some(asks(stage, who, scene, ReferralState::ReportReturned, false)?.with(words()))
    }),
    case(Post, "/referrals/{id}/close", REFERRAL, |stage, who, scene| {
        Some(asks(stage, who, scene, ReferralState::ReportReturned, false)?.with(words()))
    }),
    case(Post, "/referrals/{id}/resend", REFERRAL, |stage, who, scene| {
        let target = json!({"discipline": "massage", "site_id": Stage::practice(scene).site()});
        Some(asks(stage, who, scene, ReferralState::Declined, false)?.with(json!({"target": target})))
    }),
    case(Post, "/referrals/{id}/cancel", REFERRAL, |stage, who, scene| {
        let why = json!({"reason": "no_longer_needed"});
        Some(asks(stage, who, scene, ReferralState::Accepted, false)?.with(why))
    }),
    case(Post, "/referrals/{id}/request-cancel", REFERRAL, |stage, who, scene| {
        Some(asks(stage, who, scene, ReferralState::InProgress, false)?.with(words()))
    }),
    case(Post, "/referrals/{id}/confirm-cancel", REFERRAL, |stage, who, scene| {
        asks(stage, who, scene, ReferralState::CancelRequested, true)
    }),
    case(Post, "/referrals/{id}/keep", REFERRAL, |stage, who, scene| {
        asks(stage, who, scene, ReferralState::CancelRequested, true)
    }),
    case(Post, "/referrals/{id}/reassign", REFERRAL, |stage, who, scene| {
        let new = json!({"referrer_id": Who::OtherPhysio.id(), "words": "On leave until April"});
        asks(stage, who, scene, ReferralState::Accepted, true).map(|ask| ask.with(new))
    }),
];

fn works_at(stage: &Stage, who: Who) -> Option<SiteId> {
    let row = staff::table.find((who.practice().id(), who.id())).select(staff::site_id);
    row.first(&mut *stage.conn.borrow_mut()).unwrap()
}

fn words() -> Value {
    json!({"words": "Since the fall in January"})
}

fn draft(scene: Scene, episode: Option<&Value>) -> Value {
    let target = json!({"discipline": "massage", "site_id": Stage::practice(scene).site()});
    json!({"episode_id": episode, "target": target, "reason": "Tension headache", "question": "Is it the neck?",
        "agreement": {}})
}

/// About a fresh referral in a state, which `who` answers or sends in the scene that is their own.
fn asks(at: &Stage, who: Who, scene: Scene, state: ReferralState, answers: bool) -> Option<Ask> {
    let laid = lays(at, who, scene, state, answers)?;
    Some(told(at, who, scene, &laid))
}

fn lays(at: &Stage, who: Who, scene: Scene, state: ReferralState, answers: bool) -> Option<LaidReferral> {
    let own = scene == Scene::Own;
    if own && !treats(who) {
        return None;
    }
    let while_laid = match (own, answers) {
        (true, true) => Scene::Unrelated,
        (true, false) => Scene::Own,
        (false, _) => scene,
    };
    let patient = at.patient(who, while_laid, &[]);
    let (sends, takes) = (at.colleague(scene), at.colleague(scene));
    let referrer = if own && !answers { who.id() } else { sends };
    let target = if own && answers { who.id() } else { takes };
    let waits = matches!(state, ReferralState::Draft | ReferralState::Sent | ReferralState::Declined);
    Some(LaidReferral {
        practice: Stage::practice(scene).id(),
        patient,
        referrer,
        discipline: if own { discipline(who) } else { Discipline::Massage },
        site: (state == ReferralState::Draft).then(|| Stage::practice(scene).site()),
        named: (state != ReferralState::Draft).then_some(target),
        owner: (!waits).then_some(target),
        state,
        report: None,
        at: MORNING,
    })
}

fn told(stage: &Stage, who: Who, scene: Scene, laid: &LaidReferral) -> Ask {
    let id = lay_referral(&mut stage.conn.borrow_mut(), stage.id(), laid);
    let ask = Ask::of(id, scene).about(laid.patient, who, scene).at(1);
    if scene == Scene::Own { Ask { relation: Relation::Party, ..ask } } else { ask }
}
