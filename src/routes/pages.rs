//! The table of pages. The router and the record of every visit come from it, as the API's come from its own.

mod chart;
mod correspondence;
mod notes;
mod office;

use std::collections::HashMap;

use actix_web::http::Method;
use actix_web::{HttpResponse, Route, web};

use super::Verb::{self, Get, Post};
use super::tree::{Otherwise, Tree};
use crate::access::web as access;
use crate::auth::web::{self as auth, account};
use crate::consent::web as consent;
use crate::error::{Error, Result};
use crate::oversight::access_report::web as access_report;
use crate::patients::web as patients;
use crate::policy::Action;
use crate::safety::web as safety;
use crate::timeline::web as timeline;
use crate::web::{Pages, RowOfPage, help, method_not_allowed};
use crate::worklist::web as worklist;

/// One method of one page: what a visit may ask for, and who is let in.
#[derive(Clone, Copy)]
pub struct PageRow {
    /// `Get` shows, `Post` takes a form.
    pub verb: Verb,
    /// The path, with parameters in braces.
    pub path: &'static str,
    /// What it asks for and how it is treated.
    pub around: RowOfPage,
    /// The handler.
    pub handler: fn() -> Route,
}

impl PageRow {
    const fn new(verb: Verb, path: &'static str, actions: &'static [Action], handler: fn() -> Route) -> Self {
        let around = RowOfPage { actions, open: false, blank: false, while_locked: false, passive: false };
        Self { verb, path, around, handler }
    }

    /// Visitors need not be signed in.
    const fn open(self) -> Self {
        Self { around: RowOfPage { open: true, ..self.around }, ..self }
    }

    /// It shows the same to everyone and asks for nothing.
    const fn blank(self) -> Self {
        Self { around: RowOfPage { open: true, blank: true, ..self.around }, ..self }
    }

    /// It works while the pages are locked.
    const fn while_locked(self) -> Self {
        Self { around: RowOfPage { while_locked: true, ..self.around }, ..self }
    }

    /// Scripts ask for it by themselves: it does not keep the pages from locking.
    const fn passive(self) -> Self {
        Self { around: RowOfPage { passive: true, ..self.around }, ..self }
    }
}

/// All pages.
pub fn pages() -> impl Iterator<Item = &'static PageRow> {
    let rooms = [SIGN_IN, ACCOUNT, HELP, WORKLIST, PATIENTS, RECORD, notes::NOTES];
    rooms.into_iter().chain([chart::CHART, office::STAFF, office::REVIEW]).flatten().chain(correspondence::rows())
}

const SIGN_IN: &[PageRow] = &[
    PageRow::new(Get, "/sign-in", &[], || web::get().to(auth::sign_in_page)).blank(),
    PageRow::new(Post, "/sign-in", &[Action::SignIn], || web::post().to(auth::sign_in)).open(),
    PageRow::new(Post, "/sign-out", &[Action::SignOut], || web::post().to(auth::sign_out)).while_locked(),
    PageRow::new(Get, "/unlock", &[], || web::get().to(auth::unlock_page)).blank(),
    PageRow::new(Post, "/unlock", &[Action::Reauthenticate], || web::post().to(auth::unlock)).while_locked(),
    PageRow::new(Post, "/lock", &[Action::LockPages], || web::post().to(auth::lock)).while_locked(),
    PageRow::new(Get, "/invitation", &[], || web::get().to(auth::invitation_page)).blank(),
    PageRow::new(Post, "/invitation", &[Action::AcceptInvitation], || web::post().to(auth::accept_invitation)).open(),
    PageRow::new(Get, "/reset", &[], || web::get().to(auth::reset_page)).blank(),
    PageRow::new(Post, "/reset", &[Action::ResetPassword], || web::post().to(auth::reset)).open(),
    PageRow::new(Get, "/forgotten", &[], || web::get().to(auth::forgotten_page)).blank(),
    PageRow::new(Post, "/forgotten", &[Action::AskForReset], || web::post().to(auth::forgotten)).open(),
];

const ACCOUNT: &[PageRow] = &[
    PageRow::new(Get, "/account", &[Action::ReadSelf, Action::ListSessions], || web::get().to(account::account)),
    PageRow::new(Post, "/account/sessions/{id}", &[Action::EndSession], || web::post().to(account::end_session)),
    PageRow::new(Get, "/account/password", &[Action::ReadSelf], || web::get().to(account::password_page)),
    PageRow::new(Post, "/account/password", &[Action::ChangePassword], || web::post().to(account::change_password)),
    PageRow::new(Get, "/account/second-factor", &[Action::ReadSelf], || web::get().to(account::factor_page)),
    PageRow::new(Post, "/account/second-factor", &[Action::ChangeMfa], || web::post().to(account::set_up)),
    PageRow::new(Post, "/account/second-factor/confirm", &[Action::ChangeMfa], || web::post().to(account::confirm)),
    PageRow::new(Post, "/account/second-factor/remove", &[Action::ChangeMfa], || web::post().to(account::remove)),
];

const HELP: &[PageRow] = &[PageRow::new(Get, "/help", &[], || web::get().to(help::help)).blank()];

const WORKLIST: &[PageRow] = &[PageRow::new(
    Get,
    "/",
    &[
        Action::ListNotifications,
        Action::ListWorklist,
        Action::ListUnsignedNotes,
        Action::ListCosignatures,
        Action::ListPatients,
        Action::ListEmergencyAccesses,
        Action::ListStartedWithoutNote,
    ],
    || web::get().to(worklist::home),
)];

const PATIENTS: &[PageRow] = &[
    PageRow::new(Get, "/patients", &[Action::ReadSelf, Action::ListPatients], || web::get().to(patients::list)),
    PageRow::new(Post, "/patients/search", &[Action::FindPatients], || web::post().to(patients::search)),
    PageRow::new(Get, "/patients/new", &[Action::ReadSelf], || web::get().to(patients::registration)),
    PageRow::new(Post, "/patients", &[Action::RegisterPatient], || web::post().to(patients::register)),
    PageRow::new(Get, "/patients/{id}/contact", &[Action::ReadPatient], || web::get().to(patients::contact)),
    PageRow::new(Post, "/patients/{id}/contact", &[Action::ChangePatient, Action::ReadPatient], || {
        web::post().to(patients::change_contact)
    }),
    PageRow::new(Get, "/patients/{id}/treat", &[Action::FindPatients], || web::get().to(patients::treat)),
    PageRow::new(Post, "/patients/{id}/treat", &[Action::StartTreating, Action::FindPatients], || {
        web::post().to(patients::start_treating)
    }),
];

const RECORD: &[PageRow] = &[
    PageRow::new(
        Get,
        "/patients/{id}",
        &[
            Action::ReadPatient,
            Action::ReadTimeline,
            Action::ListNotes,
            Action::ListEpisodes,
            Action::ListReferrals,
            Action::ReadCareTeam,
        ],
        || web::get().to(timeline::chart),
    ),
    PageRow::new(Get, "/patients/{id}/safety", &[Action::ListSafetyItems, Action::ReadPatient], || {
        web::get().to(safety::items)
    }),
    PageRow::new(
        Post,
        "/patients/{id}/safety",
        &[Action::RaiseSafetyItem, Action::ReadPatient, Action::ListSafetyItems],
        || web::post().to(safety::raise),
    ),
    PageRow::new(Post, "/safety-items/{id}/resolve", &[Action::ResolveSafetyItem, Action::ListSafetyItems], || {
        web::post().to(safety::resolve)
    }),
    PageRow::new(Get, "/patients/{id}/consent", &[Action::ListDirectives, Action::ReadPatient], || {
        web::get().to(consent::directives)
    }),
    PageRow::new(Post, "/consent-directives/{id}/revoke", &[Action::RevokeDirective, Action::ListDirectives], || {
        web::post().to(consent::revoke)
    }),
    PageRow::new(Get, "/patients/{id}/access", &[Action::ReadAccessReport, Action::ReadPatient], || {
        web::get().to(access_report::report)
    }),
    PageRow::new(Get, "/patients/{id}/emergency", &[Action::FindPatients], || web::get().to(access::emergency)),
    PageRow::new(Post, "/patients/{id}/emergency", &[Action::OpenEmergencyAccess, Action::FindPatients], || {
        web::post().to(access::break_glass)
    }),
    PageRow::new(Get, "/patients/{id}/audit", &[Action::FindPatients], || web::get().to(access::audit)),
    PageRow::new(Post, "/patients/{id}/audit", &[Action::OpenAuditAccess, Action::FindPatients], || {
        web::post().to(access::open_for_audit)
    }),
    PageRow::new(Post, "/accesses/{id}/end", &[Action::GiveUpAccess], || web::post().to(access::give_up)),
];

/// Puts the table into the router: 404 for paths that it does not have, 405 for methods.
pub fn configure(config: &mut web::ServiceConfig) {
    let otherwise = Otherwise { not_found: || web::to(not_found), method_not_allowed: || web::to(method_not_allowed) };
    Tree::of(pages().map(|row| (row.path, row.handler))).configure(config, otherwise);
}

/// The table as the wrapper around every page needs it.
#[must_use]
pub fn around() -> Pages {
    let mut map: HashMap<_, HashMap<_, _>> = HashMap::new();
    for row in pages() {
        map.entry(row.path.to_owned()).or_default().insert(Method::from(row.verb), row.around);
    }
    Pages(map)
}

/// 404 as a page, for every path that nobody serves.
///
/// # Errors
/// [`crate::error::Code::NotFound`], always.
pub async fn not_found() -> Result<HttpResponse> {
    Err(Error::not_found())
}
