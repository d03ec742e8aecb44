//! The clinic's day, from the outside.
#![cfg(test)]

mod access_report;
mod alerts;
mod bad_input;
mod bad_tokens;
mod bypass;
mod classes;
mod commands;
mod consent;
mod conventions;
mod copy_forward;
mod cosign;
mod days;
mod days_apart;
mod delivery;
#[cfg(target_os = "linux")]
mod disk_full;
mod emergency;
mod episodes;
mod evaluation;
mod exports;
mod front_desk;
mod house;
mod imports;
mod joint_reviews;
mod kill;
mod main_job;
mod messages;
mod notes_life;
mod notes_supervised;
mod operations;
mod oversight;
mod private_words;
mod races;
mod referral_bounds;
mod referrals;
mod resets;
mod routes;
mod safety;
mod search;
mod search_life;
mod sharing;
mod sign_in;
mod start_treating;
mod timeline;
mod wrong_patient;
