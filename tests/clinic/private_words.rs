//! Words that are not for everyone are looked for through every route there is.

use serde_json::{Value, json};
use strum::IntoEnumIterator;
use tandem::routes::rows;

use crate::bad_input::good::method;
use crate::house::{House, MORNING, Patient, Who, on_both, visit};

const SECRET: &str = "quagga";

/// A visit that holds the secret word wherever it holds running text.
fn words() -> Value {
    let mut words = visit();
    words["subjective"]["text"] = json!(SECRET);
    words["plan"]["text"] = json!(SECRET);
    words
}

/// Paula's draft in Ana's chart.
fn draft(house: &House) -> String {
    let new = json!({"kind": "progress", "service_at": MORNING, "body": words()});
    let draft =
        house.as_(Who::Physio).key("draft").post(&format!("/patients/{}/notes", Patient::Ana.id()), new).is(201);
    assert!(draft.text.contains(SECRET));
    draft.id().to_owned()
}

/// What a row takes; its words are not the secret ones.
fn body(path: &str) -> Option<Value> {
    match path.rsplit('/').next() {
        Some("amend") => Some(json!({"reason": "typo", "body": visit()})),
        Some("addenda") => Some(json!({"text": "Called."})),
        Some("entered-in-error") => Some(json!({"reason": "Wrong"})),
        Some("{id}") if path.starts_with("/notes") => Some(json!({"service_at": MORNING, "body": visit()})),
        _ => None,
    }
}

/// Calls every row that reaches the note or the chart or the audit log, as `who`, with a stale version and the current
/// one, twice under one key; fails if the secret word is answered.
fn looks_everywhere(house: &House, who: Who, note: &str, version: i64) {
    for row in rows().filter(|row| !row.open && !row.path.starts_with("/auth")) {
        let id = match row.path.split('/').nth(1) {
            Some("notes") => note.to_owned(),
            Some("staff") => Who::Physio.id().to_string(),
            _ => Patient::Ana.id().to_string(),
        };
        // Whoever throws the note away has not read it, and would end the search.
        let destroys = row.path.starts_with("/staff") && row.path.ends_with("deactivate");
        if destroys || (row.takes.is_some() && body(row.path).is_none()) {
            continue;
        }
        let path = row.path.replace("{id}", &id).replace("{number}", "1").replace("{seq}", "0");
        let path = if path.ends_with("/diff") { format!("{path}?from=1&to=1") } else { path };
        for (version, key) in [(version + 90, "stale"), (version, "now"), (version, "now")] {
            let client = house.as_(who);
            let client = if row.if_match { client.if_match(version) } else { client };
            let client = if row.retry { client.key(key) } else { client };
            let answer = client.send(method(row), &path, body(row.path).map(|body| body.to_string()));
            assert!(!answer.text.contains(SECRET), "{who:?} reads by {} {path}: {answer}", method(row));
            assert!(answer.status < 500, "{answer}");
        }
    }
}

on_both!(nobody_reads_a_colleagues_draft_by_any_way);
fn nobody_reads_a_colleagues_draft_by_any_way(house: &House) {
    let cover = json!({"from_staff": Who::Physio.id(), "to_staff": Who::OtherPhysio.id(), "from": MORNING,
        "until": MORNING.plus_seconds(86_400)});
    house.as_(Who::Manager).post("/cover", cover).is(201);
    let note = draft(house);
    for who in Who::iter().filter(|who| *who != Who::Physio) {
        looks_everywhere(house, who, &note, 1);
    }
    let still = house.as_(Who::Physio).get(&format!("/notes/{note}")).is(200);
    assert!(still.text.contains(SECRET) && still.version() == 1, "{still}");
    house.finish();
}

on_both!(what_was_entered_in_error_is_read_by_its_author_and_the_privacy_officer);
fn what_was_entered_in_error_is_read_by_its_author_and_the_privacy_officer(house: &House) {
    let note = draft(house);
    let path = format!("/notes/{note}");
    let signed = house.as_(Who::Physio).if_match(1).post(&format!("{path}/sign"), None).is(200);
    let wrong = json!({"reason": "Wrong patient"});
    let wrong =
        house.as_(Who::Physio).if_match(signed.version()).post(&format!("{path}/entered-in-error"), wrong).is(200);
    for who in Who::iter().filter(|who| ![Who::Physio, Who::PrivacyOfficer].contains(who)) {
        looks_everywhere(house, who, &note, wrong.version());
    }
    assert!(house.as_(Who::PrivacyOfficer).get(&path).is(200).text.contains(SECRET));
    house.finish();
}

on_both!(a_manager_who_acts_for_somebody_who_left_does_not_read_their_notes);
fn a_manager_who_acts_for_somebody_who_left_does_not_read_their_notes(house: &House) {
    let (unsigned, signed) = (draft(house), {
        let new = json!({"kind": "progress", "service_at": MORNING, "body": words()});
        let path = format!("/patients/{}/notes", Patient::Ana.id());
        let draft = house.as_(Who::Physio).post(&path, new).is(201);
        house.as_(Who::Physio).if_match(1).post(&format!("/notes/{}/sign", draft.id()), None).is(200)
    });
    let deactivate = format!("/staff/{}/deactivate", Who::Physio.id());
    house.as_(Who::Manager).if_match(1).post(&deactivate, None).is(200);
    looks_everywhere(house, Who::Manager, &unsigned, 2);
    looks_everywhere(house, Who::Manager, signed.id(), signed.version());
    let stub = house.as_(Who::Massage).get(&format!("/notes/{}", signed.id())).is(200);
    assert_eq!(stub.json["state"], "entered_in_error", "{stub}");
    house.finish();
}

on_both!(a_repeated_request_is_answered_by_todays_rules);
fn a_repeated_request_is_answered_by_todays_rules(house: &House) {
    let signed = house.signs_a_visit(Who::Physio, Patient::Ana);
    let team = format!("/patients/{}/care-team", Patient::Ana.id());
    let start = json!({"reason": "Stands in today"});
    let joined = house.as_(Who::OtherPhysio).post(&team.replace("care-team", "start-treating"), start).is(201);
    let addendum = || {
        let path = format!("/notes/{}/addenda", signed.id());
        house.as_(Who::OtherPhysio).key("addendum").post(&path, json!({"text": "Called."}))
    };
    let first = addendum().is(201);
    assert_eq!(addendum().is(201).json, first.json);
    house.as_(Who::OtherPhysio).delete(&format!("/care-team/{}", joined.id())).is(204);
    let refused = addendum().is(403).refused("no_relation");
    assert!(!refused.text.contains("Called"), "{refused}");

    let register = || {
        let new = json!({"given_name": "Ada", "family_name": "Berg", "birth_date": "1990-01-01"});
        house.as_(Who::OtherPhysio).key("ada").post("/patients", new)
    };
    let ada = register().is(201).json["patient"]["id"].as_str().unwrap().to_owned();
    let members = house.as_(Who::OtherPhysio).get(&format!("/patients/{ada}/care-team")).is(200);
    let member = members.json["members"][0]["id"].as_str().unwrap();
    house.as_(Who::OtherPhysio).delete(&format!("/care-team/{member}")).is(204);
    house.as_(Who::OtherPhysio).get(&format!("/patients/{ada}")).is(403);
    let again = register();
    assert!(!again.text.contains("Berg"), "whoever left the care team is shown no front page: {again}");
    // A colleague's key is their own.
    let colleague = house.as_(Who::Physio).key("ada");
    let new = json!({"given_name": "Eva", "family_name": "Berg", "birth_date": "1990-01-01"});
    assert_eq!(colleague.post("/patients", new).is(201).json["patient"]["given_name"], "Eva");
    house.finish();
}

on_both!(who_is_shown_what_stands_now_has_read_it);
fn who_is_shown_what_stands_now_has_read_it(house: &House) {
    let page = format!("/patients/{}", Patient::Ana.id());
    let stale = house.as_(Who::Physio).if_match(7).patch(&page, json!({"phone": "1234"})).is(412);
    assert_eq!(stale.json["current"]["family_name"], "Brunner");
    let note = draft(house);
    let save = json!({"service_at": MORNING, "body": visit()});
    let save = house.as_(Who::Physio).if_match(7).put(&format!("/notes/{note}"), save).is(412);
    assert!(save.json["current"].to_string().contains(SECRET));
    for (answer, action) in [(stale, "read_patient"), (save, "read_note")] {
        let events = house.sealed_events(crate::house::Practice::Lakeside);
        let of_call: Vec<_> = events.iter().filter(|event| event.request == answer.request_id).collect();
        assert_eq!(of_call.len(), 2, "{answer}");
        let read = of_call.iter().find(|event| <&'static str>::from(event.action) == action);
        assert_eq!(read.unwrap().subjects, [Patient::Ana.id()].into());
    }
    house.finish();
}
