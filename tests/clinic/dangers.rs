//! What is dangerous is seen by whoever reads anything of the record, whatever page they are on.

use serde_json::{Value, json};

use crate::house::{House, PASSWORD, Patient, Who, on_both};

fn record(tail: &str) -> String {
    format!("/patients/{}{tail}", Patient::Ana.id())
}

fn decides(house: &House, directive: Value) {
    house.as_(Who::Receptionist).post(&record("/consent-directives"), directive).is(201);
}

/// What each reading of a note, of the notes and of the timeline shows of what is dangerous.
fn shown(house: &House, who: Who, note: &str) -> [Option<Value>; 3] {
    let pages = [format!("/notes/{note}"), record("/notes?limit=1"), record("/timeline?limit=1")];
    pages.map(|page| house.as_(who).get(&page).is(200).json.get("safety_items").cloned())
}

on_both!(every_reading_of_the_chart_shows_what_is_dangerous);
fn every_reading_of_the_chart_shows_what_is_dangerous(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let nothing = [(); 3].map(|()| Some(json!([])));
    assert_eq!(shown(house, Who::Massage, note.id()), nothing, "that nothing is known is said");
    let item = json!({"kind": "red_flag", "what": "Calf warm and swollen", "severity": "absolute"});
    let raised = house.as_(Who::Physio).post(&record("/safety-items"), item).is(201);
    let gone = json!({"kind": "allergy", "what": "Latex", "severity": "caution"});
    let gone = house.as_(Who::Physio).post(&record("/safety-items"), gone).is(201);
    let resolve = format!("/safety-items/{}/resolve", gone.id());
    house.as_(Who::Physio).if_match(1).post(&resolve, json!({"reason": "None"})).is(200);

    let in_force = [(); 3].map(|()| Some(json!([raised.json])));
    assert_eq!(shown(house, Who::Physio, note.id()), in_force);
    assert_eq!(shown(house, Who::Massage, note.id()), in_force, "whichever discipline raised it");
    let glass = json!({"reason_code": "serious_harm", "reason": "Collapsed", "password": PASSWORD});
    house.as_(Who::OtherPhysio).post(&record("/emergency-access"), glass).is(201);
    assert_eq!(shown(house, Who::OtherPhysio, note.id()), in_force, "in an emergency above all");
    let listed = house.as_(Who::PrivacyOfficer).get(&record("/notes")).is(200);
    assert_eq!(listed.json.get("safety_items"), None, "nothing to the office");
    let stub = house.as_(Who::Physio).get(&record("/notes?limit=1&kind=discharge")).is(200);
    assert_eq!(stub.json["safety_items"], json!([raised.json]), "an empty page is a reading too");
}

on_both!(a_lesser_directive_leaves_what_is_dangerous_in_sight);
fn a_lesser_directive_leaves_what_is_dangerous_in_sight(house: &House) {
    house.signs_a_visit(Who::Physio, Patient::Ana);
    let own = house.signs_a_visit(Who::Massage, Patient::Ana);
    let item = json!({"kind": "allergy", "what": "Latex", "severity": "caution"});
    let raised = house.as_(Who::Physio).post(&record("/safety-items"), item).is(201);
    decides(house, json!({"covers": "record", "bars": "everyone"}));
    let in_force = [(); 3].map(|()| Some(json!([raised.json])));
    assert_eq!(shown(house, Who::Massage, own.id()), in_force);
    let listed = house.as_(Who::Massage).get(&record("/notes")).is(200);
    assert_eq!((listed.json["items"].as_array().unwrap().len(), &listed.json["withheld"]), (1, &json!(true)));
    decides(house, json!({"covers": "record", "bars": "person", "staff_id": Who::Massage.id()}));
    for page in [record("/notes"), record("/timeline"), format!("/notes/{}", own.id())] {
        assert!(!house.as_(Who::Massage).get(&page).is(404).text.contains("Latex"));
    }
}
