//! Cross-referrals: a clinician asks a colleague, or the pool of a discipline at a site, to see a patient; the answer comes
//! back as a report, and the referrer's review closes the loop.
//!
//! Who may make which move in which state, and where it leads, stands in [`rules::STEPS`] alone.

pub mod api;
mod content;
mod milestones;
mod number;
pub mod ops;
mod query;
pub mod rules;
mod said;
#[cfg(test)]
mod tests;
pub mod views;
pub mod web;

pub use number::ReferralNumber;
