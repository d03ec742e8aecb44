//! Query parameters that no list knows, and cursors that were not made for whoever sends them.

use serde_json::json;
use tandem::chart::ReferralState;
use tandem::ids::Id;
use tandem::routes::{Row, Verb, rows};

use super::good::method;
use super::referrals::lays;
use super::refusal::{is_told, kept, nothing_was_written};
use super::{Scene, named};
use crate::house::{House, MORNING, PASSWORD, Patient, Who, on_both, visit};

/// A row's path with what stands in its braces.
fn path(row: &Row, scene: &Scene) -> String {
    let id = if row.path.starts_with("/notes") { scene.signed().to_owned() } else { Patient::Ana.id().to_string() };
    row.path.replace("{id}", &id).replace("{seq}", "0").replace("{number}", "1")
}

fn reader(row: &Row) -> Who {
    if row.path.ends_with("/access-report") {
        return Who::Manager;
    }
    let own = ["/cosignatures", "/notifications", "/referrals"].contains(&row.path);
    let clinical = row.path.contains("notes") || row.path.starts_with("/patients") || own;
    if clinical { Who::Physio } else { Who::Manager }
}

on_both!(parameters_that_are_unknown_or_senseless_are_refused);
fn parameters_that_are_unknown_or_senseless_are_refused(house: &House) {
    let scene = Scene::of(house);
    let before = kept(house);
    for row in rows() {
        let ask = |query: &str| {
            let client = house.as_(reader(row));
            let client = if row.if_match { client.if_match(1) } else { client };
            client.send(method(row), &format!("{}?{query}", path(row, &scene)), None)
        };
        is_told(&ask("unknwon=1"), &[422], &format!("{} with an unknown parameter", named(row)));
        is_told(&ask("%00=%00"), &[422], &format!("{} with a parameter named NUL", named(row)));
        for (name, _) in row.query {
            for value in ["nonsense", "%00", "%ff", "%zz", "-1", "0", "1%27--", "2026-02-30", "99999999999999999999"] {
                let pair = if *name == "from" && row.path.ends_with("/diff") { "&to=1" } else { "" };
                let answer = ask(&format!("{name}={value}{pair}"));
                let fault = format!("{} with {name}={value}", named(row));
                is_told(&answer, &[400, 404, 422], &fault);
            }
            let twice = ask(&format!("{name}=1&{name}=1"));
            is_told(&twice, &[400, 422], &format!("{} with {name} twice", named(row)));
        }
    }
    for limit in ["0", "101", "-1", "1.5", "1e1", "", " 5"] {
        let answer = house.as_(Who::Manager).get(&format!("/sites?limit={limit}"));
        is_told(&answer, &[400, 422], &format!("limit={limit}"));
    }
    nothing_was_written(house, &before, "a parameter");
    house.finish();
}

on_both!(a_cursor_is_good_for_one_person_and_one_list);
fn a_cursor_is_good_for_one_person_and_one_list(house: &House) {
    let scene = Scene::of(house);
    let checkpoint = || house.seals();
    checkpoint();
    for who in [Who::Physio, Who::OtherPhysio] {
        let new = json!({"given_name": "Ada", "family_name": "Berg", "birth_date": "1990-01-01"});
        house.as_(who).post("/patients", new.clone()).is(201);
        house.as_(who).post("/patients", new).is(201);
    }
    for day in [86_400, 172_800] {
        let cover = json!({"from_staff": Who::Physio.id(), "to_staff": Who::OtherPhysio.id(), "from": MORNING,
            "until": MORNING.plus_seconds(day)});
        house.as_(Who::Manager).post("/cover", cover).is(201);
    }
    let glass = json!({"reason_code": "serious_harm", "reason": "Collapsed", "password": PASSWORD});
    let glasses = format!("/patients/{}/emergency-access", Patient::Ana.id());
    house.as_(Who::OtherPhysio).post(&glasses, glass).is(201);
    let new = json!({"kind": "progress", "service_at": MORNING, "body": visit()});
    let ana = |rest: &str| format!("/patients/{}/{rest}", Patient::Ana.id());
    for version in 0..2 {
        let history = json!({"conditions": [], "medications": [], "surgeries": [], "implants": []});
        house.as_(Who::Physio).if_match(version).put(&ana("health-history"), history).is(200);
    }
    let brother = json!({"name": "Beda", "relation": "brother", "authority": "power of attorney", "may_consent": true,
        "may_receive_records": false});
    house.as_(Who::Receptionist).post(&ana("decision-makers"), brother).is(201);
    let messages = format!("/patients/{}/messages", Patient::Ana.id());
    for text in ["Would you look at her neck?", "Gladly"] {
        house.as_(Who::Physio).post(&messages, json!({"text": text})).is(201);
    }
    for text in ["It is much better", "Please test it again"] {
        house.as_(Who::Massage).post(&messages, json!({"text": text})).is(201);
    }
    house.sql("UPDATE outbox SET state = 'dead'").unwrap();
    house.as_(Who::Massage).get("/me").is(200);
    house.as_(Who::Physio).post(&format!("/patients/{}/notes", Patient::Ana.id()), new).is(201);
    for (number, days) in [(1, 2), (2, 3)] {
        house.lays_draft(Who::Physio, Patient::Ana, MORNING.plus_seconds(-86_400 * days), number);
    }
    for number in [0xea, 0xeb] {
        let between = (Patient::Ana, Who::Massage, Who::Physio);
        lays(house, Id::new(MORNING, [number; 10]), between, ReferralState::Sent, false);
    }
    for (who, days) in [(Who::Physio, 8), (Who::OtherPhysio, 9)] {
        house.lays_started_treating(who, Patient::Beat, MORNING.plus_seconds(-86_400 * days));
    }
    let reviews = format!("/patients/{}/joint-reviews", Patient::Ana.id());
    house.as_(Who::Physio).post(&reviews, None).is(201);
    checkpoint();

    let before = kept(house);
    let lists = rows().filter(|row| row.verb == Verb::Get && row.query.iter().any(|(name, _)| *name == "cursor"));
    // The note of this scene has one version.
    let lists = lists.filter(|row| row.path != "/notes/{id}/versions");
    let mut cursors: Vec<(String, Who, String)> = Vec::new();
    for row in lists {
        let (path, who) = (path(row, &scene), reader(row));
        let first = house.as_(who).get(&format!("{path}?limit=1")).is(200);
        let next = first.json["next"].as_str().unwrap_or_else(|| panic!("{}: one page, {first}", named(row)));
        house.as_(who).get(&format!("{path}?limit=1&cursor={next}")).is(200);
        cursors.push((path, who, next.to_owned()));
    }
    for (path, who, cursor) in &cursors {
        let colleague = if *who == Who::Manager { Who::Owner } else { Who::Massage };
        let answer = house.as_(colleague).get(&format!("{path}?limit=1&cursor={cursor}"));
        is_told(&answer, &[400], &format!("{path} with a colleague's cursor"));
        assert_eq!(answer.code(), "bad_cursor");
        for at in [0, cursor.len() / 2, cursor.len() - 2] {
            let swap = if &cursor[at..=at] == "A" { "B" } else { "A" };
            let tampered = format!("{}{swap}{}", &cursor[..at], &cursor[at + 1..]);
            let answer = house.as_(*who).get(&format!("{path}?limit=1&cursor={tampered}"));
            is_told(&answer, &[400], &format!("{path} with a cursor changed at {at}"));
        }
        let others = cursors.iter().filter(|(other, _, _)| other != path);
        for (other, _, theirs) in others {
            let answer = house.as_(*who).get(&format!("{path}?limit=1&cursor={theirs}"));
            is_told(&answer, &[400], &format!("{path} with the cursor of {other}"));
        }
    }
    let (_, _, notes) = cursors.iter().find(|(path, _, _)| path.ends_with("/notes")).unwrap();
    let beats = format!("/patients/{}/notes?cursor={notes}", Patient::Beat.id());
    is_told(&house.as_(Who::Physio).get(&beats), &[400, 403], "the cursor of another patient's notes");
    let narrowed = format!("/patients/{}/notes?discipline=massage&cursor={notes}", Patient::Ana.id());
    is_told(&house.as_(Who::Physio).get(&narrowed), &[400], "the cursor of another filter");
    nothing_was_written(house, &before, "a cursor");
    house.finish();
}
