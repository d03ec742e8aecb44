//! A note that its author shares with their own discipline only.

use serde_json::json;

use crate::house::{House, MORNING, Patient, Who, new_visit, on_both, visit};

on_both!(a_note_shared_with_its_discipline_is_a_stub_to_the_other);
fn a_note_shared_with_its_discipline_is_a_stub_to_the_other(house: &House) {
    house.joins(Who::OtherPhysio, Patient::Ana);
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    assert_eq!(note.json["sharing"], "care_team", "unless told");
    assert_eq!(house.reads(Who::Massage, &note).is(200).json["shown"], "full");
    let narrow = json!({"sharing": "discipline"});
    house.moves(Who::OtherPhysio, &note, "share", narrow.clone()).is(403).refused("not_the_author");
    let shared = house.moves(Who::Physio, &note, "share", narrow.clone()).is(200);
    assert_eq!(shared.version(), note.version() + 1);

    let stub = house.reads(Who::Massage, &note).is(200);
    assert_eq!((&stub.json["shown"], stub.json.get("body")), (&json!("stub"), None));
    assert_eq!(stub.json.get("hash"), None, "whoever guesses the words is not told that they guessed right");
    assert_eq!(stub.json["author"]["name"], "Paula Frei", "it tells whom to ask");
    assert_eq!(stub.json["sharing"], "discipline", "and why");
    let versions = format!("/notes/{}/versions", note.id());
    house.as_(Who::Massage).get(&versions).is(403).refused("shared_with_discipline");
    assert_eq!(house.reads(Who::OtherPhysio, &note).is(200).json["shown"], "full");
    let list = house.as_(Who::Massage).get(&format!("/patients/{}/notes", Patient::Ana.id())).is(200);
    assert!(!list.text.contains("Neck eases"), "nor in a list: {list}");
    assert_eq!(list.json["items"][0].get("hash"), None, "{list}");
    assert_eq!(house.reads(Who::OtherPhysio, &note).is(200).json["hash"], note.json["hash"]);

    house.moves(Who::Physio, &note, "share", narrow).is(412).refused("stale_version");
    house.moves(Who::Physio, &shared, "share", json!({"sharing": "care_team"})).is(200);
    assert_eq!(house.reads(Who::Massage, &note).is(200).json["shown"], "full");
}

on_both!(a_draft_says_among_whom_it_will_be_shared);
fn a_draft_says_among_whom_it_will_be_shared(house: &House) {
    let mut new = new_visit();
    new["sharing"] = json!("discipline");
    let draft = house.begins(Who::Physio, Patient::Ana, &new);
    house.moves(Who::Physio, &draft, "share", json!({"sharing": "care_team"})).is(409).refused("wrong_state");
    let path = format!("/notes/{}", draft.id());
    let save = json!({"service_at": MORNING, "body": visit()});
    let saved = house.as_(Who::Physio).if_match(draft.version()).put(&path, save).is(200);
    assert_eq!(saved.json["sharing"], "discipline", "what is left out stays");
    let signed = house.moves(Who::Physio, &saved, "sign", None).is(200);
    assert_eq!(house.reads(Who::Massage, &signed).is(200).json["shown"], "stub");
}
