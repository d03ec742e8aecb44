//! The document that describes the API, and the pages that show it.

use std::collections::BTreeSet;

use actix_web::http::Method;
use serde_json::{Map, Value};
use tandem::policy::decide;
use tandem::routes::{BASE, Row, rows};

use super::cases::{Ask, cases};
use super::scenes::{EVERYBODY, Stage};
use crate::house::{House, Who, on_both, on_sqlite};

fn document(house: &House) -> Value {
    let answer = house.raw("GET", "/api/openapi.json", &[]).is(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.json
}

fn operation<'d>(document: &'d Value, row: &Row) -> &'d Value {
    let method = Method::from(row.verb).to_string().to_lowercase();
    let operation = &document["paths"][row.path][method.as_str()];
    assert!(operation.is_object(), "{method} {} is not in the document", row.path);
    operation
}

fn members<'d>(value: &'d Value, of: &str) -> &'d Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("{of} is no object but {value}"))
}

#[test]
fn the_document_is_whole() {
    on_sqlite(&[], |house| {
        let document = document(house);
        assert!(document["openapi"].as_str().unwrap().starts_with("3.1."), "{}", document["openapi"]);
        for member in ["title", "version"] {
            assert!(document["info"][member].is_string(), "info has no {member}");
        }
        assert_eq!(document["servers"][0]["url"], BASE);
        assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
        every_reference_resolves(&document, &document, "#");
        for name in members(&document["components"]["schemas"], "schemas").keys() {
            let fits = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
            assert!(name.chars().all(fits), "{name} is no name for a component");
        }
    });
}

/// Every reference points at something in the document, and every `type` is one that JSON Schema knows.
fn every_reference_resolves(document: &Value, part: &Value, at: &str) {
    const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];
    match part {
        Value::Array(parts) => parts.iter().for_each(|part| every_reference_resolves(document, part, at)),
        Value::Object(parts) => {
            if let Some(Value::String(to)) = parts.get("$ref") {
                let found = to.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
                assert!(found.is_some(), "{at} points at {to}, which is not there");
            }
            if let (Some(Value::String(kind)), false) = (parts.get("type"), at.ends_with("/example")) {
                assert!(TYPES.contains(&kind.as_str()) || kind == "http", "{at} is of type {kind}");
            }
            for (name, part) in parts {
                every_reference_resolves(document, part, &format!("{at}/{name}"));
            }
        }
        _ => {}
    }
}

#[test]
fn the_document_says_what_the_rows_say() {
    on_sqlite(&[], |house| {
        let document = document(house);
        let mut ids = BTreeSet::new();
        for row in rows() {
            let (operation, name) = (operation(&document, row), format!("{:?} {}", row.verb, row.path));
            let id = operation["operationId"].as_str().unwrap_or_else(|| panic!("{name} has no operationId"));
            assert!(ids.insert(id.to_owned()), "{name}: {id} is taken");
            says_its_parameters(operation, row, &name);
            says_what_it_takes_and_answers(operation, row, &name);
            let security = operation["security"].as_array().map_or(0, Vec::len);
            assert_eq!(security, usize::from(!row.open), "{name}: {}", operation["security"]);
            assert!(row.open || operation["security"][0]["bearer"].is_array(), "{name}");
        }
        let paths = members(&document["paths"], "paths").values();
        let told: usize =
            paths.map(|path| members(path, "a path").values().filter(|part| part.is_object()).count()).sum();
        assert_eq!(told, rows().count(), "the document tells of more than the rows");
    });
}

fn says_its_parameters(operation: &Value, row: &Row, name: &str) {
    let none = Vec::new();
    let parameters = operation["parameters"].as_array().unwrap_or(&none);
    let placed = |place: &str| -> Vec<(&str, bool)> {
        let placed = parameters.iter().filter(|parameter| parameter["in"] == place);
        placed.map(|one| (one["name"].as_str().unwrap(), one["required"] == true)).collect()
    };
    let steps = row.path.split('/').filter_map(|step| step.strip_prefix('{')?.strip_suffix('}'));
    assert_eq!(placed("path"), steps.map(|step| (step, true)).collect::<Vec<_>>(), "{name}");
    assert_eq!(placed("query"), row.query.iter().map(|(query, _)| (*query, false)).collect::<Vec<_>>(), "{name}");
    let headers = [("If-Match", true, row.if_match), ("Idempotency-Key", false, row.retry)];
    let headers = headers.into_iter().filter(|(.., applies)| *applies).map(|(header, required, _)| (header, required));
    assert_eq!(placed("header"), headers.collect::<Vec<_>>(), "{name}");
    assert!(parameters.iter().all(|parameter| parameter["schema"].is_object()), "{name}");
}

fn says_what_it_takes_and_answers(operation: &Value, row: &Row, name: &str) {
    let json = &operation["requestBody"]["content"]["application/json"];
    assert_eq!(json["schema"].is_object(), row.takes.is_some(), "{name}");
    assert_eq!(json["example"].is_object(), row.takes.is_some(), "{name} shows no example of what it takes");
    let success = &operation["responses"][row.status.to_string()];
    assert!(success["description"].is_string(), "{name} does not say what it answers with {}", row.status);
    assert_eq!(success["content"]["application/json"].is_object(), row.status != 204, "{name}");
    for kind in ["text/csv", "text/html"] {
        assert_eq!(success["content"][kind].is_object(), row.besides == Some(kind), "{name}");
    }
    let problem = &operation["responses"]["default"]["content"]["application/problem+json"]["schema"]["$ref"];
    assert_eq!(problem, "#/components/schemas/Problem", "{name}");
}

on_both!(every_documented_example_is_a_request_that_works);
fn every_documented_example_is_a_request_that_works(house: &House) {
    let (stage, document) = (Stage::new(house), document(house));
    for row in rows().filter(|row| row.takes.is_some()) {
        let example = &operation(&document, row)["requestBody"]["content"]["application/json"]["example"];
        let Some((who, ask)) = somebody_who_may(&stage, row) else {
            panic!("nobody may {:?} {} in any case", row.verb, row.path)
        };
        let body = filled_in(example.clone(), &ask);
        let client = if row.open { house.stranger() } else { house.as_(who) };
        let client = if row.if_match { client.if_match(ask.version.unwrap()) } else { client };
        let answer = client.send(Method::from(row.verb).as_str(), &ask.path(row), Some(body.to_string()));
        assert_eq!(answer.status, row.status, "{:?} {} with {body}: {answer}", row.verb, row.path);
        if row.path.starts_with("/auth/") {
            stage.restores(who);
        }
    }
}

/// The first case of a row that the policy and the rules allow to somebody.
fn somebody_who_may(stage: &Stage, row: &Row) -> Option<(Who, Ask)> {
    let of_row = || cases().filter(|case| (case.verb, case.path) == (row.verb, row.path));
    of_row().flat_map(|case| case.scenes.iter().map(move |scene| (case, *scene))).find_map(|(case, scene)| {
        EVERYBODY.into_iter().flatten().find_map(|who| {
            let ask = (case.ask)(stage, who, scene)?;
            let allowed = decide(&ask.facts(row.action, who)).grant().is_ok() && ask.then.is_none();
            if !allowed && row.path.starts_with("/auth/") {
                stage.restores(who);
            }
            allowed.then_some((who, ask))
        })
    })
}

/// An example word for word, but for what only an earlier answer can have told.
fn filled_in(mut example: Value, ask: &Ask) -> Value {
    for field in ["refresh_token", "token", "code", "note_id", "episode_id", "target", "referrer_id"] {
        if let (Some(place), Some(told)) = (example.get_mut(field), ask.body.as_ref().and_then(|body| body.get(field)))
        {
            *place = told.clone();
        }
    }
    example
}

#[test]
fn the_pages_of_the_document_need_nobody_else() {
    on_sqlite(&[], |house| {
        let moved = house.raw("GET", "/api/docs", &[]).is(308);
        assert_eq!(moved.header("location"), Some("/api/docs/"));
        let page = house.raw("GET", "/api/docs/", &[]).is(200);
        assert!(page.header("content-type").unwrap().starts_with("text/html"), "{:?}", page.headers);
        let start = house.raw("GET", "/api/docs/swagger-initializer.js", &[]).is(200);
        for text in [&page.text, &start.text] {
            assert!(!text.contains("://"), "an address elsewhere in {text}");
        }
        assert!(start.text.contains("\"/api/openapi.json\""), "{}", start.text);
        // Without this the pages send the document's address to a validator on the internet.
        assert!(start.text.contains("\"validatorUrl\": \"none\""), "{}", start.text);

        let named =
            page.text.split(['"', '\'']).filter(|part| matches!(part.rsplit_once('.'), Some((_, "js" | "css"))));
        let named: BTreeSet<_> = named.collect();
        assert!(named.len() >= 4, "{named:?}");
        for part in named {
            assert!(!part.starts_with("//"), "{part}");
            let served = house.raw("GET", &format!("/api/docs/{}", part.trim_start_matches("./")), &[]).is(200);
            assert!(served.bytes.len() > 100, "{part}");
        }
        house.raw("GET", "/api/docs/no-such-part.js", &[]).is(404);
    });
}
