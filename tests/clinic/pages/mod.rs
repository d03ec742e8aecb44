//! The pages, as a browser sees them that runs no script.

mod at_a_glance;
mod chart;
mod correspondence_cases;
mod form;
mod forms;
mod held;
mod note_moves;
mod note_parts;
mod office;
mod office_cases;
mod overtaken;
mod record;
mod referring;
mod second_factor;
mod settled;
mod sign_in;
pub mod table;
mod told;
mod writing;
