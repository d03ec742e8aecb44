//! The clinic's day, from the outside.
#![cfg(test)]

mod bad_input;
mod bad_tokens;
mod bypass;
mod commands;
mod conventions;
mod disk_full;
mod evaluation;
mod front_desk;
mod house;
mod kill;
mod main_job;
mod oversight;
mod private_words;
mod races;
mod routes;
mod sign_in;
