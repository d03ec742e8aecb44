//! A small log for the tests.

use ed25519_dalek::SigningKey;

use super::checkpoint::Checkpoint;
use super::event::{By, Event, Log, Object, ObjectKind, Outcome, salted};
use super::export::{Export, Exported, Text};
use super::merkle::{Frontier, Hash, leaf_hash};
use super::verify::{Beside, Columns, SealedRow, Stored};
use crate::actor::Role;
use crate::clock::Timestamp;
use crate::ids::Id;
use crate::policy::Action;

/// Whether the tests that run the documented verifier are left out.
pub fn python_is_left_out() -> bool {
    std::env::var("TANDEM_TEST_WITHOUT_PYTHON").is_ok_and(|value| value == "1")
}

pub fn id<K>(number: u64) -> Id<K> {
    Id::from_uuid(uuid::Uuid::from_u128(0x0189_0a5d_ac96_7000_8000_0000_0000_0000 + u128::from(number)))
}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn signed_note() -> Event {
    Event {
        action: Action::SignNote,
        actor: By::Staff { role: Some(Role::Physiotherapist), session: id(2), staff: id(1) },
        address: "192.0.2.7".parse().ok(),
        at: Timestamp::parse("2026-03-01T09:30:00.000125Z").unwrap(),
        code: "care_team".into(),
        count: None,
        hash: Some(Hash([7; 32])),
        id: id(3),
        log: Log::Practice(id(4)),
        object: Some(Object { id: id(5), kind: ObjectKind::Note, version: Some(2) }),
        outcome: Outcome::Done,
        request: "r-1".into(),
        subjects: [id(6)].into(),
        text: None,
        unusual: false,
    }
}

/// A log with its checkpoints, in the database and outside of it.
#[derive(Clone, Debug)]
pub struct Sealed {
    pub log: Log,
    pub rows: Vec<SealedRow>,
    pub stored: Vec<Stored>,
    pub outside: String,
}

/// A log of `events` events with a signed checkpoint after every `each`, and at the end; every third has a text.
pub fn sealed(events: u64, each: u64) -> Sealed {
    let log = signed_note().log;
    let mut sealed = Sealed { log, rows: Vec::new(), stored: Vec::new(), outside: String::new() };
    let mut tree = Frontier::default();
    for seq in 0..events {
        let row = row(seq);
        tree.push(row.leaf_hash);
        sealed.rows.push(row);
        if tree.size() % each == 0 || tree.size() == events {
            let note = Checkpoint { log, size: tree.size(), root: tree.root() }.sign(&[&key(1)]);
            sealed.outside.push_str(&note);
            sealed.stored.push(Stored { size: tree.size(), note });
        }
    }
    sealed
}

fn row(seq: u64) -> SealedRow {
    let mut event = Event { id: id(1_000 + seq), request: format!("r-{seq}"), ..signed_note() };
    let mut beside = Beside::Nothing;
    if seq % 3 == 2 {
        let (salt, text) = ([u8::try_from(seq % 256).unwrap(); 32], format!("reason no. {seq} – „früher“"));
        event.text = Some(salted(&salt, &text));
        beside = Beside::Text { salt, text };
    }
    let leaf = event.leaf().unwrap();
    SealedRow { seq, leaf_hash: leaf_hash(&leaf), leaf, columns: Some(Columns::of(&event)), beside }
}

impl Sealed {
    pub fn export(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let notes = self.stored.iter().map(|stored| stored.note.as_str());
        let mut export = Export::begin(&mut out, self.log, &[key(1).verifying_key()], notes).unwrap();
        for row in &self.rows {
            let text = match &row.beside {
                Beside::Text { salt, text } => Some(Text { salt: *salt, text: text.clone() }),
                Beside::Nothing | Beside::Disposed => None,
            };
            export.event(&Exported { seq: row.seq, leaf: row.leaf.clone(), text }).unwrap();
        }
        export.finish().unwrap();
        out
    }
}
