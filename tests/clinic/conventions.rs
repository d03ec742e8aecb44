//! What holds on every route: versions, retries, lists, problem documents, headers.

use serde_json::{Value, json};
use tandem::audit::Outcome;
use tandem::policy::Action;
use tandem::routes::{Verb, rows};

use crate::house::{House, MORNING, Patient, Practice, Who, new_visit, on_both, renew_session};

const DAY: i64 = 24 * 3600;

fn ana() -> String {
    format!("/patients/{}", Patient::Ana.id())
}

/// What the newest events of Lakeside's log say: action, outcome, code, whether Ana is named.
fn told(house: &House, newest: usize) -> Vec<(Action, Outcome, String, bool)> {
    let events = house.sealed_events(Practice::Lakeside);
    let told = events.iter().map(|event| {
        let of_ana = event.subjects.contains(&Patient::Ana.id());
        (event.action, event.outcome, event.code.to_string(), of_ana)
    });
    let mut told: Vec<_> = told.collect();
    told.split_off(told.len() - newest)
}

on_both!(nobody_overwrites_what_they_have_not_read);
fn nobody_overwrites_what_they_have_not_read(house: &House) {
    let draft = house.as_(Who::Physio).post(&format!("{}/notes", ana()), new_visit()).is(201);
    assert_eq!(draft.header("etag"), Some("\"1\""));
    let (path, mut save) = (format!("/notes/{}", draft.id()), new_visit());
    save.as_object_mut().unwrap().remove("kind");

    house.as_(Who::Physio).put(&path, save.clone()).is(428).refused("version_needed");
    for unread in ["*", "1", "\"one\"", "\"1\", \"2\"", "\"\""] {
        let refused = house.as_(Who::Physio).header("If-Match", unread).put(&path, save.clone());
        assert_eq!((refused.status, refused.code()), (400, "unreadable"), "{unread}: {refused}");
    }
    let twice = house.as_(Who::Physio).if_match(1).if_match(2).put(&path, save.clone());
    twice.is(400).refused("unreadable");
    let saved = house.as_(Who::Physio).header("If-Match", "W/\"1\"").put(&path, save.clone()).is(200);
    assert_eq!((saved.header("etag"), saved.version()), (Some("\"2\""), 2));

    let stale = house.as_(Who::Physio).if_match(1).put(&path, save).is(412).refused("stale_version");
    assert_eq!(stale.json["current"], saved.json);
    let none = |action, outcome, code: &str| (action, outcome, code.to_owned(), true);
    assert_eq!(
        told(house, 2),
        [none(Action::SaveDraft, Outcome::Refused, "stale_version"), none(Action::ReadNote, Outcome::Done, "author"),]
    );
}

on_both!(what_is_shown_to_the_late_is_recorded_as_read);
fn what_is_shown_to_the_late_is_recorded_as_read(house: &House) {
    let page = ana();
    house.as_(Who::Physio).if_match(1).patch(&page, json!({"insurer": "Helvetia"})).is(200);
    let stale = house.as_(Who::Receptionist).if_match(1).patch(&page, json!({"insurer": "Sanitas"})).is(412);
    assert_eq!(stale.json["current"]["insurer"], "Helvetia");
    let refused = (Action::ChangePatient, Outcome::Refused, "stale_version".to_owned(), true);
    assert_eq!(told(house, 2), [refused, (Action::ReadPatient, Outcome::Done, "role".to_owned(), true)]);

    let site = house.as_(Who::Manager).post("/sites", json!({"name": "Riverside"})).is(201);
    let change = |version| {
        let change = json!({"open": false});
        house.as_(Who::Manager).if_match(version).patch(&format!("/sites/{}", site.id()), change)
    };
    change(1).is(200);
    assert_eq!(change(1).is(412).json["current"]["open"], json!(false));
    let refused = (Action::ChangeSite, Outcome::Refused, "stale_version".to_owned(), false);
    assert_eq!(told(house, 2), [refused, (Action::ListSites, Outcome::Done, "role".to_owned(), false)]);
    house.as_(Who::Receptionist).if_match(1).patch(&format!("/sites/{}", site.id()), json!({"open": true})).is(403);
}

on_both!(a_manager_declares_a_leavers_note_wrong_without_reading_it);
fn a_manager_declares_a_leavers_note_wrong_without_reading_it(house: &House) {
    let signed = house.signs_a_visit(Who::Physio, Patient::Ana);
    house
        .as_(Who::Manager)
        .if_match(1)
        .key("leaves")
        .post(&format!("/staff/{}/deactivate", Who::Physio.id()), None)
        .is(200);
    let path = format!("/notes/{}/entered-in-error", signed.id());
    let wrong = json!({"reason": "Written into the wrong record"});
    let declare = |version: i64| house.as_(Who::Manager).if_match(version).key("wrong").post(&path, wrong.clone());

    let late = declare(signed.version() - 1).is(412).refused("stale_version");
    assert_eq!(late.json["current"], Value::Null, "{late}");
    assert!(!late.text.contains("Neck eases"), "{late}");
    let declared = declare(signed.version()).is(200);
    assert_eq!((&declared.json["shown"], &declared.json["body"]), (&json!("stub"), &Value::Null), "{declared}");
    let again = declare(signed.version()).is(200);
    assert_eq!(again.json, declared.json);
}

on_both!(a_repeated_call_does_its_work_once_and_asks_today_s_policy);
fn a_repeated_call_does_its_work_once_and_asks_today_s_policy(house: &House) {
    let notes = format!("{}/notes", ana());
    let begin = |who, key: &str, body: Value| house.as_(who).key(key).post(&notes, body);
    let first = begin(Who::Physio, "visit-1", new_visit()).is(201);
    let again = begin(Who::Physio, "visit-1", new_visit()).is(201);
    assert_eq!((again.id(), again.header("location")), (first.id(), first.header("location")));
    assert_eq!(house.count("SELECT COUNT(*) FROM note"), 1);

    let mut other = new_visit();
    other["body"]["plan"] = json!({"text": "Twice a week"});
    begin(Who::Physio, "visit-1", other).is(422).refused("key_reused");
    let massage = json!({"kind": "phone_contact", "service_at": MORNING, "body": {"text": "Called, is well."}});
    begin(Who::Massage, "visit-1", massage).is(201);
    assert_eq!(house.count("SELECT COUNT(*) FROM note"), 2, "a key is its owner's own");
    for unfit in ["", " ", "two words", "schlüssel", &"k".repeat(101)] {
        let value = reqwest::header::HeaderValue::from_bytes(unfit.as_bytes()).unwrap();
        let refused = house.as_(Who::Physio).header_value("Idempotency-Key", value).post(&notes, new_visit());
        assert_eq!((refused.status, refused.code()), (400, "unreadable"), "{unfit:?}: {refused}");
    }

    // It is built anew: what was saved since is in it.
    let mut save = new_visit();
    save.as_object_mut().unwrap().remove("kind");
    save["body"]["plan"] = json!({"text": "Once a month"});
    house.as_(Who::Physio).if_match(1).put(&format!("/notes/{}", first.id()), save).is(200);
    let anew = begin(Who::Physio, "visit-1", new_visit()).is(201);
    assert_eq!((&anew.json["body"]["plan"]["text"], anew.version()), (&json!("Once a month"), 2));
    assert_eq!(told(house, 1), [(Action::CreateNote, Outcome::Done, "care_team".to_owned(), true)]);

    house
        .sql(&format!("UPDATE care_team SET ended_at = joined_at WHERE {}", is("staff_id", house, Who::Physio)))
        .unwrap();
    begin(Who::Physio, "visit-1", new_visit()).is(403).refused("no_relation");
    assert_eq!(told(house, 1), [(Action::CreateNote, Outcome::Refused, "no_relation".to_owned(), true)]);
}

/// `column` is somebody's id, as this database writes it.
fn is(column: &str, house: &House, who: Who) -> String {
    let plain = who.id().to_string();
    match house.database.backend() {
        tandem::db::Backend::Sqlite => format!("{column} = x'{}'", plain.replace('-', "")),
        tandem::db::Backend::Postgres => format!("{column} = '{plain}'"),
    }
}

on_both!(the_key_is_looked_at_before_the_version_and_forgotten_after_a_day);
fn the_key_is_looked_at_before_the_version_and_forgotten_after_a_day(house: &House) {
    let draft = house.as_(Who::Physio).post(&format!("{}/notes", ana()), new_visit()).is(201);
    let sign = format!("/notes/{}/sign", draft.id());
    let signs = |key: &str| house.as_(Who::Physio).if_match(1).key(key).post(&sign, None);
    let signed = signs("sign-1").is(200);
    assert_eq!(signed.version(), 2);
    // The version is stale by now, and the note no draft.
    assert_eq!(signs("sign-1").is(200).json, signed.json);
    signs("sign-2").is(412);
    let unversioned = house.as_(Who::Physio).key("sign-1").post(&sign, None);
    unversioned.is(428).refused("version_needed");

    let site = |name: &str| house.as_(Who::Manager).key("site").post("/sites", json!({"name": name}));
    let riverside = site("Riverside").is(201);
    house.passes(DAY - 1);
    renew_session(&mut house.database.owner(), Who::Manager, house.clock.now());
    assert_eq!(site("Riverside").is(201).id(), riverside.id());
    site("Hilltop").is(422).refused("key_reused");
    house.passes(1);
    let hilltop = site("Hilltop").is(201);
    assert_ne!(hilltop.id(), riverside.id());
    house.passes(DAY);
    renew_session(&mut house.database.owner(), Who::Manager, house.clock.now());
    site("Hilltop").is(409).refused("already_exists");
}

on_both!(a_search_is_made_anew_whatever_key_it_comes_with);
fn a_search_is_made_anew_whatever_key_it_comes_with(house: &House) {
    let search =
        |name: &str| house.as_(Who::Receptionist).key("search").post("/patients/search", json!({"name": name})).is(200);
    assert_eq!(search("brunner").json["items"][0]["given_name"], "Ana");
    assert_eq!(search("keller").json["items"][0]["given_name"], "Beat");
    assert_eq!(house.count("SELECT COUNT(*) FROM idempotency_key"), 0);
}

on_both!(lists_come_in_pages_that_are_one_person_s_and_one_filter_s);
fn lists_come_in_pages_that_are_one_person_s_and_one_filter_s(house: &House) {
    let directory = |who, query: &str| house.as_(who).get(&format!("/directory{query}"));
    for limit in ["0", "101", "-1", "ten", "1.5", ""] {
        let refused = directory(Who::Physio, &format!("?limit={limit}")).is(422).refused("invalid");
        assert_eq!(refused.json["errors"][0]["pointer"], "/limit", "{limit}");
    }
    directory(Who::Physio, "?limit=100").is(200);
    let first = directory(Who::Physio, "?limit=3").is(200);
    let members: Vec<_> = first.json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["items", "next"], "no totals");
    let (mut seen, mut next) = (ids(&first.json), first.json["next"].clone());
    while let Some(cursor) = next.as_str() {
        let page = directory(Who::Physio, &format!("?limit=3&cursor={cursor}")).is(200);
        seen.extend(ids(&page.json));
        next = page.json["next"].clone();
    }
    assert_eq!(seen, ids(&directory(Who::Physio, "").json));

    let cursor = first.json["next"].as_str().unwrap();
    directory(Who::Massage, &format!("?cursor={cursor}")).is(400).refused("bad_cursor");
    house.as_(Who::Physio).get(&format!("/sites?cursor={cursor}")).is(400).refused("bad_cursor");
    let mut forged = cursor.to_owned().into_bytes();
    forged[30] = if forged[30] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    for bad in [&forged, "", "AAAA", "%00", &cursor[..20]] {
        directory(Who::Physio, &format!("?cursor={bad}")).is(400).refused("bad_cursor");
    }
    let active = house.as_(Who::Manager).get("/staff?active=true&limit=2").is(200);
    let cursor = active.json["next"].as_str().unwrap();
    house.as_(Who::Manager).get(&format!("/staff?active=true&limit=2&cursor={cursor}")).is(200);
    house.as_(Who::Manager).get(&format!("/staff?active=false&limit=2&cursor={cursor}")).is(400).refused("bad_cursor");

    for (path, query) in [("/directory", "colour=blue"), ("/staff", "role=manager"), ("/patients", "name=brunner")] {
        let refused = house.as_(Who::Owner).get(&format!("{path}?{query}")).is(422).refused("invalid");
        assert!(refused.text.contains("unknown parameter"), "{refused}");
    }
}

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

on_both!(a_problem_says_what_went_wrong_and_nothing_of_the_server);
fn a_problem_says_what_went_wrong_and_nothing_of_the_server(house: &House) {
    let refused = house.as_(Who::OtherPhysio).get(&ana()).is(403);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
    assert_eq!(
        refused.json,
        json!({"type": "urn:tandem:problem:no_relation", "title": "You are not on this patient's care team",
            "status": 403, "detail": "You are not on this patient's care team", "code": "no_relation",
            "request_id": refused.request_id})
    );
    let unknown = house.as_(Who::Physio).get("/no/such/path").is(404).refused("not_found");
    assert_eq!(unknown.json["request_id"], json!(unknown.request_id));
    let allowed = house.stranger().send("DELETE", "/patients", None).is(405).refused("method_not_allowed");
    assert_eq!(allowed.header("allow"), Some("POST, GET"));
    let unsigned = house.stranger().get("/me").is(401).refused("not_signed_in");
    assert_eq!(unsigned.header("www-authenticate"), Some("Bearer"));

    let accepts = |kinds: &str| house.as_(Who::Physio).header("Accept", kinds).get("/me");
    for kinds in ["text/html", "text/csv", "application/xml;q=0.9, text/*", "application/json;q=0"] {
        let refused = accepts(kinds);
        assert_eq!((refused.status, refused.code()), (406, "not_acceptable"), "{kinds}: {refused}");
    }
    for kinds in ["*/*", "application/*", "text/html, application/json;q=0.1", "application/problem+json"] {
        assert_eq!(accepts(kinds).status, 200, "{kinds}");
    }
    let site = Some(json!({"name": "Riverside"}).to_string());
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application/merge-patch+json"]
    {
        let refused = house.as_(Who::Manager).header("Content-Type", kind).send("POST", "/sites", site.clone());
        assert_eq!((refused.status, refused.code()), (415, "unsupported_media_type"), "{kind}: {refused}");
    }
    let typed = house.as_(Who::Manager).header("Content-Type", "Application/JSON; charset=utf-8");
    typed.send("POST", "/sites", site).is(201);

    let signed = house.signs_a_visit(Who::Physio, Patient::Ana);
    let unsign = house.as_(Who::Physio).if_match(signed.version()).delete(&format!("/notes/{}", signed.id())).is(409);
    assert_eq!(
        (unsign.code(), &unsign.json["allowed"]),
        ("wrong_state", &json!(["amend", "addend", "share", "copy_forward", "enter_in_error"]))
    );
}

on_both!(a_misspelt_field_is_pointed_at);
fn a_misspelt_field_is_pointed_at(house: &House) {
    let notes = format!("{}/notes", ana());
    let with = |place: &str, value: Value| {
        let mut visit = new_visit();
        let (parent, field) = place.rsplit_once('/').unwrap();
        visit.pointer_mut(parent).unwrap()[field] = value;
        let refused = house.as_(Who::Physio).post(&notes, visit).is(422).refused("invalid");
        refused.json["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect::<Vec<_>>()
    };
    for (place, value) in [
        ("/colour", json!("blue")),
        ("/body/objektive", json!({})),
        ("/body/subjective/pain/worse", json!(3)),
        ("/body/treatment/0/minuts", json!(15)),
        // Not unknown, but not what it should be.
        ("/service_at", json!("yesterday")),
        ("/kind", json!("progres")),
        ("/body/subjective/pain/now", json!(11)),
        ("/body/treatment/0/minutes", json!("fifteen")),
    ] {
        assert_eq!(with(place, value), [place], "{place}");
    }
    let two = json!({"name": "", "email": "nobody", "roles": []});
    let refused = house.as_(Who::Manager).post("/staff", two).is(422).refused("invalid");
    let mut pointers: Vec<_> =
        refused.json["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    pointers.sort_by_key(ToString::to_string);
    assert_eq!(pointers, ["/email", "/name", "/roles"]);
    let missing = house.as_(Who::Manager).post("/sites", json!({})).is(422).refused("invalid");
    assert!(missing.json["errors"][0]["message"].as_str().unwrap().contains("name"), "{missing}");
    for unreadable in ["", "{", "{\"name\": \"Riverside\"} {}", "{\"name\": \"Riverside\",}", "\u{feff}{}"] {
        let refused = house.as_(Who::Manager).send("POST", "/sites", Some(unreadable.to_owned()));
        assert_eq!((refused.status, refused.code()), (400, "unreadable"), "{unreadable:?}: {refused}");
    }
}

on_both!(a_call_keeps_the_id_it_came_with_if_that_is_harmless);
fn a_call_keeps_the_id_it_came_with_if_that_is_harmless(house: &House) {
    let long = "x".repeat(64);
    for id in ["a", "Ticket-42_b.c", &long] {
        assert_eq!(house.raw("GET", "/api/v1/me", &[("X-Request-Id", id)]).header("x-request-id"), Some(id));
    }
    for id in ["", "two words", "<script>", "a/b", &"x".repeat(65)] {
        let answer = house.raw("GET", "/api/v1/me", &[("X-Request-Id", id)]);
        let made = answer.header("x-request-id").unwrap();
        assert!(made != id && made.parse::<tandem::ids::ObjectId>().is_ok(), "{id:?} became {made:?}");
        assert_eq!(answer.json["request_id"], made);
    }
}

on_both!(answers_are_packed_as_the_caller_likes_and_kept_by_nobody);
fn answers_are_packed_as_the_caller_likes_and_kept_by_nobody(house: &House) {
    let plain = house.as_(Who::Physio).get("/catalogue/techniques").is(200);
    assert_eq!(plain.header("content-encoding"), None);
    for (accepted, packed) in [("gzip", "gzip"), ("br", "br"), ("gzip;q=0.5, br", "br"), ("zstd, gzip;q=0.1", "gzip")] {
        let answer = house.as_(Who::Physio).header("Accept-Encoding", accepted).get("/catalogue/techniques").is(200);
        assert_eq!(answer.header("content-encoding"), Some(packed), "{accepted}");
        assert!(answer.bytes.len() * 2 < plain.bytes.len(), "{} of {} bytes", answer.bytes.len(), plain.bytes.len());
    }
    let magic = house.as_(Who::Physio).header("Accept-Encoding", "gzip").get("/catalogue/techniques").bytes;
    assert_eq!(magic[..2], [0x1f, 0x8b]);

    for path in ["/api/v1/me", "/api/v1/no/such/path", "/healthz", "/readyz", "/api/openapi.json"] {
        let answer = house.raw("GET", path, &[]);
        let told = ["cache-control", "x-content-type-options", "referrer-policy"].map(|name| answer.header(name));
        assert_eq!(told, [Some("no-store"), Some("nosniff"), Some("no-referrer")], "{path}");
    }
}

on_both!(times_are_told_in_utc_and_days_as_days);
fn times_are_told_in_utc_and_days_as_days(house: &House) {
    let mut visit = new_visit();
    visit["service_at"] = json!("2026-03-02T07:30:00.25+01:00");
    let draft = house.as_(Who::Physio).post(&format!("{}/notes", ana()), visit).is(201);
    assert_eq!(draft.json["service_at"], "2026-03-02T06:30:00.250000Z");
    assert_eq!(draft.json["created_at"], "2026-03-02T07:00:00.000000Z");
    for bad in ["2026-03-02", "2026-03-02T07:30:00", "2026-02-30T07:30:00Z", "0000-01-01T00:00:00Z", "1772434800"] {
        let mut visit = new_visit();
        visit["service_at"] = json!(bad);
        let refused = house.as_(Who::Physio).post(&format!("{}/notes", ana()), visit).is(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/service_at", "{bad}");
    }
    assert_eq!(house.as_(Who::Physio).get(&ana()).json["birth_date"], "1984-05-23");
    for bad in ["23.05.1984", "1984-5-23", "1984-13-01", "0000-00-00", "1984-05-23T00:00:00Z"] {
        let refused = house.as_(Who::Physio).if_match(1).patch(&ana(), json!({"birth_date": bad})).is(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/birth_date", "{bad}");
    }
    house.as_(Who::Physio).get("/patients/not-a-uuid").is(400).refused("unreadable");
}

/// Rows that change something and ask for no version, each with the reason.
const WITHOUT_VERSION: [(Verb, &str, &str); 8] = [
    (Verb::Delete, "/auth/sessions/{id}", "a session has no version: it stands or is over, and ending it twice is 404"),
    (Verb::Delete, "/care-team/{id}", "a membership is never changed, only ended, once"),
    (Verb::Delete, "/cover/{id}", "a cover is never changed, only ended, once"),
    (Verb::Delete, "/accesses/{id}", "an access is never changed, only given up, once"),
    (Verb::Post, "/notifications/{id}/read", "reading twice is reading"),
    (Verb::Post, "/started-without-note/{id}/review", "it is never changed, only reviewed, once"),
    (Verb::Post, "/staff/{id}/invitation", "a mail is sent anew; the member of staff stays as they are"),
    (Verb::Post, "/staff/{id}/reset", "a mail is sent; the member of staff stays as they are"),
];

#[test]
fn whoever_changes_something_says_what_they_read() {
    let changes = |verb| matches!(verb, Verb::Put | Verb::Patch | Verb::Delete);
    let moves = |row: &tandem::routes::Row| row.verb == Verb::Post && row.status != 201 && row.path.contains("{id}");
    let without: Vec<_> = rows()
        .filter(|row| (changes(row.verb) || moves(row)) && !row.if_match)
        .map(|row| (row.verb, row.path))
        .filter(|row| !WITHOUT_VERSION.iter().any(|(verb, path, _)| (*verb, *path) == *row))
        .collect();
    assert!(without.is_empty(), "neither if_match() nor a reason without: {without:?}");
    for (verb, path, _) in WITHOUT_VERSION {
        let row = rows().find(|row| (row.verb, row.path) == (verb, path)).unwrap_or_else(|| panic!("no row {path}"));
        assert!(!row.if_match, "{path} asks for a version by now");
    }
}

on_both!(the_versions_of_a_note_come_page_by_page_and_without_their_words);
fn the_versions_of_a_note_come_page_by_page_and_without_their_words(house: &House) {
    let mut note = house.signs_a_visit(Who::Physio, Patient::Ana);
    for time in 1..=2 {
        let amendment =
            json!({"reason": "typo", "explanation": format!("The {time}. time"), "body": crate::house::visit()});
        note = house.moves(Who::Physio, &note, "amend", amendment).is(200);
    }
    let versions = format!("/notes/{}/versions", note.id());
    let page = |query: &str| house.as_(Who::Physio).get(&format!("{versions}?{query}")).is(200).json;
    let numbers = |page: &Value| {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| (item["number"].as_i64().unwrap(), item.get("body").is_some())).collect::<Vec<_>>()
    };
    let first = page("limit=2");
    assert_eq!(numbers(&first), [(1, false), (2, false)]);
    let rest = page(&format!("limit=2&cursor={}", first["next"].as_str().unwrap()));
    assert_eq!((numbers(&rest), rest.get("next")), (vec![(3, false)], None));
    for number in 1..=3 {
        let version = house.as_(Who::Physio).get(&format!("{versions}/{number}")).is(200).json;
        assert_eq!((&version["number"], version["body"].is_object()), (&json!(number), true));
    }
    house.as_(Who::Physio).get(&format!("{versions}/4")).is(404);
}
