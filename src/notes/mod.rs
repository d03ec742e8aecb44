//! Notes: their words, and the rules of their life.

pub mod body;
pub mod diff;
pub mod measure;
mod required;
pub mod rules;
mod scope;
pub mod words;

pub use body::{NoteBody, NoteKind};
pub use rules::{AmendReason, NoteMove};

#[cfg(test)]
mod tests;
