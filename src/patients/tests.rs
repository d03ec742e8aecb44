//! A clinic's day at the front desk, on a database of its own.

mod care;
mod clinic;
mod front_desk;
mod search;
