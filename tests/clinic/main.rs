//! The clinic's day, from the outside.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it meets the unexpected"
)]

mod bypass;
mod evaluation;
mod front_desk;
mod house;
mod main_job;
mod oversight;
