//! Notes live a random life among several people: no word that was signed is lost, and nothing unlocks it.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tandem::actor::Discipline;
use tandem::audit::{Hash, Outcome};
use tandem::policy::Action;

use crate::house::{Answer, House, MORNING, Patient, Practice, Who, on_both, visit};

/// Who writes in the records of Ana and of Beat.
const WRITERS: [Who; 3] = [Who::Physio, Who::OtherPhysio, Who::Massage];
/// Steps of one life.
const STEPS: usize = 160;

/// What somebody tries to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Begin,
    Save,
    SaveStale,
    Sign,
    SignStale,
    Discard,
    Amend,
    AmendStale,
    Append,
    DeclareWrong,
    /// Declared wrong, and begun anew for the other of the two patients.
    DeclareElsewhere,
    /// Whoever it is leaves the practice, unless somebody did: once, and not before half of the life is over.
    Leave,
}

/// Who tries what with which of the notes.
fn steps() -> Vec<(Step, Who, usize)> {
    let step = prop_oneof![
        3 => Just(Step::Begin),
        3 => Just(Step::Save),
        2 => Just(Step::SaveStale),
        4 => Just(Step::Sign),
        1 => Just(Step::SignStale),
        1 => Just(Step::Discard),
        3 => Just(Step::Amend),
        2 => Just(Step::AmendStale),
        3 => Just(Step::Append),
        2 => Just(Step::DeclareWrong),
        2 => Just(Step::DeclareElsewhere),
        2 => Just(Step::Leave),
    ];
    let steps = proptest::collection::vec((step, proptest::sample::select(WRITERS.to_vec()), any::<usize>()), STEPS);
    steps.new_tree(&mut TestRunner::default()).unwrap().current()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Draft,
    Signed,
    EnteredInError,
    Discarded,
    LeftUnsigned,
}

/// A note as it must be.
#[derive(Debug)]
struct Expected {
    id: String,
    patient: Patient,
    author: Who,
    /// Who works here no more; for what they wrote a manager answers.
    leaver: Option<Who>,
    state: State,
    version: i64,
    draft: String,
    /// The words of each signed version, and the hash that the signer was told.
    signed: Vec<(String, String)>,
    /// Who appended what.
    addenda: Vec<(Who, String)>,
}

pub const fn discipline(who: Who) -> Discipline {
    if matches!(who, Who::Massage) { Discipline::Massage } else { Discipline::Physiotherapy }
}

/// A visit whose words are `text`.
pub fn words(who: Who, text: &str) -> Value {
    let mut body = visit();
    body["subjective"]["text"] = json!(text);
    if discipline(who) == Discipline::Massage {
        body["assessment"] = json!({"clinical_impression": "Tense"});
        body["treatment"][0]["technique"] = json!("swedish_massage");
    }
    body
}

/// The words of an answer.
pub fn text_of(body: &Value) -> &str {
    body["subjective"]["text"].as_str().unwrap_or("")
}

impl Expected {
    fn path(&self) -> String {
        format!("/notes/{}", self.id)
    }

    /// Tries a step, and holds the answer against what must be; the note that was begun in its place, if one was.
    fn tries(&mut self, house: &House, step: Step, who: Who, text: String) -> Option<Self> {
        let stale = matches!(step, Step::SaveStale | Step::SignStale | Step::AmendStale);
        let call = house.as_(who).if_match(self.version - i64::from(stale));
        let save = || json!({"service_at": MORNING, "body": words(self.author, &text)});
        let right = if self.patient == Patient::Ana { Patient::Beat } else { Patient::Ana };
        let elsewhere = || json!({"reason": text, "replacement": {"patient_id": right.id()}});
        let amendment = || json!({"reason": "omission", "body": words(self.author, &text)});
        let answer = match step {
            Step::Begin | Step::Leave => unreachable!("done to no note"),
            Step::Save | Step::SaveStale => call.put(&self.path(), save()),
            Step::Sign | Step::SignStale => call.post(&format!("{}/sign", self.path()), None),
            Step::Discard => call.delete(&self.path()),
            Step::Amend | Step::AmendStale => call.post(&format!("{}/amend", self.path()), amendment()),
            Step::Append => house.as_(who).post(&format!("{}/addenda", self.path()), json!({"text": text})),
            Step::DeclareWrong => call.post(&format!("{}/entered-in-error", self.path()), json!({"reason": text})),
            Step::DeclareElsewhere => call.post(&format!("{}/entered-in-error", self.path()), elsewhere()),
        };
        if let Some(refusal) = self.refusal(step, who, stale) {
            let answer = answer.refused(refusal);
            if refusal == "stale_version" {
                assert_eq!(
                    text_of(&answer.json["current"]["body"]),
                    self.stands(),
                    "the loser sees what stands: {answer}"
                );
            }
            return None;
        }
        self.done(step, who, text, &answer);
        let replaced_by = answer.json["replaced_by"].as_str()?.to_owned();
        assert_eq!(step, Step::DeclareElsewhere);
        let draft = self.stands().to_owned();
        let (version, signed, addenda) = (1, vec![], vec![]);
        Some(Self {
            id: replaced_by,
            patient: right,
            author: who,
            leaver: None,
            state: State::Draft,
            version,
            draft,
            signed,
            addenda,
        })
    }

    /// What must be refused, and why: first whose it is, then which version was read, then where it stands.
    fn refusal(&self, step: Step, who: Who, stale: bool) -> Option<&'static str> {
        if self.leaver == Some(who) {
            return Some("not_signed_in");
        }
        let own = who == self.author || who == Who::Manager;
        let appends = matches!(step, Step::Append);
        if self.state == State::Discarded {
            return Some("not_found");
        }
        match (own, appends) {
            (false, false) => return Some("not_the_author"),
            (false, true) if discipline(who) != discipline(self.author) => return Some("other_discipline"),
            (false, true) if self.state == State::Draft => return Some("draft_is_private"),
            (false, true) if self.state == State::EnteredInError => return Some("entered_in_error"),
            _ => {}
        }
        if stale {
            return Some("stale_version");
        }
        let wanted = match step {
            Step::Leave | Step::Begin | Step::Save | Step::SaveStale | Step::Sign | Step::SignStale | Step::Discard => {
                State::Draft
            }
            Step::Amend | Step::AmendStale | Step::Append | Step::DeclareWrong | Step::DeclareElsewhere => {
                State::Signed
            }
        };
        (self.state != wanted).then_some("wrong_state")
    }

    fn done(&mut self, step: Step, who: Who, text: String, answer: &Answer) {
        assert!(matches!(answer.status, 200 | 201 | 204), "{step:?} by {who:?}: {answer}");
        let told = || answer.json["hash"].as_str().unwrap().to_owned();
        match step {
            Step::Save => self.draft = text,
            Step::Sign => {
                self.signed.push((self.draft.clone(), told()));
                self.state = State::Signed;
            }
            Step::Amend => self.signed.push((text, told())),
            Step::Append => self.addenda.push((who, text)),
            Step::DeclareWrong | Step::DeclareElsewhere => self.state = State::EnteredInError,
            Step::Discard => self.state = State::Discarded,
            Step::Begin | Step::Leave | Step::SaveStale | Step::SignStale | Step::AmendStale => unreachable!("refused"),
        }
        if !matches!(step, Step::Append | Step::Discard) {
            self.version += 1;
            assert_eq!(answer.version(), self.version, "{answer}");
        }
    }

    /// The words that stand now.
    fn stands(&self) -> &str {
        self.signed.last().map_or(&self.draft, |(text, _)| text)
    }

    /// Whether somebody sees the words.
    fn shows(&self, who: Who) -> bool {
        if self.leaver == Some(who) {
            return false;
        }
        match self.state {
            State::Draft => who == self.author,
            State::Signed | State::LeftUnsigned => who != Who::PrivacyOfficer,
            State::EnteredInError => who == self.author || who == Who::PrivacyOfficer,
            State::Discarded => false,
        }
    }

    /// Fails unless everyone sees of it what they may, every version and addendum included.
    fn is_whole(&self, house: &House) {
        for who in WRITERS.into_iter().chain([Who::PrivacyOfficer]) {
            let read = house.as_(who).get(&self.path());
            if self.shows(who) {
                let read = read.is(200);
                assert_eq!(text_of(&read.json["body"]), self.stands(), "{who:?}: {read}");
                let addenda: Vec<_> = read.json["addenda"].as_array().into_iter().flatten().collect();
                assert!(
                    addenda.iter().map(|one| (&one["author"]["id"], &one["text"])).eq(self
                        .addenda
                        .iter()
                        .map(|(who, text)| (json!(who.id()), json!(text)))
                        .collect::<Vec<_>>()
                        .iter()
                        .map(|(who, text)| (who, text))),
                    "{who:?}: {read}"
                );
                self.versions_are_whole(house, who);
            } else {
                assert!(!words_in(&read.text, self), "{who:?} sees words of {self:?}: {read}");
            }
        }
    }

    fn versions_are_whole(&self, house: &House, who: Who) {
        for (number, (text, hash)) in (1..).zip(&self.signed) {
            let version = house.as_(who).get(&format!("{}/versions/{number}", self.path())).is(200);
            assert_eq!(text_of(&version.json["body"]), text, "{who:?} reads version {number}: {version}");
            assert_eq!(&hash_of_body(&version.json["body"]), hash, "the words are those that were signed: {version}");
            assert_eq!(version.json["hash"], json!(hash), "{version}");
        }
    }
}

/// Whether an answer holds any of a note's words.
fn words_in(answer: &str, note: &Expected) -> bool {
    let appended = note.addenda.iter().map(|(_, text)| text);
    note.signed
        .iter()
        .map(|(text, _)| text)
        .chain(appended)
        .chain([&note.draft])
        .any(|text| answer.contains(&format!("\"{text}\"")))
}

/// SHA-256 of the canonical JSON (RFC 8785) of a body, in hexadecimal.
pub fn hash_of_body(body: &Value) -> String {
    hash_of(&serde_json_canonicalizer::to_vec(body).unwrap())
}

pub fn hash_of(bytes: &[u8]) -> String {
    json!(Hash(Sha256::digest(bytes).into())).as_str().unwrap().to_owned()
}

on_both!(no_word_that_was_signed_is_lost);
fn no_word_that_was_signed_is_lost(house: &House) {
    house.joins(Who::OtherPhysio, Patient::Ana);
    for who in WRITERS {
        house.joins(who, Patient::Beat);
    }
    let mut notes: Vec<Expected> = Vec::new();
    let mut leaver = None;
    let steps = steps();
    // Shown if the test fails.
    println!("{steps:?}");
    for (number, (step, who, which)) in steps.into_iter().enumerate() {
        let text = format!("words {number} of {who:?}");
        let place = which % notes.len().max(1);
        match (step, notes.get_mut(place)) {
            (Step::Leave, _) if leaver.is_none() && number > STEPS / 2 => {
                leaver = Some(who);
                leaves(house, who, &mut notes);
            }
            (Step::Leave, Some(_)) => {}
            (Step::Begin, _) | (_, None) if leaver == Some(who) => {}
            (Step::Begin, _) | (_, None) => notes.push(begins(house, who, text)),
            // Every other time it is the author who tries, or little would ever be signed; a manager in the place of who left.
            (step, Some(note)) => {
                let (step, fit) = match (step, leaver == Some(note.author)) {
                    (Step::DeclareWrong | Step::DeclareElsewhere, true) => (Step::DeclareWrong, Who::Manager),
                    _ => (step, note.author),
                };
                let anew = note.tries(house, step, if which % 2 == 0 { fit } else { who }, text);
                notes.extend(anew);
            }
        }
        for note in &mut notes {
            note.leaver = leaver;
        }
        house.passes(1);
    }
    // However it was drawn, somebody leaves, and is answered for.
    if leaver.is_none() {
        leaves(house, Who::OtherPhysio, &mut notes);
    }
    let of_leaver = |note: &&mut Expected| note.leaver == Some(note.author) && note.state == State::Signed;
    if let Some(signed) = notes.iter_mut().find(of_leaver) {
        signed.tries(house, Step::DeclareWrong, Who::Manager, "not Ana's".to_owned());
    }
    for note in &notes {
        note.is_whole(house);
    }
    assert!(notes.iter().any(|note| !note.signed.is_empty()), "some were signed");
    hashes_are_in_the_log(house, &notes);
    house.verify_from_outside(Practice::Lakeside);
}

/// Somebody leaves the practice, and what they did not sign is left unsigned.
fn leaves(house: &House, who: Who, notes: &mut [Expected]) {
    house.deactivates(who);
    for note in notes {
        note.leaver = Some(who);
        if (note.author, note.state) == (who, State::Draft) {
            (note.state, note.version) = (State::LeftUnsigned, note.version + 1);
        }
    }
}

fn begins(house: &House, who: Who, text: String) -> Expected {
    let new = json!({"kind": "progress", "service_at": MORNING, "body": words(who, &text)});
    let begun = house.as_(who).post(&format!("/patients/{}/notes", Patient::Ana.id()), new).is(201);
    let (id, version, patient) = (begun.id().to_owned(), begun.version(), Patient::Ana);
    let (state, leaver) = (State::Draft, None);
    Expected { id, patient, author: who, leaver, state, version, draft: text, signed: vec![], addenda: vec![] }
}

/// The log holds, for each signature, amendment and addendum, the hash of exactly what was signed, in this order.
fn hashes_are_in_the_log(house: &House, notes: &[Expected]) {
    let events = house.sealed_events(Practice::Lakeside);
    let done: Vec<_> = events.iter().filter(|event| event.outcome == Outcome::Done).collect();
    let known: BTreeSet<&str> = notes.iter().map(|note| note.id.as_str()).collect();
    for note in notes {
        let logged = |actions: &[Action]| -> Vec<String> {
            let of_note =
                done.iter().filter(|event| event.object.is_some_and(|object| object.id.to_string() == note.id));
            let of_action = of_note.filter(|event| actions.contains(&event.action));
            of_action.map(|event| json!(event.hash.unwrap()).as_str().unwrap().to_owned()).collect()
        };
        let versions = note.signed.iter().map(|(_, hash)| hash);
        assert!(versions.eq(&logged(&[Action::SignNote, Action::AmendNote])), "{note:?}");
        let addenda = note.addenda.iter().map(|(_, text)| hash_of(text.as_bytes()));
        assert!(addenda.eq(logged(&[Action::AddAddendum])), "{note:?}");
    }
    for event in done.iter().filter(|event| event.hash.is_some()) {
        assert!(known.contains(event.object.unwrap().id.to_string().as_str()), "a signature of no note: {event:?}");
    }
}
