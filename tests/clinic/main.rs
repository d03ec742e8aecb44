//! The clinic's day, from the outside.
#![cfg(test)]

mod bypass;
mod evaluation;
mod front_desk;
mod house;
mod kill;
mod main_job;
mod operations;
mod oversight;
mod sign_in;
