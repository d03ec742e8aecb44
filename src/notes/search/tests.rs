use super::*;

fn asked(words: &str) -> NoteSearch {
    NoteSearch { words: words.into(), patient_id: None, limit: None, cursor: None }
}

#[test]
fn a_search_is_for_words_and_nothing_else() {
    let folded = |words| asked(words).folded().unwrap().into_iter().collect::<Vec<_>>();
    assert_eq!(folded("Knee* OR \"hip\""), ["hip", "knee", "or"]);
    assert_eq!(folded("Épaule épaule"), ["epaule"]);
    for nothing in ["", " ", "\"*()", "a b c d e f g h i j k"] {
        assert!(asked(nothing).folded().is_err(), "{nothing}");
    }
}

#[test]
fn an_excerpt_shows_the_first_place_of_each_part() {
    let words = folding::words("knee pain");
    let long = "one two three four five six seven eight nine ten KNEE, twelve";
    let body = serde_json::json!({
        "subjective": {"text": "No pain at rest.", "goals": ["Pain-free walks"]},
        "plan": {"text": long},
        "treatment": [{"technique": "heat"}],
    });
    let found = excerpts(&body.to_string(), &["Nothing".into(), "Called: PAIN again".into()], &words).unwrap();
    let found: Vec<_> = found.iter().map(|excerpt| (&*excerpt.part, &*excerpt.text)).collect();
    let plan = "…three four five six seven eight nine ten KNEE, twelve";
    assert_eq!(found, [("plan", plan), ("subjective", "Pain-free walks"), ("addendum", "Called: PAIN again")]);
}
