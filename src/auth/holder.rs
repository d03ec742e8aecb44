//! The door of those who hold the ticket of a browser: as for an access token, session, roles and standing are read in the
//! transaction itself.

use std::sync::{Arc, OnceLock};

use diesel::prelude::*;
use subtle::ConstantTimeEq;

use super::bearer::SessionLimits;
use super::rules::{PagesAre, pages_are};
use super::ticket::Ticket;
use crate::actor::{Actor, Party, Request, Role, RoleSet};
use crate::clock::Timestamp;
use crate::db::schema::{practice, session, staff, staff_role};
use crate::db::{Admitted, Conn, Door};
use crate::error::{Code, Error, Result};
use crate::ids::StaffId;
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
}

impl Holder {
    /// The holder of `ticket`, who asks for `action`; `known` learns who it is.
    #[must_use]
    pub fn new(ticket: Ticket, action: Action, settings: Arc<SessionLimits>, known: Arc<OnceLock<Known>>) -> Self {
        Self { ticket, action, settings, known }
    }
}

/// A session of the pages with its owner, once for each role.
#[derive(Queryable)]
struct Row {
    staff: StaffId,
    created_at: Timestamp,
    authenticated_at: Timestamp,
    page_hash: Option<Vec<u8>>,
    name: String,
    access_version: i64,
    practice: String,
    time_zone: String,
    role: Option<Role>,
}

impl Holder {
    fn rows(&self, conn: &mut Conn) -> Result<Vec<Row>> {
        Ok(session::table
            .inner_join(
                staff::table.on(staff::practice_id.eq(session::practice_id).and(staff::id.eq(session::staff_id))),
            )
            .inner_join(practice::table.on(practice::id.eq(session::practice_id)))
            .left_join(
                staff_role::table.on(staff_role::practice_id
                    .eq(session::practice_id)
                    .and(staff_role::staff_id.eq(session::staff_id))),
            )
            .filter(session::practice_id.eq(self.ticket.practice))
            .filter(session::id.eq(self.ticket.session))
            .filter(session::ended_at.is_null())
            .filter(staff::active.eq(true))
            .select((
                session::staff_id,
                session::created_at,
                session::authenticated_at,
                session::page_hash,
                staff::name,
                staff::access_version,
                practice::name,
                practice::time_zone,
                staff_role::role.nullable(),
            ))
            .load(conn)?)
    }
}

impl Door for Holder {
    fn admit(&self, conn: &mut Conn, request: &Request) -> Result<Admitted> {
        let not_signed_in = || Error::of(Code::NotSignedIn);
        let rows = self.rows(conn)?;
        let roles: RoleSet = rows.iter().filter_map(|row| row.role).collect();
        let row = rows.into_iter().next().ok_or_else(not_signed_in)?;
        let is_theirs = row.page_hash.is_some_and(|hash| hash.ct_eq(&self.ticket.hash()).into());
        let SessionLimits { limits, lock_seconds, .. } = *self.settings;
        let stands = pages_are(limits, lock_seconds, row.created_at, self.ticket.last_used_at, request.at);
        // Whether they are locked was looked at before anybody came to a transaction.
        let until = match stands {
            PagesAre::Open { until } | PagesAre::Locked { until } if is_theirs => until,
            _ => return Err(not_signed_in()),
        };
        let (practice, staff, session) = (self.ticket.practice, row.staff, self.ticket.session);
        let authenticated_at = row.authenticated_at;
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
        self.settings.demands_second_factor(conn, party, self.action)
    }
}
