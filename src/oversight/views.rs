//! What the oversight room shows.

use std::net::IpAddr;

use serde::Serialize;

use crate::actor::Role;
use crate::audit::{By, Event, Hash, Object, ObjectKind, Outcome};
use crate::clock::Timestamp;
use crate::ids::{EventId, ObjectId, PatientId, SessionId, StaffId};
use crate::policy::Action;
use crate::sealing::Verification;

/// An audit event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct EventView {
    /// Its id.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: ActorView,
    /// What was asked for.
    pub action: Action,
    /// Whether it was done.
    pub outcome: Outcome,
    /// The ground it was allowed on, or the code it was refused with.
    pub code: String,
    /// How many calls it stands for, where it counts several.
    pub count: Option<u32>,
    /// The patients of whom something was disclosed or changed.
    pub patients: Vec<PatientId>,
    /// What it is about.
    pub object: Option<ObjectView>,
    /// The hash of the note's version that was signed.
    #[schema(value_type = Option<String>)]
    pub note_hash: Option<Hash>,
    /// The client's address.
    #[schema(value_type = Option<String>)]
    pub address: Option<IpAddr>,
    /// `X-Request-Id` of the call.
    pub request_id: String,
    /// The reason given in words; shown to those who see the whole practice's events, unless it stands in a patient's record
    /// where they might not read it.
    pub text: Option<String>,
    /// Its number in the sealed log; none until it is sealed.
    pub sealed: Option<u64>,
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ActorView {
    /// What kind of actor.
    pub kind: ActorKind,
    /// The member of staff.
    pub staff_id: Option<StaffId>,
    /// The role it was allowed in.
    pub role: Option<Role>,
    /// Their session.
    pub session: Option<SessionId>,
}

/// What kind of actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::IntoStaticStr, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ActorKind {
    /// Nobody known.
    Stranger,
    /// The program itself.
    System,
    /// A member of staff.
    Staff,
}

impl From<By> for ActorView {
    fn from(by: By) -> Self {
        let nobody = |kind| Self { kind, staff_id: None, role: None, session: None };
        match by {
            By::Stranger => nobody(ActorKind::Stranger),
            By::System => nobody(ActorKind::System),
            By::Staff { role, session, staff } => {
                Self { kind: ActorKind::Staff, staff_id: Some(staff), role, session: Some(session) }
            }
        }
    }
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ObjectView {
    /// What kind of thing.
    pub kind: ObjectKind,
    /// Its id.
    pub id: ObjectId,
    /// Its version after the event.
    pub version: Option<i32>,
}

impl From<Object> for ObjectView {
    fn from(Object { id, kind, version }: Object) -> Self {
        Self { kind, id, version }
    }
}

impl EventView {
    /// What the leaf of an event says, with what lies beside it.
    pub(super) fn of(event: Event, text: Option<String>, sealed: Option<u64>) -> Self {
        Self {
            id: event.id,
            at: event.at,
            actor: event.actor.into(),
            action: event.action,
            outcome: event.outcome,
            code: event.code.into_owned(),
            count: event.count,
            patients: event.subjects.into_iter().collect(),
            object: event.object.map(Into::into),
            note_hash: event.hash,
            address: event.address,
            request_id: event.request,
            text,
            sealed,
        }
    }
}

/// What verifying the practice's log came to last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LastVerification {
    /// None if it was never verified.
    pub last: Option<Verification>,
}

/// The public keys that checkpoints are signed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PublicKeys {
    /// For the installation's log, and for the practice's that was asked for.
    pub keys: Vec<PublicKey>,
}

/// A public key of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PublicKey {
    /// The log: `tandem/installation` or `tandem/<practice-id>`.
    pub origin: String,
    /// The key as verifiers take it: `<origin>+<key id>+<base64>` (C2SP signed-note, Ed25519).
    pub key: String,
    /// It signs checkpoints from this size on.
    pub from_size: u64,
    /// And up to this one; none while it is in use.
    pub to_size: Option<u64>,
}
