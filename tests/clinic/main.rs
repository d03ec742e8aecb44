//! The clinic's day, from the outside.

mod evaluation;
