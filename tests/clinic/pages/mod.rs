//! The pages, as a browser sees them that runs no script.

mod chart;
mod form;
mod note_moves;
mod note_parts;
mod second_factor;
mod sign_in;
mod table;
mod writing;
