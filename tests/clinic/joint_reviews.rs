//! Joint reviews: two ordinary notes, one per discipline.

use serde_json::{Value, json};

use crate::house::{Answer, House, MORNING, Patient, Who, on_both};

const DAY: i64 = 86_400;

fn reviews() -> String {
    format!("/patients/{}/joint-reviews", Patient::Ana.id())
}

fn half(house: &House, who: Who) -> Answer {
    house.signs_half(who, Patient::Ana)
}

fn links(house: &House, who: Who, review: &Answer, note: &Answer) -> Answer {
    let link = format!("/joint-reviews/{}/link", review.id());
    house.as_(who).if_match(review.version()).post(&link, json!({"note_id": note.id()}))
}

fn side<'a>(review: &'a Answer, discipline: &str) -> &'a Value {
    review.json["sides"].as_array().unwrap().iter().find(|side| side["discipline"] == discipline).unwrap()
}

on_both!(both_disciplines_bring_a_note_and_the_review_is_whole);
fn both_disciplines_bring_a_note_and_the_review_is_whole(house: &House) {
    let physio = half(house, Who::Physio);
    let review = house.as_(Who::Physio).post(&reviews(), json!({"note_id": physio.id()})).is(201);
    assert_eq!((&review.json["state"], &review.json["opened_by"]["name"]), (&json!("open"), &json!("Paula Frei")));
    assert_eq!(side(&review, "physiotherapy")["note_state"], "signed", "it stands by itself");
    assert_eq!(side(&review, "massage").get("note_id"), None);

    let massage = half(house, Who::Massage);
    links(house, Who::Physio, &review, &massage).is(422).refused("invalid");
    let whole = links(house, Who::Massage, &review, &massage).is(200);
    assert_eq!(whole.json["state"], "complete");
    assert_eq!(side(&whole, "massage")["note_id"], massage.json["id"]);
    let list = house.as_(Who::Massage).get(&reviews()).is(200);
    assert_eq!(list.json["items"][0]["state"], "complete");
    links(house, Who::Massage, &whole, &massage).is(409).refused("wrong_state");
    let close = format!("/joint-reviews/{}/close", review.id());
    house.as_(Who::Physio).if_match(whole.version()).post(&close, json!({"reason": "Done"})).is(409);
}

on_both!(only_a_signed_half_of_ones_own_is_linked_and_once);
fn only_a_signed_half_of_ones_own_is_linked_and_once(house: &House) {
    let review = house.as_(Who::Massage).post(&reviews(), None).is(201);
    let body = json!({"assessment": {"text": "Half way."}, "plan": {"text": "Go on."}});
    let new = json!({"kind": "joint_review", "service_at": MORNING, "body": body});
    let draft = house.begins(Who::Physio, Patient::Ana, &new);
    links(house, Who::Physio, &review, &draft).is(422).refused("invalid");
    let visit = house.signs_a_visit(Who::Physio, Patient::Ana);
    links(house, Who::Physio, &review, &visit).is(422).refused("invalid");
    let first = half(house, Who::Physio);
    house.as_(Who::OtherMassage).post(&reviews(), None).is(403).refused("no_relation");
    let linked = links(house, Who::Physio, &review, &first).is(200);
    let second = half(house, Who::Physio);
    links(house, Who::Physio, &linked, &second).is(409).refused("wrong_state");
    let stale = links(house, Who::Physio, &review, &second).is(412);
    assert_eq!(stale.json["current"]["version"], linked.json["version"]);

    // What turns out wrong does not stand there, and makes room.
    house.moves(Who::Physio, &first, "entered-in-error", json!({"reason": "Another week"})).is(200);
    let again = links(house, Who::Physio, &linked, &second).is(200);
    assert_eq!(side(&again, "physiotherapy")["note_id"], second.json["id"]);
}

on_both!(a_review_is_closed_one_sided_after_fourteen_days);
fn a_review_is_closed_one_sided_after_fourteen_days(house: &House) {
    let physio = half(house, Who::Physio);
    let review = house.as_(Who::Physio).post(&reviews(), json!({"note_id": physio.id()})).is(201);
    let close = format!("/joint-reviews/{}/close", review.id());
    let reason = json!({"reason": "Mara is away for a month"});
    let too_soon = house.as_(Who::Physio).if_match(1 + 1).post(&close, reason.clone()).is(409).refused("wrong_state");
    assert_eq!(too_soon.json["allowed"], json!(["link"]));

    house.passes(14 * DAY);
    crate::house::renew_session(&mut house.database.owner(), Who::Physio, house.clock.now());
    let blank = json!({"reason": " "});
    house.as_(Who::Physio).if_match(review.version()).post(&close, blank).is(422).refused("invalid");
    let closed = house.as_(Who::Physio).if_match(review.version()).post(&close, reason).is(200);
    assert_eq!(closed.json["state"], "closed_one_sided");
    assert_eq!(closed.json["close_reason"], "Mara is away for a month");
    assert_eq!(closed.json["closed_by"]["name"], "Paula Frei");
    let again = house.as_(Who::Physio).if_match(closed.version()).post(&close, json!({"reason": "Still"}));
    again.is(409).refused("wrong_state");
}

on_both!(a_review_says_that_a_half_is_withheld_and_nothing_more);
fn a_review_says_that_a_half_is_withheld_and_nothing_more(house: &House) {
    let physio = half(house, Who::Physio);
    house.as_(Who::Physio).post(&reviews(), json!({"note_id": physio.id()})).is(201);
    let directives = format!("/patients/{}/consent-directives", Patient::Ana.id());
    let directive = json!({"covers": "note", "covered_id": physio.id(), "bars": "discipline", "discipline": "massage"});
    house.as_(Who::PrivacyOfficer).post(&directives, directive).is(201);
    let list = house.as_(Who::Massage).get(&reviews()).is(200);
    assert!(!list.text.contains(physio.id()), "{list}");
    let sides = list.json["items"][0]["sides"].as_array().unwrap();
    let withheld: Vec<_> = sides.iter().filter(|side| side["withheld"] == true).collect();
    assert_eq!(withheld.len(), 1, "{list}");
    let directive = json!({"covers": "record", "bars": "discipline", "discipline": "massage"});
    house.as_(Who::PrivacyOfficer).post(&directives, directive).is(201);
    house.as_(Who::Massage).get(&reviews()).is(403).refused("withheld_by_patient");
}

on_both!(a_half_under_supervision_stands_once_it_is_co_signed);
fn a_half_under_supervision_stands_once_it_is_co_signed(house: &House) {
    let massage = half(house, Who::Massage);
    let review = house.as_(Who::Massage).post(&reviews(), json!({"note_id": massage.id()})).is(201);
    house.supervises(Some(Who::Owner), Who::Physio).is(200);
    let waiting = half(house, Who::Physio);
    assert_eq!(waiting.json["state"], "awaiting_cosign");
    let linked = links(house, Who::Physio, &review, &waiting).is(200);
    assert_eq!(linked.json["state"], "open");
    house.moves(Who::Owner, &waiting, "cosign", None).is(200);
    let list = house.as_(Who::Massage).get(&reviews()).is(200);
    assert_eq!(list.json["items"][0]["state"], "complete");
}

on_both!(one_sided_needs_a_side);
fn one_sided_needs_a_side(house: &House) {
    let review = house.as_(Who::Massage).post(&reviews(), None).is(201);
    house.passes(14 * DAY);
    house.renews(&[Who::Physio, Who::Massage]);
    let close = format!("/joint-reviews/{}/close", review.id());
    let closes = |review: &Answer| {
        house.as_(Who::Massage).if_match(review.version()).post(&close, json!({"reason": "Paula did not come"}))
    };
    let refused = closes(&review).is(409).refused("wrong_state");
    assert_eq!(refused.json["allowed"], json!(["link"]), "nobody has said anything yet");
    let wrong = half(house, Who::Massage);
    let linked = links(house, Who::Massage, &review, &wrong).is(200);
    house.moves(Who::Massage, &wrong, "entered-in-error", json!({"reason": "Beat's"})).is(200);
    closes(&linked).is(409).refused("wrong_state");
    let linked = links(house, Who::Massage, &linked, &half(house, Who::Massage)).is(200);
    closes(&linked).is(200);
}
