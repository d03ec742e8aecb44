//! Records opened for an hour: breaking the glass, its review, and reviewers' audit access.

use serde_json::{Value, json};
use tandem::audit::By;
use tandem::policy::Action;

use crate::house::{Answer, House, PASSWORD, Patient, Practice, Who, on_both};

fn record(tail: &str) -> String {
    format!("/patients/{}{tail}", Patient::Ana.id())
}

fn glass(reason_code: &str) -> Value {
    json!({"reason_code": reason_code, "reason": "Collapsed in the waiting room", "password": PASSWORD})
}

fn breaks(house: &House, who: Who, reason_code: &str) -> Answer {
    house.as_(who).post(&record("/emergency-access"), glass(reason_code)).is(201)
}

on_both!(a_therapist_breaks_the_glass_reads_for_an_hour_and_is_reviewed);
fn a_therapist_breaks_the_glass_reads_for_an_hour_and_is_reviewed(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let path = format!("/notes/{}", note.id());
    house.as_(Who::OtherPhysio).get(&path).is(403).refused("no_relation");
    let mut wrong = glass("nobody_reachable");
    wrong["password"] = json!("not my password at all");
    house.as_(Who::OtherPhysio).post(&record("/emergency-access"), wrong).is(401).refused("sign_in_failed");
    house.as_(Who::OtherPhysio).get(&path).is(403).refused("no_relation");

    let access = breaks(house, Who::OtherPhysio, "nobody_reachable");
    house.as_(Who::OtherPhysio).get(&path).is(200);
    assert_eq!(house.as_(Who::OtherPhysio).get(&record("/notes")).is(200).json["items"].as_array().unwrap().len(), 1);
    let words = json!({"kind": "phone_contact", "service_at": house.clock.now(), "body": {"text": "x"}});
    house.as_(Who::OtherPhysio).post(&record("/notes"), words).is(403).refused("no_relation");
    house.as_(Who::OtherPhysio).post(&format!("{path}/addenda"), json!({"text": "x"})).is(403).refused("no_relation");

    // By the clock, to the second, and its end is an event of its own.
    house.passes(3_599);
    house.as_(Who::OtherPhysio).get(&path).is(200);
    house.passes(1);
    house.as_(Who::OtherPhysio).get(&path).is(403).refused("no_relation");
    let ended = |house: &House| {
        let events = house.sealed_events(Practice::Lakeside);
        events.into_iter().filter(|event| event.action == Action::EndAccess).collect::<Vec<_>>()
    };
    let [end] = &ended(house)[..] else { panic!("one end") };
    assert_eq!((end.actor, end.subjects.contains(&Patient::Ana.id())), (By::System, true));
    let marked = house.sealed_events(Practice::Lakeside);
    let reads = marked.iter().filter(|event| event.code == "emergency").count();
    assert_eq!(reads, 3, "every reading is marked");

    // Somebody else reviews it, within three working days.
    let waiting = house.as_(Who::Manager).get("/emergency-accesses?reviewed=no").is(200);
    assert_eq!(waiting.json["items"][0]["id"], access.json["id"]);
    assert_eq!(waiting.json["items"][0]["reason"], "Collapsed in the waiting room");
    let review = format!("/emergency-accesses/{}/review", access.id());
    let verdict = json!({"verdict": "justified", "reason": "Ana confirms it"});
    house.as_(Who::Manager).if_match(2).post(&review, verdict.clone()).is(403).refused("role_does_not_allow");
    house.as_(Who::PrivacyOfficer).if_match(1).post(&review, verdict.clone()).is(412).refused("stale_version");
    let reviewed = house.as_(Who::PrivacyOfficer).if_match(2).post(&review, verdict.clone()).is(200);
    assert_eq!(reviewed.json["review"]["verdict"], "justified");
    house.as_(Who::PrivacyOfficer).if_match(3).post(&review, verdict).is(409).refused("wrong_state");
    let waiting = house.as_(Who::PrivacyOfficer).get("/emergency-accesses?reviewed=no").is(200);
    assert_eq!(waiting.json["items"], json!([]));
    house.finish();
}

on_both!(the_front_page_says_that_the_glass_is_broken_and_until_when);
fn the_front_page_says_that_the_glass_is_broken_and_until_when(house: &House) {
    let shown = |who| house.as_(who).get(&record("")).is(200).json.get("open_accesses").cloned();
    let access = breaks(house, Who::OtherPhysio, "nobody_reachable");
    let banner = json!([{"id": access.id(), "kind": "emergency", "ends_at": access.json["ends_at"]}]);
    assert_eq!(shown(Who::OtherPhysio), Some(banner));
    assert_eq!(shown(Who::Physio), None, "it is nobody's but theirs");
    let audit = house.as_(Who::Manager).post(&record("/audit-access"), json!({"reason": "Complaint"})).is(201);
    assert_eq!(shown(Who::Manager).unwrap()[0]["id"], audit.json["id"]);
    house.as_(Who::Manager).delete(&format!("/accesses/{}", audit.id())).is(204);
    assert_eq!(shown(Who::Manager), None, "given up");
    house.joins(Who::OtherPhysio, Patient::Ana);
    house.passes(3_599);
    assert!(shown(Who::OtherPhysio).is_some(), "as long as it lasts, whatever they have to do with Ana by now");
    house.passes(1);
    assert_eq!(shown(Who::OtherPhysio), None);
    house.finish();
}

on_both!(only_serious_harm_passes_a_directive_against_a_discipline);
fn only_serious_harm_passes_a_directive_against_a_discipline(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let path = format!("/notes/{}", note.id());
    let directive = json!({"covers": "record", "bars": "discipline", "discipline": "massage"});
    house.as_(Who::Physio).post(&record("/consent-directives"), directive).is(201);
    breaks(house, Who::OtherMassage, "unable_to_consent");
    house.as_(Who::OtherMassage).get(&path).is(403).refused("withheld_by_patient");
    breaks(house, Who::OtherMassage, "serious_harm");
    house.as_(Who::OtherMassage).get(&path).is(200);
    // Mara treats Ana, and reads no more than that lets her until she breaks the glass for it too.
    house.as_(Who::Massage).get(&path).is(403).refused("withheld_by_patient");
    breaks(house, Who::Massage, "serious_harm");
    house.as_(Who::Massage).get(&path).is(200);
    let person = json!({"covers": "note", "covered_id": note.id(), "bars": "person", "staff_id": Who::Massage.id()});
    house.as_(Who::Physio).post(&record("/consent-directives"), person).is(201);
    house.as_(Who::Massage).get(&path).is(403).refused("withheld_by_patient");
    house.finish();
}

on_both!(an_access_that_ends_while_a_list_is_paged_stops_the_next_page);
fn an_access_that_ends_while_a_list_is_paged_stops_the_next_page(house: &House) {
    for _ in 0..2 {
        house.passes(1);
        house.signs_a_visit(Who::Physio, Patient::Ana);
    }
    breaks(house, Who::OtherPhysio, "nobody_reachable");
    let first = house.as_(Who::OtherPhysio).get(&record("/notes?limit=1")).is(200);
    let next = format!("/notes?limit=1&cursor={}", first.json["next"].as_str().unwrap());
    house.passes(3_600);
    house.as_(Who::OtherPhysio).get(&record(&next)).is(403).refused("no_relation");
    let again = breaks(house, Who::OtherPhysio, "nobody_reachable");
    house.as_(Who::OtherPhysio).get(&record(&next)).is(200);
    house.as_(Who::Physio).delete(&format!("/accesses/{}", again.id())).is(404).refused("not_found");
    house.as_(Who::OtherPhysio).delete(&format!("/accesses/{}", again.id())).is(204);
    house.as_(Who::OtherPhysio).get(&record(&next)).is(403).refused("no_relation");
    house.as_(Who::OtherPhysio).delete(&format!("/accesses/{}", again.id())).is(409).refused("wrong_state");
    house.finish();
}

on_both!(a_manager_reads_one_record_for_a_reason_and_not_what_is_being_written);
fn a_manager_reads_one_record_for_a_reason_and_not_what_is_being_written(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let path = format!("/notes/{}", note.id());
    let draft = json!({"kind": "phone_contact", "service_at": house.clock.now(), "body": {"text": "Called."}});
    let draft = house.as_(Who::Physio).post(&record("/notes"), draft).is(201);
    house.as_(Who::Manager).get(&path).is(403).refused("role_does_not_allow");
    house.as_(Who::Manager).post(&record("/audit-access"), json!({"reason": " "})).is(422);
    house
        .as_(Who::Physio)
        .post(&record("/audit-access"), json!({"reason": "x"}))
        .is(403)
        .refused("role_does_not_allow");
    house.as_(Who::Manager).post(&record("/audit-access"), json!({"reason": "Complaint of 2 March"})).is(201);
    house.as_(Who::Manager).get(&path).is(200);
    let stub = house.as_(Who::Manager).get(&format!("/notes/{}", draft.id())).is(200);
    assert_eq!((&stub.json["shown"], stub.json.get("body")), (&json!("stub"), None));
    let other = house.signs_a_visit(Who::OtherMassage, Patient::Beat);
    house.as_(Who::Manager).get(&format!("/notes/{}", other.id())).is(403).refused("role_does_not_allow");
    let listed = house.as_(Who::PrivacyOfficer).get("/emergency-accesses").is(200);
    assert_eq!(listed.json["items"], json!([]), "audit accesses wait for no review");
    house.passes(3_600);
    house.as_(Who::Manager).get(&path).is(403).refused("role_does_not_allow");
    house.finish();
}

/// On what ground somebody's last call was allowed.
fn ground(house: &House, who: Who) -> String {
    let by_them = |by: &By| matches!(by, By::Staff { staff, .. } if *staff == who.id());
    let events = house.sealed_events(Practice::Lakeside);
    events.iter().rfind(|event| by_them(&event.actor)).unwrap().code.to_string()
}

/// On what ground somebody reads this of the record.
fn reads_on(house: &House, who: Who, tail: &str) -> String {
    house.passes(1);
    house.as_(who).get(&record(tail)).is(200);
    ground(house, who)
}

/// The grounds on which somebody reads the notes, the timeline and the episodes, and searches the record.
fn grounds(house: &House, who: Who) -> [String; 4] {
    let lists = ["/notes", "/timeline", "/episodes"].map(|list| reads_on(house, who, list));
    house.passes(1);
    let words = json!({"words": "facet", "patient_id": Patient::Ana.id()});
    house.as_(who).post("/notes/search", words).is(200);
    let [notes, timeline, episodes] = lists;
    [notes, timeline, episodes, ground(house, who)]
}

on_both!(whoever_treats_and_breaks_the_glass_is_marked_in_every_list);
fn whoever_treats_and_breaks_the_glass_is_marked_in_every_list(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let directive = json!({"covers": "note", "covered_id": note.id(), "bars": "discipline", "discipline": "massage"});
    house.as_(Who::Physio).post(&record("/consent-directives"), directive).is(201);
    assert_eq!(grounds(house, Who::Massage), ["care_team"; 4]);
    breaks(house, Who::Massage, "serious_harm");
    assert_eq!(grounds(house, Who::Massage), ["serious_harm"; 4]);
    let report = house.as_(Who::PrivacyOfficer).get(&record("/access-report?limit=1")).is(200);
    assert_eq!(
        (&report.json["items"][0]["who"], &report.json["items"][0]["emergency"]),
        (&json!("Mara Lang"), &json!(true))
    );
}

on_both!(whoever_treated_once_or_never_and_breaks_the_glass_is_marked_in_every_list);
fn whoever_treated_once_or_never_and_breaks_the_glass_is_marked_in_every_list(house: &House) {
    house.signs_a_visit(Who::Physio, Patient::Ana);
    let start = json!({"reason": "Stands in"});
    let member = house.as_(Who::OtherMassage).post(&record("/start-treating"), start).is(201);
    house.as_(Who::OtherMassage).delete(&format!("/care-team/{}", member.id())).is(204);
    assert_eq!(reads_on(house, Who::OtherMassage, "/notes"), "former");
    for who in [Who::OtherMassage, Who::OtherPhysio] {
        breaks(house, who, "nobody_reachable");
        assert_eq!(grounds(house, who), ["emergency"; 4], "{who:?}");
    }
    // The owner may open any front page as a manager, and opens this one as who broke the glass.
    assert_eq!(reads_on(house, Who::Owner, ""), "role");
    breaks(house, Who::Owner, "nobody_reachable");
    assert_eq!(reads_on(house, Who::Owner, ""), "emergency");
}

on_both!(a_privacy_officer_who_was_let_in_reads_by_that);
fn a_privacy_officer_who_was_let_in_reads_by_that(house: &House) {
    house.signs_a_visit(Who::Physio, Patient::Ana);
    assert_eq!(reads_on(house, Who::PrivacyOfficer, "/notes"), "role");
    house.as_(Who::PrivacyOfficer).post(&record("/audit-access"), json!({"reason": "Complaint of 2 March"})).is(201);
    assert_eq!(grounds(house, Who::PrivacyOfficer), ["audit_access"; 4]);
}

on_both!(a_patient_who_is_staff_is_opened_by_nobody_of_that_name_and_by_others_under_watch);
fn a_patient_who_is_staff_is_opened_by_nobody_of_that_name_and_by_others_under_watch(house: &House) {
    let mark = json!({"staff_id": Who::OtherPhysio.id()});
    house.as_(Who::PrivacyOfficer).if_match(1).put(&record("/own-record"), mark).is(200);
    house.as_(Who::OtherPhysio).post(&record("/emergency-access"), glass("serious_harm")).is(403).refused("own_record");
    house.as_(Who::Physio).get(&record("")).is(200);
    let events = house.sealed_events(Practice::Lakeside);
    let last = events.iter().rfind(|event| event.action == Action::ReadPatient).unwrap();
    assert!(last.unusual, "{last:?}");
    house.finish();
}

on_both!(a_glass_that_is_broken_twice_by_one_key_is_broken_once);
fn a_glass_that_is_broken_twice_by_one_key_is_broken_once(house: &House) {
    let breaks = |key: &str, body: Value| house.as_(Who::OtherPhysio).key(key).post(&record("/emergency-access"), body);
    let mut wrong = glass("serious_harm");
    wrong["password"] = json!("not my password at all");
    breaks("glass-1", wrong.clone()).is(401).refused("sign_in_failed");
    let first = breaks("glass-2", glass("serious_harm")).is(201);
    let second = breaks("glass-2", glass("serious_harm")).is(201);
    assert_eq!((second.id(), &second.json["ends_at"]), (first.id(), &first.json["ends_at"]));
    breaks("glass-2", wrong).is(422).refused("key_reused");
    assert_eq!(house.count("SELECT COUNT(*) FROM record_access"), 1);
    let alerts = house.as_(Who::PrivacyOfficer).get("/notifications").is(200);
    assert_eq!(alerts.json["items"].as_array().unwrap().len(), 1, "{alerts}");
    assert_ne!(breaks("glass-3", glass("serious_harm")).is(201).id(), first.id());
}

on_both!(where_nobody_else_could_review_the_managers_are_told_and_the_list_says_so);
fn where_nobody_else_could_review_the_managers_are_told_and_the_list_says_so(house: &House) {
    let told = |who| {
        let list = house.as_(who).get("/notifications").is(200);
        list.json["items"].as_array().unwrap().iter().filter(|told| told["kind"] == "emergency_access").count()
    };
    let waits = |access: &Answer| {
        let list = house.as_(Who::Manager).get("/emergency-accesses?reviewed=no").is(200);
        let one = list.json["items"].as_array().unwrap().iter().find(|one| one["id"] == access.json["id"]).cloned();
        one.unwrap()["nobody_else_reviews"].clone()
    };
    let takes_role = |who: Who, roles: Value| {
        let member = format!("/staff/{}", who.id());
        let version = house.as_(Who::Manager).get(&member).is(200).version();
        house.as_(Who::Manager).if_match(version).patch(&member, json!({"roles": roles})).is(200);
    };
    let reviewed = breaks(house, Who::OtherPhysio, "nobody_reachable");
    assert_eq!((told(Who::PrivacyOfficer), told(Who::Manager), waits(&reviewed)), (1, 0, json!(false)));

    takes_role(Who::PrivacyOfficer, json!(["privacy_officer", "physiotherapist"]));
    let own = breaks(house, Who::PrivacyOfficer, "nobody_reachable");
    assert_eq!(own.json["nobody_else_reviews"], true);
    assert_eq!((told(Who::PrivacyOfficer), told(Who::Manager), told(Who::Owner)), (1, 1, 1));
    assert_eq!((waits(&own), waits(&reviewed)), (json!(true), json!(false)));
    takes_role(Who::Receptionist, json!(["receptionist", "privacy_officer"]));
    assert_eq!(waits(&own), json!(false), "Rita can, from now on");
    let person = json!({"covers": "record", "bars": "person", "staff_id": Who::Receptionist.id()});
    house.as_(Who::Physio).post(&record("/consent-directives"), person).is(201);
    assert_eq!(waits(&own), json!(true), "but not of a record that is barred from her");
    house.finish();
}
