//! The pages in a real browser.

mod every_page;
mod way_in;
