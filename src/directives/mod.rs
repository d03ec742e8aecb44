//! What a patient decided about who may read what, as far as it concerns one reader: opening a record asks it, and so does
//! telling somebody of one.

mod query;

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::actor::{Actor, RoleSet};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::types::sql_word;
use crate::error::Result;
use crate::ids::{DirectiveId, EpisodeId, NoteId, ObjectId, PatientId, PracticeId, StaffId};
use crate::policy::Withheld;

pub use query::cover_any;

/// How much of a record a consent directive covers.
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
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Covers {
    /// All of it.
    Record,
    /// One episode of care, with its notes.
    Episode,
    /// One note.
    Note,
}

/// From whom a consent directive withholds it.
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
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schema(as = BarredParty)]
pub enum Bars {
    /// One member of staff.
    Person,
    /// Everyone who practises a discipline.
    Discipline,
    /// Everyone but the author.
    Everyone,
}

sql_word!(Covers, Bars);

/// Somebody from whom a patient may withhold something.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// Where they work.
    pub practice: PracticeId,
    /// Who they are.
    pub staff: StaffId,
    /// What they are.
    pub roles: RoleSet,
}

impl From<&Actor> for Reader {
    fn from(actor: &Actor) -> Self {
        Self { practice: actor.practice, staff: actor.staff, roles: actor.roles }
    }
}

/// The directives on one record that concern one reader, now or later.
#[derive(Clone, Debug, Default)]
pub struct Directives {
    reader: Option<StaffId>,
    all: Vec<Directive>,
}

#[derive(Clone, Debug, diesel::Queryable)]
struct Directive {
    covers: Covers,
    covered: Option<ObjectId>,
    bars: Bars,
    starts_at: Timestamp,
    ends_at: Option<Timestamp>,
}

/// What a directive may cover besides the whole record.
#[derive(Clone, Copy, Debug, Default)]
pub struct Covered {
    /// The note, if it is one.
    pub note: Option<NoteId>,
    /// The episode of care it belongs to, or is.
    pub episode: Option<EpisodeId>,
    /// Whose it is, if it has an author.
    pub author: Option<StaffId>,
    /// Of a referral, whether the reader takes part in it.
    pub party: Option<bool>,
}

impl Covered {
    /// A note.
    #[must_use]
    pub const fn note(id: NoteId, episode: Option<EpisodeId>, author: StaffId) -> Self {
        Self { note: Some(id), episode, author: Some(author), party: None }
    }

    /// Something of its author's that stands in the record by itself.
    #[must_use]
    pub const fn written_by(author: StaffId) -> Self {
        Self { note: None, episode: None, author: Some(author), party: None }
    }

    /// An episode of care, or what stands in one, that somebody opened or wrote.
    #[must_use]
    pub const fn episode(id: EpisodeId, author: StaffId) -> Self {
        Self { note: None, episode: Some(id), author: Some(author), party: None }
    }
}

impl Directives {
    /// Those on one record.
    ///
    /// # Errors
    /// The database's.
    pub fn load(conn: &mut Conn, reader: Reader, patient: PatientId, now: Timestamp) -> Result<Self> {
        Ok(Self { reader: Some(reader.staff), all: query::on_record(conn, reader, patient, now)? })
    }

    /// One of them alone; none if it does not concern the reader.
    ///
    /// # Errors
    /// The database's.
    pub fn one(conn: &mut Conn, reader: Reader, id: DirectiveId, now: Timestamp) -> Result<Self> {
        Ok(Self { reader: Some(reader.staff), all: query::one(conn, reader, id, now)? })
    }

    /// Those on every record of the practice, by whose it is.
    ///
    /// # Errors
    /// The database's.
    pub fn on_all(conn: &mut Conn, reader: Reader, now: Timestamp) -> Result<HashMap<PatientId, Self>> {
        let mut by_patient: HashMap<PatientId, Self> = HashMap::new();
        for (patient, directive) in query::on_all(conn, reader, now)? {
            let on_it = by_patient.entry(patient).or_default();
            on_it.reader = Some(reader.staff);
            on_it.all.push(directive);
        }
        Ok(by_patient)
    }

    /// Whether none concerns the reader, now or later.
    #[must_use]
    pub fn none(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether any is in force.
    #[must_use]
    pub fn withhold_any(&self, now: Timestamp) -> bool {
        self.in_force(now).next().is_some()
    }

    /// Whether the whole record is barred from the reader by name.
    #[must_use]
    pub fn bar_the_record(&self, now: Timestamp) -> bool {
        self.in_force(now).any(|directive| (directive.covers, directive.bars) == (Covers::Record, Bars::Person))
    }

    /// What is withheld from the reader of something in the record.
    #[must_use]
    pub fn withhold(&self, covered: Covered, now: Timestamp) -> Withheld {
        let is_own = covered.author.is_some() && covered.author == self.reader;
        self.in_force(now)
            .filter(|directive| match directive.covers {
                Covers::Record => true,
                Covers::Episode => covered.episode.is_some_and(|id| directive.covered == Some(id.retype())),
                Covers::Note => covered.note.is_some_and(|id| directive.covered == Some(id.retype())),
            })
            .map(|directive| match directive.bars {
                Bars::Everyone if is_own => Withheld::Nothing,
                Bars::Person | Bars::Everyone => Withheld::FromPerson,
                Bars::Discipline => Withheld::FromDiscipline,
            })
            .max()
            .unwrap_or(Withheld::Nothing)
    }

    /// When the next of them begins or ends.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        next_after(now, self.all.iter().flat_map(|directive| [Some(directive.starts_at), directive.ends_at]))
    }

    fn in_force(&self, now: Timestamp) -> impl Iterator<Item = &Directive> {
        self.all.iter().filter(move |directive| directive.starts_at <= now)
    }
}

/// Who has barred their whole record from one reader.
#[derive(Debug)]
pub struct Barring {
    /// They.
    pub patients: Vec<PatientId>,
    /// When the next such directive begins or ends.
    pub changes_at: Option<Timestamp>,
}

/// Who has barred their whole record from one reader by name.
///
/// # Errors
/// The database's.
pub fn barring(conn: &mut Conn, reader: Reader, now: Timestamp) -> Result<Barring> {
    let rows = query::barring(conn, reader, now)?;
    let changes_at = next_after(now, rows.iter().flat_map(|(_, starts, ends)| [Some(*starts), *ends]));
    let patients = rows.into_iter().filter(|(_, starts, _)| *starts <= now).map(|(patient, ..)| patient).collect();
    Ok(Barring { patients, changes_at })
}

/// When the next directive that concerns one reader begins or ends, on whosoever record.
///
/// # Errors
/// The database's.
pub fn next_change(conn: &mut Conn, reader: Reader, now: Timestamp) -> Result<Option<Timestamp>> {
    let rows = query::changing(conn, reader, now)?;
    Ok(next_after(now, rows.iter().flat_map(|(starts, ends)| [Some(*starts), *ends])))
}

/// What is withheld from one reader of records of the practice.
#[derive(Debug)]
pub struct WithheldInLists {
    /// Those of whom the whole record is.
    pub patients: Vec<PatientId>,
    /// The episodes.
    pub episodes: Vec<EpisodeId>,
    /// When the next such directive begins or ends.
    pub changes_at: Option<Timestamp>,
}

/// What is withheld from one reader of records of the practice, single notes aside.
///
/// # Errors
/// The database's.
pub fn withheld_in_lists(conn: &mut Conn, reader: Reader, now: Timestamp) -> Result<WithheldInLists> {
    let rows = query::beyond_notes(conn, reader, now)?;
    let changes_at = next_after(now, rows.iter().flat_map(|(_, _, starts, ends)| [Some(*starts), *ends]));
    let (mut patients, mut episodes) = (Vec::new(), Vec::new());
    for (patient, episode, ..) in rows.into_iter().filter(|(_, _, starts, _)| *starts <= now) {
        match episode {
            Some(episode) => episodes.push(episode.retype()),
            None => patients.push(patient),
        }
    }
    Ok(WithheldInLists { patients, episodes, changes_at })
}

/// The directives that concern one reader, now or later, on records of the practice.
#[derive(Debug)]
pub struct Concerning {
    /// Whose they are, and since when.
    all: Vec<(PatientId, Timestamp)>,
}

impl Concerning {
    /// All of them.
    ///
    /// # Errors
    /// The database's.
    pub fn load(conn: &mut Conn, reader: Reader, now: Timestamp) -> Result<Self> {
        Ok(Self { all: query::beginnings(conn, reader, now)? })
    }

    /// Only those of these patients.
    #[must_use]
    pub fn of(self, patients: &[PatientId]) -> Self {
        let patients: HashSet<_> = patients.iter().collect();
        Self { all: self.all.into_iter().filter(|(patient, _)| patients.contains(patient)).collect() }
    }

    /// Whether any is in force.
    #[must_use]
    pub fn withhold_any(&self, now: Timestamp) -> bool {
        self.all.iter().any(|(_, starts_at)| *starts_at <= now)
    }
}

fn next_after(now: Timestamp, moments: impl Iterator<Item = Option<Timestamp>>) -> Option<Timestamp> {
    moments.flatten().filter(|moment| *moment > now).min()
}
