//! The rows, room by room.

use actix_web::web;

use super::Row;
use super::Verb::{Delete, Get, Patch, Post, Put};
use crate::http::Page;
use crate::policy::Action;

/// All rows.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [AUTH, STAFF, PATIENTS, NOTES, AUDIT].into_iter().flatten()
}

/// The query parameters of every list.
const PAGING: &[(&str, &str)] = &[
    ("limit", "How many items: 1 to 100, 25 unless told"),
    ("cursor", "Where the page before ended, as its `next` said"),
];

const AUTH: &[Row] = &[];

const STAFF: &[Row] = &[];

const PATIENTS: &[Row] = &[];

const NOTES: &[Row] = &[];

const AUDIT: &[Row] = &[];
