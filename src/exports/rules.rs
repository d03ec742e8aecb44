//! What goes to whom, and who may hand it out.

use std::collections::BTreeSet;

use super::{NewExport, Recipient, Severed};
use crate::actor::{Actor, Role};
use crate::chart::{Bars, Covers};
use crate::clock::Timestamp;
use crate::consent::ops::DirectiveView;
use crate::error::{Code, Error, FieldError, Result};
use crate::ids::{EpisodeId, NoteId, ObjectId};

/// Checks that nothing is severed but from what goes to the patient, and no note twice.
///
/// # Errors
/// [`Code::Invalid`].
pub fn check(new: &NewExport) -> Result<()> {
    if new.recipient == Recipient::Other && !new.severed.is_empty() {
        return Err(Error::field("/severed", "is for what goes to the patient; others get less by directives"));
    }
    let mut seen = BTreeSet::new();
    let twice = new.severed.iter().position(|severed| !seen.insert(severed.note_id));
    twice.map_or(Ok(()), |at| Err(no_such_note(at, "is severed twice")))
}

/// Checks that a decision-maker, whose name and right to receive records come with them, may be given a copy.
///
/// # Errors
/// [`Code::Invalid`] if they decide for somebody else, or are called otherwise; [`Code::MayNotReceiveRecords`].
pub fn check_decision_maker(new: &NewExport, maker: Option<(String, bool)>) -> Result<()> {
    match maker {
        _ if new.recipient == Recipient::Other => {
            Err(Error::field("/decision_maker_id", "is for what goes to the patient's side"))
        }
        None => Err(Error::field("/decision_maker_id", "is no decision-maker of this patient")),
        Some((_, false)) => Err(Error::of(Code::MayNotReceiveRecords)),
        Some((name, true)) if name != new.recipient_name.as_str() => {
            Err(Error::field("/recipient_name", "is not what this decision-maker is called"))
        }
        Some((_, true)) => Ok(()),
    }
}

/// Checks that every note which is severed is one of `notes`.
///
/// # Errors
/// [`Code::Invalid`].
pub fn check_severed(severed: &[Severed], notes: &BTreeSet<NoteId>) -> Result<()> {
    let missing = severed.iter().position(|severed| !notes.contains(&severed.note_id));
    missing.map_or(Ok(()), |at| Err(no_such_note(at, "is no signed note of this record")))
}

fn no_such_note(at: usize, message: &str) -> Error {
    Error::invalid(vec![FieldError::new(format!("/severed/{at}/note_id"), message)])
}

/// What consent directives withhold from whoever is given a copy.
#[derive(Debug, Default)]
pub struct Withheld {
    /// Everything but who the patient is.
    pub record: bool,
    single: BTreeSet<ObjectId>,
}

impl Withheld {
    /// What the directives in force at a moment withhold from this recipient: nothing from the patient; from others what
    /// they withhold from a discipline or from everyone, since neither tells whom outside it would not concern. One
    /// against a person concerns that person.
    #[must_use]
    pub fn from(recipient: Recipient, directives: &[DirectiveView], now: Timestamp) -> Self {
        let mut withheld = Self::default();
        let binding = directives.iter().filter(|directive| {
            recipient == Recipient::Other && in_force(directive, now) && directive.bars != Bars::Person
        });
        for directive in binding {
            match (directive.covers, directive.covered_id) {
                (Covers::Episode | Covers::Note, Some(id)) => {
                    withheld.single.insert(id);
                }
                (Covers::Record, _) | (_, None) => withheld.record = true,
            }
        }
        withheld
    }

    /// Whether a note is withheld, by itself or with its episode.
    #[must_use]
    pub fn note(&self, id: NoteId, episode: Option<EpisodeId>) -> bool {
        self.record || self.single.contains(&id.retype()) || episode.is_some_and(|episode| self.episode(episode))
    }

    /// Whether an episode of care is withheld.
    #[must_use]
    pub fn episode(&self, id: EpisodeId) -> bool {
        self.record || self.single.contains(&id.retype())
    }
}

/// Checks that whoever makes or opens a copy is shown nothing by it that the patient withholds from them. What is withheld
/// from everyone is left to the privacy officer, who else could not give the patient what is the patient's; what was left
/// out of the copy (`made_at` is when it was made) is not shown by it.
///
/// # Errors
/// [`Code::WithheldByPatient`]: somebody else has to do it.
pub fn may_see(
    actor: &Actor,
    recipient: Recipient,
    directives: &[DirectiveView],
    made_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let barred = directives.iter().filter(|directive| in_force(directive, now)).any(|directive| {
        let left_out = recipient == Recipient::Other && in_force(directive, made_at);
        match directive.bars {
            Bars::Person => directive.staff_id == Some(actor.staff),
            Bars::Discipline => {
                !left_out && actor.roles.disciplines().any(|discipline| directive.discipline == Some(discipline))
            }
            Bars::Everyone => !left_out && !actor.roles.has(Role::PrivacyOfficer),
        }
    });
    if barred { Err(Error::of(Code::WithheldByPatient)) } else { Ok(()) }
}

/// Whether a directive that is not revoked binds at a moment.
fn in_force(directive: &DirectiveView, at: Timestamp) -> bool {
    directive.revoked_at.is_none() && directive.from <= at && directive.until.is_none_or(|until| until > at)
}
