//! Looking into the audit log: who sees what of it, and that it proves what it says.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use diesel::prelude::*;
use serde_json::{Value, json};
use tandem::audit::checkpoint::{Checkpoint, read_verifier_key};
use tandem::audit::merkle::{leaf_hash, verify_consistency, verify_inclusion};
use tandem::audit::{Event, Log};
use tandem::db::schema::patient;
use tandem::policy::Action;

use crate::house::{House, Patient, Practice, Who, on_both};

fn notes(of: Patient) -> String {
    format!("/patients/{}/notes", of.id())
}

/// Actor and action of each event, as it was answered.
fn told(list: &Value) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let items = list["items"].as_array().unwrap();
    items.iter().map(|event| (word(&event["actor"]["staff_id"]), word(&event["action"]))).collect()
}

fn by(who: Who, action: &str) -> (String, String) {
    (who.id().to_string(), action.to_owned())
}

on_both!(everyone_sees_their_own_actions_and_reviewers_the_practice_s);
fn everyone_sees_their_own_actions_and_reviewers_the_practice_s(house: &House) {
    house.as_(Who::Physio).get(&notes(Patient::Ana)).is(200);
    house.passes(1);
    house.as_(Who::OtherMassage).get(&notes(Patient::Ana)).is(403);
    house.as_(Who::Elsewhere).get(&notes(Patient::Carla)).is(200);
    house.passes(1);

    let own = house.as_(Who::Physio).get("/audit/events").is(200);
    assert_eq!(told(&own.json), [by(Who::Physio, "list_notes")]);
    let event = &own.json["items"][0];
    assert_eq!(event["patients"], json!([Patient::Ana.id()]));
    assert_eq!(
        (&event["outcome"], &event["code"], &event["sealed"]),
        (&json!("done"), &json!("care_team"), &Value::Null)
    );

    let others = format!("/audit/events?actor={}", Who::OtherMassage.id());
    house.as_(Who::Physio).get(&others).is(403).refused("role_does_not_allow");
    let refused = house.as_(Who::PrivacyOfficer).get(&others).is(200);
    assert_eq!(told(&refused.json), [by(Who::OtherMassage, "list_notes")]);
    assert_eq!(refused.json["items"][0]["code"], "no_relation");

    let all = house.as_(Who::Manager).get("/audit/events?action=list_notes").is(200);
    assert_eq!(told(&all.json), [by(Who::OtherMassage, "list_notes"), by(Who::Physio, "list_notes")]);
    let elsewhere = house.as_(Who::Elsewhere).get("/audit/events").is(200);
    assert_eq!(told(&elsewhere.json), [by(Who::Elsewhere, "list_notes")]);
}

on_both!(events_are_found_by_what_is_asked_and_turned_page_by_page);
fn events_are_found_by_what_is_asked_and_turned_page_by_page(house: &House) {
    for minute in 0..5 {
        let of = if minute == 2 { Patient::Beat } else { Patient::Ana };
        house.as_(Who::Massage).get(&notes(of));
        house.passes(60);
    }
    let manager = |query: &str| house.as_(Who::Manager).get(&format!("/audit/events?action=list_notes&{query}"));
    let count = |query: &str| manager(query).is(200).json["items"].as_array().unwrap().len();
    assert_eq!((count(""), count("outcome=refused"), count("outcome=done")), (5, 1, 4));
    assert_eq!(count(&format!("patient={}", Patient::Beat.id())), 1);
    // The house opens at 07:00 UTC.
    assert_eq!(count("from=2026-03-02T07:01:00Z"), 4);
    assert_eq!(count("from=2026-03-02T07:01:00Z&to=2026-03-02T07:03:00Z"), 2);
    manager(&format!("patient={}", Patient::Carla.id())).is(404);
    manager("colour=blue").is(422);
    manager("from=yesterday").is(422);

    let first = manager("limit=2").is(200);
    let cursor = first.json["next"].as_str().unwrap().to_owned();
    let second = manager(&format!("limit=2&cursor={cursor}")).is(200);
    let last = manager(&format!("limit=2&cursor={}", second.json["next"].as_str().unwrap())).is(200);
    assert_eq!((last.json["items"].as_array().unwrap().len(), &last.json["next"]), (1, &Value::Null));
    let ids: Vec<_> = [&first, &second, &last].iter().flat_map(|page| page.json["items"].as_array().unwrap()).collect();
    assert!(ids.windows(2).all(|two| two[0]["id"].as_str() > two[1]["id"].as_str()), "newest first, none twice");
    manager(&format!("outcome=done&cursor={cursor}")).is(400).refused("bad_cursor");
    house.as_(Who::Owner).get(&format!("/audit/events?action=list_notes&cursor={cursor}")).is(400);
}

on_both!(a_reading_names_the_patient_it_was_asked_for_and_no_other);
fn a_reading_names_the_patient_it_was_asked_for_and_no_other(house: &House) {
    house.as_(Who::Physio).get(&notes(Patient::Ana)).is(200);
    house.as_(Who::Manager).get("/audit/events").is(200);
    house.as_(Who::Manager).get(&format!("/audit/events?patient={}", Patient::Ana.id())).is(200);
    house.as_(Who::Manager).get(&format!("/audit/events?patient={}", Patient::Carla.id())).is(404);
    let events = house.sealed_events(Practice::Lakeside);
    let readings = events.iter().filter(|event| event.action == Action::ReadAudit);
    let named: Vec<Vec<_>> = readings.map(|event| event.subjects.iter().copied().collect()).collect();
    assert_eq!(named, [vec![], vec![Patient::Ana.id()], vec![]]);
}

on_both!(nobody_reviews_who_opened_their_own_record);
fn nobody_reviews_who_opened_their_own_record(house: &House) {
    diesel::update(patient::table.find((Practice::Lakeside.id(), Patient::Ana.id())))
        .set(patient::staff_id.eq(Who::Owner.id()))
        .execute(&mut house.database.owner())
        .unwrap();
    house.as_(Who::Physio).get(&notes(Patient::Ana)).is(200);
    house.as_(Who::OtherMassage).get(&notes(Patient::Beat)).is(200);
    house.seals();

    let seen = house.as_(Who::Owner).get("/audit/events?action=list_notes").is(200);
    assert_eq!(told(&seen.json), [by(Who::OtherMassage, "list_notes")]);
    let of_ana = format!("/audit/events?action=list_notes&patient={}", Patient::Ana.id());
    house.as_(Who::Owner).get(&of_ana).is(403).refused("own_record");
    house.as_(Who::Owner).get("/audit/events/0/proof").is(403).refused("own_record");
    house.as_(Who::Owner).get("/audit/events/1/proof").is(200);
    assert_eq!(told(&house.as_(Who::Manager).get(&of_ana).is(200).json), [by(Who::Physio, "list_notes")]);
}

on_both!(a_spreadsheet_gets_the_events_and_no_formula);
fn a_spreadsheet_gets_the_events_and_no_formula(house: &House) {
    let draft = house
        .as_(Who::Physio)
        .post(
            &notes(Patient::Ana),
            json!({"kind": "phone_contact", "service_at": "2026-03-02T06:30:00Z",
            "body": {"text": "Called, is well."}}),
        )
        .is(201);
    house.passes(1);
    let note = format!("/notes/{}", draft.id());
    let signed = house.as_(Who::Physio).if_match(draft.version()).post(&format!("{note}/sign"), None).is(200);
    house.passes(1);
    let error = json!({"reason": "=HYPERLINK(\"http://example.com\"), and more"});
    house.as_(Who::Physio).if_match(signed.version()).post(&format!("{note}/entered-in-error"), error).is(200);

    let csv = house.as_(Who::PrivacyOfficer).header("Accept", "text/csv").get("/audit/events?limit=1").is(200);
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(csv.header("content-disposition"), Some("attachment; filename=\"audit-events.csv\""));
    assert!(csv.header("link").unwrap().starts_with("</api/v1/audit/events?limit=1&cursor="), "{:?}", csv.headers);
    let mut lines = csv.text.lines();
    assert!(lines.next().unwrap().starts_with("id,at,actor,staff_id,"));
    let event = lines.next().unwrap();
    assert!(event.contains(",enter_in_error,done,author,"), "{event}");
    assert!(event.contains(",\"'=HYPERLINK(\"\"http://example.com\"\"), and more\","), "{event}");
    assert_eq!(lines.next(), None);

    for (wanted, kind) in [
        ("text/csv;q=0, application/json", "application/json"),
        ("text/csv;q=0.3, application/json;q=0.9", "application/json"),
        ("application/json;q=0.3, text/csv", "text/csv; charset=utf-8"),
    ] {
        let answer = house.as_(Who::PrivacyOfficer).header("Accept", wanted).get("/audit/events?limit=1").is(200);
        assert_eq!(answer.header("content-type"), Some(kind), "{wanted}");
    }

    let own = house.as_(Who::Physio).get("/audit/events?action=enter_in_error").is(200);
    assert_eq!(own.json["items"][0]["text"], Value::Null, "reasons are for reviewers");
    house.as_(Who::Manager).header("Accept", "text/html").get("/audit/events").is(406);
}

on_both!(a_manager_proves_an_event_and_verifies_the_proof_alone);
fn a_manager_proves_an_event_and_verifies_the_proof_alone(house: &House) {
    house.as_(Who::Manager).get("/audit/events/0/proof").is(404);
    for _ in 0..5 {
        house.as_(Who::Physio).get(&notes(Patient::Ana)).is(200);
    }
    house.seals();
    let keys = house.stranger().get(&format!("/audit/public-key?practice={}", Practice::Lakeside.id())).is(200);
    let (log, key) = read_verifier_key(keys.json["keys"][1]["key"].as_str().unwrap()).unwrap();
    assert_eq!((log, &keys.json["keys"][1]["from_size"]), (Log::Practice(Practice::Lakeside.id()), &json!(0)));

    let listed = house.as_(Who::Manager).get("/audit/checkpoints").is(200);
    let proven = house.as_(Who::Manager).get("/audit/events/3/proof").is(200).json;
    assert_eq!(listed.json["items"][0]["note"], proven["checkpoint"]);
    let signed = Checkpoint::open(proven["checkpoint"].as_str().unwrap(), &[key]).unwrap();
    let leaf = BASE64.decode(proven["leaf"].as_str().unwrap()).unwrap();
    let proof: Vec<_> =
        proven["proof"].as_array().unwrap().iter().map(|hash| hash.as_str().unwrap().parse().unwrap()).collect();
    assert!(verify_inclusion(leaf_hash(&leaf), 3, signed.size, &proof, signed.root));
    assert_eq!(Event::read(&leaf).unwrap().action, Action::ListNotes);

    let older = format!("/audit/events/3/proof?size={}", signed.size);
    house.seals();
    assert_eq!(house.as_(Who::PrivacyOfficer).get(&older).is(200).json, proven);
    house.as_(Who::Manager).get("/audit/events/3/proof?size=2").is(404);
    house.as_(Who::Manager).get("/audit/events/three/proof").is(400);
    house.as_(Who::Physio).get("/audit/events/3/proof").is(403).refused("role_does_not_allow");
    house.as_(Who::Physio).get("/audit/checkpoints").is(403);
    house.verify_from_outside(Practice::Lakeside);
}

on_both!(a_manager_proves_that_the_log_was_only_added_to);
fn a_manager_proves_that_the_log_was_only_added_to(house: &House) {
    for events in [3, 4] {
        for _ in 0..events {
            house.as_(Who::Physio).get(&notes(Patient::Ana)).is(200);
        }
        house.seals();
    }
    let proven = house.as_(Who::Manager).get("/audit/consistency?from=3").is(200).json;
    assert_eq!((&proven["from"], &proven["to"]), (&json!(3), &json!(7)));
    let open = |note: &Value| Checkpoint::open(note.as_str().unwrap(), house.app.sealer.keys()).unwrap();
    let (earlier, later) = (open(&proven["earlier"]), open(&proven["later"]));
    let proof: Vec<_> =
        proven["proof"].as_array().unwrap().iter().map(|hash| hash.as_str().unwrap().parse().unwrap()).collect();
    assert!(!proof.is_empty() && verify_consistency(3, 7, earlier.root, later.root, &proof));
    house.seals();
    assert_eq!(house.as_(Who::PrivacyOfficer).get("/audit/consistency?from=3&to=7").is(200).json, proven);
    for none in ["from=2", "from=3&to=5", "from=7&to=3"] {
        house.as_(Who::Manager).get(&format!("/audit/consistency?{none}")).is(404);
    }
    house.as_(Who::Manager).get("/audit/consistency").is(422);
    house.as_(Who::Physio).get("/audit/consistency?from=3").is(403).refused("role_does_not_allow");
}

on_both!(a_manager_sees_what_verifying_came_to);
fn a_manager_sees_what_verifying_came_to(house: &House) {
    assert_eq!(house.as_(Who::Manager).get("/audit/verify").is(200).json, json!({"last": null}));
    house.seals();
    house.verifies(Practice::Lakeside, house.clock.now());
    let last = house.as_(Who::Manager).get("/audit/verify").is(200).json["last"].clone();
    assert_eq!(
        (&last["sound"], &last["verified_to"], &last["at"]),
        (&json!(true), &json!(1), &json!("2026-03-02T07:00:00.000000Z"))
    );
    assert_eq!(house.as_(Who::Elsewhere).get("/audit/verify").is(200).json, json!({"last": null}));
    house.as_(Who::Receptionist).get("/audit/verify").is(403);
}

on_both!(those_who_failed_at_the_door_are_counted_by_the_minute);
fn those_who_failed_at_the_door_are_counted_by_the_minute(house: &House) {
    for path in ["/audit/events", "/audit/events", "/no-such-room"] {
        house.stranger().get(path);
    }
    house.stranger().delete("/audit/events").is(405);
    let events = house.sealed_events_of(Log::Installation);
    let counted: Vec<_> = events.iter().filter(|event| event.action == Action::CountStrangers).collect();
    assert_eq!(counted.iter().map(|event| event.count).collect::<Vec<_>>(), [Some(4)]);
    assert_eq!(counted[0].address, Some([127, 0, 0, 1].into()));
}

on_both!(who_looks_for_what_there_is_not_is_seen);
fn who_looks_for_what_there_is_not_is_seen(house: &House) {
    house.as_(Who::Physio).get("/patient-secrets").is(404);
    house.as_(Who::Physio).delete("/audit/events").is(405).refused("method_not_allowed");
    let seen = house.as_(Who::Manager).get("/audit/events?action=unserved").is(200);
    assert_eq!(told(&seen.json), [by(Who::Physio, "unserved"), by(Who::Physio, "unserved")]);
    let codes: BTreeSet<_> = (0..2).map(|at| seen.json["items"][at]["code"].as_str().unwrap().to_owned()).collect();
    assert_eq!(codes, BTreeSet::from(["method_not_allowed".to_owned(), "not_found".to_owned()]));
}

on_both!(clinical_words_reach_no_manager_through_the_log);
fn clinical_words_reach_no_manager_through_the_log(house: &House) {
    let ana = |tail: &str| format!("/patients/{}/{tail}", Patient::Ana.id());
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let amendment = json!({"reason": "typo", "explanation": "Quagga in the text", "body": crate::house::visit()});
    let note = house.moves(Who::Physio, &note, "amend", amendment).is(200);
    house.moves(Who::Physio, &note, "entered-in-error", json!({"reason": "Quagga in error"})).is(200);
    let directive =
        json!({"covers": "record", "bars": "discipline", "discipline": "massage", "reason": "Quagga next door"});
    house.as_(Who::Receptionist).post(&ana("consent-directives"), directive).is(201);
    let item = json!({"kind": "allergy", "what": "Lanolin", "severity": "caution"});
    let item = house.as_(Who::Physio).post(&ana("safety-items"), item).is(201);
    let resolve = format!("/safety-items/{}/resolve", item.id());
    house.as_(Who::Physio).if_match(1).post(&resolve, json!({"reason": "Quagga was tested"})).is(200);
    house.as_(Who::Manager).post(&ana("audit-access"), json!({"reason": "Quagga complains"})).is(201);

    let texts = |who| {
        let events = house.as_(who).get("/audit/events?limit=100").is(200);
        let items = events.json["items"].as_array().unwrap().iter();
        items.filter_map(|event| Some(event["text"].as_str()?.to_owned())).collect::<BTreeSet<_>>()
    };
    assert_eq!(texts(Who::Manager), BTreeSet::from(["Quagga complains".to_owned()]));
    let reasons = ["Quagga complains", "Quagga next door", "Quagga in error"].map(ToOwned::to_owned);
    assert_eq!(texts(Who::PrivacyOfficer), BTreeSet::from(reasons));
}
