//! The rows, room by room.

use actix_web::web;

use super::Row;
use super::Verb::{Delete, Get, Patch, Post, Put};
use crate::http::Page;
use crate::notes::api as notes;
use crate::notes::views::{Amendment, DraftSave, ErrorDeclared, NewAddendum, NewNote, NoteView, VersionView};
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

/// The query parameters of the list of notes.
const NOTE_FILTER: &[(&str, &str)] =
    &[PAGING[0], PAGING[1], ("discipline", "`physiotherapy` or `massage`"), ("kind", "Such as `progress`")];

const AUTH: &[Row] = &[];

const STAFF: &[Row] = &[];

const PATIENTS: &[Row] = &[];

const NOTES: &[Row] = &[
    Row::new(Get, "/catalogue/techniques", Action::ReadCatalogue, "Treatment techniques and whose they are", || {
        web::get().to(notes::techniques)
    })
    .answers::<notes::Techniques>(200),
    Row::new(Get, "/patients/{id}/notes", Action::ListNotes, "A patient's notes, newest service first", || {
        web::get().to(notes::list)
    })
    .query(NOTE_FILTER)
    .answers::<Page<NoteView>>(200),
    Row::new(Post, "/patients/{id}/notes", Action::CreateNote, "Begin a note as a draft", || {
        web::post().to(notes::begin)
    })
    .retry()
    .takes::<NewNote>()
    .example(
        r#"{"kind": "progress", "service_at": "2026-03-02T09:30:00Z",
            "body": {"subjective": {"text": "Sleeps through again."}}}"#,
    )
    .answers::<NoteView>(201),
    Row::new(Get, "/notes/{id}", Action::ReadNote, "Read a note, or its stub", || web::get().to(notes::read))
        .answers::<NoteView>(200),
    Row::new(Put, "/notes/{id}", Action::SaveDraft, "Save a draft over the version that was read", || {
        web::put().to(notes::save)
    })
    .if_match()
    .takes::<DraftSave>()
    .answers::<NoteView>(200),
    Row::new(Delete, "/notes/{id}", Action::DiscardDraft, "Discard a draft", || web::delete().to(notes::discard))
        .if_match(),
    Row::new(Post, "/notes/{id}/sign", Action::SignNote, "Sign a draft", || web::post().to(notes::sign))
        .if_match()
        .retry()
        .answers::<NoteView>(200),
    Row::new(Post, "/notes/{id}/amend", Action::AmendNote, "Write a whole new version, with a reason", || {
        web::post().to(notes::amend)
    })
    .if_match()
    .retry()
    .takes::<Amendment>()
    .answers::<NoteView>(200),
    Row::new(Post, "/notes/{id}/addenda", Action::AddAddendum, "Append to a signed note", || {
        web::post().to(notes::append)
    })
    .retry()
    .takes::<NewAddendum>()
    .answers::<NoteView>(201),
    Row::new(Post, "/notes/{id}/entered-in-error", Action::EnterInError, "Declare a signed note wrong", || {
        web::post().to(notes::enter_in_error)
    })
    .if_match()
    .retry()
    .takes::<ErrorDeclared>()
    .answers::<NoteView>(200),
    Row::new(Get, "/notes/{id}/versions", Action::ReadNote, "The signed versions of a note", || {
        web::get().to(notes::versions)
    })
    .answers::<notes::Versions>(200),
    Row::new(Get, "/notes/{id}/versions/{number}", Action::ReadNote, "One signed version of a note", || {
        web::get().to(notes::version)
    })
    .answers::<VersionView>(200),
    Row::new(Get, "/notes/{id}/diff", Action::ReadNote, "What changed between two versions", || {
        web::get().to(notes::diff)
    })
    .query(&[("from", "The number of the earlier version"), ("to", "The number of the later version")])
    .answers::<notes::Changes>(200),
];

const AUDIT: &[Row] = &[];
