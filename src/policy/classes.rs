//! Note classes: what the policy needs to know of a note, as one small integer that SQL can compute.

use strum::IntoEnumIterator;

use super::{Action, Authorship, Facts, NoteFacts, NoteState, Relation, Sight, Standing, decide};
use crate::actor::{Discipline, RoleSet};

/// All notes that the policy treats alike in reading: `state * 4 + discipline * 2 + own`, from 0 to 15, where `state` and
/// `discipline` count from 0 in the order of [`NoteState`] and [`Discipline`], and `own` is 1 for the reader's own note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteClass(u8);

impl NoteClass {
    /// The class of a note.
    #[must_use]
    pub fn of(note: &NoteFacts) -> Self {
        let own = u8::from(note.authorship == Authorship::Own);
        Self(note.state as u8 * 4 + note.discipline as u8 * 2 + own)
    }

    /// Every class, by number.
    pub fn all() -> impl Iterator<Item = Self> {
        examples().map(|note| Self::of(&note))
    }

    /// The number that SQL computes, 0 to 15.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// One note of each class, by number; whether a colleague still works here makes no difference to reading.
fn examples() -> impl Iterator<Item = NoteFacts> {
    NoteState::iter().flat_map(|state| {
        Discipline::iter().flat_map(move |discipline| {
            [Authorship::Colleague, Authorship::Own].map(|authorship| NoteFacts { authorship, state, discipline })
        })
    })
}

/// The classes a reader sees of one patient's notes, and how much of each: what reading each alone would show. Ask for
/// [`Action::ListNotes`] first.
#[must_use]
pub fn visible_classes(roles: RoleSet, relation: Relation, oneself: bool) -> Vec<(NoteClass, Sight)> {
    let question = Facts { action: Action::ReadNote, roles, standing: Standing::Here, oneself, relation, note: None };
    examples()
        .filter_map(|note| {
            let grant = decide(&Facts { note: Some(note), ..question }).grant().ok()?;
            Some((NoteClass::of(&note), grant.sight))
        })
        .collect()
}
