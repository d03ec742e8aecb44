//! The access report: who saw or changed one patient's record, as the patient can be given it.
//!
//! It tells of nobody else's record and repeats no words that staff wrote: reasons lie in the audit log. Refused attempts
//! are in it, marked as such.

pub mod api;
mod csv;
mod ops;
mod query;
pub mod web;

use serde::Serialize;

use super::views::ObjectView;
use super::wording;
use crate::actor::Role;
use crate::audit::{By, Event, Outcome};
use crate::clock::Timestamp;
use crate::ids::EventId;
use crate::policy::{Action, Ground};

/// Somebody who saw or changed a record, or tried to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AccessLine {
    /// The id of the event in the audit log.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// Who, by name; `Tandem` for the program itself.
    pub who: String,
    /// The role it was allowed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What was asked for.
    pub action: Action,
    /// The same in words.
    pub what: String,
    /// Whether it was done.
    pub outcome: Outcome,
    /// The ground it was allowed on, or the code it was refused with.
    pub code: String,
    /// The same in words.
    pub why: String,
    /// What it was about, where the event concerns no other patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectView>,
    /// Whether the glass was broken for it.
    pub emergency: bool,
    /// Whether a reviewer was let in for it.
    pub audit: bool,
    /// Whether reviewers should look at it: the record is a colleague's own, or was when it was opened.
    pub unusual: bool,
}

impl AccessLine {
    /// What an event tells the patient; `name` is that of whoever acted. Of one that names many, such as a list, only the
    /// report of each can tell whether it is about a colleague.
    fn of(event: Event, name: Option<String>, is_a_colleagues: bool) -> Self {
        let ground: Option<Ground> = event.code.parse().ok();
        let role = match event.actor {
            By::Staff { role, .. } => role,
            By::Stranger | By::System => None,
        };
        let broke_the_glass = matches!(ground, Some(Ground::Emergency | Ground::SeriousHarm));
        Self {
            id: event.id,
            at: event.at,
            who: name.unwrap_or_else(|| wording::nobody(event.actor).to_owned()),
            role,
            action: event.action,
            what: wording::what(event.action),
            outcome: event.outcome,
            why: wording::why(ground, &event.code),
            // An object of an event about several may stand in another patient's record.
            object: event.object.filter(|_| event.subjects.len() == 1).map(Into::into),
            emergency: broke_the_glass || event.action == Action::OpenEmergencyAccess,
            audit: ground == Some(Ground::AuditAccess) || event.action == Action::OpenAuditAccess,
            unusual: event.unusual || is_a_colleagues && matches!(event.actor, By::Staff { .. }),
            code: event.code.into_owned(),
        }
    }
}
