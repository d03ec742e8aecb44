//! The table of pages. The router and the record of every visit come from it, as the API's come from its own.

use std::collections::{BTreeMap, HashMap};

use actix_web::http::Method;
use actix_web::{HttpResponse, Route, web};

use super::Verb::{self, Get, Post};
use crate::auth::web::{self as auth, account};
use crate::error::{Error, Result};
use crate::policy::Action;
use crate::web::{Pages, RowOfPage, help, method_not_allowed};

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
}

/// All pages.
pub fn pages() -> impl Iterator<Item = &'static PageRow> {
    [SIGN_IN, ACCOUNT, HELP].into_iter().flatten()
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

/// Puts the table into the router: one resource for each path, with 405 for the methods it does not have.
pub fn configure(config: &mut web::ServiceConfig) {
    let mut paths: BTreeMap<&str, Vec<&PageRow>> = BTreeMap::new();
    for row in pages() {
        paths.entry(row.path).or_default().push(row);
    }
    // In ASCII `{` comes after letters, so that a fixed path is tried before one with a parameter.
    for (path, rows) in paths {
        let resource = web::resource(path).default_service(web::to(method_not_allowed));
        config.service(rows.into_iter().fold(resource, |resource, row| resource.route((row.handler)())));
    }
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
