//! Patients, care team and cover over HTTP.

use serde_json::json;

use crate::house::{House, Patient, Who, on_both};

on_both!(a_walk_in_is_registered_found_and_corrected);
fn a_walk_in_is_registered_found_and_corrected(house: &House) {
    let new =
        json!({"given_name": " Jürgen ", "family_name": "Müller", "birth_date": "1961-04-09", "phone": "030 901820"});
    let registered = house.as_(Who::OtherPhysio).key("walk-in").post("/patients", new.clone()).is(201);
    let id = registered.json["patient"]["id"].as_str().unwrap();
    assert_eq!(registered.json["patient"]["given_name"], "Jürgen");
    assert_eq!(registered.header("location"), Some(format!("/api/v1/patients/{id}").as_str()));
    let again = house.as_(Who::OtherPhysio).key("walk-in").post("/patients", new).is(201);
    assert_eq!(again.json, registered.json);

    let blank = json!({"given_name": " ", "family_name": "Müller", "birth_date": "1961-04-09"});
    let refused = house.as_(Who::Receptionist).post("/patients", blank).is(422).refused("invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/given_name");

    let found = house.as_(Who::Receptionist).post("/patients/search", json!({"name": "muller"})).is(200);
    assert_eq!(found.json["items"][0]["id"], id);
    assert_eq!(found.json["items"].as_array().unwrap().len(), 1);
    house.as_(Who::Receptionist).post("/patients/search", json!({})).is(422).refused("invalid");

    let page = format!("/patients/{id}");
    let change = json!({"phone": null, "insurer": "Helvetia"});
    house.as_(Who::Receptionist).patch(&page, change.clone()).is(428).refused("version_needed");
    let changed = house.as_(Who::Receptionist).if_match(1).patch(&page, change.clone()).is(200);
    assert_eq!((changed.header("etag"), changed.json.get("phone")), (Some("\"2\""), None));
    let stale = house.as_(Who::Receptionist).if_match(1).patch(&page, change).is(412).refused("stale_version");
    assert!(stale.text.contains("Helvetia"), "{stale}");
    house.as_(Who::Physio).get(&page).is(403).refused("no_relation");
    house.as_(Who::Elsewhere).get(&page).is(404).refused("not_found");
    house.finish();
}

on_both!(a_search_goes_on_where_it_stopped_and_only_for_whoever_made_it);
fn a_search_goes_on_where_it_stopped_and_only_for_whoever_made_it(house: &House) {
    for given in ["Ada", "Bea", "Cleo"] {
        let new = json!({"given_name": given, "family_name": "Berg", "birth_date": "1990-01-01"});
        house.as_(Who::Receptionist).post("/patients", new).is(201);
        house.passes(1);
    }
    let search = |who, body| house.as_(who).post("/patients/search", body);
    let first = search(Who::Receptionist, json!({"name": "berg", "limit": 2})).is(200);
    assert_eq!([0, 1].map(|at| first.json["items"][at]["given_name"].clone()), ["Cleo", "Bea"]);
    let next = first.json["next"].clone();
    let second = search(Who::Receptionist, json!({"name": "berg", "limit": 2, "cursor": next})).is(200);
    assert_eq!((&second.json["items"][0]["given_name"], second.json.get("next")), (&json!("Ada"), None));
    search(Who::Manager, json!({"name": "berg", "cursor": next})).is(400).refused("bad_cursor");
    search(Who::Receptionist, json!({"name": "bergm", "cursor": next})).is(400).refused("bad_cursor");
    house.finish();
}

on_both!(somebody_stands_in_starts_treating_and_leaves);
fn somebody_stands_in_starts_treating_and_leaves(house: &House) {
    let page = format!("/patients/{}", Patient::Ana.id());
    house.as_(Who::OtherPhysio).get(&page).is(403).refused("no_relation");

    let cover = json!({"from_staff": Who::Physio.id(), "to_staff": Who::OtherPhysio.id(),
        "from": "2026-03-02T00:00:00Z", "until": "2026-03-09T00:00:00Z"});
    let cover = house.as_(Who::Manager).post("/cover", cover).is(201);
    house.as_(Who::OtherPhysio).get(&page).is(200);
    let listed = house.as_(Who::OtherPhysio).get("/patients").is(200);
    assert_eq!(listed.json["items"][0]["id"], json!(Patient::Ana.id()));
    let team = house.as_(Who::Receptionist).get(&format!("{page}/care-team")).is(200);
    assert_eq!(team.json["covers"], json!([cover.json]));
    assert_eq!(house.as_(Who::Massage).get("/cover").is(200).json["items"], json!([cover.json]));
    house.as_(Who::Manager).delete(&format!("/cover/{}", cover.id())).is(204);
    house.as_(Who::OtherPhysio).get(&page).is(403).refused("no_relation");

    let start = format!("{page}/start-treating");
    house.as_(Who::OtherPhysio).post(&start, json!({"reason": "  "})).is(422).refused("invalid");
    let joined = house.as_(Who::OtherPhysio).post(&start, json!({"reason": "asked for by Ana"})).is(201);
    assert_eq!(
        (&joined.json["joined_by"], &joined.json["disciplines"]),
        (&json!("start_treating"), &json!(["physiotherapy"]))
    );
    let assignment = json!({"staff_id": Who::OtherPhysio.id(), "visit_date": "2026-03-05"});
    let assign = format!("{page}/care-team");
    let booked = house.as_(Who::Receptionist).post(&assign, assignment.clone()).is(201);
    assert_eq!((&booked.json["id"], &booked.json["visit_date"]), (&joined.json["id"], &json!("2026-03-05")));
    assert_ne!(booked.json["lapses_at"], joined.json["lapses_at"], "a booking carries the membership on");
    let sooner = json!({"staff_id": Who::OtherPhysio.id(), "visit_date": "2026-03-03"});
    let moved = house.as_(Who::Receptionist).post(&assign, sooner).is(201);
    assert_eq!(moved.json["lapses_at"], booked.json["lapses_at"], "and never shortens it");
    house.as_(Who::OtherPhysio).delete(&format!("/care-team/{}", joined.id())).is(204);
    house.as_(Who::OtherPhysio).get(&page).is(403).refused("no_relation");
    house.as_(Who::Receptionist).post(&assign, assignment).is(201);
    house.as_(Who::OtherPhysio).get(&page).is(200);

    // A manager who treats starts treating like everybody else: with a reason, and a note in time.
    let herself = json!({"staff_id": Who::Owner.id(), "visit_date": "2026-03-05"});
    let refused = house.as_(Who::Owner).post(&assign, herself).is(422).refused("invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/staff_id");
    house.finish();
}

on_both!(the_privacy_officer_closes_a_colleagues_own_record_to_them);
fn the_privacy_officer_closes_a_colleagues_own_record_to_them(house: &House) {
    let page = format!("/patients/{}", Patient::Ana.id());
    let own = format!("{page}/own-record");
    let version = house.as_(Who::PrivacyOfficer).get(&page).is(200).version();
    let physio = json!({"staff_id": Who::Physio.id()});
    house.as_(Who::Manager).if_match(version).put(&own, physio.clone()).is(403).refused("role_does_not_allow");
    house.as_(Who::PrivacyOfficer).if_match(version).put(&own, json!({})).is(422).refused("invalid");
    let marked = house.as_(Who::PrivacyOfficer).if_match(version).put(&own, physio).is(200);
    assert_eq!(marked.json["own_record_of"], json!(Who::Physio.id()));
    house.as_(Who::Physio).get(&page).is(403).refused("own_record");
    assert_eq!(house.as_(Who::Massage).get(&page).is(200).json.get("own_record_of"), None);
    house.finish();
}
