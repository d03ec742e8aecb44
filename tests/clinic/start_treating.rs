//! Who starts treating a patient of their own accord writes it up, or is asked about it.

use serde_json::{Value, json};
use strum::IntoEnumIterator;

use crate::house::{Answer, House, Patient, Who, new_visit, on_both, renew_session};

const DAY: i64 = 86_400;

/// Days pass, and whoever works here signs in again.
fn passes(house: &House, seconds: i64) {
    house.passes(seconds);
    for who in Who::iter() {
        renew_session(&mut house.database.owner(), who, house.clock.now());
    }
}

fn asked_about(house: &House, who: Who) -> Answer {
    house.as_(who).get("/started-without-note").is(200)
}

/// Whom each of them is, and when they signed all the same.
fn late(answer: &Answer) -> Vec<(&str, Option<&str>)> {
    let items = answer.json["items"].as_array().unwrap().iter();
    items.map(|one| (one["name"].as_str().unwrap(), one["signed_at"].as_str())).collect()
}

/// A visit of just now, signed.
fn signs(house: &House, who: Who, patient: Patient) -> Answer {
    let mut new = new_visit();
    new["service_at"] = json!(house.clock.now());
    let draft = house.begins(who, patient, &new);
    house.moves(who, &draft, "sign", None).is(200)
}

on_both!(whoever_signs_nothing_in_three_working_days_is_on_the_list);
fn whoever_signs_nothing_in_three_working_days_is_on_the_list(house: &House) {
    // On a Monday morning Piet starts treating Ana and Paula Beat, and a minute later the owner starts treating Ana.
    house.joins(Who::OtherPhysio, Patient::Ana);
    house.joins(Who::Physio, Patient::Beat);
    house.passes(60);
    house.joins(Who::Owner, Patient::Ana);
    // A draft is no note yet; a signed one is.
    house.begins(Who::OtherPhysio, Patient::Ana, &new_visit());
    signs(house, Who::Physio, Patient::Beat);
    passes(house, 3 * DAY - 60);
    assert_eq!(late(&asked_about(house, Who::Manager)), [], "until Thursday morning");
    passes(house, 61);
    let list = asked_about(house, Who::PrivacyOfficer);
    assert_eq!(late(&list), [("Oskar Huber", None), ("Piet Jansen", None)]);
    let first = &list.json["items"][0];
    assert_eq!((&first["reason"], &first["patient_id"]), (&json!("Shares the treatment"), &json!(Patient::Ana.id())));
    assert_eq!(first["note_due"], json!(house.clock.now().plus_seconds(-1)));

    // Whoever signs now stays on it, as late; what was entered in error is no note.
    let note = signs(house, Who::OtherPhysio, Patient::Ana);
    let signed_at = json!(house.clock.now());
    assert_eq!(late(&asked_about(house, Who::Manager))[1], ("Piet Jansen", signed_at.as_str()));
    house.moves(Who::OtherPhysio, &note, "entered-in-error", json!({"reason": "Another visit"})).is(200);
    assert_eq!(late(&asked_about(house, Who::Manager))[1], ("Piet Jansen", None));
    for who in [Who::Physio, Who::Massage, Who::Receptionist] {
        house.as_(who).get("/started-without-note").is(403).refused("role_does_not_allow");
    }
    let page = house.as_(Who::Manager).get("/started-without-note?limit=1").is(200);
    let next = format!("/started-without-note?limit=1&cursor={}", page.json["next"].as_str().unwrap());
    let rest = house.as_(Who::Manager).get(&next).is(200);
    assert_eq!((late(&page)[0].0, late(&rest)[0].0), ("Oskar Huber", "Piet Jansen"));
    assert_eq!(rest.json.get("next"), None);
    house.finish();
}

on_both!(the_days_are_the_practices_working_days);
fn the_days_are_the_practices_working_days(house: &House) {
    let days = json!({"working_days": ["monday", "friday"]});
    let version = house.as_(Who::Manager).get("/settings").is(200).version();
    let changed = house.as_(Who::Manager).if_match(version).patch("/settings", days.clone()).is(200);
    assert_eq!(changed.json["working_days"], days["working_days"]);
    let none = json!({"working_days": []});
    house.as_(Who::Manager).if_match(changed.version()).patch("/settings", none).is(422);
    house.joins(Who::OtherPhysio, Patient::Ana);
    // From Monday on: Friday, Monday, Friday.
    passes(house, 11 * DAY);
    assert_eq!(late(&asked_about(house, Who::Manager)), []);
    passes(house, 1);
    assert_eq!(late(&asked_about(house, Who::Manager)).len(), 1);
    // The same calendar says until when an emergency access is reviewed: it is Friday; Monday, Friday, Monday.
    let glass = json!({"reason_code": "nobody_reachable", "reason": "Collapsed", "password": crate::house::PASSWORD});
    let opened = house.as_(Who::Physio).post(&format!("/patients/{}/emergency-access", Patient::Beat.id()), glass);
    assert_eq!(opened.is(201).json["review_due"], json!(house.clock.now().plus_seconds(10 * DAY)));
    house.finish();
}

on_both!(who_may_know_nothing_of_a_record_learns_nothing_of_it_here);
fn who_may_know_nothing_of_a_record_learns_nothing_of_it_here(house: &House) {
    house.joins(Who::OtherPhysio, Patient::Ana);
    passes(house, 3 * DAY + 1);
    let directives = format!("/patients/{}/consent-directives", Patient::Ana.id());
    let person = json!({"covers": "record", "bars": "person", "staff_id": Who::Manager.id()});
    house.as_(Who::PrivacyOfficer).post(&directives, person).is(201);
    let own: Value = json!({"staff_id": Who::Owner.id()});
    let version = house.as_(Who::PrivacyOfficer).get(&format!("/patients/{}", Patient::Ana.id())).is(200).version();
    let mark = format!("/patients/{}/own-record", Patient::Ana.id());
    house.as_(Who::PrivacyOfficer).if_match(version).put(&mark, own).is(200);
    assert_eq!(late(&asked_about(house, Who::Manager)), [], "barred from it");
    assert_eq!(late(&asked_about(house, Who::Owner)), [], "it is theirs");
    assert_eq!(late(&asked_about(house, Who::PrivacyOfficer)).len(), 1);
    house.finish();
}

on_both!(somebody_else_reviews_it_with_a_word_and_once);
fn somebody_else_reviews_it_with_a_word_and_once(house: &House) {
    house.joins(Who::OtherPhysio, Patient::Ana);
    house.passes(60);
    house.joins(Who::Owner, Patient::Beat);
    let listed = |which: &str| house.as_(Who::Manager).get(&format!("/started-without-note?reviewed={which}")).is(200);
    let path = |id: &Value| format!("/started-without-note/{}/review", id.as_str().unwrap());
    let review = |verdict: &str| json!({"verdict": verdict, "reason": "Ana was treated; he forgot to write"});
    let team = house.as_(Who::Manager).get(&format!("/patients/{}/care-team", Patient::Ana.id())).is(200);
    let members = team.json["members"].as_array().unwrap();
    let begun = &members.iter().find(|member| member["staff_id"] == json!(Who::OtherPhysio.id())).unwrap()["id"];
    house.as_(Who::PrivacyOfficer).post(&path(begun), review("justified")).is(404);
    passes(house, 3 * DAY + 1);
    let waiting = listed("no");
    assert_eq!(late(&waiting), [("Oskar Huber", None), ("Piet Jansen", None)]);
    let piet = &waiting.json["items"][1];
    assert_eq!((&piet["id"], piet.get("review"), &piet["nobody_else_reviews"]), (begun, None, &json!(false)));
    for who in [Who::Manager, Who::Physio, Who::Receptionist] {
        house.as_(who).post(&path(begun), review("justified")).is(403).refused("role_does_not_allow");
    }
    house.as_(Who::OtherPhysio).post(&path(begun), review("justified")).is(403).refused("own_record");
    house.as_(Who::PrivacyOfficer).post(&path(begun), json!({"verdict": "justified", "reason": " "})).is(422);
    let once = house.as_(Who::PrivacyOfficer).key("once").post(&path(begun), review("justified")).is(200);
    let again = house.as_(Who::PrivacyOfficer).key("once").post(&path(begun), review("justified")).is(200);
    assert_eq!(once.json, again.json);
    let told = &once.json["review"];
    assert_eq!(told["reviewed_by"], json!(Who::PrivacyOfficer.id()));
    assert_eq!((&told["verdict"], &told["reviewed_at"]), (&json!("justified"), &json!(house.clock.now())));
    house.as_(Who::PrivacyOfficer).post(&path(begun), review("breach")).is(409).refused("wrong_state");
    assert_eq!(late(&listed("no")), [("Oskar Huber", None)], "gone from what waits");
    let reviewed = listed("yes");
    assert_eq!((late(&reviewed), &reviewed.json["items"][0]["review"]), (vec![("Piet Jansen", None)], told));
    assert_eq!(late(&asked_about(house, Who::Manager)).len(), 2, "both stand in the list of all");
    let texts = house.count("SELECT COUNT(*) AS number FROM audit_text WHERE text LIKE 'Ana was treated%'");
    assert_eq!(texts, 1, "the reason stands in the log");
    house.finish();
}

on_both!(nobody_reviews_that_they_started_themselves);
fn nobody_reviews_that_they_started_themselves(house: &House) {
    let roles = json!({"roles": ["massage_therapist", "privacy_officer"]});
    let member = format!("/staff/{}", Who::OtherMassage.id());
    let version = house.as_(Who::Manager).get(&member).is(200).version();
    house.as_(Who::Manager).if_match(version).patch(&member, roles).is(200);
    renew_session(&mut house.database.owner(), Who::OtherMassage, house.clock.now());
    house.joins(Who::OtherMassage, Patient::Ana);
    passes(house, 3 * DAY + 1);
    let list = asked_about(house, Who::OtherMassage);
    let own = &list.json["items"][0];
    assert_eq!((&own["name"], &own["nobody_else_reviews"]), (&json!("Milo Weber"), &json!(false)));
    let path = format!("/started-without-note/{}/review", own["id"].as_str().unwrap());
    let review = || json!({"verdict": "justified", "reason": "I know why"});
    house.as_(Who::OtherMassage).post(&path, review()).is(403).refused("own_record");
    // Once the other privacy officer may know nothing of the record, there is nobody.
    let directives = format!("/patients/{}/consent-directives", Patient::Ana.id());
    let person = json!({"covers": "record", "bars": "person", "staff_id": Who::PrivacyOfficer.id()});
    house.as_(Who::Receptionist).post(&directives, person).is(201);
    assert_eq!(asked_about(house, Who::Manager).json["items"][0]["nobody_else_reviews"], json!(true));
    house.as_(Who::PrivacyOfficer).post(&path, review()).is(404).refused("not_found");
    house.finish();
}
