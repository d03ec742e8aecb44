//! The rows, room by room.

use actix_web::web;

use super::Row;
use super::Verb::{Delete, Get, Patch, Post, Put};
use crate::auth::{api as auth, ops as account};
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

const AUTH: &[Row] = &[
    Row::new(Post, "/auth/login", Action::SignIn, "Sign in", || web::post().to(auth::login))
        .open()
        .takes::<auth::SignIn>()
        .example(r#"{"email": "anna.berg@example.org", "password": "a long and quiet morning"}"#)
        .answers::<auth::Tokens>(200),
    Row::new(Post, "/auth/refresh", Action::RefreshSession, "Go on with a session", || web::post().to(auth::refresh))
        .open()
        .takes::<auth::Refresh>()
        .answers::<auth::Tokens>(200),
    Row::new(Post, "/auth/logout", Action::SignOut, "End this session", || web::post().to(auth::logout))
        .answers_nothing(204),
    Row::new(Get, "/auth/sessions", Action::ListSessions, "Where one is signed in", || web::get().to(auth::sessions))
        .answers::<Page<account::SessionView>>(200),
    Row::new(Delete, "/auth/sessions/{id}", Action::EndSession, "End one of one's own sessions", || {
        web::delete().to(auth::end_session)
    }),
    Row::new(Post, "/auth/reauthenticate", Action::Reauthenticate, "Enter the password again, to sign notes", || {
        web::post().to(auth::reauthenticate)
    })
    .takes::<auth::Reauthenticate>()
    .answers::<account::Fresh>(200),
    Row::new(
        Post,
        "/auth/password",
        Action::ChangePassword,
        "Change one's password, ending all other sessions",
        || web::post().to(auth::change_password),
    )
    .takes::<auth::ChangePassword>()
    .answers_nothing(204),
    Row::new(Post, "/auth/mfa", Action::ChangeMfa, "Begin a second factor", || web::post().to(auth::set_up_factor))
        .takes::<auth::SetUpFactor>()
        .answers::<account::SetUp>(201),
    Row::new(Post, "/auth/mfa/confirm", Action::ChangeMfa, "Confirm a second factor by its first code", || {
        web::post().to(auth::confirm_factor)
    })
    .takes::<auth::ConfirmFactor>()
    .answers::<account::RecoveryCodes>(200),
    Row::new(Post, "/auth/mfa/remove", Action::ChangeMfa, "Remove one's second factor", || {
        web::post().to(auth::remove_factor)
    })
    .takes::<auth::RemoveFactor>()
    .answers_nothing(204),
    Row::new(Post, "/invitations/accept", Action::AcceptInvitation, "Take up an invitation", || {
        web::post().to(auth::accept_invitation)
    })
    .open()
    .takes::<auth::AcceptInvitation>()
    .answers_nothing(204),
    Row::new(Get, "/me", Action::ReadSelf, "Who one is", || web::get().to(auth::me)).answers::<account::Myself>(200),
];

const STAFF: &[Row] = &[];

const PATIENTS: &[Row] = &[];

const NOTES: &[Row] = &[];

const AUDIT: &[Row] = &[];
