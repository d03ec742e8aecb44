//! Note classes: what the policy needs to know of a note, as one small integer that SQL can compute.

use strum::IntoEnumIterator;

use super::{Action, Authorship, NoteFacts, NoteState, Relation, Sharing, Sight, Ties, Withheld, decide_any};
use crate::actor::{Discipline, RoleSet};

/// All notes that the policy treats alike in reading, from 0 to 179: the digits of a number, from the greatest, are what
/// is withheld (of 3), whose note it is for the reader (of 3), its state (of 5), its discipline (of 2) and its sharing (of
/// 2), each counted from 0 in the order of [`Withheld`], [`Whose`], [`NoteState`], [`Discipline`] and [`Sharing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteClass(u8);

/// Whose note it is, as far as reading goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// Somebody's, whether they still work here or not.
    Another,
    /// The reader's.
    Own,
    /// That of somebody whom the reader supervises.
    Supervised,
}

/// What the digits of a class are worth in the number.
#[derive(Clone, Copy, Debug)]
pub struct Worth {
    /// Of each step of what is withheld.
    pub withheld: u8,
    /// Of each step of whose note it is.
    pub whose: u8,
    /// Of each state.
    pub state: u8,
    /// Of the discipline.
    pub discipline: u8,
}

impl NoteClass {
    /// What the digits are worth; sharing is worth 1.
    pub const WORTH: Worth = Worth { withheld: 60, whose: 20, state: 4, discipline: 2 };

    /// The class of a note of which so much is withheld.
    #[must_use]
    pub fn of(note: &NoteFacts, withheld: Withheld) -> Self {
        let whose = match note.authorship {
            Authorship::Colleague | Authorship::Departed => Whose::Another,
            Authorship::Own => Whose::Own,
            Authorship::Supervised => Whose::Supervised,
        };
        let worth = Self::WORTH;
        Self(
            withheld as u8 * worth.withheld
                + whose as u8 * worth.whose
                + note.state as u8 * worth.state
                + note.discipline as u8 * worth.discipline
                + note.sharing as u8,
        )
    }

    /// Every class, by number.
    pub fn all() -> impl Iterator<Item = Self> {
        examples().map(|(withheld, note)| Self::of(&note, withheld))
    }

    /// Those of notes of which nothing is withheld.
    pub fn with_nothing_withheld() -> impl Iterator<Item = Self> {
        Self::all().filter(|class| class.0 < Self::WORTH.withheld)
    }

    /// The number that SQL computes, 0 to 179.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// One note of each class, by number.
fn examples() -> impl Iterator<Item = (Withheld, NoteFacts)> {
    let authorships = [Authorship::Colleague, Authorship::Own, Authorship::Supervised];
    let notes = authorships.into_iter().flat_map(|authorship| {
        NoteState::iter().flat_map(move |state| {
            Discipline::iter().flat_map(move |discipline| {
                Sharing::iter().map(move |sharing| NoteFacts { authorship, state, discipline, sharing })
            })
        })
    });
    let notes: Vec<NoteFacts> = notes.collect();
    Withheld::iter().flat_map(move |withheld| notes.clone().into_iter().map(move |note| (withheld, note)))
}

/// The classes a reader sees of one patient's notes by these ways to them, and how much of each: what reading each alone
/// would show. Ask for [`Action::ListNotes`] first. A referral opens single notes to those who take part in it, and no list.
#[must_use]
pub fn visible_classes(roles: RoleSet, ways: &[Relation]) -> Vec<(NoteClass, Sight)> {
    let ways: Vec<_> = ways.iter().copied().filter(|way| *way != Relation::Party).collect();
    examples()
        .filter_map(|(withheld, note)| {
            let ties = Ties { withheld, note: Some(note), ..Ties::NONE };
            let grant = decide_any(Action::ReadNote, roles, &ways, ties).grant().ok()?;
            Some((NoteClass::of(&note, withheld), grant.sight))
        })
        .collect()
}

/// The classes of which directives withhold from a reader what they would see otherwise by these ways to the patient.
#[must_use]
pub fn withheld_classes(roles: RoleSet, ways: &[Relation]) -> Vec<NoteClass> {
    let visible: Vec<_> = visible_classes(roles, ways).into_iter().map(|(class, _)| class).collect();
    let sees = |note: &NoteFacts, withheld| visible.contains(&NoteClass::of(note, withheld));
    let withheld = examples().filter(|(withheld, note)| !sees(note, *withheld) && sees(note, Withheld::Nothing));
    withheld.map(|(withheld, note)| NoteClass::of(&note, withheld)).collect()
}
