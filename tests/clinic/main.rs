//! The clinic's day, from the outside.
#![cfg(test)]

mod bypass;
mod classes;
#[cfg(target_os = "linux")]
mod disk_full;
mod evaluation;
mod front_desk;
mod house;
mod kill;
mod main_job;
mod notes_life;
mod oversight;
mod races;
mod sign_in;
