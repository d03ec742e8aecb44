//! Good requests about referrals: each row has one of its own, in the state that its move starts from.

use serde_json::{Value, json};
use tandem::actor::Discipline;
use tandem::chart::ReferralState;
use tandem::ids::{Id, ReferralId};
use tandem::routes::{Row, Verb};

use crate::house::{House, LaidReferral, MORNING, Patient, Practice, Who, lay_referral};

/// Lays the referral of a row down: from Paula to Mara, about Ana.
pub fn lay(house: &House, row: &Row, number: u8) -> Option<ReferralId> {
    let (state, taken) = starts_from(row)?;
    let id = Id::new(MORNING, [number; 10]);
    let laid = lays(house, id, (Patient::Ana, Who::Physio, Who::Massage), state, taken);
    if row.path.ends_with("/receive") {
        // It waits in the pool of the site where Mara works.
        let hers = "SELECT site_id FROM staff WHERE name = 'Mara Lang'";
        let number = format!("number = 'R-2026-{}'", &laid.to_string()[28..]);
        house
            .sql(&format!("UPDATE referral SET named_id = NULL, site_id = ({hers}), version = 2 WHERE {number}"))
            .unwrap();
    }
    Some(laid)
}

/// Lays a referral of one patient from one colleague to another down, in a state, and taken or not.
pub fn lays(
    house: &House,
    id: ReferralId,
    (patient, from, to): (Patient, Who, Who),
    state: ReferralState,
    taken: bool,
) -> ReferralId {
    let laid = LaidReferral {
        practice: from.practice().id(),
        patient: patient.id(),
        referrer: from.id(),
        discipline: Discipline::Massage,
        site: None,
        named: Some(to.id()),
        owner: taken.then(|| to.id()),
        state,
        report: None,
        at: MORNING,
    };
    lay_referral(&mut house.database.owner(), id, &laid)
}

fn starts_from(row: &Row) -> Option<(ReferralState, bool)> {
    let step = row.path.strip_prefix("/referrals/{id}")?;
    Some(match step {
        "" => (ReferralState::Draft, false),
        "/answer" => (ReferralState::NeedsInfo, false),
        "/schedule" | "/start" => (ReferralState::Accepted, true),
        "/no-show" | "/cancel" | "/reassign" => (ReferralState::Scheduled, true),
        "/release" | "/decline" => (ReferralState::Received, true),
        "/return-report" | "/request-cancel" => (ReferralState::InProgress, true),
        "/confirm-cancel" | "/keep" => (ReferralState::CancelRequested, true),
        "/ask-further" | "/close" => (ReferralState::ReportReturned, true),
        "/resend" => (ReferralState::Declined, false),
        _ => (ReferralState::Sent, false),
    })
}

/// What the requests name.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub episode: &'a str,
    /// A note that Mara has signed.
    pub reported: &'a str,
    /// The decision-maker who agreed.
    pub made: &'a str,
    /// A safety item that bars what is asked for.
    pub barring: &'a str,
}

/// Who makes the request of a row, and its body with every field that the row knows.
pub fn body(row: &Row, about: &About) -> Option<(Option<Who>, Value)> {
    let About { episode, reported, made, barring } = *about;
    let words = json!({"words": "Since the fall in January"});
    let target = json!({"discipline": "massage", "site_id": Practice::Lakeside.site(), "staff_id": null});
    let draft = json!({"from_note": null, "episode_id": episode, "target": target, "urgency": "soon",
        "reason": "Tension headache", "question": "Does it come from the neck?", "precautions": "Dizzy at times",
        "requested": {"kind": "course", "sessions": 3}, "techniques": ["soft_tissue_mobilisation"],
        "target_date": "2026-04-01", "agreement": {"decision_maker_id": made}, "attachments": []});
    let (referrer, owner) = (Some(Who::Physio), Some(Who::Massage));
    let step = match (row.verb, row.path) {
        (Verb::Post, "/patients/{id}/referrals") | (Verb::Put, "/referrals/{id}") => return Some((referrer, draft)),
        (Verb::Post, path) => path.strip_prefix("/referrals/{id}/")?,
        _ => return None,
    };
    Some(match step {
        "answer" | "ask-further" | "close" | "request-cancel" => (referrer, words),
        "decline" => (owner, json!({"reason": "no_capacity", "words": "Nothing free"})),
        "cancel" => (referrer, json!({"reason": "other", "words": "Better already"})),
        "accept" => (owner, json!({"overrides": [{"safety_item_id": barring, "reason": "Seen by her physician"}]})),
        "schedule" => {
            let visit = MORNING.plus_seconds(5 * 86_400);
            (owner, json!({"first_visit_at": visit, "last_session_on": "2026-05-01"}))
        }
        "return-report" => (owner, json!({"note_id": reported, "result": "answered"})),
        "resend" => (referrer, json!({"target": target})),
        "reassign" => (
            Some(Who::Manager),
            json!({"owner_id": Who::OtherMassage.id(), "referrer_id": Who::Owner.id(), "words": "On leave"}),
        ),
        _ => (owner, words),
    })
}
