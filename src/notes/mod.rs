//! Notes: their words, and the rules of their life.

pub mod api;
mod beside;
pub mod body;
mod clearance;
pub mod copied;
pub mod diff;
pub mod joint_reviews;
pub mod measure;
pub mod ops;
mod query;
pub mod record;
mod required;
pub mod rules;
mod scope;
pub mod search;
mod shown;
pub mod summaries;
pub mod views;

pub use body::{NoteBody, NoteKind};
pub use rules::{AmendReason, NoteMove};

#[cfg(test)]
mod tests;
pub mod web;
