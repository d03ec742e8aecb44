//! Tandem: the shared clinical record of a practice.

pub mod actor;
pub mod audit;
pub mod clock;
pub mod error;
pub mod ids;
pub mod policy;
