//! What a patient is told who asks: who saw or changed my record?

use diesel::prelude::*;
use serde_json::{Value, json};
use tandem::db::schema::patient;
use tandem::policy::Action;

use crate::house::{House, PASSWORD, Patient, Practice, Who, on_both};

fn record(tail: &str) -> String {
    format!("/patients/{}{tail}", Patient::Ana.id())
}

/// Of each line who, what and whether it was done.
fn told(report: &Value) -> Vec<(&str, &str, &str)> {
    let word = |line: &'_ Value, member: &str| -> &'static str {
        Box::leak(line[member].as_str().unwrap_or_default().to_owned().into_boxed_str())
    };
    let lines = report["items"].as_array().unwrap();
    lines.iter().map(|line| (word(line, "who"), word(line, "action"), word(line, "outcome"))).collect()
}

on_both!(ana_is_told_who_saw_her_record_who_tried_and_why);
fn ana_is_told_who_saw_her_record_who_tried_and_why(house: &House) {
    house.as_(Who::Physio).get(&record("/notes")).is(200);
    house.passes(1);
    house.as_(Who::OtherMassage).get(&record("/notes")).is(403);
    house.passes(1);
    let glass = json!({"reason_code": "serious_harm", "reason": "Quagga in the waiting room", "password": PASSWORD});
    house.as_(Who::OtherMassage).post(&record("/emergency-access"), glass).is(201);
    house.passes(1);
    house.as_(Who::OtherMassage).get(&record("/notes")).is(200);
    house.passes(1);
    house.as_(Who::Manager).post(&record("/audit-access"), json!({"reason": "Quagga again"})).is(201);
    house.passes(1);
    house.as_(Who::Manager).get(&record("/notes")).is(200);
    house.passes(1);

    let report = house.as_(Who::PrivacyOfficer).get(&record("/access-report")).is(200);
    assert_eq!(
        told(&report.json),
        [
            ("Greta Moser", "list_notes", "done"),
            ("Greta Moser", "open_audit_access", "done"),
            ("Milo Weber", "list_notes", "done"),
            ("Milo Weber", "open_emergency_access", "done"),
            ("Milo Weber", "list_notes", "refused"),
            ("Paula Frei", "list_notes", "done"),
        ]
    );
    let lines = report.json["items"].as_array().unwrap();
    let marks = |line: &Value| ["emergency", "audit", "unusual"].map(|mark| line[mark].as_bool().unwrap());
    assert_eq!(
        lines.iter().map(marks).collect::<Vec<_>>(),
        [
            [false, true, false],
            [false, true, false],
            [true, false, false],
            [true, false, false],
            [false, false, false],
            [false, false, false]
        ]
    );
    assert_eq!(lines[5]["role"], "physiotherapist");
    assert_eq!(lines[5]["what"], "List a patient's notes");
    assert_eq!(lines[5]["why"], "A clinician on the patient's care team");
    assert_eq!(lines[4]["why"], "They neither treat the patient nor stand in for somebody who does");
    assert!(!report.text.contains("Quagga"), "what staff wrote is not Ana's to be told here: {report}");

    // Who reads the report is in the next one.
    let again = house.as_(Who::Manager).get(&record("/access-report?limit=1")).is(200);
    assert_eq!(told(&again.json), [("Olga Pfister", "read_access_report", "done")]);
}

on_both!(the_report_tells_of_nobody_else);
fn the_report_tells_of_nobody_else(house: &House) {
    // One search shows both patients, and Beat's record is opened beside.
    house.as_(Who::Receptionist).post("/patients/search", json!({"name": "e"})).is(200);
    house.passes(1);
    house.as_(Who::OtherMassage).get(&format!("/patients/{}", Patient::Beat.id())).is(200);
    house.passes(1);
    let report = house.as_(Who::Manager).get(&record("/access-report")).is(200);
    assert_eq!(told(&report.json), [("Rita Senn", "find_patients", "done")]);
    assert!(!report.text.contains(&Patient::Beat.id().to_string()), "{report}");
    assert!(!report.text.contains("127.0.0.1"), "nor from where");
    let events = house.sealed_events(Practice::Lakeside);
    let search = events.iter().find(|event| event.action == Action::FindPatients).unwrap();
    assert!(search.subjects.contains(&Patient::Beat.id()), "the search did show both");
}

on_both!(the_report_turns_page_by_page_and_opens_in_a_spreadsheet);
fn the_report_turns_page_by_page_and_opens_in_a_spreadsheet(house: &House) {
    for _ in 0..3 {
        house.as_(Who::Physio).get(&record("")).is(200);
        house.passes(1);
    }
    let first = house.as_(Who::Manager).get(&record("/access-report?limit=2")).is(200);
    let next = first.json["next"].as_str().unwrap();
    let page = record(&format!("/access-report?limit=2&cursor={next}"));
    let second = house.as_(Who::Manager).get(&page).is(200);
    assert_eq!(told(&second.json), [("Paula Frei", "read_patient", "done")], "what is newer does not move the pages");
    assert_eq!(second.json["next"], Value::Null);
    house.as_(Who::PrivacyOfficer).get(&page).is(400).refused("bad_cursor");
    let beats = format!("/patients/{}/access-report?limit=2&cursor={next}", Patient::Beat.id());
    house.as_(Who::Manager).get(&beats).is(400).refused("bad_cursor");

    let csv = house.as_(Who::Manager).header("Accept", "text/csv").get(&record("/access-report?limit=1")).is(200);
    assert_eq!(csv.header("content-disposition"), Some("attachment; filename=\"access-report.csv\""));
    assert!(csv.header("link").unwrap().contains("/access-report?limit=1&cursor="));
    let mut lines = csv.text.lines();
    assert!(lines.next().unwrap().starts_with("id,at,who,role,action,what,outcome,code,why,"));
    assert!(lines.next().unwrap().contains(",Greta Moser,manager,read_access_report,"));
}

on_both!(who_may_be_asked_for_the_report);
fn who_may_be_asked_for_the_report(house: &House) {
    for who in [Who::Physio, Who::Massage, Who::Receptionist] {
        house.as_(who).get(&record("/access-report")).is(403).refused("role_does_not_allow");
    }
    house.as_(Who::Elsewhere).get(&record("/access-report")).is(404).refused("not_found");
    // The owner's own record.
    diesel::update(patient::table.find((Practice::Lakeside.id(), Patient::Ana.id())))
        .set(patient::staff_id.eq(Who::Owner.id()))
        .execute(&mut house.database.owner())
        .unwrap();
    house.as_(Who::Owner).get(&record("/access-report")).is(403).refused("own_record");
    house.passes(1);
    house.as_(Who::Manager).get(&record("/access-report")).is(200);
    let marked = house.as_(Who::PrivacyOfficer).get(&record("/access-report?limit=1")).is(200);
    assert_eq!(marked.json["items"][0]["unusual"], true, "a colleague's record");
    house.passes(1);
    // Whom Ana bars is not told that she is there.
    let bars = json!({"covers": "record", "bars": "person", "staff_id": Who::Manager.id()});
    house.as_(Who::Receptionist).post(&record("/consent-directives"), bars).is(201);
    house.passes(1);
    house.as_(Who::Manager).get(&record("/access-report")).is(404).refused("not_found");
    let turned_away = house.as_(Who::PrivacyOfficer).get(&record("/access-report?limit=1")).is(200);
    assert_eq!(turned_away.json["items"][0]["why"], "The patient has barred the whole record from them");
}

on_both!(a_list_is_unusual_in_the_report_of_the_colleague_it_names_alone);
fn a_list_is_unusual_in_the_report_of_the_colleague_it_names_alone(house: &House) {
    house.joins(Who::Massage, Patient::Beat);
    let own = json!({"staff_id": Who::Owner.id()});
    house.as_(Who::PrivacyOfficer).if_match(1).put(&record("/own-record"), own).is(200);
    house.passes(1);
    house.as_(Who::Massage).get("/patients").is(200);
    let of_beat = format!("/patients/{}/access-report", Patient::Beat.id());
    for (report, expected) in [(record("/access-report"), true), (of_beat, false)] {
        let report = house.as_(Who::PrivacyOfficer).get(&report).is(200);
        let lines = report.json["items"].as_array().unwrap();
        let line = lines.iter().find(|line| line["action"] == "list_patients").unwrap();
        assert_eq!(line["unusual"], expected, "{line}");
    }
}
