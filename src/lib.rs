//! Tandem: the shared clinical record of a practice.

pub mod actor;
pub mod app;
pub mod audit;
pub mod auth;
pub mod catalogue;
pub mod chart;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod error;
pub mod figures;
pub mod housekeeping;
pub mod http;
pub mod ids;
pub mod notes;
pub mod oversight;
pub mod patients;
pub mod policy;
pub mod routes;
pub mod sealing;
pub mod server;
pub mod staff;
pub mod tls;
mod wording;
pub mod words;
