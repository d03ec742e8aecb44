//! What may be done with an episode of care at which stage, and what a diagnosis code looks like.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::{Display, EnumIter, IntoStaticStr};

use crate::clock::{Date, Timestamp};
use crate::error::{Error, Result};

/// Where one discipline stands in an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter)]
pub enum Stage {
    /// It has not taken part yet, and the episode is open.
    Outside,
    /// It takes part.
    Treating,
    /// It has discharged the patient, and another discipline still treats them.
    Discharged,
    /// Every discipline that took part has discharged the patient: the episode is closed for all.
    Closed,
}

/// What a clinician of that discipline can do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum EpisodeMove {
    /// Put a note into it.
    WriteNote,
    /// Change what is known of the complaint.
    Change,
    /// Discharge the patient in this discipline.
    Discharge,
}

/// Every legal move: from, move, to. The last discipline that discharges the patient closes the episode. What is not
/// listed is refused; a complaint that comes back is a new episode.
pub const MOVES: &[(Stage, EpisodeMove, Stage)] = &[
    (Stage::Outside, EpisodeMove::WriteNote, Stage::Treating),
    (Stage::Outside, EpisodeMove::Change, Stage::Outside),
    (Stage::Treating, EpisodeMove::WriteNote, Stage::Treating),
    (Stage::Treating, EpisodeMove::Change, Stage::Treating),
    (Stage::Treating, EpisodeMove::Discharge, Stage::Discharged),
    (Stage::Discharged, EpisodeMove::WriteNote, Stage::Treating),
    (Stage::Discharged, EpisodeMove::Change, Stage::Discharged),
];

/// The stage after a move.
///
/// # Errors
/// [`crate::error::Code::WrongState`] with the moves that this stage allows.
pub fn step(stage: Stage, wanted: EpisodeMove) -> Result<Stage> {
    let allowed = || MOVES.iter().filter(|(from, ..)| *from == stage).map(|(_, step, _)| (*step).into()).collect();
    MOVES
        .iter()
        .find(|(from, step, _)| (*from, *step) == (stage, wanted))
        .map(|(.., to)| *to)
        .ok_or_else(|| Error::wrong_state(standing(stage), allowed()))
}

const fn standing(stage: Stage) -> &'static str {
    match stage {
        Stage::Outside => "This discipline has not taken part in the episode",
        Stage::Treating => "This discipline takes part in the episode",
        Stage::Discharged => "This discipline has discharged the patient",
        Stage::Closed => "This episode is closed; a complaint that comes back is a new one",
    }
}

/// Checks that a note on a visit at `service_at`, begun while the episode was open, may be signed in it: once it is closed,
/// only visits from before its end belong to it.
///
/// # Errors
/// [`crate::error::Code::WrongState`].
pub fn check_visit(service_at: Timestamp, closed_at: Option<Timestamp>) -> Result<()> {
    if closed_at.is_none_or(|closed_at| service_at <= closed_at) {
        return Ok(());
    }
    Err(Error::wrong_state("This episode was closed before the visit", Vec::new()))
}

/// Checks that a complaint did not begin in the future, wherever on earth today has begun.
///
/// # Errors
/// [`crate::error::Code::Invalid`] at `/onset`.
pub fn check_onset(onset: Date, now: Timestamp) -> Result<()> {
    if onset <= Date::of(now.plus_seconds(14 * 3600)) {
        return Ok(());
    }
    Err(Error::field("/onset", "lies in the future"))
}

/// A diagnosis code as ICD-10 writes it, such as `M75.1`. Its form is checked, not whether it is in use, since every country
/// publishes an edition of its own.
///
/// A letter, a digit, a digit or one of A and B; then a point and one to four more letters or digits. The point may be left
/// out and the case does not matter; it is kept in capitals with its point. The form is that of ICD-10-CM, three to seven
/// characters with the point after the third (CDC/NCHS, *ICD-10-CM Official Guidelines for Coding and Reporting*, I.B.2;
/// categories such as `C7B` and `M1A` end in a letter), and takes in the three and four characters of WHO's own
/// (*ICD-10*, volume 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Icd10(String);

impl Icd10 {
    /// The code in capitals, with its point.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Icd10 {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let capitals = text.trim().to_ascii_uppercase();
        let (category, more) = capitals.split_at_checked(3).ok_or(NO_CODE)?;
        let fits = matches!(category.as_bytes(), [b'A'..=b'Z', b'0'..=b'9', b'0'..=b'9' | b'A' | b'B']);
        let detail = more.strip_prefix('.').unwrap_or(more);
        let whole = detail.len() <= 4 && detail.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match (fits && whole, more, detail) {
            (true, "", _) => Ok(Self(category.to_owned())),
            (true, _, "") | (false, ..) => Err(NO_CODE),
            (true, _, detail) => Ok(Self(format!("{category}.{detail}"))),
        }
    }
}

const NO_CODE: &str = "not an ICD-10 code such as M75.1";

impl fmt::Display for Icd10 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Icd10 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Icd10 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

crate::wording::written_as!(Icd10, "icd-10");
