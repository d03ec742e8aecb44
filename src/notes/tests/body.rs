use proptest::prelude::*;
use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::super::NoteBody;
use super::super::body::hash;
use super::super::measure::{Decimal, Grade};
use super::{note, visit, visit_with};
use crate::error::{Code, FieldError};
use crate::words::Text;

/// Reads a note as it comes over the wire and answers with the complaints about it.
fn complaints(value: Value) -> Vec<FieldError> {
    let refused = note(value).check().unwrap_err();
    assert_eq!(refused.code, Code::Invalid);
    refused.errors
}

#[test]
fn a_whole_visit_comes_back_as_it_was_sent() {
    let sent = visit();
    let mut kept = serde_json::to_value(note(sent.clone())).unwrap();
    assert_eq!(kept.as_object_mut().unwrap().remove("schema_version"), Some(json!(1)));
    assert_eq!(kept, sent);
}

#[test]
fn a_draft_may_be_empty_and_an_empty_note_keeps_no_nulls() {
    let empty = note(json!({}));
    empty.check().unwrap();
    assert_eq!(empty.canonical().unwrap(), r#"{"schema_version":1}"#);
    assert_eq!(empty, note(json!({"schema_version": 1, "subjective": null})));
    assert_eq!(empty, NoteBody::default());
}

#[test]
fn a_misspelt_field_is_refused_wherever_it_stands() {
    let places = [
        "",
        "/subjective",
        "/subjective/pain",
        "/objective",
        "/objective/measurements/0",
        "/objective/measurements/1",
        "/objective/measurements/2",
        "/objective/body_chart/0",
        "/assessment",
        "/plan",
        "/treatment/0",
        "/consent",
        "/consent/given_by",
    ];
    for place in places {
        let misspelt = visit_with(place, "txet", json!("x"));
        assert!(serde_json::from_value::<NoteBody>(misspelt).is_err(), "{place:?} lets an unknown field pass");
    }
    let guardian = json!({"who": "decision_maker", "name": "A. Rossi", "relation": "mother"});
    note(visit_with("/consent", "given_by", guardian.clone())).check().unwrap();
    let mut guardian = guardian;
    guardian["phone"] = json!("1");
    assert!(serde_json::from_value::<NoteBody>(visit_with("/consent", "given_by", guardian)).is_err());
}

#[test]
fn what_is_out_of_bounds_is_pointed_at() {
    let cases = [
        ("", "schema_version", json!(2), "/schema_version"),
        ("/subjective/pain", "worst", json!(11), "/subjective/pain/worst"),
        ("/subjective", "text", json!("a".repeat(20_001)), "/subjective/text"),
        ("/subjective", "text", json!("nul \u{0}"), "/subjective/text"),
        ("/subjective", "goals", json!(vec!["walk"; 201]), "/subjective/goals"),
        ("/subjective", "goals", json!(["walk", "\u{0}"]), "/subjective/goals/1"),
        ("/objective/measurements/1", "muscle", json!("m".repeat(201)), "/objective/measurements/1/muscle"),
        ("/objective/body_chart/0", "x", json!(1001), "/objective/body_chart/0/x"),
        ("/objective/body_chart/0", "intensity", json!(11), "/objective/body_chart/0/intensity"),
        ("/plan", "planned_techniques", json!(["taping", "t".repeat(201)]), "/plan/planned_techniques/1"),
        ("/treatment/0", "minutes", json!(0), "/treatment/0/minutes"),
        ("/treatment/0", "minutes", json!(481), "/treatment/0/minutes"),
        ("/consent", "sensitive_areas", json!([{"area": "\u{0}", "given": true}]), "/consent/sensitive_areas/0/area"),
    ];
    for (parent, key, value, pointer) in cases {
        let found: Vec<_> = complaints(visit_with(parent, key, value)).into_iter().map(|error| error.pointer).collect();
        assert_eq!(found, [pointer]);
    }
}

#[test]
fn the_last_value_within_bounds_is_taken() {
    for (parent, key, value) in [
        ("/subjective", "text", json!("\u{1f9b5}".repeat(20_000))),
        ("/subjective", "goals", json!(vec!["walk"; 200])),
        ("/subjective/pain", "worst", json!(10)),
        ("/objective/body_chart/0", "x", json!(1000)),
        ("/treatment/0", "minutes", json!(480)),
    ] {
        note(visit_with(parent, key, value)).check().unwrap();
    }
}

#[test]
fn strength_is_written_as_therapists_write_it() {
    let written: Vec<String> =
        Grade::iter().map(|grade| serde_json::to_value(grade).unwrap().as_str().unwrap().to_owned()).collect();
    assert_eq!(written, ["0", "1", "2-", "2", "2+", "3-", "3", "3+", "4-", "4", "4+", "5-", "5"]);
    for wrong in ["5+", "0-", "6", ""] {
        assert!(serde_json::from_value::<Grade>(json!(wrong)).is_err(), "{wrong:?} is no grade");
    }
}

#[test]
fn a_measured_value_has_at_most_three_decimals_and_a_bound() {
    let read = |text: &str| serde_json::from_str::<Decimal>(text).ok().map(Decimal::thousandths);
    assert_eq!(read("52.5"), Some(52_500));
    assert_eq!(read("-10"), Some(-10_000));
    assert_eq!(read("1e2"), Some(100_000));
    assert_eq!(read("-0.0"), Some(0));
    assert_eq!(read("999999.999"), Some(999_999_999));
    assert_eq!(read("1000000"), Some(Decimal::MAX_THOUSANDTHS));
    for wrong in ["1000000.001", "-1000000.001", "0.0001", "999999.9995", "1e300", "18446744073709551615", "\"5\""] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}

proptest! {
    #[test]
    fn every_decimal_survives_canonical_json(thousandths in -Decimal::MAX_THOUSANDTHS..=Decimal::MAX_THOUSANDTHS) {
        let value = Decimal::from_thousandths(thousandths).unwrap();
        let text = serde_json_canonicalizer::to_string(&value).unwrap();
        prop_assert!(!text.contains('e') && text.split('.').nth(1).is_none_or(|decimals| decimals.len() <= 3), "{}", text);
        prop_assert_eq!(serde_json::from_str::<Decimal>(&text).unwrap(), value);
    }

    #[test]
    fn reading_a_canonical_text_and_writing_it_again_changes_nothing(words in ".{0,60}", row in "\\PC{0,20}") {
        let mut sent = visit_with("/subjective", "text", json!(words));
        sent["treatment"][0]["region"] = json!(row);
        let first = note(sent).canonical().unwrap();
        let again = serde_json::from_str::<NoteBody>(&first).unwrap().canonical().unwrap();
        prop_assert_eq!(first, again);
    }
}

#[test]
fn the_order_in_which_fields_come_does_not_change_the_hash() {
    let one: NoteBody =
        serde_json::from_str(r#"{"plan":{"text":"p"},"subjective":{"pain":{"worst":4,"now":2}}}"#).unwrap();
    let two: NoteBody =
        serde_json::from_str(r#"{"subjective":{"pain":{"now":2,"worst":4}},"plan":{"text":"p"}}"#).unwrap();
    assert_eq!(hash(&one.canonical().unwrap()), hash(&two.canonical().unwrap()));
}

#[test]
fn the_hash_is_what_sha256sum_says() {
    let hex: String =
        hash(r#"{"schema_version":1}"#).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    assert_eq!(hex, "a9d5f6d002d956b8af5787a05e0ca000d45c03977ffa54ee8fbed719fed5fd23");
}

#[test]
fn a_patients_words_stay_out_of_debug_output() {
    assert_eq!(format!("{:?}", Text::from("fell on the stairs")), "Text(18 bytes)");
    assert!(!format!("{:?}", note(visit())).contains("wakes"));
}

#[test]
fn the_documented_shape_names_the_bounds_and_refuses_other_fields() {
    let mut schemas = Vec::new();
    <NoteBody as utoipa::ToSchema>::schemas(&mut schemas);
    let shape = |name: &str| {
        let (_, schema) = schemas.iter().find(|(found, _)| found == name).unwrap();
        serde_json::to_value(schema).unwrap()
    };
    assert_eq!(shape("Text")["maxLength"], 20_000);
    assert_eq!(shape("Name")["maxLength"], 200);
    assert_eq!(shape("Pain")["properties"]["now"]["maximum"], 10);
    assert_eq!(shape("Grade")["enum"][5], "3-");
    for part in ["Subjective", "Objective", "Assessment", "Plan", "TreatmentRow", "Consent", "Mark"] {
        assert_eq!(shape(part)["additionalProperties"], false, "{part}");
    }
}
