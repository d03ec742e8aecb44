//! The pages, as a browser sees them that runs no script.

mod sign_in;
