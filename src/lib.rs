//! Tandem: the shared clinical record of a practice.

pub mod access;
pub mod actor;
pub mod anatomy;
pub mod app;
pub mod audit;
pub mod auth;
pub mod catalogue;
pub mod chart;
pub mod cli;
pub mod clock;
pub mod config;
pub mod consent;
pub mod db;
pub mod episodes;
pub mod error;
pub mod exports;
pub mod figures;
pub mod folding;
#[cfg(test)]
mod generated;
pub mod housekeeping;
pub mod http;
pub mod ids;
pub mod messages;
pub mod notes;
pub mod oversight;
pub mod patients;
pub mod policy;
pub mod routes;
pub mod safety;
pub mod sealing;
pub mod server;
pub mod staff;
pub mod timeline;
pub mod tls;
mod wording;
pub mod words;
