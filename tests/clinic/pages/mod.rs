//! The pages, as a browser sees them that runs no script.

mod chart;
mod form;
mod note_moves;
mod note_parts;
mod office;
mod office_cases;
mod record;
mod second_factor;
mod sign_in;
pub mod table;
mod writing;
