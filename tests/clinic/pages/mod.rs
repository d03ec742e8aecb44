//! The pages, as a browser sees them that runs no script.

mod chart;
mod second_factor;
mod sign_in;
pub mod table;
mod writing;
