//! The primitives of signing in: keys, passwords, tokens, second factors, and the rules of sessions and waiting.

mod bearer;
pub mod email;
pub mod keys;
pub mod password;
pub mod rules;
pub mod strangers;
pub mod throttle;
pub mod token;
pub mod totp;

pub use bearer::{Bearer, SessionLimits};
