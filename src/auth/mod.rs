//! Signing in: keys, passwords, tokens, second factors, the rules of sessions and waiting, and what people do with them.

pub mod again;
pub mod api;
mod bearer;
pub mod email;
pub mod keys;
pub mod ops;
pub mod password;
mod query;
pub mod rules;
pub mod strangers;
pub mod throttle;
pub mod token;
pub mod totp;

pub use bearer::{Bearer, SessionLimits};

#[cfg(test)]
mod tests;
