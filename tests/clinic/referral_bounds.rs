//! What a referral opens, and what it does not.

use serde_json::{Value, json};

use crate::house::{House, Patient, Who, on_both};
use crate::referrals::{ana, assesses, composes, massages, moves, reads, sent, to_milo, to_pool};

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
    house.joins(Who::OtherPhysio, Patient::Ana);
    let draft = composes(house, &assesses(house), &to_milo());
    let piet = json!({"referrer_id": Who::OtherPhysio.id(), "words": "On leave"});
    let refused = moves(house, Who::Manager, &draft, "reassign", piet.clone()).is(409);
    assert_eq!(refused.code(), "wrong_state", "while she is here it is hers alone: {refused}");
    is_away(house, Who::Physio);
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

on_both!(nobody_is_asked_for_something_by_a_day_that_is_past);
fn nobody_is_asked_for_something_by_a_day_that_is_past(house: &House) {
    let note = assesses(house);
    let wanted_by = |days: i64| {
        let day = house.clock.now().plus_seconds(days * 86_400).to_utc().date_naive().to_string();
        let draft = json!({"from_note": note.id(), "target": to_milo(), "urgency": "soon", "reason": "Headache", "question": "Is it the neck?",
            "requested": {"kind": "assessment"}, "agreement": {}, "target_date": day});
        let draft = house.as_(Who::Physio).post(&ana("/referrals"), draft).is(201);
        moves(house, Who::Physio, &draft, "send", None)
    };
    let refused = wanted_by(-2).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/target_date", "{refused}");
    wanted_by(0).is(200);
}

on_both!(nobody_opens_a_record_to_themselves_by_reassigning);
fn nobody_opens_a_record_to_themselves_by_reassigning(house: &House) {
    let piet = json!({"discipline": "physiotherapy", "staff_id": Who::OtherPhysio.id()});
    let referral = sent(house, &piet);
    for place in ["owner_id", "referrer_id"] {
        let own = json!({place: Who::Owner.id(), "words": "I take it"});
        let refused = moves(house, Who::Owner, &referral, "reassign", own).is(422);
        assert_eq!(refused.json["errors"][0]["pointer"], format!("/{place}"), "{refused}");
    }
    assert_eq!(reads(house, Who::Owner, &referral).is(200).json["shown"], "stub");
    house.joins(Who::Owner, Patient::Ana);
    let own = json!({"owner_id": Who::Owner.id(), "words": "I take it"});
    moves(house, Who::Owner, &referral, "reassign", own).is(200);
}

on_both!(reception_finds_what_is_to_be_booked);
fn reception_finds_what_is_to_be_booked(house: &House) {
    let to_book = |who| house.as_(who).get("/referrals?box=booking").is(200).json["items"].clone();
    let referral = sent(house, &to_milo());
    assert_eq!(to_book(Who::Receptionist), json!([]), "nobody has accepted it yet");
    let accepted = moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
    for who in [Who::Receptionist, Who::Manager, Who::OtherMassage] {
        assert_eq!(to_book(who)[0]["id"], referral.json["id"], "{who:?}");
    }
    assert_eq!(to_book(Who::Massage), json!([]), "it is not hers");
    let visit = json!({"first_visit_at": house.clock.now().plus_seconds(86_400)});
    moves(house, Who::Receptionist, &accepted, "schedule", visit).is(200);
    assert_eq!(to_book(Who::Receptionist), json!([]));
}

on_both!(a_note_for_a_referral_belongs_to_its_episode);
fn a_note_for_a_referral_belongs_to_its_episode(house: &House) {
    let referral = sent(house, &to_milo());
    moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
    let note = massages(house, Who::OtherMassage, &referral);
    assert_eq!(note.json["episode_id"], referral.json["episode_id"], "{note}");
}

on_both!(who_stands_in_for_a_member_of_a_pool_hears_of_it_if_they_could_take_it);
fn who_stands_in_for_a_member_of_a_pool_hears_of_it_if_they_could_take_it(house: &House) {
    is_away(house, Who::Massage);
    let now = house.clock.now();
    let cover = json!({"from_staff": Who::Massage.id(), "to_staff": Who::OtherPhysio.id(), "from": now,
        "until": now.plus_seconds(72 * 3_600)});
    house.as_(Who::Manager).post("/cover", cover).is(201);
    sent(house, &to_pool(house));
    let told = house.as_(Who::OtherPhysio).get("/notifications").is(200);
    assert_eq!(told.json["items"], json!([]), "no physiotherapist takes what waits for a massage therapist: {told}");
    let told = house.as_(Who::OtherMassage).get("/notifications").is(200);
    assert!(told.text.contains("referral_pooled"), "{told}");
}

fn is_away(house: &House, who: Who) {
    let person = format!("/staff/{}", who.id());
    let version = house.as_(Who::Manager).get(&person).is(200).version();
    house.as_(Who::Manager).if_match(version).patch(&person, json!({"away_until": "2026-03-20"})).is(200);
}

on_both!(a_draft_names_no_decision_maker_of_somebody_else);
fn a_draft_names_no_decision_maker_of_somebody_else(house: &House) {
    let makers = |who: Who, patient: Patient| {
        let mother = json!({"name": "Vera", "relation": "mother", "authority": "guardianship", "may_consent": true,
            "may_receive_records": false});
        let path = format!("/patients/{}/decision-makers", patient.id());
        house.as_(who).post(&path, mother).is(201).json["id"].clone()
    };
    let own = makers(Who::Receptionist, Patient::Ana);
    let of_beat = makers(Who::Receptionist, Patient::Beat);
    let elsewhere = makers(Who::Elsewhere, Patient::Carla);
    let note = assesses(house);
    let by = |maker: &Value| {
        json!({"from_note": note.id(), "target": to_milo(), "reason": "Headache", "question": "Does it help?",
            "agreement": {"decision_maker_id": maker}})
    };
    let draft = house.as_(Who::Physio).post(&ana("/referrals"), by(&own)).is(201);
    let path = format!("/referrals/{}", draft.id());
    for foreign in [&of_beat, &elsewhere, &json!(Who::Physio.id())] {
        let begun = house.as_(Who::Physio).post(&ana("/referrals"), by(foreign)).is(422);
        let changed = house.as_(Who::Physio).if_match(draft.version()).put(&path, by(foreign)).is(422);
        for refused in [begun, changed] {
            assert_eq!(refused.json["errors"][0]["pointer"], "/agreement/decision_maker_id", "{refused}");
        }
    }
    assert_eq!(reads(house, Who::Physio, &draft).is(200).json["agreement"]["decision_maker_id"], own);
    moves(house, Who::Physio, &draft, "send", None).is(200);
}
