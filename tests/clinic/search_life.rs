//! Notes live a random life, and so does who may read them: a search finds what its reader could read and no more.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::house::{Answer, House, MORNING, Patient, Who, on_both};
use crate::notes_life::words;

/// Who writes; all treat both patients, and what [`STUDENT`] signs [`SUPERVISOR`] signs beside them.
const WRITERS: [Who; 4] = [Who::Physio, Who::OtherPhysio, Who::Massage, Who::OtherMassage];
const STUDENT: Who = Who::OtherPhysio;
const SUPERVISOR: Who = Who::Physio;
/// Who leaves the practice at some time.
const LEAVER: Who = Who::OtherMassage;
/// The words that notes are made of and that are searched for.
const VOCABULARY: [&str; 7] = ["quokka", "okapi", "zebra", "ibex", "gnu", "serval", "lemur"];
/// Steps of one life, and after how many of them everybody searches.
const STEPS: usize = 200;
const SEARCH_EVERY: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Begin,
    Save,
    Sign,
    Cosign,
    Return,
    Amend,
    Append,
    CosignPending,
    ReturnPending,
    Share,
    DeclareWrong,
    MoveToTheOther,
    WithholdNote,
    WithholdRecord,
    Revoke,
    Leave,
}

/// Who tries what with which of the notes, in which words.
fn steps() -> Vec<(Step, Who, usize, (usize, usize))> {
    let step = prop_oneof![
        6 => Just(Step::Begin),
        2 => Just(Step::Save),
        8 => Just(Step::Sign),
        5 => Just(Step::Cosign),
        1 => Just(Step::Return),
        5 => Just(Step::Amend),
        5 => Just(Step::Append),
        5 => Just(Step::CosignPending),
        1 => Just(Step::ReturnPending),
        3 => Just(Step::Share),
        2 => Just(Step::DeclareWrong),
        2 => Just(Step::MoveToTheOther),
        2 => Just(Step::WithholdNote),
        1 => Just(Step::WithholdRecord),
        5 => Just(Step::Revoke),
        1 => Just(Step::Leave),
    ];
    let spoken = (0..VOCABULARY.len(), 0..VOCABULARY.len());
    let steps = (step, proptest::sample::select(WRITERS.to_vec()), any::<usize>(), spoken);
    proptest::collection::vec(steps, STEPS).new_tree(&mut TestRunner::default()).unwrap().current()
}

/// A note, and who wrote it.
struct Written {
    id: String,
    author: Who,
    patient: Patient,
}

/// What happened so far.
#[derive(Default)]
struct Life {
    notes: Vec<Written>,
    directives: Vec<String>,
    has_left: bool,
    done: BTreeSet<String>,
}

impl Life {
    fn writers(&self) -> impl Iterator<Item = Who> {
        let has_left = self.has_left;
        WRITERS.into_iter().filter(move |who| !has_left || *who != LEAVER)
    }

    /// Tries a step; whether it is refused is the other tests' business.
    fn tries(&mut self, house: &House, step: Step, who: Who, which: usize, text: &str) {
        if step == Step::Begin || self.notes.is_empty() {
            return self.begins(house, if which.is_multiple_of(2) { STUDENT } else { who }, which, text);
        }
        let note = &self.notes[which % self.notes.len()];
        let (path, author) = (format!("/notes/{}", note.id), note.author);
        let on_note = |who: Who, step: &str, body: Option<Value>| {
            let version = house.as_(who).get(&path).json["version"].as_i64().unwrap_or(1);
            house.as_(who).if_match(version).post(&format!("{path}/{step}"), body)
        };
        let body = words(author, text);
        let answer = match step {
            Step::Begin => unreachable!("it is begun above"),
            Step::Save => {
                let version = house.as_(author).get(&path).json["version"].as_i64().unwrap_or(1);
                house.as_(author).if_match(version).put(&path, json!({"service_at": MORNING, "body": body}))
            }
            Step::Sign => on_note(author, "sign", None),
            Step::Cosign => on_note(SUPERVISOR, "cosign", None),
            Step::Return => on_note(SUPERVISOR, "return", Some(json!({"comments": text}))),
            Step::Amend => on_note(author, "amend", Some(json!({"reason": "omission", "body": body}))),
            Step::Append => house.as_(who).post(&format!("{path}/addenda"), json!({"text": text})),
            Step::CosignPending => match waiting(house, which) {
                Some(pending) => house.as_(SUPERVISOR).if_match(1).post(&format!("{pending}/cosign"), None),
                None => return,
            },
            Step::ReturnPending => match waiting(house, which) {
                Some(pending) => {
                    house.as_(SUPERVISOR).if_match(1).post(&format!("{pending}/return"), json!({"comments": text}))
                }
                None => return,
            },
            Step::Share => {
                let sharing = if which.is_multiple_of(2) { "discipline" } else { "care_team" };
                on_note(author, "share", Some(json!({"sharing": sharing})))
            }
            Step::DeclareWrong => on_note(author, "entered-in-error", Some(json!({"reason": text}))),
            Step::MoveToTheOther => return self.moves_to_the_other(house, which, text),
            Step::WithholdNote => {
                let mut directive = barring(which, who);
                directive["covers"] = json!("note");
                directive["covered_id"] = json!(note.id);
                self.decides(house, which, directive)
            }
            Step::WithholdRecord => {
                let mut directive = barring(which, who);
                directive["covers"] = json!("record");
                self.decides(house, which, directive)
            }
            Step::Revoke => {
                if self.directives.is_empty() {
                    return;
                }
                self.revokes(house, which)
            }
            Step::Leave => {
                self.has_left = true;
                let leaver = format!("/staff/{}", LEAVER.id());
                let version = house.as_(Who::Manager).get(&leaver).is(200).version();
                house.as_(Who::Manager).if_match(version).post(&format!("{leaver}/deactivate"), None)
            }
        };
        self.notes_down(step, &answer);
    }

    fn revokes(&mut self, house: &House, which: usize) -> Answer {
        let directive = self.directives.swap_remove(which % self.directives.len());
        let revoke = format!("/consent-directives/{directive}/revoke");
        house.as_(Who::PrivacyOfficer).if_match(1).post(&revoke, None).is(200)
    }

    fn notes_down(&mut self, step: Step, answer: &Answer) {
        assert!(answer.status < 500, "{step:?}: {answer}");
        if answer.status < 300 {
            self.done.insert(format!("{step:?}"));
        }
    }

    fn begins(&mut self, house: &House, author: Who, which: usize, text: &str) {
        let patient = if which.is_multiple_of(3) { Patient::Beat } else { Patient::Ana };
        let new = json!({"kind": "progress", "service_at": MORNING, "body": words(author, text)});
        let begun = house.as_(author).post(&format!("/patients/{}/notes", patient.id()), new);
        if begun.status == 201 {
            self.notes.push(Written { id: begun.id().to_owned(), author, patient });
        }
    }

    /// A note that turns out to be the other patient's is written anew there, and signed.
    fn moves_to_the_other(&mut self, house: &House, which: usize, text: &str) {
        let Written { ref id, author, patient } = self.notes[which % self.notes.len()];
        let other = if patient == Patient::Ana { Patient::Beat } else { Patient::Ana };
        let path = format!("/notes/{id}");
        let version = house.as_(author).get(&path).json["version"].as_i64().unwrap_or(1);
        let declared = json!({"reason": text, "replacement": {"patient_id": other.id()}});
        let moved = house.as_(author).if_match(version).post(&format!("{path}/entered-in-error"), declared);
        self.notes_down(Step::MoveToTheOther, &moved);
        if let Some(replacement) = moved.json["replaced_by"].as_str() {
            let sign = format!("/notes/{replacement}/sign");
            house.as_(author).if_match(1).post(&sign, None);
            self.notes.push(Written { id: replacement.to_owned(), author, patient: other });
        }
    }

    fn decides(&mut self, house: &House, which: usize, directive: Value) -> Answer {
        // With much more withheld nobody could write any longer.
        if self.directives.len() >= 2 {
            self.revokes(house, 0);
        }
        let patient = self.notes[which % self.notes.len()].patient;
        let directives = format!("/patients/{}/consent-directives", patient.id());
        let set = house.as_(Who::PrivacyOfficer).post(&directives, directive);
        if set.status == 201 {
            self.directives.push(set.id().to_owned());
        }
        set
    }

    /// Fails unless each word finds, for each reader, exactly what they could read that holds it: among both patients, and
    /// in each record.
    fn is_found_by_who_may_read_it(&self, house: &House) {
        for who in self.writers() {
            let read: Vec<_> = self.notes.iter().filter_map(|note| Some((note, stands(house, who, note)?))).collect();
            for word in VOCABULARY {
                let expected = |of: Option<Patient>| -> BTreeSet<String> {
                    let held = read
                        .iter()
                        .filter(|(note, text)| of.is_none_or(|of| of == note.patient) && text.contains(word));
                    held.map(|(note, _)| note.id.clone()).collect()
                };
                let all = house.as_(who).post("/notes/search", json!({"words": word, "limit": 100})).is(200);
                assert_eq!(found(&all), expected(None), "{who:?} searches for {word}: {all}");
                for patient in [Patient::Ana, Patient::Beat] {
                    let asked = json!({"words": word, "patient_id": patient.id(), "limit": 100});
                    let one = house.as_(who).post("/notes/search", asked);
                    if one.status == 404 {
                        assert_eq!(expected(Some(patient)), BTreeSet::new(), "{who:?} is barred from {patient:?}");
                        continue;
                    }
                    assert_eq!(found(&one.is(200)), expected(Some(patient)), "{who:?} searches {patient:?} for {word}");
                }
            }
        }
    }
}

/// From whom something is withheld.
fn barring(which: usize, who: Who) -> Value {
    match which % 4 {
        0 => json!({"bars": "everyone"}),
        1 => json!({"bars": "discipline", "discipline": "massage"}),
        2 => json!({"bars": "discipline", "discipline": "physiotherapy"}),
        _ => json!({"bars": "person", "staff_id": who.id()}),
    }
}

/// One of the amendments and addenda that wait for the second signature.
fn waiting(house: &House, which: usize) -> Option<String> {
    let list = house.as_(SUPERVISOR).get("/cosignatures?limit=100").is(200);
    let items = list.json["items"].as_array().unwrap().iter();
    let pending: Vec<_> = items.filter(|item| item["pending"].is_string()).collect();
    let one = pending.get(which % pending.len().max(1))?;
    Some(format!("/pending-changes/{}", one["id"].as_str().unwrap()))
}

/// The signed words of a note that stand now, with what was appended, if somebody may read them in full.
fn stands(house: &House, who: Who, note: &Written) -> Option<String> {
    let read = house.as_(who).get(&format!("/notes/{}", note.id));
    let in_full = read.status == 200 && read.json["shown"] == "full" && read.json["state"] == "signed";
    in_full.then(|| format!("{} {}", read.json["body"], read.json["addenda"]))
}

fn found(answer: &Answer) -> BTreeSet<String> {
    let items = answer.json["items"].as_array().unwrap_or_else(|| panic!("{answer}")).iter();
    items.map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

on_both!(a_search_finds_what_its_reader_could_read_and_no_more);
fn a_search_finds_what_its_reader_could_read_and_no_more(house: &House) {
    for (who, patient) in [
        (Who::OtherPhysio, Patient::Ana),
        (Who::OtherMassage, Patient::Ana),
        (Who::Physio, Patient::Beat),
        (Who::OtherPhysio, Patient::Beat),
        (Who::Massage, Patient::Beat),
    ] {
        house.joins(who, patient);
    }
    house.supervises(Some(SUPERVISOR), STUDENT).is(200);
    let mut life = Life::default();
    let steps = steps();
    // Shown if the test fails.
    println!("{steps:?}");
    for (number, (step, who, which, (first, second))) in (1..).zip(steps) {
        let who = if life.has_left && who == LEAVER { STUDENT } else { who };
        // Somebody leaves once, and late.
        let step = if step == Step::Leave && (life.has_left || number < STEPS / 2) { Step::Sign } else { step };
        life.tries(house, step, who, which, &format!("{} {}", VOCABULARY[first], VOCABULARY[second]));
        house.passes(1);
        if number % SEARCH_EVERY == 0 {
            life.is_found_by_who_may_read_it(house);
        }
    }
    println!("done at least once: {:?}", life.done);
    assert!(life.done.contains("Sign"), "something was signed: {:?}", life.done);
    house.finish();
}
