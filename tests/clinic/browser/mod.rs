//! The pages in a real browser.

mod day;
mod every_page;
mod overtaken;
mod storms;
mod tour;
mod turned_away;
mod way_in;
mod without_scripts;
mod writing;
