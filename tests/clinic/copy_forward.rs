//! Copying forward: the words of the last visit, until they are confirmed or changed.

use serde_json::{Value, json};

use crate::house::{Answer, House, MORNING, Patient, Who, on_both, visit};

fn copies(house: &House, who: Who, source: &Answer) -> Answer {
    let forward = format!("/notes/{}/copy-forward", source.id());
    house.as_(who).post(&forward, json!({"service_at": MORNING}))
}

fn with_consent(body: &Value) -> Value {
    let mut body = body.clone();
    body["consent"] = visit()["consent"].clone();
    body
}

fn saves(house: &House, draft: &Answer, body: &Value) -> Answer {
    let save = json!({"service_at": MORNING, "body": body});
    house.as_(Who::Physio).if_match(draft.version()).put(&format!("/notes/{}", draft.id()), save).is(200)
}

on_both!(what_was_copied_is_confirmed_or_changed_before_it_is_signed);
fn what_was_copied_is_confirmed_or_changed_before_it_is_signed(house: &House) {
    let last = house.signs_a_visit(Who::Physio, Patient::Ana);
    let draft = copies(house, Who::Physio, &last).is(201);
    assert_eq!((&draft.json["state"], &draft.json["kind"]), (&json!("draft"), &json!("progress")));
    assert_eq!(draft.json["service_at"], json!(MORNING));
    let parts = json!(["/subjective", "/objective", "/assessment", "/plan", "/treatment"]);
    assert_eq!(draft.json["copied"], parts, "each part is marked");
    assert_eq!(draft.json["body"]["subjective"], last.json["body"]["subjective"]);
    assert_eq!(draft.json["body"].get("consent"), None, "consent is asked for at every visit");
    house.moves(Who::Physio, &draft, "sign", None).is(422).refused("parts_missing");

    let mut body = with_consent(&draft.json["body"]);
    body["subjective"]["text"] = json!("Sleeps through.");
    let saved = saves(house, &draft, &body);
    assert_eq!(saved.json["copied"], json!(["/objective", "/assessment", "/plan", "/treatment"]));
    let some = json!({"confirmed": ["/objective", "/plan"]});
    let refused = house.moves(Who::Physio, &saved, "sign", some).is(422).refused("copied_unconfirmed");
    let pointers: Vec<_> = refused.json["errors"].as_array().unwrap().iter().map(|one| &one["pointer"]).collect();
    assert_eq!(pointers, ["/body/assessment", "/body/treatment"]);
    house.moves(Who::Physio, &saved, "sign", json!({"confirmed": ["/consent"]})).is(422).refused("invalid");

    let all = json!({"confirmed": ["/objective", "/plan", "/assessment", "/treatment"]});
    let signed = house.moves(Who::Physio, &saved, "sign", all).is(200);
    assert_eq!((&signed.json["state"], signed.json.get("copied")), (&json!("signed"), None));
    assert_eq!(house.reads(Who::Physio, &last).is(200).json["version"], last.json["version"], "the last one stands");
}

on_both!(nobody_copies_what_they_may_not_read_or_write);
fn nobody_copies_what_they_may_not_read_or_write(house: &House) {
    house.joins(Who::OtherPhysio, Patient::Ana);
    let last = house.signs_a_visit(Who::Physio, Patient::Ana);
    copies(house, Who::Massage, &last).is(403).refused("other_discipline");
    copies(house, Who::Owner, &last).is(403).refused("no_relation");
    let theirs = copies(house, Who::OtherPhysio, &last).is(201);
    assert_eq!(theirs.json["author"]["name"], "Piet Jansen", "whoever copies is the author");
    copies(house, Who::OtherPhysio, &theirs).is(409).refused("wrong_state");
    let wrong = json!({"reason": "The wrong patient"});
    house.moves(Who::Physio, &last, "entered-in-error", wrong).is(200);
    copies(house, Who::Physio, &last).is(409).refused("wrong_state");
    copies(house, Who::OtherPhysio, &last).is(403).refused("entered_in_error");
}

on_both!(a_copy_is_shared_as_what_it_was_copied_from);
fn a_copy_is_shared_as_what_it_was_copied_from(house: &House) {
    let last = house.signs_a_visit(Who::Physio, Patient::Ana);
    let last = house.moves(Who::Physio, &last, "share", json!({"sharing": "discipline"})).is(200);
    assert_eq!(copies(house, Who::Physio, &last).is(201).json["sharing"], "discipline");
}

on_both!(no_words_are_taken_from_under_a_directive);
fn no_words_are_taken_from_under_a_directive(house: &House) {
    let record = |tail: &str| format!("/patients/{}/{tail}", Patient::Ana.id());
    let sets = |covers: &str, id: &str| {
        let directive = json!({"covers": covers, "covered_id": id, "bars": "discipline", "discipline": "massage"});
        house.as_(Who::Physio).post(&record("consent-directives"), directive).is(201);
    };
    let last = house.signs_a_visit(Who::Physio, Patient::Ana);
    sets("note", last.id());
    copies(house, Who::Physio, &last).is(403).refused("withheld_by_patient");

    // In an episode that is covered, a copy stays in it; once it takes no notes any more, there is none.
    let episode = house.as_(Who::Physio).post(&record("episodes"), json!({"complaint": "Stiff neck"})).is(201);
    let new = json!({"kind": "progress", "service_at": MORNING, "episode_id": episode.id(), "body": visit()});
    let draft = house.begins(Who::Physio, Patient::Ana, &new);
    sets("episode", episode.id());
    let note = format!("/notes/{}", draft.id());
    let out = json!({"service_at": MORNING, "body": visit()});
    house.as_(Who::Physio).if_match(1).put(&note, out.clone()).is(403).refused("withheld_by_patient");
    let mut within = out;
    within["episode_id"] = json!(episode.id());
    let saved = house.as_(Who::Physio).if_match(1).put(&note, within).is(200);
    let signed = house.moves(Who::Physio, &saved, "sign", None).is(200);
    assert_eq!(copies(house, Who::Physio, &signed).is(201).json["episode_id"], json!(episode.id()));
    let discharge = json!({"discipline": "physiotherapy", "outcome": "Turns freely"});
    let path = format!("/episodes/{}/discharge", episode.id());
    house.as_(Who::Physio).if_match(1).post(&path, discharge).is(200);
    copies(house, Who::Physio, &signed).is(403).refused("withheld_by_patient");
}
