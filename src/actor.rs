//! Who acts: known to every room, knowing none.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::clock::Timestamp;
use crate::ids::{Id, PracticeId, SessionId, StaffId};

/// What a member of staff is in the practice. One person may hold several.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    EnumString,
    Display,
    IntoStaticStr,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// Regulated clinician; may record a diagnosis.
    Physiotherapist,
    /// Clinician; records a clinical impression, never a diagnosis.
    MassageTherapist,
    /// Runs the practice: staff, settings, reports, audit.
    Manager,
    /// Front desk: demographics, who treats whom.
    Receptionist,
    /// Reviews access and consent.
    PrivacyOfficer,
}

impl Role {
    /// The discipline a clinician writes in; none for those who do not treat.
    #[must_use]
    pub const fn discipline(self) -> Option<Discipline> {
        match self {
            Self::Physiotherapist => Some(Discipline::Physiotherapy),
            Self::MassageTherapist => Some(Discipline::Massage),
            Self::Manager | Self::Receptionist | Self::PrivacyOfficer => None,
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The two professions that share the record.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    EnumString,
    Display,
    IntoStaticStr,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Discipline {
    /// Physiotherapy.
    Physiotherapy,
    /// Massage therapy.
    Massage,
}

impl Discipline {
    /// The role that writes in this discipline.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::Physiotherapy => Role::Physiotherapist,
            Self::Massage => Role::MassageTherapist,
        }
    }
}

/// A set of roles, one bit each: 32 values in all, so that every one can be tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RoleSet(u8);

impl RoleSet {
    /// How many different sets there are.
    pub const COUNT: u8 = 32;

    /// No role at all.
    pub const EMPTY: Self = Self(0);

    /// The set with this number, counted from 0; bits beyond the five roles are dropped.
    #[must_use]
    pub const fn nth(number: u8) -> Self {
        Self(number % Self::COUNT)
    }

    /// Whether `role` is in the set.
    #[must_use]
    pub const fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// The set with `role` added.
    #[must_use]
    pub const fn with(self, role: Role) -> Self {
        Self(self.0 | role.bit())
    }

    /// Whether no role is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles in the set, in the order of [`Role`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        <Role as strum::IntoEnumIterator>::iter().filter(move |role| self.has(*role))
    }

    /// The one discipline the set may write in; none if there are two, or none.
    #[must_use]
    pub fn only_discipline(self) -> Option<Discipline> {
        let mut practised = self.disciplines();
        practised.next().filter(|_| practised.next().is_none())
    }

    /// The disciplines the set may write in, in the order of [`Discipline`].
    pub fn disciplines(self) -> impl Iterator<Item = Discipline> {
        self.iter().filter_map(Role::discipline)
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        roles.into_iter().fold(Self::EMPTY, Self::with)
    }
}

/// A member of staff as a record names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Colleague {
    /// Who.
    pub id: StaffId,
    /// Their name.
    pub name: String,
}

/// A member of staff whose session was checked in this very transaction.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The practice they act in; every query is bound to it.
    pub practice: PracticeId,
    /// Who they are.
    pub staff: StaffId,
    /// The session they act in.
    pub session: SessionId,
    /// What they are.
    pub roles: RoleSet,
    /// When they last proved who they are by password.
    pub authenticated_at: Timestamp,
    /// Counts changes to this person's sessions and roles; a read is released only if it stands still.
    pub access_version: i64,
}

/// Whoever stands behind a transaction.
#[derive(Clone, Debug)]
pub enum Party {
    /// Nobody known: signing in, accepting an invitation.
    Stranger,
    /// The program itself: set-up, sealing, housekeeping.
    System,
    /// A member of staff.
    Staff(Actor),
}

impl Party {
    /// The member of staff, if it is one.
    #[must_use]
    pub const fn staff(&self) -> Option<&Actor> {
        match self {
            Self::Staff(actor) => Some(actor),
            Self::Stranger | Self::System => None,
        }
    }
}

/// One call from outside: what of it an audit event keeps, and the time and randomness it runs on.
#[derive(Clone, Debug)]
pub struct Request {
    /// `X-Request-Id`, `[A-Za-z0-9._-]{1,64}`.
    pub id: String,
    /// The client's address, behind trusted proxies the one they name.
    pub address: Option<IpAddr>,
    /// When the call arrived.
    pub at: Timestamp,
    /// Randomness drawn once for the call: a closure that runs twice makes the same ids.
    pub seed: [u8; 32],
}

impl Request {
    /// The `counter`-th 32 random bytes of this call.
    #[must_use]
    pub fn random(&self, counter: u32) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.seed);
        hash.update(counter.to_be_bytes());
        hash.finalize().into()
    }

    /// The `counter`-th id of this call.
    #[must_use]
    pub fn id<K>(&self, counter: u32) -> Id<K> {
        let mut ten = [0; 10];
        ten.copy_from_slice(&self.random(counter)[..10]);
        Id::new(self.at, ten)
    }
}
