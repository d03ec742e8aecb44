//! The course of a treatment: its timeline, and searches through its notes.

use actix_web::web;

use super::{PAGING, Row};
use crate::notes::search;
use crate::policy::Action;
use crate::routes::Verb::{Get, Post};
use crate::timeline;

/// The query parameters of a timeline.
const TIMELINE_FILTER: &[(&str, &str)] =
    &[PAGING[0], PAGING[1], ("since", "`last_note`: only what changed since the reader's last signed note")];

pub const COURSE: &[Row] = &[
    Row::new(
        Post,
        "/notes/search",
        Action::SearchNotes,
        "Find words in signed notes, of one patient or of all whom one treats",
        || web::post().to(search::api::search),
    )
    .takes::<search::NoteSearch>()
    .example(r#"{"words": "sleeps shoulder"}"#)
    .lists::<search::FoundNote>(),
    Row::new(
        Get,
        "/patients/{id}/timeline",
        Action::ReadTimeline,
        "What happened to a patient, newest first, and what is new to the reader",
        || web::get().to(timeline::api::read),
    )
    .query(TIMELINE_FILTER)
    .answers_with_safety::<timeline::Timeline>(),
];
