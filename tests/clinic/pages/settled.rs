//! Alerts that nobody has to act on any more, and reviews that wait for somebody.

use serde_json::json;

use super::told::unread;
use crate::house::{House, Patient, Who, new_visit, on_both};
use crate::referrals::{ana, sent, to_milo};

const DAY: i64 = 86_400;

on_both!(what_is_co_signed_waits_for_nobody);
fn what_is_co_signed_waits_for_nobody(house: &House) {
    house.joins(Who::OtherPhysio, Patient::Ana);
    house.supervises(Some(Who::Physio), Who::OtherPhysio).is(200);
    let draft = house.begins(Who::OtherPhysio, Patient::Ana, &new_visit());
    let signed = house.moves(Who::OtherPhysio, &draft, "sign", None).is(200);
    let paula = house.browser_of(Who::Physio);
    let before: i64 = unread(house, Who::Physio).parse().unwrap();
    paula.get("/notifications").is(200).says("A co-signature is wanted").says("Ana Brunner").says_not("mark\">done");
    paula.get("/").is(200).says("A co-signature is wanted");

    house.moves(Who::Physio, &signed, "cosign", None).is(200);
    assert_eq!(unread(house, Who::Physio), (before - 1).to_string());
    paula.get("/notifications").is(200).says("A co-signature is wanted").says("mark\">done");
    paula.get("/notifications?unread=true").is(200).says_not("A co-signature is wanted");
    paula.get("/").is(200).says_not("A co-signature is wanted");
}

on_both!(a_referral_that_was_answered_asks_nobody_for_an_answer);
fn a_referral_that_was_answered_asks_nobody_for_an_answer(house: &House) {
    let referral = sent(house, &to_milo());
    let milo = house.browser_of(Who::OtherMassage);
    milo.get("/notifications?unread=true").is(200).says("needs an answer by");
    house
        .as_(Who::OtherMassage)
        .if_match(referral.version())
        .post(&format!("/referrals/{}/accept", referral.id()), json!({}))
        .is(200);
    milo.get("/notifications?unread=true").is(200).says_not("needs an answer by");
    milo.get("/notifications").is(200).says("needs an answer by").says("mark\">done");
}

on_both!(a_joint_review_is_due_for_a_patient_and_until_it_is_done);
fn a_joint_review_is_due_for_a_patient_and_until_it_is_done(house: &House) {
    let reviews = ana("/joint-reviews");
    let half = house.signs_half(Who::Physio, Patient::Ana);
    let review = house.as_(Who::Physio).post(&reviews, json!({"note_id": half.id()})).is(201);
    house.passes(14 * DAY + 1);
    house.seals();
    house.seals();
    let due = |who: Who| {
        crate::house::renew_session(&mut house.database.owner(), who, house.clock.now());
        house.browser_of(who).get("/notifications?unread=true").is(200)
    };
    due(Who::Physio).says("A joint review is due").says("Ana Brunner").says("P-000001");
    crate::house::renew_session(&mut house.database.owner(), Who::Massage, house.clock.now());
    let other = house.signs_half(Who::Massage, Patient::Ana);
    let link = format!("/joint-reviews/{}/link", review.id());
    house.as_(Who::Massage).if_match(review.version()).post(&link, json!({"note_id": other.id()})).is(200);
    due(Who::Physio).says_not("A joint review is due");

    // Two weeks on, the next one is.
    house.passes(14 * DAY);
    house.seals();
    house.seals();
    due(Who::Physio).says("A joint review is due");
    house.as_(Who::Physio).post(&reviews, None).is(201);
    due(Who::Physio).says_not("A joint review is due");
}

on_both!(an_old_alert_names_its_day_by_the_date);
fn an_old_alert_names_its_day_by_the_date(house: &House) {
    sent(house, &to_milo());
    let milo = house.browser_of(Who::OtherMassage);
    milo.get("/notifications").is(200).says_not("March 2026,");
    house.passes(30 * DAY);
    crate::house::renew_session(&mut house.database.owner(), Who::OtherMassage, house.clock.now());
    house.browser_of(Who::OtherMassage).get("/notifications").is(200).says("March 2026,");
}

on_both!(reviews_wait_on_the_worklist_of_whoever_makes_them);
fn reviews_wait_on_the_worklist_of_whoever_makes_them(house: &House) {
    let olga = house.browser_of(Who::PrivacyOfficer);
    olga.get("/").is(200).says_not("Waiting for your review");
    let glass = json!({"reason_code": "nobody_reachable", "reason": "Collapsed", "password": crate::house::PASSWORD});
    let access = house.as_(Who::OtherPhysio).post(&ana("/emergency-access"), glass).is(201).id().to_owned();
    let long_ago = house.clock.now().plus_seconds(-14 * DAY);
    let started = house.lays_started_treating(Who::Owner, Patient::Beat, long_ago);
    let (emergency, start) = (format!("/emergency-accesses/{access}"), format!("/started-without-note/{started}"));
    let worklist = olga.get("/").is(200).says("Waiting for your review");
    worklist.says(&emergency).says(&start).says("Ana Brunner").says("P-000001").says("Beat");
    for path in ["/emergency-accesses", &emergency, "/practice"] {
        olga.get(path).is(200).says("Ana Brunner").says("P-000001");
    }
    for path in ["/started-without-note", &start, "/practice"] {
        olga.get(path).is(200).says("Beat").says("P-000002");
    }
    // Who cannot review is not asked to, and nobody else learns whose record it was.
    house.browser_of(Who::Manager).get("/").is(200).says_not("Waiting for your review");
    house.browser_of(Who::Physio).get("/").is(200).says_not("Waiting for your review");
    let justified = [("_version", "1"), ("verdict", "justified"), ("reason", "Asked him")];
    let version = olga.get(&emergency).field("_version");
    let justified = justified.map(|(name, value)| (name, if name == "_version" { version.as_str() } else { value }));
    olga.post(&format!("{emergency}/review"), &justified).goes_to("/emergency-accesses?reviewed=no");
    olga.get("/").is(200).says_not(&emergency).says(&start);
}
