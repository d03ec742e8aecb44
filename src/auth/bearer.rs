//! The door of those who hold an access token: session, roles and standing are read in the transaction itself.

use std::sync::Arc;

use super::query;
use super::rules::Limits;
use super::token::Claims;
use crate::actor::{Actor, Party, Request, Role, RoleSet};
use crate::config;
use crate::db::{Admitted, Conn, Door};
use crate::error::{Code, Error, Result};
use crate::ids::{PracticeId, SessionId, StaffId};
use crate::policy::Action;

/// How long sessions last, and whether managers and privacy officers need a second factor.
#[derive(Clone, Copy, Debug)]
pub struct SessionLimits {
    /// How long.
    pub limits: Limits,
    /// Seconds an access token is good for.
    pub access_seconds: i64,
    /// Seconds without use after which the pages ask for the password again.
    pub lock_seconds: i64,
    /// Whether those who see more than their own patients must have a second factor.
    pub mfa_required: bool,
}

impl SessionLimits {
    /// As the settings say.
    #[must_use]
    pub const fn of(settings: &config::Auth) -> Self {
        Self {
            limits: Limits::of(settings),
            access_seconds: settings.access_seconds,
            lock_seconds: settings.lock_minutes * 60,
            mfa_required: settings.mfa_required,
        }
    }
}

impl SessionLimits {
    /// Turns away whoever must have a second factor and has none, unless they are about to get one.
    ///
    /// # Errors
    /// [`Code::SecondFactorSetUpNeeded`].
    pub(super) fn demands_second_factor(&self, conn: &mut Conn, party: &Party, action: Action) -> Result<()> {
        let Some(actor) = party.staff().filter(|actor| needs_second_factor(actor.roles)) else { return Ok(()) };
        if !self.mfa_required || leads_to_second_factor(action) {
            return Ok(());
        }
        let confirmed = query::factor::is_confirmed(conn, actor.practice, actor.staff)?;
        if confirmed { Ok(()) } else { Err(Error::of(Code::SecondFactorSetUpNeeded)) }
    }
}

/// A verified access token at the door.
#[derive(Debug)]
pub struct Bearer {
    practice: PracticeId,
    staff: StaffId,
    session: SessionId,
    action: Action,
    settings: Arc<SessionLimits>,
}

impl Bearer {
    /// The bearer of a verified token, who asks for `action`.
    #[must_use]
    pub fn new(claims: &Claims, action: Action, settings: &Arc<SessionLimits>) -> Self {
        let Claims { practice, staff, session, .. } = *claims;
        Self { practice, staff, session, action, settings: settings.clone() }
    }
}

impl Door for Bearer {
    fn admit(&self, conn: &mut Conn, request: &Request) -> Result<Admitted> {
        let not_signed_in = || Error::of(Code::NotSignedIn);
        let found = query::door::session(conn, self.practice, self.session, self.staff)?.ok_or_else(not_signed_in)?;
        let query::door::Session { created_at, last_seen_at, authenticated_at, access_version, roles } = found;
        let Limits { idle_seconds, absolute_seconds } = self.settings.limits;
        let until = last_seen_at.plus_seconds(idle_seconds).min(created_at.plus_seconds(absolute_seconds));
        if until <= request.at {
            return Err(not_signed_in());
        }
        let (practice, staff, session) = (self.practice, self.staff, self.session);
        let actor = Actor { practice, staff, session, roles, authenticated_at, access_version };
        Ok(Admitted { party: Party::Staff(actor), until: Some(until) })
    }

    fn lets_begin(&self, conn: &mut Conn, party: &Party) -> Result<()> {
        self.settings.demands_second_factor(conn, party, self.action)
    }
}

/// Whoever reaches beyond their own patients needs a second factor.
fn needs_second_factor(roles: RoleSet) -> bool {
    roles.has(Role::Manager) || roles.has(Role::PrivacyOfficer)
}

fn leads_to_second_factor(action: Action) -> bool {
    matches!(
        action,
        Action::ChangeMfa
            | Action::ReadSelf
            | Action::Reauthenticate
            | Action::LockPages
            | Action::ChangePassword
            | Action::SignOut
    )
}
