//! Who visits a page, as its handler sees it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use askama::Template;
use serde::Serialize;

use super::unplaced::{CONTENT, FAULTS, Unplaced};
use super::{Form, Frame, RowOfPage, Sent, Sheet, Shown, held};
use crate::actor::{Party, Request};
use crate::app::App;
use crate::auth::rules;
use crate::auth::ticket::Ticket;
use crate::auth::{Holder, Known};
use crate::db::{Call, Door, Open, Retry, Tx};
use crate::error::{Code, Error, Result};
use crate::http::Caller;
use crate::ids::SessionId;
use crate::policy::{self, Action, Facts, Place, Ties};

/// One request for a page. A page is made of calls, each for one of the actions of its row, each leaving its own event.
#[derive(Clone)]
pub struct Visit {
    /// The program.
    pub app: web::Data<App>,
    pub(super) request: Request,
    pub(super) row: RowOfPage,
    pub(super) ticket: Option<Ticket>,
    pub(super) device: Option<String>,
    pub(super) said: Option<String>,
    pub(super) route: String,
    pub(super) path: String,
    pub(super) filled_in: Option<SessionId>,
    pub(super) known: Arc<OnceLock<Known>>,
    typed: Arc<OnceLock<Vec<(String, String)>>>,
    calls: Arc<Mutex<Vec<Call>>>,
}

/// What the wrapper around all pages found out about a request.
pub(super) struct Arrived {
    pub(super) app: web::Data<App>,
    pub(super) request: Request,
    pub(super) row: RowOfPage,
    pub(super) ticket: Option<Ticket>,
    pub(super) device: Option<String>,
    pub(super) said: Option<String>,
    pub(super) route: String,
    pub(super) path: String,
}

impl Visit {
    pub(super) fn new(arrived: Arrived) -> Self {
        let Arrived { app, request, row, ticket, device, said, route, path } = arrived;
        let (known, typed, calls) = Default::default();
        Self { app, request, row, ticket, device, said, route, path, filled_in: None, known, typed, calls }
    }

    /// The same visit, bringing what was filled in in this session, if its form says so.
    pub(super) fn bringing(&self, filled_in: Option<SessionId>) -> Self {
        Self { filled_in, ..self.clone() }
    }

    /// A call for one of the actions of this page, with ids of its own.
    ///
    /// # Errors
    /// [`Code::Internal`] for an action that the page's row does not list.
    pub fn doing(&self, action: Action) -> Result<Caller> {
        if !self.row.actions.contains(&action) {
            return Err(Error::internal(format!("the row of this page does not list {action}")));
        }
        Ok(self.call(action))
    }

    fn call(&self, action: Action) -> Caller {
        let ticket = self.ticket.clone().filter(|_| !self.row.open);
        let door: Arc<dyn Door> = match ticket {
            Some(ticket) => {
                let holder = Holder::new(ticket, action, self.app.sessions.clone(), self.known.clone());
                Arc::new(holder.sending(self.filled_in))
            }
            None => Arc::new(Open(Party::Stranger)),
        };
        let request = Request { seed: self.app.random(), ..self.request.clone() };
        let call = Call::new(request, action, door);
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
        Caller { app: self.app.clone(), call, claimed: self.known.get().map(|known| known.staff) }
    }

    /// Reads, for one of the actions of this page. See [`crate::db::Db::read`].
    ///
    /// # Errors
    /// The closure's.
    pub async fn read<T, F>(&self, action: Action, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
    {
        self.doing(action)?.read(read).await
    }

    /// Writes, for one of the actions of this page. See [`crate::db::Db::write`].
    ///
    /// # Errors
    /// The closure's.
    pub async fn write<T, F>(&self, action: Action, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        self.doing(action)?.write(write).await
    }

    /// Writes what a form says, for one of the actions of this page: once, however often it is sent.
    ///
    /// # Errors
    /// What is wrong with the form; the closure's.
    pub async fn takes<T, D, F>(&self, action: Action, form: &mut Form<T>, write: F) -> Result<D>
    where
        T: Send + 'static,
        D: Send + 'static,
        F: Fn(&mut Tx, &Retry, &T) -> Result<D> + Send + 'static,
    {
        let (retry, said) = (form.sent.retry(), form.value()?);
        self.write(action, move |tx| write(tx, &retry, &said)).await
    }

    /// The same over the version that the form was filled in over.
    ///
    /// # Errors
    /// As [`Self::takes`]; [`Code::VersionNeeded`] for a form without one.
    pub async fn takes_over<T, D, F>(&self, action: Action, form: &mut Form<T>, write: F) -> Result<D>
    where
        T: Send + 'static,
        D: Send + 'static,
        F: Fn(&mut Tx, &Retry, i32, &T) -> Result<D> + Send + 'static,
    {
        let version = form.sent.version()?;
        self.takes(action, form, move |tx, retry, said| write(tx, retry, version, said)).await
    }

    /// Records that the visit was refused, unless a call of it told so already. Says as what: a form that is wrong never came
    /// to a transaction, whose door would have refused it as a colleague's.
    pub(super) async fn records_refusal(&self, code: Code) -> Result<Code> {
        if self.is_recorded() {
            return Ok(code);
        }
        let Some(action) = self.row.actions.first() else { return Ok(code) };
        match self.call(*action).write::<(), _>(move |_| Err(Error::of(code))).await {
            Err(outcome) if outcome.code.status() >= 500 => Err(outcome),
            Err(outcome) if outcome.code == Code::AnotherSignedIn => Ok(outcome.code),
            _ => Ok(code),
        }
    }

    /// Whether an event of this visit is durable.
    pub(super) fn is_recorded(&self) -> bool {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).iter().any(Call::is_recorded)
    }

    /// Who visits; known as soon as a call of theirs has come to a transaction.
    #[must_use]
    pub fn known(&self) -> Option<&Known> {
        self.known.get()
    }

    /// Whether the policy lets whoever visits do this at the desk, in no record: for what a page asks for and offers. It
    /// decides nothing; what is done is decided where it is done.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        let roles = self.known().map(|known| known.roles).unwrap_or_default();
        policy::decide(&Facts { action, roles, place: Place::Here(Ties::NONE) }).grant().is_ok()
    }

    /// Whether whoever visits treats patients: only then a chart is asked for its clinical parts.
    #[must_use]
    pub fn is_clinician(&self) -> bool {
        self.known().is_some_and(|known| known.roles.disciplines().next().is_some())
    }

    /// Whether they entered their password lately enough to sign something.
    ///
    /// # Errors
    /// [`Code::FreshSignInNeeded`] if not.
    pub fn must_be_fresh(&self) -> Result<()> {
        let is_fresh = |known: &Known| rules::is_fresh(known.authenticated_at, self.request.at);
        if self.known().is_some_and(is_fresh) { Ok(()) } else { Err(Error::of(Code::FreshSignInNeeded)) }
    }

    /// A part of a page; none where it is not for this reader.
    ///
    /// # Errors
    /// Whatever else went wrong.
    pub fn unless_refused<T>(part: Result<T>) -> Result<Option<T>> {
        match part {
            Ok(part) => Ok(Some(part)),
            Err(error) if error.code.status() == 403 => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the browser shows to be trusted without a second factor.
    #[must_use]
    pub fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    /// The ticket that was shown.
    #[must_use]
    pub fn ticket(&self) -> Option<&Ticket> {
        self.ticket.as_ref()
    }

    /// What surrounds every page, under this title. The title stands in the browser's history, so it names nobody.
    #[must_use]
    pub fn frame(&self, title: impl Into<String>) -> Frame {
        Frame::new(self, title.into())
    }

    /// Shows a page.
    ///
    /// # Errors
    /// [`Code::Internal`] if the template fails.
    pub fn show(&self, page: &impl Template) -> Result<Shown> {
        Ok(Shown::page(200, self.html(page)?))
    }

    /// A page, each of its forms marked as filled in in this session.
    ///
    /// # Errors
    /// [`Code::Internal`] if the template fails.
    pub(super) fn html(&self, page: &impl Template) -> Result<String> {
        let html = page.render().map_err(Error::internal)?;
        let mark = |ticket: &Ticket| held::marks_forms(&html, &held::mark(&self.app.keys, ticket.session));
        Ok(self.ticket.as_ref().map(mark).unwrap_or(html))
    }

    /// Keeps what was typed into the form of this visit, for a page that may offer the form no more.
    pub fn keeps(&self, sent: &Sent) {
        // A visit brings one form.
        drop(self.typed.set(sent.tree.pairs()));
    }

    /// Shows the page with its form again, saying what it was refused for. Where the page offers that form no more, since
    /// what it was about has changed meanwhile, the refusal stands at its top, with all that was typed.
    ///
    /// # Errors
    /// [`Code::Internal`] if the template fails.
    pub fn show_again(&self, page: &impl Template, refusal: &Error) -> Result<Shown> {
        let html = self.html(page)?;
        let html = if html.contains(FAULTS) {
            html
        } else {
            let unplaced = Unplaced::of(self.typed.get().map(Vec::as_slice).unwrap_or_default(), refusal);
            html.replacen(CONTENT, &format!("{CONTENT}{}", unplaced.render().map_err(Error::internal)?), 1)
        };
        Ok(Shown::page(refusal.code.status(), html).for_code(refusal.code))
    }

    /// Shows a page with a form as it was refused.
    ///
    /// # Errors
    /// The refusal, where it is not about what the form says; the page's.
    pub async fn again<T, P, F>(&self, form: &Form<T>, refusal: Error, page: F) -> Result<Shown>
    where
        P: Template,
        F: AsyncFnOnce(Sheet) -> Result<P>,
    {
        if !refusal.is_about_form() {
            return Err(refusal);
        }
        let page = page(form.again(self, &refusal)).await?;
        self.show_again(&page, &refusal)
    }

    /// Answers a form that a script sent by itself.
    ///
    /// # Errors
    /// [`Code::Internal`] if it has no JSON.
    pub fn tell(&self, told: &impl Serialize) -> Result<Shown> {
        Ok(Shown::told(serde_json::to_string(told).map_err(Error::internal)?))
    }

    /// Goes on to another page.
    #[must_use]
    pub fn go(&self, path: impl Into<String>) -> Shown {
        Shown::elsewhere(path.into())
    }

    /// Goes on to another page, which says once what was done; the sentence names nobody.
    #[must_use]
    pub fn go_saying(&self, path: impl Into<String>, said: &'static str) -> Shown {
        Shown::elsewhere(path.into()).saying(said)
    }
}

impl FromRequest for Visit {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visit = request.extensions().get::<Self>().cloned();
        std::future::ready(visit.ok_or_else(|| Error::of(Code::NotSignedIn)))
    }
}
