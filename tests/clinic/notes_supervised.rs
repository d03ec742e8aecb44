//! Notes live a random life under supervision: whatever comes between a signature and the second one, every word that was
//! ever signed is readable to who may, and the log has the hash of each.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tandem::actor::Discipline;
use tandem::audit::Outcome;
use tandem::policy::Action;

use crate::house::{Answer, House, MORNING, Patient, Practice, Who, on_both};
use crate::notes_life::{discipline, hash_of, hash_of_body, text_of, words};

/// Who needs a second signature, and who may give it; [`Step::Replace`] takes turns.
const STUDENT: Who = Who::OtherPhysio;
const SUPERVISORS: [Who; 2] = [Who::Physio, Who::Owner];
/// Who acts; all treat Ana but [`Who::Owner`].
const PEOPLE: [Who; 4] = [STUDENT, Who::Physio, Who::Massage, Who::Owner];
/// Steps of one life.
const STEPS: usize = 170;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Begin,
    Save,
    Sign,
    Cosign,
    Return,
    Discard,
    Amend,
    Append,
    CosignPending,
    ReturnPending,
    Withdraw,
    Share,
    DeclareWrong,
    /// Declared wrong, and begun anew in Beat's record.
    DeclareElsewhere,
    Replace,
    /// The student leaves the practice, once, and not before half of the life is over.
    Leave,
}

/// Who tries what with which of the notes.
fn steps() -> Vec<(Step, Who, usize)> {
    let step = prop_oneof![
        4 => Just(Step::Begin),
        2 => Just(Step::Save),
        6 => Just(Step::Sign),
        5 => Just(Step::Cosign),
        2 => Just(Step::Return),
        1 => Just(Step::Discard),
        5 => Just(Step::Amend),
        5 => Just(Step::Append),
        5 => Just(Step::CosignPending),
        2 => Just(Step::ReturnPending),
        2 => Just(Step::Withdraw),
        2 => Just(Step::Share),
        1 => Just(Step::DeclareWrong),
        2 => Just(Step::DeclareElsewhere),
        1 => Just(Step::Replace),
        1 => Just(Step::Leave),
    ];
    let steps = proptest::collection::vec((step, proptest::sample::select(PEOPLE.to_vec()), any::<usize>()), STEPS);
    steps.new_tree(&mut TestRunner::default()).unwrap().current()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Draft,
    Awaiting,
    Signed,
    EnteredInError,
    Discarded,
    LeftUnsigned,
}

/// An amendment or addendum of the student's as it must be.
#[derive(Clone, Debug)]
struct Pending {
    id: String,
    is_amendment: bool,
    text: String,
    hash: String,
    state: &'static str,
}

/// A note as it must be.
#[derive(Debug)]
struct Expected {
    id: String,
    author: Who,
    /// Whether it stands in Beat's record, to whom nobody's note is taken any further.
    is_beats: bool,
    /// Whether the student works here no more.
    left: bool,
    state: State,
    version: i64,
    draft: String,
    shared_with_discipline: bool,
    versions: Vec<(String, String)>,
    addenda: Vec<(Who, String)>,
    pending: Vec<Pending>,
    returned: Vec<(String, String)>,
    /// The hashes that the log must have of it, in this order.
    log: Vec<String>,
}

impl Expected {
    fn begun(house: &House, who: Who, text: String) -> Self {
        let new = json!({"kind": "progress", "service_at": MORNING, "body": words(who, &text)});
        let begun = house.begins(who, Patient::Ana, &new);
        Self::draft(begun.id().to_owned(), who, begun.version(), text)
    }

    fn draft(id: String, author: Who, version: i64, draft: String) -> Self {
        Self {
            id,
            author,
            is_beats: false,
            left: false,
            state: State::Draft,
            version,
            draft,
            shared_with_discipline: false,
            versions: vec![],
            addenda: vec![],
            pending: vec![],
            returned: vec![],
            log: vec![],
        }
    }

    fn path(&self) -> String {
        format!("/notes/{}", self.id)
    }

    fn waiting(&self, which: usize) -> Option<usize> {
        (!self.pending.is_empty()).then(|| which % self.pending.len())
    }

    /// Whether this must be done when it is tried.
    fn allows(&self, step: Step, who: Who, supervisor: Who, pending: Option<usize>) -> bool {
        if who == STUDENT && self.left {
            return false;
        }
        let (own, cosigns) = (who == self.author, who == supervisor);
        // A manager answers for the notes of whoever has left.
        let declares = own || (self.left && self.author == STUDENT && who == Who::Owner);
        let waits = pending.is_some_and(|at| self.pending[at].state == "waiting");
        match step {
            Step::Begin | Step::Replace | Step::Leave => unreachable!("about no note"),
            Step::Save | Step::Sign => own && self.state == State::Draft,
            Step::Discard => own && self.state == State::Draft && self.returned.is_empty(),
            Step::Cosign | Step::Return => cosigns && self.author == STUDENT && self.state == State::Awaiting,
            Step::Amend => {
                let another = self.pending.iter().any(|one| one.is_amendment && one.state == "waiting");
                own && self.state == State::Signed && !another
            }
            Step::Append => {
                let supervises = cosigns && self.author == STUDENT;
                let treats = who != Who::Owner && discipline(who) == discipline(self.author);
                (own || supervises || treats) && self.state == State::Signed
            }
            Step::CosignPending | Step::ReturnPending => cosigns && waits && self.pending_is_in_discipline(who),
            Step::Withdraw => who == STUDENT && waits,
            Step::Share => own && matches!(self.state, State::Awaiting | State::Signed),
            Step::DeclareWrong => declares && matches!(self.state, State::Awaiting | State::Signed),
            Step::DeclareElsewhere => own && !self.is_beats && matches!(self.state, State::Awaiting | State::Signed),
        }
    }

    fn pending_is_in_discipline(&self, who: Who) -> bool {
        discipline(who) == discipline(self.author)
    }

    /// Tries a step, and holds the answer against what must be; the note that was begun in its place, if one was.
    fn tries(
        &mut self,
        house: &House,
        step: Step,
        who: Who,
        supervisor: Who,
        (text, which): (String, usize),
    ) -> Option<Self> {
        let pending = self.waiting(which);
        let call = house.as_(who).if_match(self.version);
        let on_pending = |step: &str, body: Option<Value>| {
            let at = pending?;
            let version = if self.pending[at].state == "waiting" { 1 } else { 2 };
            let path = format!("/pending-changes/{}/{step}", self.pending[at].id);
            Some(house.as_(who).if_match(version).post(&path, body))
        };
        let on_note = |step: &str| format!("{}/{step}", self.path());
        let body = words(self.author, &text);
        let comments = json!({"comments": text});
        let elsewhere = json!({"reason": text, "replacement": {"patient_id": Patient::Beat.id()}});
        let sharing = if self.shared_with_discipline { "care_team" } else { "discipline" };
        let answer = match step {
            Step::Begin | Step::Replace | Step::Leave => unreachable!("about no note"),
            Step::Save => Some(call.put(&self.path(), json!({"service_at": MORNING, "body": body}))),
            Step::Sign => Some(call.post(&on_note("sign"), None)),
            Step::Cosign => Some(call.post(&on_note("cosign"), None)),
            Step::Return => Some(call.post(&on_note("return"), comments)),
            Step::Discard => Some(call.delete(&self.path())),
            Step::Amend => Some(call.post(&on_note("amend"), json!({"reason": "omission", "body": body}))),
            Step::Append => Some(house.as_(who).post(&on_note("addenda"), json!({"text": text}))),
            Step::CosignPending => on_pending("cosign", None),
            Step::ReturnPending => on_pending("return", Some(comments)),
            Step::Withdraw => on_pending("withdraw", None),
            Step::Share => Some(call.post(&on_note("share"), json!({"sharing": sharing}))),
            Step::DeclareWrong => Some(call.post(&on_note("entered-in-error"), json!({"reason": text}))),
            Step::DeclareElsewhere => Some(call.post(&on_note("entered-in-error"), elsewhere)),
        };
        let answer = answer?;
        if self.allows(step, who, supervisor, pending) {
            assert!(answer.status < 300, "{step:?} by {who:?} of {self:?}: {answer}");
            self.done(step, who, text, pending, &answer);
        } else {
            assert!((400..500).contains(&answer.status), "{step:?} by {who:?} of {self:?}: {answer}");
            return None;
        }
        let replaced_by = answer.json["replaced_by"].as_str().filter(|_| step == Step::DeclareElsewhere)?;
        let words = self.versions.last().map_or(&self.draft, |(text, _)| text).clone();
        let shared_with_discipline = self.shared_with_discipline;
        Some(Self {
            is_beats: true,
            shared_with_discipline,
            ..Self::draft(replaced_by.to_owned(), self.author, 1, words)
        })
    }

    fn done(&mut self, step: Step, who: Who, text: String, pending: Option<usize>, answer: &Answer) {
        let needs_cosign = who == STUDENT;
        let told = || answer.json["hash"].as_str().unwrap().to_owned();
        let submitted = |is_amendment| {
            let newest = answer.json["pending"].as_array().unwrap().last().unwrap().clone();
            let word = |name: &str| newest[name].as_str().unwrap().to_owned();
            Pending { id: word("id"), is_amendment, text: text.clone(), hash: word("hash"), state: "waiting" }
        };
        match step {
            Step::Begin | Step::Replace | Step::Leave => unreachable!("about no note"),
            Step::Save => self.draft = text,
            Step::Discard => self.state = State::Discarded,
            Step::Sign if needs_cosign => {
                self.state = State::Awaiting;
                self.log.push(told());
            }
            Step::Sign | Step::Cosign => {
                self.state = State::Signed;
                let hash = signed_hash(self.author, &self.draft);
                self.versions.push((self.draft.clone(), hash.clone()));
                self.log.push(hash);
            }
            Step::Return => {
                self.state = if self.left { State::LeftUnsigned } else { State::Draft };
                // That it is left unsigned counts as another change.
                self.version += i64::from(self.left);
                let hash = signed_hash(self.author, &self.draft);
                self.returned.push((self.draft.clone(), hash));
            }
            Step::Amend if needs_cosign => {
                self.pending.push(submitted(true));
                self.log.push(signed_hash(self.author, &text));
            }
            Step::Amend => {
                self.log.push(told());
                self.versions.push((text, told()));
            }
            Step::Append => {
                self.log.push(hash_of(text.as_bytes()));
                if needs_cosign {
                    self.pending.push(submitted(false));
                } else {
                    self.addenda.push((who, text));
                }
            }
            Step::CosignPending => {
                let one = &mut self.pending[pending.unwrap()];
                one.state = "cosigned";
                self.log.push(one.hash.clone());
                if one.is_amendment {
                    self.versions.push((one.text.clone(), one.hash.clone()));
                    self.version += 1;
                } else {
                    self.addenda.push((STUDENT, one.text.clone()));
                }
            }
            Step::ReturnPending => self.pending[pending.unwrap()].state = "returned",
            Step::Withdraw => self.pending[pending.unwrap()].state = "withdrawn",
            Step::Share => self.shared_with_discipline = !self.shared_with_discipline,
            Step::DeclareWrong | Step::DeclareElsewhere => {
                if self.state == State::Awaiting {
                    let hash = signed_hash(self.author, &self.draft);
                    self.versions.push((self.draft.clone(), hash));
                    self.version += 1;
                }
                self.state = State::EnteredInError;
                for one in self.pending.iter_mut().filter(|one| one.state == "waiting") {
                    one.state = "withdrawn";
                }
            }
        }
        let counts = [Step::Discard, Step::Append, Step::CosignPending, Step::ReturnPending, Step::Withdraw];
        if !counts.contains(&step) {
            self.version += 1;
            assert_eq!(answer.version(), self.version, "{step:?}: {answer}");
        }
    }

    /// Whether somebody sees the words.
    fn shows(&self, who: Who, supervisor: Who) -> bool {
        let own = who == self.author;
        if self.left && who == STUDENT {
            return false;
        }
        match self.state {
            State::Discarded => false,
            State::Draft => own,
            State::EnteredInError => own || who == Who::PrivacyOfficer,
            State::Awaiting | State::Signed | State::LeftUnsigned => match who {
                Who::PrivacyOfficer => false,
                Who::Owner => supervisor == Who::Owner && self.author == STUDENT,
                _ => own || !self.shared_with_discipline || discipline(who) == discipline(self.author),
            },
        }
    }

    /// Fails unless everyone sees of it what they may, every word that was ever signed included.
    fn is_whole(&self, house: &House, supervisor: Who) {
        for who in PEOPLE.into_iter().chain([Who::PrivacyOfficer]) {
            let read = house.as_(who).get(&self.path());
            if !self.shows(who, supervisor) {
                let spoken = self.ever_signed().chain([&self.draft]);
                let heard: Vec<_> = spoken.filter(|text| read.text.contains(&format!("\"{text}\""))).collect();
                assert!(heard.is_empty(), "{who:?} hears {heard:?} of {self:?}: {read}");
                continue;
            }
            let read = read.is(200);
            let stands = self.versions.last().map_or(&self.draft, |(text, _)| text);
            assert_eq!(text_of(&read.json["body"]), stands, "{who:?}: {read}");
            self.versions_are_whole(house, who);
            let texts = |list: &str, name: &str| -> Vec<String> {
                let items = read.json[list].as_array().into_iter().flatten();
                items.map(|item| item[name].as_str().unwrap_or(text_of(&item["body"])).to_owned()).collect()
            };
            let addenda = self.addenda.iter().map(|(_, text)| text);
            let mut told = texts("addenda", "text");
            told.sort();
            let mut expected: Vec<_> = addenda.cloned().collect();
            expected.sort();
            assert_eq!(told, expected, "{who:?}: {read}");
            let between_the_two = who == STUDENT || who == supervisor;
            let shown = |one: &&Pending| one.state == "waiting" || (between_the_two && one.state != "cosigned");
            let expected: Vec<_> = self.pending.iter().filter(shown).map(|one| one.text.clone()).collect();
            assert_eq!(texts("pending", "text"), expected, "{who:?}: {read}");
            let returned = if self.author == STUDENT && between_the_two { self.returned.clone() } else { vec![] };
            let told = texts("returns", "text");
            assert_eq!(told, returned.into_iter().map(|(text, _)| text).collect::<Vec<_>>(), "{who:?}: {read}");
        }
        // Comments are between the two; of what a leaver's error hides, they are kept and shown to nobody.
        let reader = if self.left { supervisor } else { self.author };
        let returned = self.returned.iter().filter(|_| self.shows(reader, supervisor));
        for (one, (_, hash)) in returned.enumerate() {
            let own = house.as_(reader).get(&self.path()).is(200);
            let returned = &own.json["returns"][one];
            assert_eq!((&returned["hash"], hash_of_body(&returned["body"])), (&json!(hash), hash.clone()), "{own}");
        }
    }

    fn ever_signed(&self) -> impl Iterator<Item = &String> {
        let versions = self.versions.iter().map(|(text, _)| text);
        let appended = self.addenda.iter().map(|(_, text)| text);
        let pending = self.pending.iter().map(|one| &one.text);
        versions.chain(appended).chain(pending).chain(self.returned.iter().map(|(text, _)| text))
    }

    fn versions_are_whole(&self, house: &House, who: Who) {
        for (number, (text, hash)) in (1..).zip(&self.versions) {
            let version = house.as_(who).get(&format!("{}/versions/{number}", self.path())).is(200);
            assert_eq!(text_of(&version.json["body"]), text, "{who:?} reads version {number}: {version}");
            assert_eq!(&hash_of_body(&version.json["body"]), hash, "{version}");
            assert_eq!(version.json["hash"], json!(hash), "{version}");
            let signer = version.json["signed_by"]["id"].clone();
            assert_eq!(signer, json!(self.author.id()), "the words stay the author's: {version}");
        }
    }
}

on_both!(no_word_signed_under_supervision_is_lost);
fn no_word_signed_under_supervision_is_lost(house: &House) {
    assert_eq!(discipline(STUDENT), Discipline::Physiotherapy);
    house.joins(STUDENT, Patient::Ana);
    for who in [STUDENT, Who::Physio, Who::Massage] {
        house.joins(who, Patient::Beat);
    }
    let (mut supervisor, mut left) = (SUPERVISORS[0], false);
    house.supervises(Some(supervisor), STUDENT).is(200);
    let mut notes: Vec<Expected> = Vec::new();
    let steps = steps();
    // Shown if the test fails.
    println!("{steps:?}");
    for (number, (step, who, which)) in steps.into_iter().enumerate() {
        let text = format!("words {number} of {who:?}");
        // Half of the time it is who may that tries, or little would ever be signed.
        let apt = which % 2 == 0;
        if step == Step::Replace {
            supervisor = *SUPERVISORS.iter().find(|other| **other != supervisor).unwrap();
            house.supervises(Some(supervisor), STUDENT).is(200);
            continue;
        }
        if step == Step::Leave {
            if !left && number > STEPS / 2 {
                left = true;
                leaves(house, &mut notes);
            }
            continue;
        }
        let count = notes.len().max(1);
        match (step, notes.get_mut((which / 2) % count)) {
            (Step::Begin, _) | (_, None) => {
                // Who treats nobody writes nothing; of the others the student writes most.
                let author = if apt || who == Who::Owner { STUDENT } else { who };
                let author = if left && author == STUDENT { Who::Physio } else { author };
                notes.push(Expected::begun(house, author, text));
            }
            (_, Some(note)) => {
                let fit = match step {
                    Step::Cosign | Step::Return | Step::CosignPending | Step::ReturnPending => supervisor,
                    Step::Withdraw => STUDENT,
                    Step::DeclareWrong if note.left && note.author == STUDENT => Who::Owner,
                    _ => note.author,
                };
                let anew = note.tries(house, step, if apt { fit } else { who }, supervisor, (text, which / 7));
                notes.extend(anew);
            }
        }
        for note in &mut notes {
            note.left = left;
        }
        house.passes(1);
    }
    if !left {
        leaves(house, &mut notes);
    }
    for note in &notes {
        note.is_whole(house, supervisor);
    }
    assert!(notes.iter().any(|note| !note.log.is_empty()), "some were signed");
    hashes_are_in_the_log(house, &notes);
    house.verify_from_outside(Practice::Lakeside);
}

/// The student leaves the practice; what waits for a second signature waits on.
fn leaves(house: &House, notes: &mut [Expected]) {
    house.deactivates(STUDENT);
    for note in notes {
        note.left = true;
        if note.author == STUDENT && note.state == State::Draft {
            (note.state, note.version) = (State::LeftUnsigned, note.version + 1);
        }
    }
}

/// The hash of a visit as it is signed.
fn signed_hash(author: Who, text: &str) -> String {
    let mut signed = words(author, text);
    signed["schema_version"] = json!(1);
    hash_of_body(&signed)
}

/// The log holds the hash of each signature, first or second, in this order.
fn hashes_are_in_the_log(house: &House, notes: &[Expected]) {
    const SIGNATURES: [Action; 4] = [Action::SignNote, Action::CosignNote, Action::AmendNote, Action::AddAddendum];
    let events = house.sealed_events(Practice::Lakeside);
    for note in notes {
        let of_note = events.iter().filter(|event| event.object.is_some_and(|object| object.id.to_string() == note.id));
        let done = of_note.filter(|event| event.outcome == Outcome::Done && SIGNATURES.contains(&event.action));
        let logged: Vec<_> = done.map(|event| json!(event.hash.unwrap()).as_str().unwrap().to_owned()).collect();
        assert_eq!(logged, note.log, "{note:?}");
        for (_, hash) in &note.versions {
            assert!(logged.contains(hash), "a version of which the log knows nothing: {note:?}");
        }
    }
}
