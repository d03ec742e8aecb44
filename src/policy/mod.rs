//! Who may do what: one pure decision over finite inputs.

mod action;
mod classes;
mod decide;
mod decision;
mod facts;
pub mod matrix;
mod reasons;
#[cfg(test)]
mod tests;

pub use action::Action;
pub use classes::{NoteClass, Whose, visible_classes, withheld_classes};
pub use decide::{by_the_program, decide, decide_any};
pub use decision::{AuditReach, Decision, Grant, Ground, Permit, Refusal, Sight, audit_reach};
pub use facts::{Authorship, Facts, NoteFacts, NoteState, Place, Relation, Sharing, Ties, Withheld};
pub use reasons::shows_reason;
