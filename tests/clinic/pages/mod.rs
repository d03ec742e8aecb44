//! The pages, as a browser sees them that runs no script.

mod chart;
mod forms;
mod referring;
mod second_factor;
mod sign_in;
mod table;
mod told;
mod writing;
