//! The clinic's day, from the outside.
#![cfg(test)]

mod bad_input;
mod bad_tokens;
mod bypass;
mod classes;
mod commands;
mod consent;
mod conventions;
#[cfg(target_os = "linux")]
mod disk_full;
mod emergency;
mod episodes;
mod evaluation;
mod front_desk;
mod house;
mod imports;
mod kill;
mod main_job;
mod messages;
mod notes_life;
mod operations;
mod oversight;
mod private_words;
mod races;
mod routes;
mod sign_in;
