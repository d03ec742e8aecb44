//! To whom the audit log shows the reasons given in words.

use super::{Action, Authorship, Facts, NoteFacts, NoteState, Place, Sharing, Ties, decide};
use crate::actor::{Discipline, RoleSet};

/// Whether somebody who sees the whole practice's events is shown the reason given for such an action. A reason that stands
/// in a patient's record too is shown to whom the policy shows it there without any relation to the patient.
#[must_use]
pub fn shows_reason(action: Action, roles: RoleSet) -> bool {
    let there = match action {
        Action::SetDirective => Action::ListDirectives,
        Action::ResolveSafetyItem => Action::ListSafetyItems,
        Action::CloseJointReview => Action::ListJointReviews,
        Action::EnterInError | Action::AmendNote | Action::ReturnNote => Action::ReadNote,
        _ => return true,
    };
    let state = if action == Action::EnterInError { NoteState::EnteredInError } else { NoteState::Signed };
    let (authorship, discipline, sharing) = (Authorship::Colleague, Discipline::Physiotherapy, Sharing::CareTeam);
    let note = Some(NoteFacts { authorship, state, discipline, sharing });
    decide(&Facts { action: there, roles, place: Place::Here(Ties { note, ..Ties::NONE }) }).grant().is_ok()
}
