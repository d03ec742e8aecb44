//! The whole life of a referral, from a dictated evaluation to the review that closes the loop.

use serde_json::json;

use crate::evaluation::to_note;
use crate::house::{House, Practice, Who, new_visit, on_both};
use crate::main_job::evaluations;
use crate::referrals::{moves, reads, said, to_pool};

const DAY: i64 = 24 * 3_600;

on_both!(every_evaluation_is_referred_answered_and_reviewed);
fn every_evaluation_is_referred_answered_and_reviewed(house: &House) {
    for (number, text) in evaluations().iter().enumerate() {
        from_evaluation_to_review(house, text, number);
    }
    house.verify_from_outside(Practice::Lakeside);
}

/// A patient, an evaluation, a referral, its answer, its review.
fn from_evaluation_to_review(house: &House, text: &str, number: usize) {
    let people = [Who::Physio, Who::OtherMassage, Who::Receptionist, Who::Manager];
    house.renews(&people);
    let (paula, milo) = (|| house.as_(Who::Physio), || house.as_(Who::OtherMassage));

    // Paula registers a patient, and signs the evaluation within an episode of care.
    let new = json!({"given_name": "Nora", "family_name": format!("Case {number}"), "birth_date": "1975-04-01"});
    let patient = paula().post("/patients", new).is(201).json["patient"]["id"].as_str().unwrap().to_owned();
    let of_patient = |rest: &str| format!("/patients/{patient}/{rest}");
    let complaint = json!({"complaint": "As dictated"});
    let episode = paula().post(&of_patient("episodes"), complaint).is(201);
    let dictated = json!({"kind": "initial_assessment", "service_at": house.clock.now().plus_seconds(-1_800),
        "episode_id": episode.id(), "body": to_note(text)});
    let draft = paula().post(&of_patient("notes"), dictated).is(201);
    let evaluation = house.moves(Who::Physio, &draft, "sign", None).is(200);
    let item = json!({"kind": "precaution", "what": "Bruises easily", "severity": "caution"});
    paula().post(&of_patient("safety-items"), item).is(201);

    // From it she composes a referral: episode, attachment and precautions are known.
    let composed = json!({"from_note": evaluation.id(), "target": to_pool(house), "urgency": "soon",
        "reason": "See the evaluation", "question": "Does massage ease the pain?",
        "requested": {"kind": "course", "sessions": 2}, "agreement": {}});
    let draft = paula().post(&of_patient("referrals"), composed).is(201);
    assert_eq!(draft.json["number"], json!(format!("R-2026-{:04}", number + 1)));
    assert_eq!(draft.json["episode_id"], episode.json["id"]);
    assert_eq!(draft.json["precautions"], "Bruises easily");
    assert_eq!(draft.json["attachments"][0]["note_id"], evaluation.json["id"]);
    let sent = moves(house, Who::Physio, &draft, "send", None).is(200);

    // Milo sees the question in the pool, not the evaluation; taking the referral opens that.
    let waiting = milo().get("/referrals?box=pool").is(200);
    assert_eq!(waiting.json["items"][0]["id"], sent.json["id"]);
    house.reads(Who::OtherMassage, &evaluation).is(403).refused("no_relation");
    let received = moves(house, Who::OtherMassage, &sent, "receive", None).is(200);
    let read = house.reads(Who::OtherMassage, &evaluation).is(200);
    assert_eq!(read.json["body"]["subjective"]["text"], evaluation.json["body"]["subjective"]["text"]);
    let asked = moves(house, Who::OtherMassage, &received, "request-info", said("Any blood thinners?")).is(200);
    let answered = moves(house, Who::Physio, &asked, "answer", said("None")).is(200);
    let accepted = moves(house, Who::OtherMassage, &answered, "accept", None).is(200);

    // Reception books; the visit takes place, and the note on it starts the referral.
    let visit = json!({"first_visit_at": house.clock.now().plus_seconds(DAY)});
    moves(house, Who::Receptionist, &accepted, "schedule", visit).is(200);
    house.passes(DAY + 3_600);
    house.renews(&people);
    let treats = |answers: Option<serde_json::Value>| {
        let mut new = new_visit();
        new["service_at"] = json!(house.clock.now().plus_seconds(-1_800));
        new["referral_id"] = sent.json["id"].clone();
        new["body"]["assessment"] = json!({"clinical_impression": "Tense", "progress": "Better"});
        new["body"]["treatment"][0]["technique"] = json!("deep_tissue_massage");
        let draft = milo().post(&of_patient("notes"), new).is(201);
        house.moves(Who::OtherMassage, &draft, "sign", answers).is(200)
    };
    treats(None);
    assert_eq!(reads(house, Who::Physio, &sent).is(200).json["state"], "in_progress");
    let report = treats(Some(json!({"answers_referral": "answered"})));

    // The report closes nothing; Paula's review does, and says what happens next.
    let returned = reads(house, Who::Physio, &sent).is(200);
    assert_eq!(
        (&returned.json["state"], &returned.json["report"]["note_id"]),
        (&json!("report_returned"), &report.json["id"])
    );
    assert_eq!(house.reads(Who::Physio, &report).is(200).json["shown"], "full");
    let closed = moves(house, Who::Physio, &returned, "close", said("Exercises at home")).is(200);
    assert_eq!((&closed.json["state"], &closed.json["what_next"]), (&json!("closed"), &json!("Exercises at home")));
    let milestones = closed.json["milestones"].as_object().unwrap();
    assert_eq!(milestones.len(), 5, "sent, accepted, first visit, reported, closed: {milestones:?}");

    // What happened stands in its events, in the timeline, and in the notifications of both.
    let events = paula().get(&format!("/referrals/{}/events", sent.id())).is(200);
    let steps: Vec<_> = events.json["items"].as_array().unwrap().iter().map(|event| event["move"].clone()).collect();
    let course = ["send", "receive", "request_info", "answer", "accept", "schedule", "start", "return_report", "close"];
    assert_eq!(steps, course);
    let timeline = paula().get(&of_patient("timeline?limit=50")).is(200);
    assert!(timeline.text.contains(closed.json["number"].as_str().unwrap()));
    let told = |who: Who| house.as_(who).get("/notifications?limit=100").is(200).text;
    for kind in ["referral_received", "referral_asked", "referral_accepted", "referral_scheduled", "report_returned"] {
        assert!(told(Who::Physio).contains(kind), "{kind}");
    }
    for kind in ["referral_pooled", "referral_answered", "referral_closed"] {
        assert!(told(Who::OtherMassage).contains(kind), "{kind}");
    }
}
