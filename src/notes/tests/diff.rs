use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::diff::{Change, Op, diff};
use super::{note, visit, visit_with, visit_without};

fn changes(from: Value, to: Value) -> Value {
    serde_json::to_value(diff(&note(from), &note(to)).unwrap()).unwrap()
}

/// The older and the newer text that a change's runs make.
fn both_texts(change: &Change) -> (String, String) {
    let side =
        |left_out: Op| change.runs.iter().filter(|run| run.op != left_out).map(|run| run.text.as_str()).collect();
    (side(Op::Insert), side(Op::Delete))
}

#[test]
fn the_same_words_differ_nowhere() {
    assert_eq!(changes(visit(), visit()), json!([]));
}

#[test]
fn an_amended_text_shows_the_words_that_changed() {
    let amended = visit_with("/subjective", "text", json!("Shoulder eases after the exercises, wakes twice a night."));
    assert_eq!(
        changes(visit(), amended),
        json!([{"pointer": "/subjective/text", "runs": [
            {"op": "equal", "text": "Shoulder eases after the exercises, "},
            {"op": "delete", "text": "still "},
            {"op": "equal", "text": "wakes "},
            {"op": "delete", "text": "once"},
            {"op": "insert", "text": "twice"},
            {"op": "equal", "text": " a night."}
        ]}])
    );
}

#[test]
fn numbers_and_parts_show_what_stood_there_and_what_stands_there_now() {
    assert_eq!(
        changes(visit(), visit_with("/subjective/pain", "now", json!(5))),
        json!([{"pointer": "/subjective/pain/now", "from": 3, "to": 5}])
    );
    assert_eq!(
        changes(visit(), visit_without("/plan", "next_visit")),
        json!([{"pointer": "/plan/next_visit", "from": "in one week"}])
    );
    assert_eq!(changes(visit(), visit_with("", "outcome", json!("x"))), json!([{"pointer": "/outcome", "to": "x"}]));
}

#[test]
fn a_row_taken_in_at_the_top_leaves_the_others_unchanged() {
    let mut amended = visit();
    let heat = json!({"technique": "heat", "minutes": 10});
    amended["treatment"].as_array_mut().unwrap().insert(0, heat.clone());
    assert_eq!(changes(visit(), amended.clone()), json!([{"pointer": "/treatment/0", "to": heat}]));
    assert_eq!(changes(amended, visit()), json!([{"pointer": "/treatment/0", "from": heat}]));
}

#[test]
fn a_changed_row_is_compared_field_by_field() {
    let amended = visit_with("/treatment/0", "minutes", json!(20));
    assert_eq!(changes(visit(), amended), json!([{"pointer": "/treatment/0/minutes", "from": 15, "to": 20}]));
}

/// A text of five-letter words in an order that `seed` decides; few words, so that nearly all of them could be matched.
fn scrambled(seed: u64, characters: usize) -> String {
    let mut state = seed;
    let mut text = String::new();
    while text.len() + 6 <= characters {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str("knee");
        text.push(char::from(b'a' + u8::try_from(state >> 60).unwrap()));
        text.push(' ');
    }
    text
}

#[test]
fn the_longest_and_least_alike_texts_are_compared_quickly_and_without_loss() {
    let (old, new) = (scrambled(1, 20_000), scrambled(2, 20_000));
    let [from, to] = [&old, &new].map(|text| note(json!({"subjective": {"text": text}})));
    let began = Instant::now();
    let found = diff(&from, &to).unwrap();
    // Optimised it takes some 20 ms; test builds are slower and may share the machine.
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(found[0].runs.iter().any(|run| run.op == Op::Equal));
    assert_eq!(both_texts(&found[0]), (old, new));
}

#[test]
fn beyond_the_words_that_are_compared_a_text_is_shown_whole() {
    let goals = |seed: u64| json!({"subjective": {"goals": [scrambled(seed, 20_000), scrambled(seed + 1, 20_000)]}});
    let found = diff(&note(goals(1)), &note(goals(9))).unwrap();
    assert!(found[0].runs.len() > 2);
    assert_eq!(found[1].runs.iter().map(|run| run.op).collect::<Vec<_>>(), [Op::Delete, Op::Insert]);
}

proptest! {
    #[test]
    fn no_word_is_lost_or_made_up(old in "[ab \n\u{e9}]{1,80}", new in "[ab \n\u{e9}]{1,80}") {
        let body = |text: &str| note(json!({"subjective": {"text": text}}));
        let found = diff(&body(&old), &body(&new)).unwrap();
        match found.as_slice() {
            [] => prop_assert_eq!(old, new),
            [change] => prop_assert_eq!(both_texts(change), (old, new)),
            _ => prop_assert!(false, "one text, one change"),
        }
    }
}
