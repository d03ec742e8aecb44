//! The program as whoever runs it sees it.

mod command_line;
mod demo;
mod limits;
mod logs;
mod monitoring;
mod network;
mod stopping;
