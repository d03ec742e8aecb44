//! The door of those who hold the ticket of a browser: as for an access token, session, roles and standing are read in the
//! transaction itself.

use std::sync::{Arc, OnceLock};

use subtle::ConstantTimeEq;

use super::bearer::SessionLimits;
use super::query;
use super::query::session::Owned;
use super::rules::{PagesAre, pages_are};
use super::ticket::Ticket;
use crate::actor::{Actor, Party, Request, RoleSet};
use crate::clock::Timestamp;
use crate::db::{Admitted, Conn, Door};
use crate::error::{Code, Error, Result};
use crate::ids::{SessionId, StaffId};
use crate::policy::Action;

/// Who holds a ticket, as every page of theirs says.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// What they are.
    pub roles: RoleSet,
    /// The name of their practice.
    pub practice: String,
    /// Its time zone, as IANA names it.
    pub time_zone: String,
    /// When they last proved who they are.
    pub authenticated_at: Timestamp,
}

/// The ticket of a browser at the door.
pub struct Holder {
    ticket: Ticket,
    action: Action,
    settings: Arc<SessionLimits>,
    known: Arc<OnceLock<Known>>,
    filled_in: Option<SessionId>,
}

impl Holder {
    /// The holder of `ticket`, who asks for `action`; `known` learns who it is.
    #[must_use]
    pub fn new(ticket: Ticket, action: Action, settings: Arc<SessionLimits>, known: Arc<OnceLock<Known>>) -> Self {
        Self { ticket, action, settings, known, filled_in: None }
    }

    /// Sends what was filled in in this session, if it came with one: nothing is done in a colleague's name by whoever
    /// signed in after them.
    #[must_use]
    pub fn sending(self, filled_in: Option<SessionId>) -> Self {
        Self { filled_in, ..self }
    }
}

impl Door for Holder {
    fn admit(&self, conn: &mut Conn, request: &Request) -> Result<Admitted> {
        let not_signed_in = || Error::of(Code::NotSignedIn);
        let (practice, session) = (self.ticket.practice, self.ticket.session);
        let row = query::door::page_session(conn, practice, session)?.ok_or_else(not_signed_in)?;
        let is_theirs = row.page_hash.is_some_and(|hash| hash.ct_eq(&self.ticket.hash()).into());
        let SessionLimits { limits, lock_seconds, .. } = *self.settings;
        let stands = pages_are(limits, lock_seconds, row.created_at, self.ticket.last_used_at, request.at);
        // Whether they are locked was looked at before anybody came to a transaction.
        let until = match stands {
            PagesAre::Open { until } | PagesAre::Locked { until } if is_theirs => until,
            _ => return Err(not_signed_in()),
        };
        let (staff, roles, authenticated_at) = (row.staff, row.roles, row.authenticated_at);
        self.known.get_or_init(|| Known {
            staff,
            name: row.name,
            roles,
            practice: row.practice,
            time_zone: row.time_zone,
            authenticated_at,
        });
        let actor = Actor { practice, staff, session, roles, authenticated_at, access_version: row.access_version };
        Ok(Admitted { party: Party::Staff(actor), until: Some(until) })
    }

    fn lets_begin(&self, conn: &mut Conn, party: &Party) -> Result<()> {
        if let (Party::Staff(actor), Some(session)) = (party, self.filled_in)
            && session != actor.session
            && !query::door::is_of(conn, Owned { practice: actor.practice, staff: actor.staff, session })?
        {
            return Err(Error::of(Code::AnotherSignedIn));
        }
        self.settings.demands_second_factor(conn, party, self.action)
    }
}
