//! Tandem: the shared clinical record of a practice.

pub mod actor;
pub mod auth;
pub mod clock;
pub mod config;
pub mod error;
pub mod ids;
pub mod policy;
