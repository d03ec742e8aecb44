//! Turns a dictated evaluation into a note: sections by their upper-case headings, every word kept.

use serde_json::{Map, Number, Value, json};

/// What stands in a part for which the text has no section.
const NOT_APART: &str = "Not dictated apart; see the other parts.";

/// Where a section belongs.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Subjective,
    Objective,
    Assessment,
    Plan,
}

/// The parts of a heading that decide; the first that occurs wins, and a heading with none stays with the one before.
const HEADINGS: [(&str, Part); 40] = [
    ("IMPRESSION", Part::Assessment),
    ("ASSESSMENT", Part::Assessment),
    ("DIAGNOS", Part::Assessment),
    ("PROGNOSIS", Part::Assessment),
    ("PROBLEM LIST", Part::Assessment),
    ("TERM GOAL", Part::Assessment),
    ("REHAB POTENTIAL", Part::Assessment),
    ("PLAN", Part::Plan),
    ("RECOMMENDATION", Part::Plan),
    ("FREQUENCY", Part::Plan),
    ("OBJECTIVE", Part::Objective),
    ("EXAMINATION", Part::Objective),
    ("OBSERVATION", Part::Objective),
    ("INSPECTION", Part::Objective),
    ("VITAL SIGNS", Part::Objective),
    ("PALPATION", Part::Objective),
    ("RANGE OF MOTION", Part::Objective),
    ("STRENGTH", Part::Objective),
    ("SPECIAL TEST", Part::Objective),
    ("JOINT PLAY", Part::Objective),
    ("POSTURE", Part::Objective),
    ("GAIT", Part::Objective),
    ("BALANCE", Part::Objective),
    ("SENSATION", Part::Objective),
    ("REFLEX", Part::Objective),
    ("SUBJECTIVE", Part::Subjective),
    ("HISTORY", Part::Subjective),
    ("COMPLAINT", Part::Subjective),
    ("REASON", Part::Subjective),
    ("MEDICATION", Part::Subjective),
    ("ALLERG", Part::Subjective),
    ("SOCIAL", Part::Subjective),
    ("WORK", Part::Subjective),
    ("FUNCTIONAL", Part::Subjective),
    ("HOBBIES", Part::Subjective),
    ("GOAL", Part::Subjective),
    ("SYMPTOM", Part::Subjective),
    ("REVIEW OF SYSTEMS", Part::Subjective),
    ("IMAGING", Part::Subjective),
    ("INJURY", Part::Subjective),
];

/// The body of an initial assessment that can be signed: the text in its parts, pain, ranges and diagnosis picked out
/// of it, and the consent and treatment that a dictated evaluation does not spell out.
pub fn to_note(text: &str) -> Value {
    let sections = sections(text);
    let [subjective, objective, assessment, plan] =
        [Part::Subjective, Part::Objective, Part::Assessment, Part::Plan].map(|part| joined(&sections, part));
    let mut assessed = Map::from_iter([("text".to_owned(), json!(or_not_apart(&assessment)))]);
    if let Some(diagnosis) = diagnosis(&sections) {
        assessed.insert("diagnosis".to_owned(), json!(diagnosis));
    }
    json!({
        "subjective": {"text": or_not_apart(&subjective), "pain": pain(&subjective)},
        "objective": {"text": or_not_apart(&objective), "measurements": ranges(&objective)},
        "assessment": assessed,
        "plan": {"text": or_not_apart(&plan)},
        "treatment": [{
            "technique": "therapeutic_exercise",
            "minutes": 15,
            "response": "Carried out the first exercises without more pain"
        }],
        "consent": {"given": true, "given_by": {"who": "patient"}}
    })
}

struct Section<'a> {
    part: Part,
    heading: &'a str,
    /// Without the heading.
    says: &'a str,
    /// With it.
    whole: &'a str,
}

fn sections(text: &str) -> Vec<Section<'_>> {
    let mut bounds = headings(text);
    if bounds.first().is_none_or(|(start, _)| *start > 0) {
        bounds.insert(0, (0, 0));
    }
    let mut part = Part::Subjective;
    let ends: Vec<usize> = bounds.iter().skip(1).map(|(start, _)| *start).chain([text.len()]).collect();
    let cut = |((start, body), end): (&(usize, usize), usize)| {
        let heading = &text[*start..*body];
        if let Some((_, known)) = HEADINGS.iter().find(|(word, _)| heading.contains(word)) {
            part = *known;
        }
        Section { part, heading, says: text[*body..end].trim(), whole: text[*start..end].trim() }
    };
    bounds.iter().zip(ends).map(cut).collect()
}

/// Where each heading starts and ends: upper-case words up to a colon, or `ASSESSMENT` alone before a numbered list.
fn headings(text: &str) -> Vec<(usize, usize)> {
    let words: Vec<(usize, &str)> =
        text.split_whitespace().map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word)).collect();
    let mut found = Vec::new();
    for (i, (at, word)) in words.iter().enumerate() {
        if word.ends_with(':') && is_upper(word) {
            let joins = |(_, before): &&(usize, &str)| is_upper(before) && !before.ends_with(['.', ',', ';', ':', ')']);
            let first = i - words[..i].iter().rev().take_while(joins).count();
            let start = words[first..=i].iter().find(|(_, word)| word.contains(char::is_alphabetic));
            found.push((start.map_or(*at, |(at, _)| *at), at + word.len()));
        } else if *word == "ASSESSMENT" && words.get(i + 1).is_some_and(|(_, next)| next.starts_with("1.")) {
            found.push((*at, at + word.len()));
        }
    }
    found
}

fn is_upper(word: &str) -> bool {
    !word.contains(char::is_lowercase)
}

fn joined(sections: &[Section], part: Part) -> String {
    sections.iter().filter(|section| section.part == part).map(|section| section.whole).collect::<Vec<_>>().join("\n\n")
}

fn or_not_apart(text: &str) -> &str {
    if text.trim().is_empty() { NOT_APART } else { text }
}

/// What stands under the first heading that names a diagnosis, else an impression, else an assessment: a numbered
/// list whole, of running text the first sentence.
fn diagnosis(sections: &[Section]) -> Option<String> {
    let under = |name: &str| sections.iter().find(|section| section.heading.contains(name) && !section.says.is_empty());
    let says = ["DIAGNOS", "IMPRESSION", "ASSESSMENT"].iter().find_map(|name| under(name))?.says;
    let sentence = says.split_inclusive(". ").next().unwrap_or(says);
    Some(if says.starts_with("1.") { says } else { sentence.trim() }.to_owned())
}

/// The ratings `n/10`: worst and best where the words that follow say so, else the first is the pain now.
fn pain(subjective: &str) -> Value {
    let words: Vec<&str> = subjective.split_whitespace().collect();
    let rating = |word: &str| {
        let rated = word.trim_end_matches(['.', ',', ';', ')']).strip_suffix("/10")?;
        rated.parse::<u8>().ok().filter(|rated| *rated <= 10)
    };
    let mut pain = Map::new();
    for (i, rated) in words.iter().enumerate().filter_map(|(i, word)| Some((i, rating(word)?))) {
        let about = words[i + 1..].iter().take_while(|word| rating(word).is_none()).take(6);
        let about: Vec<&str> = about.map(|word| word.trim_end_matches(['.', ','])).collect();
        let key = match () {
            () if about.contains(&"worst") => "worst",
            () if about.contains(&"best") || about.contains(&"least") => "best",
            () => "now",
        };
        pain.entry(key).or_insert(json!(rated));
    }
    Value::Object(pain)
}

/// The rows for `<movement> is <n> degrees` and its like: `to`, `is limited to`, `lacks` (below neutral), or nothing
/// between; also in centimetres. The side is the last one named in the sentence.
fn ranges(objective: &str) -> Vec<Value> {
    const LINKS: [&str; 8] = ["is", "to", "of", "at", "limited", "lacks", "about", "approximately"];
    let words: Vec<&str> = objective.split_whitespace().collect();
    let mut rows = Vec::new();
    for i in 1..words.len() {
        let unit = match words[i].trim_end_matches(['.', ',', ';', ')']) {
            "degrees" => "degrees",
            "cm" => "centimetres",
            _ => continue,
        };
        let links = words[..i - 1].iter().rev().take_while(|word| LINKS.contains(word)).count();
        let (before, links) = words[..i - 1].split_at(i - 1 - links);
        let Some(movement) = movement(before) else { continue };
        let sign = if links.contains(&"lacks") { "-" } else { "" };
        let Ok(value) = format!("{sign}{}", words[i - 1]).parse::<Number>() else { continue };
        let mut row = json!({"type": "range", "movement": movement, "value": value, "unit": unit});
        if let Some(side) = side(before) {
            row["side"] = json!(side);
        }
        rows.push(row);
    }
    rows
}

/// The movement that these words end in, with the words that belong to it: `shoulder flexion`, `plantar flexion`.
fn movement(words: &[&str]) -> Option<String> {
    const MOVEMENTS: [&str; 10] = [
        "flexion",
        "extension",
        "eversion",
        "inversion",
        "abduction",
        "adduction",
        "rotation",
        "bend",
        "pronation",
        "supination",
    ];
    const NOT_OF_IT: [&str; 10] = ["and", "or", "the", "is", "of", "with", "both", "left", "right", "degrees"];
    let (last, before) = words.split_last()?;
    let last = last.to_lowercase();
    MOVEMENTS.iter().find(|movement| last.ends_with(**movement))?;
    let belongs =
        |word: &&&str| word.chars().all(char::is_alphabetic) && !NOT_OF_IT.contains(&word.to_lowercase().as_str());
    let mut name: Vec<String> =
        before.iter().rev().take_while(belongs).take(2).map(|word| word.to_lowercase()).collect();
    name.reverse();
    name.push(last);
    Some(name.join(" "))
}

fn side(words: &[&str]) -> Option<&'static str> {
    words.iter().rev().take_while(|word| !word.ends_with('.')).find_map(|word| match word.to_lowercase().as_str() {
        "left" => Some("left"),
        "right" => Some("right"),
        _ => None,
    })
}

mod tests {
    use std::path::Path;

    use serde_json::{Value, json};
    use tandem::actor::Discipline;
    use tandem::catalogue::Catalogue;
    use tandem::notes::rules::{check_scope, missing_parts};
    use tandem::notes::{NoteBody, NoteKind};

    use super::{NOT_APART, to_note};

    const FIXTURE: &str = include_str!("../fixtures/evaluation.txt");

    fn texts(note: &Value) -> Vec<&str> {
        let texts = ["subjective", "objective", "assessment", "plan"].map(|part| note[part]["text"].as_str().unwrap());
        texts.into_iter().filter(|text| *text != NOT_APART).collect()
    }

    /// What is asked of any evaluation: it can be signed, and every word of it stands in the note once, in order.
    fn assert_entered_whole(text: &str) {
        let note = to_note(text);
        let body: NoteBody = serde_json::from_value(note.clone()).unwrap();
        body.check().unwrap();
        check_scope(Discipline::Physiotherapy, &body, None, &Catalogue::built_in().unwrap()).unwrap();
        assert_eq!(missing_parts(NoteKind::InitialAssessment, &body), []);

        for part in texts(&note) {
            let mut words = text.split_whitespace();
            assert!(part.split_whitespace().all(|word| words.any(|of_text| of_text == word)), "out of order: {part}");
        }
        let mut kept: Vec<&str> = texts(&note).into_iter().flat_map(str::split_whitespace).collect();
        let mut dictated: Vec<&str> = text.split_whitespace().collect();
        kept.sort_unstable();
        dictated.sort_unstable();
        assert_eq!(kept, dictated);
    }

    #[test]
    fn our_own_evaluation_is_entered_whole() {
        assert_entered_whole(FIXTURE);
        assert_eq!(texts(&to_note(FIXTURE)).len(), 4);
    }

    #[test]
    fn pain_diagnosis_and_ranges_are_picked_out_of_it() {
        let note = to_note(FIXTURE);
        assert_eq!(note["subjective"]["pain"], json!({"now": 4, "worst": 8, "best": 1}));
        assert_eq!(note["assessment"]["diagnosis"], "Adhesive capsulitis of the right shoulder, frozen stage.");
        let rows: Vec<String> = note["objective"]["measurements"].as_array().unwrap().iter().map(row).collect();
        assert_eq!(
            rows,
            [
                "right shoulder flexion 95 degrees",
                "right abduction 70 degrees",
                "right external rotation 15 degrees",
                "left shoulder flexion 170 degrees",
                "left abduction 172 degrees",
                "left external rotation 80 degrees",
                "right shoulder flexion 105 degrees",
                "right abduction 75 degrees",
                "right external rotation 18 degrees",
                "- cervical rotation 70 degrees",
            ]
        );
    }

    fn row(row: &Value) -> String {
        let [movement, unit] = ["movement", "unit"].map(|key| row[key].as_str().unwrap());
        format!("{} {movement} {} {unit}", row["side"].as_str().unwrap_or("-"), row["value"])
    }

    #[test]
    fn sections_go_where_their_headings_say() {
        let note = to_note(
            "Seen on the ward. HISTORY OF PRESENT ILLNESS: Fell. OLD NOTES: None. PHYSICAL EXAMINATION VITAL SIGNS: Pulse 70. \
             BACK: Left knee flexion lacks 10 degrees. Side bend is 52.5 cm. ASSESSMENT 1. Strain. 2. Chronic pain. PLAN: Rest.",
        );
        assert_eq!(
            texts(&note),
            [
                "Seen on the ward.\n\nHISTORY OF PRESENT ILLNESS: Fell.\n\nOLD NOTES: None.",
                "PHYSICAL EXAMINATION VITAL SIGNS: Pulse 70.\n\nBACK: Left knee flexion lacks 10 degrees. Side bend is 52.5 cm.",
                "ASSESSMENT 1. Strain. 2. Chronic pain.",
                "PLAN: Rest.",
            ]
        );
        assert_eq!(note["assessment"]["diagnosis"], "1. Strain. 2. Chronic pain.");
        let rows = note["objective"]["measurements"].as_array().unwrap();
        assert_eq!(
            rows.iter().map(row).collect::<Vec<_>>(),
            ["left knee flexion -10 degrees", "- side bend 52.5 centimetres"]
        );
    }

    #[test]
    fn a_text_without_headings_is_all_subjective() {
        assert_entered_whole("Knee hurts on stairs, 5/10.");
        assert_eq!(texts(&to_note("Knee hurts on stairs, 5/10.")), ["Knee hurts on stairs, 5/10."]);
    }

    #[test]
    fn every_evaluation_in_the_named_folder_is_entered_whole() {
        let Some(folder) = std::env::var_os("TANDEM_EVALUATIONS") else { return };
        let mut entered = 0;
        for entry in std::fs::read_dir(Path::new(&folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "txt") {
                assert_entered_whole(&std::fs::read_to_string(&path).unwrap());
                entered += 1;
            }
        }
        assert!(entered > 0, "no *.txt in TANDEM_EVALUATIONS");
    }
}
