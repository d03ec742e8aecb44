//! What an audit event is, and the bytes of its leaf.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::merkle::Hash;
use crate::actor::Role;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{EventId, ObjectId, PatientId, PracticeId, SessionId, StaffId};
use crate::policy::Action;

/// The version of the leaf's layout, its member `v`.
pub const LEAF_VERSION: u8 = 1;

/// Goes before salt and text in [`salted`], so that the hash can be mistaken for no other.
pub const TEXT_TAG: &[u8] = b"tandem audit text v1\n";

/// Which log an event belongs to. Written as the practice's id, or `installation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Log {
    /// The log of one practice.
    Practice(PracticeId),
    /// What belongs to no practice: setting up, migrating, strangers who failed.
    Installation,
}

impl Log {
    /// The first line of the log's checkpoints: `tandem/<practice-id>` or `tandem/installation`.
    #[must_use]
    pub fn origin(self) -> String {
        format!("tandem/{self}")
    }

    /// The log with this origin.
    #[must_use]
    pub fn of_origin(origin: &str) -> Option<Self> {
        let log: Self = origin.strip_prefix("tandem/")?.parse().ok()?;
        (log.origin() == origin).then_some(log)
    }
}

impl Log {
    /// The id that rows of this log carry: the practice's, or the nil UUID for the installation.
    #[must_use]
    pub const fn id(self) -> PracticeId {
        match self {
            Self::Practice(practice) => practice,
            Self::Installation => PracticeId::from_uuid(uuid::Uuid::nil()),
        }
    }

    /// The log whose rows carry this id.
    #[must_use]
    pub fn of_id(id: PracticeId) -> Self {
        if id.uuid().is_nil() { Self::Installation } else { Self::Practice(id) }
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Practice(practice) => practice.fmt(f),
            Self::Installation => f.write_str("installation"),
        }
    }
}

impl FromStr for Log {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "installation" { Ok(Self::Installation) } else { text.parse().map(Self::Practice) }
    }
}

impl Serialize for Log {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Log {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Who did it, or tried to.
// The order of the fields is the order of the canonical JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Nobody known.
    Stranger,
    /// The program itself.
    System,
    /// A member of staff.
    Staff {
        /// The narrowest role that sufficed; none where no role was needed or none sufficed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        role: Option<Role>,
        /// The session they acted in.
        session: SessionId,
        /// Who they are.
        staff: StaffId,
    },
}

/// Whether it was done.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
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
pub enum Outcome {
    /// It was allowed and done.
    Done,
    /// It was refused, and nothing was changed.
    Refused,
}

/// What kind of thing an event is about.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
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
pub enum ObjectKind {
    /// A practice.
    Practice,
    /// A practice's settings; the id is the practice's.
    Settings,
    /// A site.
    Site,
    /// A member of staff.
    Staff,
    /// A session.
    Session,
    /// A patient.
    Patient,
    /// A care-team membership.
    CareTeam,
    /// A cover.
    Cover,
    /// A note; the version is that of the note.
    Note,
    /// An addendum.
    Addendum,
    /// An amendment or addendum that waits for a second signature.
    Pending,
    /// A joint review.
    JointReview,
    /// A safety item.
    SafetyItem,
    /// A patient's health history; the id is the patient's.
    HealthHistory,
    /// Somebody who decides for a patient.
    DecisionMaker,
    /// An episode of care.
    Episode,
    /// A message about a patient.
    Message,
    /// A referral.
    Referral,
    /// A consent directive.
    Directive,
    /// An emergency or audit access.
    Access,
    /// A copy of a record that was handed out.
    Export,
    /// Something that somebody was told.
    Notification,
    /// A mail on its way to a member of staff.
    Mail,
    /// How alerts reach a member of staff; the id is theirs.
    AlertPreferences,
    /// An audit event.
    Event,
}

/// The one thing an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// Its id.
    pub id: ObjectId,
    /// Its kind.
    pub kind: ObjectKind,
    /// Its version after the event, where it has versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
}

impl Object {
    /// A patient.
    #[must_use]
    pub const fn patient(id: PatientId) -> Self {
        Self { id: id.retype(), kind: ObjectKind::Patient, version: None }
    }
}

/// One event: who did what to whose record, when, from where, and why it was allowed or refused.
// Fields stand in the order of their names, so that plain serialising already is canonical (RFC 8785).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What was asked for.
    pub action: Action,
    /// Who asked.
    pub actor: By,
    /// The client's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// When, to the microsecond.
    pub at: Timestamp,
    /// Why: the ground it was allowed on, or the error code it was refused with; of a migration the version that was reached.
    /// A word of the program's, never text.
    pub code: Cow<'static, str>,
    /// How many calls the event stands for, where it counts several; of a migration how many were run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The hash of the signed version of the note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash>,
    /// The event's id.
    pub id: EventId,
    /// The log it belongs to.
    pub log: Log,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<Object>,
    /// Whether it was done.
    pub outcome: Outcome,
    /// `X-Request-Id` of the call; empty where no call stands behind it.
    pub request: String,
    /// Every patient of whom something was disclosed or changed.
    pub subjects: BTreeSet<PatientId>,
    /// The [`salted`] hash of the free text that lies beside the leaf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Hash>,
    /// Whether reviewers should look at it, such as at the opening of a colleague's record.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unusual: bool,
}

#[derive(Serialize)]
struct Leaf<'a> {
    #[serde(flatten)]
    event: &'a Event,
    v: u8,
}

impl Event {
    /// The bytes that are sealed: canonical JSON (RFC 8785).
    ///
    /// # Errors
    /// [`Code::Internal`] should JSON ever be unable to hold it.
    pub fn leaf(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(768);
        serde_json::to_writer(&mut bytes, &Leaf { event: self, v: LEAF_VERSION }).map_err(Error::internal)?;
        Ok(bytes)
    }

    /// Reads a leaf back.
    ///
    /// # Errors
    /// [`Code::Internal`] if it is not exactly the bytes that [`Event::leaf`] writes.
    pub fn read(leaf: &[u8]) -> Result<Self> {
        let unreadable = |cause: Option<serde_json::Error>| Error {
            cause: cause.map(Into::into),
            ..Error::new(Code::Internal, "the leaf of an audit event cannot be read")
        };
        let event: Self = serde_json::from_slice(leaf).map_err(|cause| unreadable(Some(cause)))?;
        if event.leaf()? == leaf { Ok(event) } else { Err(unreadable(None)) }
    }
}

/// The hash of a text that lies beside a leaf: SHA-256 over [`TEXT_TAG`], the 32 bytes of salt, the text in UTF-8.
#[must_use]
pub fn salted(salt: &[u8; 32], text: &str) -> Hash {
    let hash = Sha256::new().chain_update(TEXT_TAG).chain_update(salt).chain_update(text);
    Hash(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strum::IntoEnumIterator;

    use super::*;
    use crate::audit::sample;
    use crate::clock::{EARLIEST, LATEST};

    fn id<K>() -> impl Strategy<Value = crate::ids::Id<K>> {
        any::<[u8; 16]>().prop_map(|bytes| crate::ids::Id::from_uuid(uuid::Uuid::from_bytes(bytes)))
    }

    fn one_of<E: IntoEnumIterator + Clone + fmt::Debug + 'static>() -> impl Strategy<Value = E> {
        proptest::sample::select(E::iter().collect::<Vec<_>>())
    }

    fn by() -> impl Strategy<Value = By> {
        let staff = (proptest::option::of(one_of()), id(), id());
        prop_oneof![
            Just(By::Stranger),
            Just(By::System),
            staff.prop_map(|(role, session, staff)| By::Staff { role, session, staff }),
        ]
    }

    fn events() -> impl Strategy<Value = Event> {
        let object = (id(), one_of(), proptest::option::of(any::<i32>()));
        let first = (
            one_of(),
            by(),
            proptest::option::of(any::<IpAddr>()),
            EARLIEST.micros()..LATEST.micros(),
            "[a-z_]{1,20}",
            any::<Option<u32>>(),
            any::<Option<[u8; 32]>>(),
            id(),
        );
        let second = (
            proptest::option::of(id()),
            proptest::option::of(object),
            one_of(),
            ".{0,12}",
            proptest::collection::btree_set(id(), 0..4),
            any::<Option<[u8; 32]>>(),
            any::<bool>(),
        );
        (first, second).prop_map(|((action, actor, address, at, code, count, hash, id), second)| {
            let (practice, object, outcome, request, subjects, text, unusual) = second;
            Event {
                action,
                actor,
                address,
                at: Timestamp::from_micros(at),
                code: code.into(),
                count,
                hash: hash.map(Hash),
                id,
                log: practice.map_or(Log::Installation, Log::Practice),
                object: object.map(|(id, kind, version)| Object { id, kind, version }),
                outcome,
                request,
                subjects,
                text: text.map(Hash),
                unusual,
            }
        })
    }

    proptest! {
        #[test]
        fn every_event_comes_back_from_its_leaf(event in events()) {
            prop_assert_eq!(Event::read(&event.leaf().unwrap()).unwrap(), event);
        }

        #[test]
        fn a_leaf_is_canonical_json(event in events()) {
            let leaf = String::from_utf8(event.leaf().unwrap()).unwrap();
            let canonical = serde_json_canonicalizer::pipe(&leaf).unwrap();
            prop_assert_eq!(leaf, canonical);
        }

        #[test]
        fn another_spelling_of_the_same_event_is_refused(event in events(), place in any::<proptest::sample::Index>()) {
            let mut leaf = event.leaf().unwrap();
            leaf.insert(place.index(leaf.len() + 1), b' ');
            prop_assert!(Event::read(&leaf).map_or(true, |read| read != event));
        }
    }

    #[test]
    fn the_leaf_of_a_signed_note_reads_like_this() {
        let leaf = String::from_utf8(sample::signed_note().leaf().unwrap()).unwrap();
        let expected = concat!(
            r#"{"action":"sign_note","actor":{"staff":{"role":"physiotherapist","#,
            r#""session":"01890a5d-ac96-7000-8000-000000000002","staff":"01890a5d-ac96-7000-8000-000000000001"}},"#,
            r#""address":"192.0.2.7","at":"2026-03-01T09:30:00.000125Z","code":"care_team","#,
            r#""hash":"0707070707070707070707070707070707070707070707070707070707070707","#,
            r#""id":"01890a5d-ac96-7000-8000-000000000003","log":"01890a5d-ac96-7000-8000-000000000004","#,
            r#""object":{"id":"01890a5d-ac96-7000-8000-000000000005","kind":"note","version":2},"outcome":"done","#,
            r#""request":"r-1","subjects":["01890a5d-ac96-7000-8000-000000000006"],"v":1}"#,
        );
        assert_eq!(leaf, expected);
    }

    #[test]
    fn a_leaf_with_a_member_nobody_wrote_is_refused() {
        let leaf = String::from_utf8(sample::signed_note().leaf().unwrap()).unwrap();
        for forged in [leaf.replace(r#""v":1"#, r#""v":2"#), leaf.replace(r#","v":1"#, r#","v":1,"w":0"#)] {
            assert!(Event::read(forged.as_bytes()).is_err(), "{forged}");
        }
    }

    #[test]
    fn the_salted_hash_is_over_tag_salt_and_text() {
        let mut bytes = b"tandem audit text v1\n".to_vec();
        bytes.extend([9; 32]);
        bytes.extend("seen at the patient's home – ✓".as_bytes());
        assert_eq!(salted(&[9; 32], "seen at the patient's home – ✓").0, <[u8; 32]>::from(Sha256::digest(&bytes)));
    }

    #[test]
    fn an_origin_names_one_log_in_one_spelling() {
        let log = sample::signed_note().log;
        assert_eq!(Log::of_origin(&log.origin()), Some(log));
        assert_eq!(Log::of_origin("tandem/installation"), Some(Log::Installation));
        assert_eq!(Log::of_origin(&log.origin().to_uppercase().replace("TANDEM", "tandem")), None);
        assert_eq!(Log::of_origin("installation"), None);
    }
}
