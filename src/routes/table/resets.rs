//! The rows by which whoever forgot their password comes by another.

use actix_web::web;

use crate::auth::api as auth;
use crate::policy::Action;
use crate::routes::Row;
use crate::routes::Verb::Post;
use crate::staff;

pub(super) const RESETS: &[Row] = &[
    Row::new(
        Post,
        "/auth/reset",
        Action::AskForReset,
        "Ask for a mail by which to choose a new password; whether the address is known is not said",
        || web::post().to(auth::ask_for_reset),
    )
    .open()
    .takes::<auth::ResetWish>()
    .example(r#"{"email": "paula@lakeside.example"}"#)
    .answers_nothing(204),
    Row::new(
        Post,
        "/auth/reset/confirm",
        Action::ResetPassword,
        "Choose a new password by such a mail; a second factor stays",
        || web::post().to(auth::accept_invitation),
    )
    .open()
    .takes::<auth::AcceptInvitation>()
    .example(
        r#"{"token": "what the mail says",
"password": "seven herons at dawn"}"#,
    )
    .answers_nothing(204),
    Row::new(
        Post,
        "/staff/{id}/reset",
        Action::StartReset,
        "Have a colleague sent a mail by which they choose a new password",
        || web::post().to(staff::api::start_reset),
    )
    .retry()
    .answers_nothing(204),
];
