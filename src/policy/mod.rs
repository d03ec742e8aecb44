//! Who may do what: one pure decision over finite inputs.

mod action;
mod facts;

pub use action::Action;
pub use facts::{Authorship, Facts, NoteFacts, NoteState, Relation, Standing};
