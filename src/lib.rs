//! Tandem: the shared clinical record of a practice.

pub mod actor;
pub mod catalogue;
pub mod clock;
pub mod error;
pub mod ids;
pub mod notes;
pub mod policy;
