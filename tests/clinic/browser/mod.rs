//! The pages in a real browser.

mod day;
mod every_page;
mod overtaken;
mod storms;
mod way_in;
