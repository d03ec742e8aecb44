//! Signing in: keys, passwords, tokens, second factors, the rules of sessions and waiting, and what people do with them.

pub mod again;
pub mod api;
mod bearer;
pub mod device;
pub mod email;
mod holder;
pub mod keys;
pub mod ops;
pub mod password;
mod query;
pub mod rules;
pub mod strangers;
pub mod throttle;
pub mod ticket;
pub mod token;
pub mod totp;
pub mod web;

pub use bearer::{Bearer, SessionLimits};
pub use holder::{Holder, Known};

#[cfg(test)]
mod tests;
