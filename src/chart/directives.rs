//! What a patient decided about who may read what, as far as it concerns one reader.

use std::collections::HashSet;

use diesel::dsl::exists;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use super::Chart;
use crate::actor::{Actor, Discipline};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::consent_directive;
use crate::db::types::sql_word;
use crate::error::Result;
use crate::ids::{EpisodeId, NoteId, ObjectId, PatientId, StaffId};
use crate::policy::Withheld;

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

/// The directives on one record that concern one reader, now or later.
#[derive(Clone, Debug, Default)]
pub(super) struct Directives {
    reader: Option<StaffId>,
    all: Vec<Directive>,
}

#[derive(Clone, Debug, Queryable)]
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
    pub const fn note(id: NoteId, episode: Option<EpisodeId>, author: StaffId) -> Self {
        Self { note: Some(id), episode, author: Some(author), party: None }
    }
}

/// Those that are neither revoked nor over, and bar this person, a discipline of theirs, or everyone.
macro_rules! concerning {
    ($actor:expr, $now:expr) => {{
        let disciplines: Vec<Option<Discipline>> = $actor.roles.disciplines().map(Some).collect();
        consent_directive::table
            .filter(consent_directive::practice_id.eq($actor.practice))
            .filter(consent_directive::revoked_at.is_null())
            .filter(consent_directive::ends_at.is_null().or(consent_directive::ends_at.gt($now)))
            .filter(
                consent_directive::bars
                    .eq(Bars::Everyone)
                    .or(consent_directive::staff_id.eq($actor.staff))
                    .or(consent_directive::discipline.eq_any(disciplines)),
            )
    }};
}

impl Directives {
    pub(super) fn load(conn: &mut Conn, actor: &Actor, patient: PatientId, now: Timestamp) -> Result<Self> {
        let all = concerning!(actor, now)
            .filter(consent_directive::patient_id.eq(patient))
            .select((
                consent_directive::covers,
                consent_directive::covered_id,
                consent_directive::bars,
                consent_directive::starts_at,
                consent_directive::ends_at,
            ))
            .load(conn)?;
        Ok(Self { reader: Some(actor.staff), all })
    }

    /// Whether none concerns the reader, now or later.
    pub(super) fn none(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether any is in force.
    pub(super) fn withhold_any(&self, now: Timestamp) -> bool {
        self.in_force(now).next().is_some()
    }

    /// Whether the whole record is barred from the reader by name.
    pub(super) fn bar_the_record(&self, now: Timestamp) -> bool {
        self.in_force(now).any(|directive| (directive.covers, directive.bars) == (Covers::Record, Bars::Person))
    }

    /// What is withheld from the reader of something in the record.
    pub(super) fn withhold(&self, covered: Covered, now: Timestamp) -> Withheld {
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
    pub(super) fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        next_after(now, self.all.iter().flat_map(|directive| [Some(directive.starts_at), directive.ends_at]))
    }

    fn in_force(&self, now: Timestamp) -> impl Iterator<Item = &Directive> {
        self.all.iter().filter(move |directive| directive.starts_at <= now)
    }
}

/// Whether any that is neither revoked nor over covers one of these.
pub(super) fn cover_any(conn: &mut Conn, chart: &Chart, ids: &[ObjectId]) -> Result<bool> {
    let ids: Vec<_> = ids.iter().copied().map(Some).collect();
    let covering = consent_directive::table
        .filter(consent_directive::practice_id.eq(chart.practice()))
        .filter(consent_directive::patient_id.eq(chart.patient()))
        .filter(consent_directive::revoked_at.is_null())
        .filter(consent_directive::ends_at.is_null().or(consent_directive::ends_at.gt(chart.now())))
        .filter(consent_directive::covered_id.eq_any(ids));
    Ok(diesel::select(exists(covering)).get_result(conn)?)
}

/// Who has barred their whole record from one reader.
pub(super) struct Barring {
    pub(super) patients: Vec<PatientId>,
    /// When the next such directive begins or ends.
    pub(super) changes_at: Option<Timestamp>,
}

pub(super) fn barring(conn: &mut Conn, actor: &Actor, now: Timestamp) -> Result<Barring> {
    let rows = consent_directive::table
        .filter(consent_directive::practice_id.eq(actor.practice))
        .filter(consent_directive::staff_id.eq(actor.staff))
        .filter(consent_directive::covers.eq(Covers::Record))
        .filter(consent_directive::revoked_at.is_null())
        .filter(consent_directive::ends_at.is_null().or(consent_directive::ends_at.gt(now)))
        .select((consent_directive::patient_id, consent_directive::starts_at, consent_directive::ends_at))
        .load::<(PatientId, Timestamp, Option<Timestamp>)>(conn)?;
    let changes_at = next_after(now, rows.iter().flat_map(|(_, starts, ends)| [Some(*starts), *ends]));
    let patients = rows.into_iter().filter(|(_, starts, _)| *starts <= now).map(|(patient, ..)| patient).collect();
    Ok(Barring { patients, changes_at })
}

/// When the next directive that concerns one reader begins or ends, on whosoever record.
pub(super) fn next_change(conn: &mut Conn, actor: &Actor, now: Timestamp) -> Result<Option<Timestamp>> {
    let changing = consent_directive::starts_at.gt(now).or(consent_directive::ends_at.is_not_null());
    let rows = concerning!(actor, now)
        .filter(changing.assume_not_null())
        .select((consent_directive::starts_at, consent_directive::ends_at))
        .load::<(Timestamp, Option<Timestamp>)>(conn)?;
    Ok(next_after(now, rows.iter().flat_map(|(starts, ends)| [Some(*starts), *ends])))
}

/// What is withheld from one reader of records of the practice.
pub(super) struct WithheldInLists {
    /// Those of whom the whole record is.
    pub(super) patients: Vec<PatientId>,
    pub(super) episodes: Vec<EpisodeId>,
    /// When the next such directive begins or ends.
    pub(super) changes_at: Option<Timestamp>,
}

pub(super) fn withheld_in_lists(conn: &mut Conn, actor: &Actor, now: Timestamp) -> Result<WithheldInLists> {
    let rows = concerning!(actor, now)
        .filter(consent_directive::covers.ne(Covers::Note))
        .select((
            consent_directive::patient_id,
            consent_directive::covered_id,
            consent_directive::starts_at,
            consent_directive::ends_at,
        ))
        .load::<(PatientId, Option<ObjectId>, Timestamp, Option<Timestamp>)>(conn)?;
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
pub(super) struct Concerning {
    /// Whose they are, and since when.
    all: Vec<(PatientId, Timestamp)>,
}

impl Concerning {
    pub(super) fn load(conn: &mut Conn, actor: &Actor, now: Timestamp) -> Result<Self> {
        let all =
            concerning!(actor, now).select((consent_directive::patient_id, consent_directive::starts_at)).load(conn)?;
        Ok(Self { all })
    }

    /// Only those of these patients.
    pub(super) fn of(self, patients: &[PatientId]) -> Self {
        let patients: HashSet<_> = patients.iter().collect();
        Self { all: self.all.into_iter().filter(|(patient, _)| patients.contains(patient)).collect() }
    }

    /// Whether any is in force.
    pub(super) fn withhold_any(&self, now: Timestamp) -> bool {
        self.all.iter().any(|(_, starts_at)| *starts_at <= now)
    }
}

fn next_after(now: Timestamp, moments: impl Iterator<Item = Option<Timestamp>>) -> Option<Timestamp> {
    moments.flatten().filter(|moment| *moment > now).min()
}
