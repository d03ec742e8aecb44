//! The patients of the demo and their notes, written by its people through the use cases of the rooms.

use std::sync::Arc;

use serde::Deserialize;

use super::call;
use super::people::Staff;
use crate::actor::Actor;
use crate::app::App;
use crate::clock::{Date, Timestamp};
use crate::db::{Retry, Tx};
use crate::error::{Error, Result};
use crate::ids::PatientId;
use crate::notes::views::{NewNote, Signing};
use crate::notes::{self, NoteBody, NoteKind};
use crate::patients::care_team::{self, Assignment};
use crate::patients::{self, Demographics};
use crate::policy::Action;

const RECORD: &str = include_str!("record.toml");

const DAY: i64 = 24 * 3600;
/// Notes are written within the hour.
const VISIT: i64 = 3600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    patient: Vec<Patient>,
}

/// A patient, and what was written about them. People go by the word before the `@` of their address.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Patient {
    demographics: Demographics,
    /// Who registered them; a clinician treats them from then on.
    registered_by: String,
    days_ago: i64,
    /// Whom reception put on the care team.
    #[serde(default)]
    assigned: Vec<String>,
    #[serde(default)]
    note: Vec<Note>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    by: String,
    days_ago: i64,
    kind: NoteKind,
    /// Whether it is still a draft.
    #[serde(default)]
    draft: bool,
    body: NoteBody,
}

fn record() -> Result<Vec<Patient>> {
    Ok(toml::from_str::<Record>(RECORD).map_err(Error::internal)?.patient)
}

/// How many days before today the practice must have been founded.
///
/// # Errors
/// The record cannot be read.
pub fn first_day() -> Result<i64> {
    Ok(record()?.iter().map(|patient| patient.days_ago).max().unwrap_or_default() + 1)
}

/// Writes the record, day by day up to `now`.
///
/// # Errors
/// The database's, or the record breaks a rule.
pub async fn write(app: &App, staff: &Staff, now: Timestamp) -> Result<()> {
    let patients = record()?;
    let mut ids: Vec<Option<PatientId>> = vec![None; patients.len()];
    for day in (0..=first_day()?).rev() {
        let at = now.plus_seconds(-day * DAY);
        for (patient, id) in patients.iter().zip(&mut ids) {
            if patient.days_ago == day {
                *id = Some(register(app, staff, patient, at).await?);
            }
            for note in patient.note.iter().filter(|note| note.days_ago == day) {
                let id = id.ok_or_else(|| Error::internal("a note before the patient came"))?;
                write_note(app, staff.who(&note.by, at)?, id, note, at).await?;
            }
        }
    }
    Ok(())
}

async fn register(app: &App, staff: &Staff, patient: &Patient, at: Timestamp) -> Result<PatientId> {
    let (new, retry) = (patient.demographics.clone(), once());
    let by = call(app, Some(staff.who(&patient.registered_by, at)?), Action::RegisterPatient, at);
    let registered = app.db.write(&by, move |tx| patients::ops::register(tx, &retry, &new)).await?;
    let id = registered.patient.id;
    for member in &patient.assigned {
        let staff_id = staff.who(member, at)?.staff;
        let (assignment, retry) = (Assignment { staff_id, visit_date: Date::of(at), reason: None }, once());
        let by = call(app, Some(staff.who("reception", at)?), Action::AssignCareTeam, at);
        app.db.write(&by, move |tx| care_team::ops::assign(tx, &retry, id, &assignment)).await?;
    }
    Ok(id)
}

async fn write_note(app: &App, author: Actor, patient: PatientId, note: &Note, at: Timestamp) -> Result<()> {
    let (kind, body) = (note.kind, note.body.clone());
    let service_at = at.plus_seconds(-VISIT);
    let new = NewNote { kind, discipline: None, episode_id: None, referral_id: None, service_at, sharing: None, body };
    let (catalogue, retry) = (Arc::clone(&app.catalogue), once());
    let by = call(app, Some(author.clone()), Action::CreateNote, at);
    let begun = app.db.write(&by, move |tx| notes::ops::begin(tx, &retry, &catalogue, patient, &new)).await?;
    if note.draft {
        return Ok(());
    }
    let (catalogue, retry) = (Arc::clone(&app.catalogue), once());
    let by = call(app, Some(author), Action::SignNote, at);
    let sign =
        move |tx: &mut Tx| notes::ops::sign(tx, &retry, &catalogue, begun.id, begun.version, &Signing::default());
    app.db.write(&by, sign).await.map(drop)
}

/// Nobody asks twice here.
fn once() -> Retry {
    Retry { key: None, route: String::new(), mac: [0; 32] }
}

#[cfg(test)]
mod tests {
    use super::record;

    #[test]
    fn the_record_can_be_read() {
        let patients = record().unwrap();
        assert!(patients.len() >= 6);
        for patient in patients {
            garde::Validate::validate(&patient.demographics).unwrap();
            patient.note.iter().for_each(|note| note.body.check().unwrap());
        }
    }
}
