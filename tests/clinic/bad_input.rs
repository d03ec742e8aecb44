//! Bad input, of every kind, to every row of the route table: a clear refusal, and nothing written.

pub mod good;
mod headers;
mod ids;
mod queries;
mod referrals;
pub mod refusal;
mod spoil;

use serde_json::Value;
use tandem::routes::{Row, rows};

use crate::house::{House, Who, on_both, renew_session};
use good::{Good, Scene};
use refusal::{document, is_told, kept, nothing_was_written, told};

/// How a body is refused that cannot be read or is not valid.
const UNREAD: [u16; 2] = [400, 422];

fn rows_with_bodies() -> impl Iterator<Item = &'static Row> {
    rows().filter(|row| row.takes.is_some())
}

fn named(row: &Row) -> String {
    format!("{} {}", good::method(row), row.path)
}

/// What a row of signing in may answer besides to something that is well formed and wrong.
fn allowed(row: &Row) -> Vec<u16> {
    let proves = ["/auth", "/invitations"].iter().any(|step| row.path.starts_with(step));
    let signs_in = proves || row.path.ends_with("/emergency-access");
    UNREAD.into_iter().chain(signs_in.then_some([401, 409, 429]).into_iter().flatten()).collect()
}

/// Lets a minute pass for every hundred strangers' failures, which are throttled as a whole.
fn send(house: &House, row: &Row, good: &Good, body: Option<String>, kind: Option<&str>) -> crate::house::Answer {
    if good.who.is_none() {
        house.passes(1);
    }
    good.send(house, row, body, kind)
}

on_both!(a_body_with_anything_wrong_is_refused_and_changes_nothing);
fn a_body_with_anything_wrong_is_refused_and_changes_nothing(house: &House) {
    let scene = Scene::of(house);
    let mut faults = Vec::new();
    for row in rows_with_bodies() {
        let good = scene.good(house, row);
        let required = fields(&body_schema(row), &good.body, "");
        let mut bodies = spoil::spoilt(&good.body, 20_001);
        bodies.extend(spoil::without_required(&good.body, &required));
        assert!(bodies.len() > 30, "{}: {} bodies", named(row), bodies.len());
        let before = kept(house);
        for spoil::Spoilt { fault, body } in bodies {
            if row.optional_body && body.is_empty() {
                continue;
            }
            let answer = send(house, row, &good, Some(body), None);
            if let Err(wrong) = told(&answer, &allowed(row)) {
                faults.push(format!("{} with {fault}: {wrong}, {:.300}", named(row), answer.to_string()));
            }
        }
        nothing_was_written(house, &before, &named(row));
    }
    assert!(faults.is_empty(), "{} of them:\n{}", faults.len(), faults.join("\n"));
    // What was spoilt was good: only so much is the spoiling what was refused.
    house.passes(3_600);
    for row in rows_with_bodies().filter(|row| !row.path.starts_with("/auth/mfa/")) {
        if let Some(who) = scene.good(house, row).who {
            renew_session(&mut house.database.owner(), who, house.clock.now());
        }
        let good = scene.good(house, row);
        let answer = send(house, row, &good, Some(good.body.to_string()), None);
        assert_eq!(answer.status, row.status, "{}: {answer}", named(row));
    }
    house.finish();
}

on_both!(a_body_that_is_no_json_or_too_large_is_refused);
fn a_body_that_is_no_json_or_too_large_is_refused(house: &House) {
    let scene = Scene::of(house);
    let before = kept(house);
    for row in rows_with_bodies() {
        let good = scene.good(house, row);
        let text = good.body.to_string();
        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json", ""] {
            let answer = send(house, row, &good, Some(text.clone()), Some(kind));
            is_told(&answer, &[415], &format!("{} as {kind:?}", named(row)));
        }
        let large = format!("{text}{}", " ".repeat(2 << 20));
        is_told(&send(house, row, &good, Some(large), None), &[413], &format!("{} with 2 MiB", named(row)));
        if !row.optional_body {
            is_told(&send(house, row, &good, None, None), &[415], &format!("{} with nothing", named(row)));
        }
    }
    nothing_was_written(house, &before, "a body that is no JSON or too large");
    house.finish();
}

on_both!(a_row_without_a_body_does_not_mind_one);
fn a_row_without_a_body_does_not_mind_one(house: &House) {
    house.as_(Who::Physio).send("GET", "/me", Some("{".to_owned())).is(200);
    house.finish();
}

/// The schema of the body a row takes.
fn body_schema(row: &Row) -> Value {
    let method = good::method(row).to_lowercase();
    document()["paths"][row.path][method]["requestBody"]["content"]["application/json"]["schema"].clone()
}

/// Walks a schema beside a good body: fails if the body lacks a field of the schema, gives those that are required as
/// the pointer of their object and their name.
fn fields(schema: &Value, good: &Value, pointer: &str) -> Vec<(String, String)> {
    if let Some(name) = schema["$ref"].as_str() {
        let named = document().pointer(name.trim_start_matches('#'));
        return fields(named.unwrap_or_else(|| panic!("{name} is not in the document")), good, pointer);
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(schemas) = schema[choice].as_array() {
            let no_null = schemas.iter().filter(|schema| schema["type"] != "null").collect::<Vec<_>>();
            // Of several kinds of row each has its own fields; a good body shows one of them.
            return if let [one] = no_null[..] { fields(one, good, pointer) } else { Vec::new() };
        }
    }
    if let Some(items) = good.as_array() {
        let each = items.iter().enumerate();
        return each.flat_map(|(at, item)| fields(&schema["items"], item, &format!("{pointer}/{at}"))).collect();
    }
    let mut all = Vec::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let value = good.get(name).unwrap_or_else(|| panic!("the good body lacks {pointer}/{name}: {good}"));
        all.extend(fields(property, value, &format!("{pointer}/{name}")));
    }
    let required = schema["required"].as_array().into_iter().flatten();
    all.extend(required.map(|name| (pointer.to_owned(), name.as_str().unwrap().to_owned())));
    all
}
