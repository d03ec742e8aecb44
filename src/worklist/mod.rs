//! The worklist: what awaits somebody this morning, out of every room. It is a page and nothing else.

pub mod web;
