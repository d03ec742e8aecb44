//! What a referral opens, and what it does not.

use serde_json::json;

use crate::house::{House, Who, on_both};
use crate::referrals::{ana, assesses, composes, moves, reads, sent, to_milo};

on_both!(one_referral_opens_no_other);
fn one_referral_opens_no_other(house: &House) {
    let his = sent(house, &to_milo());
    let owner = json!({"discipline": "physiotherapy", "staff_id": Who::OtherPhysio.id()});
    let other = sent(house, &owner);
    reads(house, Who::OtherMassage, &his).is(200);
    reads(house, Who::OtherMassage, &other).is(403).refused("no_relation");
    let events = format!("/referrals/{}/events", other.id());
    house.as_(Who::OtherMassage).get(&events).is(403).refused("no_relation");
    moves(house, Who::OtherMassage, &other, "accept", None).is(403).refused("not_a_party");
}

on_both!(whoever_was_replaced_sees_nothing_any_more);
fn whoever_was_replaced_sees_nothing_any_more(house: &House) {
    let note = assesses(house);
    let draft = composes(house, &note, &to_milo());
    let referral = moves(house, Who::Physio, &draft, "send", None).is(200);
    let accepted = moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
    let mara = json!({"owner_id": Who::Massage.id(), "words": "On leave"});
    let reassigned = moves(house, Who::Manager, &accepted, "reassign", mara).is(200);
    house.reads(Who::OtherMassage, &note).is(403);
    house.as_(Who::OtherMassage).get(&ana("")).is(403);
    reads(house, Who::OtherMassage, &referral).is(403);
    assert_eq!(reads(house, Who::Massage, &reassigned).is(200).json["owner"]["id"], json!(Who::Massage.id()));
}

on_both!(a_draft_that_was_handed_over_can_be_thrown_away_and_nobody_is_put_where_nobody_answers);
fn a_draft_that_was_handed_over_can_be_thrown_away_and_nobody_is_put_where_nobody_answers(house: &House) {
    house.joins(Who::OtherPhysio, crate::house::Patient::Ana);
    let draft = composes(house, &assesses(house), &to_milo());
    let piet = json!({"referrer_id": Who::OtherPhysio.id(), "words": "On leave"});
    let handed = moves(house, Who::Manager, &draft, "reassign", piet).is(200);
    assert_eq!(handed.json["shown"], "stub");
    let path = format!("/referrals/{}", draft.id());
    house.as_(Who::OtherPhysio).if_match(handed.version()).delete(&path).is(204);

    let referral = sent(house, &to_milo());
    let declined = moves(house, Who::OtherMassage, &referral, "decline", json!({"reason": "no_capacity"})).is(200);
    assert_eq!(declined.json.get("safety_items"), None);
    let mara = json!({"owner_id": Who::Massage.id(), "words": "Has time"});
    moves(house, Who::Manager, &declined, "reassign", mara).is(422);
}

on_both!(a_directive_does_not_keep_the_manager_from_reassigning);
fn a_directive_does_not_keep_the_manager_from_reassigning(house: &House) {
    let referral = sent(house, &to_milo());
    let episode = json!({"covers": "episode", "covered_id": referral.json["episode_id"], "bars": "person",
        "staff_id": Who::Manager.id()});
    house.as_(Who::Receptionist).post(&ana("/consent-directives"), episode).is(201);
    let mara = json!({"owner_id": Who::Massage.id(), "words": "As the patient wishes"});
    let reassigned = moves(house, Who::Manager, &referral, "reassign", mara).is(200);
    assert_eq!(reassigned.json["shown"], "stub");
}
