//! Typed identifiers: a patient's id cannot be passed where a note's is meant.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::clock::Timestamp;

/// The id of one `K`: a UUIDv7 made by the application, so ids sort by the time they were made.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

impl<K> Id<K> {
    /// Wraps a UUID that came from the database or a caller.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// Makes a UUIDv7 from a time (its first 48 bits, in milliseconds) and ten bytes of randomness.
    #[must_use]
    pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
        let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The bare UUID.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// The sixteen bytes, in network order.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The same id under another kind, for the few columns that hold ids of several kinds.
    #[must_use]
    pub const fn retype<J>(self) -> Id<J> {
        Id::from_uuid(self.0)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl<K> FromStr for Id<K> {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self::from_uuid)
    }
}
impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::from_uuid)
    }
}
crate::wording::written_as!(Id<K>, "uuid", K);

macro_rules! kinds {
    ($($kind:ident => $alias:ident : $doc:literal),+ $(,)?) => {
        /// What an [`Id`] can be the id of.
        pub mod kind {
            $(#[doc = $doc] #[derive(Debug)] pub enum $kind {})+
        }
        $(#[doc = concat!("The id of ", $doc)] pub type $alias = Id<kind::$kind>;)+
    };
}

kinds! {
    Practice => PracticeId: "a practice, the tenant.",
    Site => SiteId: "a site of a practice.",
    Staff => StaffId: "a member of staff.",
    Session => SessionId: "a signed-in session.",
    Patient => PatientId: "a patient.",
    CareTeam => MembershipId: "a care-team membership.",
    Cover => CoverId: "a cover: one clinician standing in for another.",
    Episode => EpisodeId: "an episode of care.",
    Message => MessageId: "a message about a patient.",
    Note => NoteId: "a note.",
    SafetyItem => SafetyItemId: "a safety item.",
    DecisionMaker => DecisionMakerId: "somebody who decides for a patient.",
    Addendum => AddendumId: "an addendum to a signed note.",
    Pending => PendingId: "an amendment or addendum that waits for a second signature.",
    JointReview => JointReviewId: "a joint review.",
    Referral => ReferralId: "a referral.",
    Directive => DirectiveId: "a consent directive.",
    Access => AccessId: "an emergency or audit access to a record.",
    Export => ExportId: "a copy of a record that was handed out.",
    Notification => NotificationId: "something that somebody was told.",
    Mail => MailId: "a mail on its way to a member of staff.",
    Event => EventId: "an audit event.",
    Object => ObjectId: "any object an audit event or an idempotency key names.",
}
