//! When what happened to a referral, what its sender is warned of, and what time alone allows.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::house::{Answer, House, MORNING, Who, on_both};
use crate::referrals::{ana, assesses, massages, moves, reads, said, sent, to_milo, to_pool};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// An hour goes by, and everybody enters their password again.
fn an_hour_later(house: &House) {
    house.passes(HOUR);
    house.renews(&[Who::Physio, Who::OtherMassage]);
}

on_both!(a_referral_that_is_sent_again_is_timed_anew);
fn a_referral_that_is_sent_again_is_timed_anew(house: &House) {
    let hour = |number: i64| json!(MORNING.plus_seconds(number * HOUR));
    let first = sent(house, &to_milo());
    an_hour_later(house);
    let accepted = moves(house, Who::OtherMassage, &first, "accept", None).is(200);
    assert_eq!(accepted.json["milestones"], json!({"sent_at": hour(0), "accepted_at": hour(1)}));
    let no = json!({"reason": "no_capacity"});
    let declined = moves(house, Who::OtherMassage, &accepted, "decline", no).is(200);
    an_hour_later(house);
    let again = moves(house, Who::Physio, &declined, "resend", None).is(200);
    assert_eq!(again.json["milestones"], json!({"sent_at": hour(2)}), "nobody has accepted it this time");

    an_hour_later(house);
    moves(house, Who::OtherMassage, &again, "accept", None).is(200);
    an_hour_later(house);
    let visit = massages(house, Who::OtherMassage, &again);
    house.moves(Who::OtherMassage, &visit, "sign", None).is(200);
    an_hour_later(house);
    let last = massages(house, Who::OtherMassage, &again);
    house.moves(Who::OtherMassage, &last, "sign", json!({"answers_referral": "answered"})).is(200);
    an_hour_later(house);
    let reported = reads(house, Who::Physio, &again).is(200);
    let closed = moves(house, Who::Physio, &reported, "close", said("Exercises at home")).is(200);
    let times = json!({"sent_at": hour(2), "accepted_at": hour(3), "first_visit_at": hour(4), "reported_at": hour(5),
        "closed_at": hour(6)});
    assert_eq!(closed.json["milestones"], times);
}

/// Paula sends an urgent referral, or one that is not.
fn sends(house: &House, target: &Value, urgency: &str) -> Answer {
    let draft = json!({"from_note": assesses(house).id(), "target": target, "urgency": urgency, "reason": "Numb hand",
        "question": "Can you see her today?", "agreement": {}});
    let draft = house.as_(Who::Physio).post(&ana("/referrals"), draft).is(201);
    moves(house, Who::Physio, &draft, "send", None).is(200)
}

on_both!(whoever_sends_what_is_urgent_is_told_that_nobody_may_be_there);
fn whoever_sends_what_is_urgent_is_told_that_nobody_may_be_there(house: &House) {
    let warned = |target: &Value, urgency: &str| sends(house, target, urgency).json.get("warnings").cloned();
    let pool = to_pool(house);
    assert_eq!(warned(&to_milo(), "urgent"), None, "he is here");
    assert_eq!(warned(&pool, "urgent"), None, "the site is open");

    let change = |path: String, change: Value| {
        let version = house.as_(Who::Manager).get(&path).is(200).version();
        house.as_(Who::Manager).if_match(version).patch(&path, change).is(200);
    };
    change(format!("/staff/{}", Who::OtherMassage.id()), json!({"away_until": "2026-03-02"}));
    let site = house.as_(Who::Manager).get("/sites").is(200).json["items"][0].clone();
    let path = format!("/sites/{}", site["id"].as_str().unwrap());
    house.as_(Who::Manager).if_match(&site["version"]).patch(&path, json!({"open": false})).is(200);
    assert_eq!(warned(&to_milo(), "urgent"), Some(json!(["target_away"])), "today still");
    assert_eq!(warned(&pool, "urgent"), Some(json!(["site_closed"])));
    for target in [&to_milo(), &pool] {
        assert_eq!(warned(target, "soon"), None, "what has days is waited for");
    }
    let sent = sends(house, &to_milo(), "urgent");
    assert_eq!(reads(house, Who::Physio, &sent).is(200).json.get("warnings"), None, "it is said once");
}

on_both!(what_ought_never_to_have_been_sent_leaves_every_worklist_and_stays_on_record);
fn what_ought_never_to_have_been_sent_leaves_every_worklist_and_stays_on_record(house: &House) {
    let (wrong, duplicate) = (sent(house, &to_milo()), sent(house, &to_milo()));
    let listed = |who: Who, list: &str| {
        let page = house.as_(who).get(&format!("/referrals?{list}")).is(200);
        let ids = page.json["items"].as_array().unwrap().iter().map(|item| item["id"].to_string());
        ids.collect::<BTreeSet<_>>()
    };
    let both = BTreeSet::from([&wrong, &duplicate].map(|referral| referral.json["id"].to_string()));
    assert_eq!(listed(Who::Physio, "box=outbox"), both);
    assert_eq!(listed(Who::OtherMassage, "box=inbox"), both);
    let withdraws = |referral: &Answer, reason: &str| {
        moves(house, Who::Physio, referral, "cancel", json!({"reason": reason})).is(200)
    };
    assert_eq!(withdraws(&wrong, "entered_in_error").json["because"], "entered_in_error");
    withdraws(&duplicate, "duplicate");
    for (who, list) in [(Who::Physio, "outbox"), (Who::OtherMassage, "inbox")] {
        assert_eq!(listed(who, &format!("box={list}")), BTreeSet::new(), "both are over");
        let ended = listed(who, &format!("box={list}&state=cancelled"));
        let meant = BTreeSet::from([duplicate.json["id"].to_string()]);
        assert_eq!(ended, meant, "{who:?} finds what was meant, and not the mistake");
    }
    let record = house.as_(Who::Physio).get(&ana("/referrals")).is(200);
    assert_eq!(record.json["items"].as_array().unwrap().len(), 2, "the record forgets nothing: {record}");
    reads(house, Who::Physio, &wrong).is(200);
}

on_both!(whoever_asks_to_stop_and_hears_nothing_for_three_working_days_withdraws);
fn whoever_asks_to_stop_and_hears_nothing_for_three_working_days_withdraws(house: &House) {
    let referral = sent(house, &to_milo());
    let accepted = moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
    // On Thursday morning, so that a weekend lies between.
    house.passes(3 * DAY);
    house.renews(&[Who::Physio, Who::OtherMassage]);
    let begun = moves(house, Who::OtherMassage, &accepted, "start", None).is(200);
    moves(house, Who::Physio, &begun, "request-cancel", said("She moves away")).is(200);
    let withdraws = || {
        house.seals();
        house.renews(&[Who::Physio]);
        let now = reads(house, Who::Physio, &referral).is(200);
        (now.json["allowed"].clone(), moves(house, Who::Physio, &now, "cancel", json!({"reason": "patient_declined"})))
    };
    let (allowed, refused) = withdraws();
    assert_eq!(allowed, json!([]), "it is Milo's turn");
    refused.is(409).refused("wrong_state");
    house.passes(5 * DAY - 1);
    withdraws().1.is(409).refused("wrong_state");
    house.passes(1);
    let (allowed, ended) = withdraws();
    assert_eq!(allowed, json!(["cancel"]));
    assert_eq!(ended.is(200).json["state"], "cancelled");
}

on_both!(nobody_has_missed_a_visit_that_lies_ahead);
fn nobody_has_missed_a_visit_that_lies_ahead(house: &House) {
    let referral = sent(house, &to_milo());
    moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
    let books = |hours: i64| {
        let visit = json!({"first_visit_at": house.clock.now().plus_seconds(hours * HOUR)});
        let standing = reads(house, Who::OtherMassage, &referral).is(200);
        moves(house, Who::Receptionist, &standing, "schedule", visit).is(200);
        reads(house, Who::OtherMassage, &referral).is(200)
    };
    let missed = json!("no_show");
    let offered = |answer: &Answer| answer.json["allowed"].as_array().unwrap().contains(&missed);
    let mut booked = books(1);
    assert!(!offered(&booked), "{booked}");
    for who in [Who::OtherMassage, Who::Receptionist] {
        let refused = moves(house, who, &booked, "no-show", None).is(409).refused("wrong_state");
        assert!(refused.json["detail"].as_str().unwrap().starts_with("The booked visit lies ahead"), "{refused}");
        assert!(!offered(&refused), "{refused}");
    }
    // It was moved to the day after: only the moment that was agreed last counts.
    booked = books(24);
    an_hour_later(house);
    moves(house, Who::OtherMassage, &booked, "no-show", None).is(409);
    house.passes(DAY - HOUR - 1);
    house.renews(&[Who::OtherMassage, Who::Receptionist]);
    moves(house, Who::Receptionist, &booked, "no-show", None).is(409);
    house.passes(1);
    assert!(offered(&reads(house, Who::OtherMassage, &referral).is(200)));
    let missed = moves(house, Who::Receptionist, &booked, "no-show", None).is(200);
    assert_eq!(missed.json["state"], "accepted");
}
