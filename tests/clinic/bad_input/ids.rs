//! Ids of another practice, of nobody, and things that are no ids, in the path of every row that has one.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use strum::IntoEnumIterator;
use tandem::chart::ReferralState;
use tandem::ids::{Id, ObjectId};
use tandem::routes::{Row, rows};

use super::good::{long_ago, method};
use super::referrals::lays;
use super::refusal::{is_told, kept, nothing_was_written};
use super::{Scene, named};
use crate::house::{House, MORNING, PASSWORD, Patient, Practice, Who, on_both};

/// What lies in the other practice, by the first step of the path.
struct Elsewhere(Vec<(&'static str, String)>);

impl Elsewhere {
    fn of(house: &House) -> Self {
        let elsa = || house.as_(Who::Elsewhere);
        let note = house.signs_a_visit(Who::Elsewhere, Patient::Carla).id().to_owned();
        let episodes = format!("/patients/{}/episodes", Patient::Carla.id());
        let episode = elsa().post(&episodes, json!({"complaint": "Back pain"})).is(201).id().to_owned();
        let hired = json!({"name": "Udo Graf", "email": "udo@hillside.example", "roles": ["physiotherapist"]});
        let hired = elsa().post("/staff", hired).is(201);
        let cover = json!({"from_staff": Who::Elsewhere.id(), "to_staff": hired.json["id"], "from": MORNING,
            "until": MORNING.plus_seconds(86_400)});
        let cover = elsa().post("/cover", cover).is(201).id().to_owned();
        let team = elsa().get(&format!("/patients/{}/care-team", Patient::Carla.id())).is(200);
        let member = team.json["members"][0]["id"].as_str().unwrap().to_owned();
        let site = elsa().get("/sites").is(200).json["items"][0]["id"].as_str().unwrap().to_owned();
        let carla = |rest: &str| format!("/patients/{}/{rest}", Patient::Carla.id());
        let item = json!({"kind": "allergy", "what": "Arnica", "severity": "caution"});
        let item = elsa().post(&carla("safety-items"), item).is(201).id().to_owned();
        let maker = json!({"name": "Carl Vogt", "relation": "brother", "authority": "power of attorney",
            "may_consent": true, "may_receive_records": true});
        let maker = elsa().post(&carla("decision-makers"), maker).is(201).id().to_owned();
        let session = Who::Elsewhere.session().to_string();
        let patient = Patient::Carla.id().to_string();
        let staff = hired.id().to_owned();
        let glass = json!({"reason_code": "serious_harm", "reason": "Collapsed", "password": PASSWORD});
        let access = elsa().post(&format!("/patients/{patient}/emergency-access"), glass).is(201);
        let directive = json!({"covers": "record", "bars": "discipline", "discipline": "massage"});
        let directive = elsa().post(&format!("/patients/{patient}/consent-directives"), directive).is(201);
        let pending = house.lays_pending(Who::Elsewhere, &note).to_string();
        let review = house.lays_joint_review(Patient::Carla).to_string();
        let export = json!({"recipient": "patient", "recipient_name": "Carla", "purpose": "-", "authority": "-"});
        let export = elsa().post(&format!("/patients/{patient}/exports"), export).is(201);
        // She is told of the sign-in, and by a mail that does not arrive.
        house.stranger().post("/auth/login", json!({"email": Who::Elsewhere.email(), "password": PASSWORD})).is(200);
        house.sql("UPDATE outbox SET state = 'dead'").unwrap();
        let newest = |path| elsa().get(path).is(200).json["items"][0]["id"].as_str().unwrap().to_owned();
        let (notification, mail) = (newest("/notifications"), newest("/outbox/dead-letters"));
        let to_herself = (Patient::Carla, Who::Elsewhere, Who::Elsewhere);
        let referral = lays(house, Id::new(MORNING, [0xee; 10]), to_herself, ReferralState::Sent, false);
        let started = house.lays_started_treating(Who::Elsewhere, Patient::Carla, long_ago(house)).to_string();
        Self(vec![
            ("referrals", referral.to_string()),
            ("notifications", notification),
            ("outbox", mail),
            ("patients", patient),
            ("notes", note),
            ("episodes", episode),
            ("staff", staff),
            ("sites", site),
            ("cover", cover),
            ("care-team", member),
            ("auth", session),
            ("safety-items", item),
            ("decision-makers", maker),
            ("consent-directives", directive.id().to_owned()),
            ("exports", export.id().to_owned()),
            ("accesses", access.id().to_owned()),
            ("emergency-accesses", access.id().to_owned()),
            ("started-without-note", started),
            ("pending-changes", pending),
            ("joint-reviews", review),
        ])
    }

    fn id(&self, row: &Row) -> &str {
        self.of_step(row.path.split('/').nth(1).unwrap())
    }

    fn of_step(&self, first: &str) -> &str {
        let found = self.0.iter().find(|(step, _)| *step == first);
        &found.unwrap_or_else(|| panic!("what of /{first} lies in the other practice?")).1
    }
}

fn rows_with_ids() -> impl Iterator<Item = &'static Row> {
    rows().filter(|row| row.path.contains("{id}"))
}

/// Calls a row with this id and, if it takes one, a good body.
fn call(house: &House, scene: &Scene, row: &Row, who: Who, id: &str) -> crate::house::Answer {
    let path = row.path.replace("{id}", id).replace("{number}", "1");
    let query = if row.path.ends_with("/diff") { "?from=1&to=1" } else { "" };
    let body = row.takes.is_some().then(|| scene.good(house, row).body.to_string());
    let client = house.as_(who);
    let client = if row.if_match { client.if_match(1) } else { client };
    let client = if row.retry { client.key("once") } else { client };
    client.send(method(row), &format!("{path}{query}"), body)
}

on_both!(nobody_tells_what_lies_in_another_practice_from_what_lies_nowhere);
fn nobody_tells_what_lies_in_another_practice_from_what_lies_nowhere(house: &House) {
    let (scene, elsewhere) = (Scene::of(house), Elsewhere::of(house));
    let nowhere = "019cadb2-0000-7000-8000-000000000000";
    let before = kept(house);
    for row in rows_with_ids() {
        let mut not_found = 0;
        for who in Who::iter().filter(|who| who.practice() == Practice::Lakeside) {
            let foreign = call(house, &scene, row, who, elsewhere.id(row));
            let random = call(house, &scene, row, who, nowhere);
            let fault = format!("{} by {who:?} with an id of another practice", named(row));
            is_told(&foreign, &[403, 404], &fault);
            is_told(&random, &[403, 404], &fault);
            assert_eq!(foreign.text.replace(&foreign.request_id, ""), random.text.replace(&random.request_id, ""));
            assert!(foreign.json.get("current").is_none(), "{fault}");
            not_found += usize::from(foreign.status == 404);
        }
        assert!(not_found > 0, "{}: there is somebody who may do it here", named(row));
    }
    nothing_was_written(house, &before, "an id of another practice");
    house.finish();
}

on_both!(ids_of_another_practice_in_a_body_are_refused_too);
fn ids_of_another_practice_in_a_body_are_refused_too(house: &House) {
    let (scene, elsewhere) = (Scene::of(house), Elsewhere::of(house));
    let staff = Who::Elsewhere.id().to_string();
    let of_theirs = [
        "sites",
        "episodes",
        "patients",
        "notes",
        "safety-items",
        "decision-makers",
        "referrals",
        "care-team",
        "consent-directives",
    ];
    let foreign: Vec<_> = of_theirs.iter().map(|step| elsewhere.of_step(step)).chain([staff.as_str()]).collect();
    let (before, mut tried) = (kept(house), BTreeSet::new());
    // Whoever signs in is told the same whatever is wrong.
    for row in super::rows_with_bodies().filter(|row| !row.open) {
        for pointer in ids_in(&scene.good(house, row).body, "") {
            // A draft may name whomever it likes; signing or sending it asks who they are.
            let signs = row.path == "/notes/{id}/amend";
            if pointer == "/body/consent/given_by/id" && !signs || pointer == "/agreement/decision_maker_id" {
                continue;
            }
            for id in &foreign {
                let mut good = scene.good(house, row);
                *good.body.pointer_mut(&pointer).unwrap() = json!(id);
                let answer = good.send(house, row, Some(good.body.to_string()), None);
                is_told(&answer, &[404, 422], &format!("{} with a foreign {pointer}", named(row)));
            }
            tried.insert(format!("{} {pointer}", named(row)));
        }
    }
    assert!(tried.len() > 20, "{tried:?}");
    nothing_was_written(house, &before, "an id of another practice");
    house.finish();
}

/// Where in a body ids stand, as JSON Pointers.
fn ids_in(body: &Value, at: &str) -> Vec<String> {
    match body {
        Value::String(text) => text.parse::<ObjectId>().map(|_| at.to_owned()).into_iter().collect(),
        Value::Array(items) => {
            let each = items.iter().enumerate();
            each.flat_map(|(number, item)| ids_in(item, &format!("{at}/{number}"))).collect()
        }
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| ids_in(value, &format!("{at}/{name}"))).collect()
        }
        _ => Vec::new(),
    }
}

on_both!(what_is_no_id_is_refused);
fn what_is_no_id_is_refused(house: &House) {
    let scene = Scene::of(house);
    let before = kept(house);
    let bad = [
        "nonsense",
        "1",
        "-1",
        "%00",
        "%ff",
        "1%27%20OR%20%271%27%3D%271",
        "..%2f..%2fme",
        "019cadb2-0000-7000-8000-00000000000g",
        "019cadb2-0000-7000-8000-0000000000000",
    ];
    for row in rows_with_ids() {
        let long = "a".repeat(10_000);
        for id in bad.into_iter().chain([long.as_str()]) {
            let answer = call(house, &scene, row, Who::Owner, id);
            is_told(&answer, &[400, 404], &format!("{} with the id {id:.40}", named(row)));
        }
    }
    let note = scene.signed();
    for number in ["0", "-1", "2", "2147483648", "1.0", "x", "%00"] {
        let answer = house.as_(Who::Physio).get(&format!("/notes/{note}/versions/{number}"));
        is_told(&answer, &[400, 404], &format!("version {number}"));
    }
    for seq in ["-1", "x", "99999999", "9223372036854775807", "9223372036854775808", "18446744073709551615", "%00"] {
        let answer = house.as_(Who::Manager).get(&format!("/audit/events/{seq}/proof"));
        is_told(&answer, &[400, 404], &format!("event {seq}"));
    }
    nothing_was_written(house, &before, "what is no id");
    house.finish();
}
