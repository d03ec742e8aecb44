//! Rows laid down past the program, where no call from outside can make them in a test's time.

use diesel::prelude::*;
use tandem::clock::Timestamp;
use tandem::db::schema::{care_team, joint_review, note, note_pending};
use tandem::ids::{Id, JointReviewId, MembershipId, NoteId, PendingId};

use super::{House, MORNING, Patient, Who};

impl House {
    /// A joint review that was begun three weeks ago.
    pub fn lays_joint_review(&self, of: Patient) -> JointReviewId {
        let id = Id::new(MORNING, [of as u8 + 1; 10]);
        let by = if of == Patient::Carla { Who::Elsewhere } else { Who::Massage };
        diesel::insert_into(joint_review::table)
            .values((
                joint_review::id.eq(id),
                joint_review::practice_id.eq(by.practice().id()),
                joint_review::patient_id.eq(of.id()),
                joint_review::opened_by.eq(by.id()),
                joint_review::opened_at.eq(MORNING.plus_seconds(-21 * 86_400)),
                joint_review::version.eq(1),
            ))
            .execute(&mut self.database.owner())
            .unwrap();
        id
    }

    /// A draft without words that was begun, and served, at some time; `number` tells it from others.
    pub fn lays_draft(&self, by: Who, of: Patient, at: Timestamp, number: u8) -> NoteId {
        let id = Id::new(at, [number; 10]);
        diesel::insert_into(note::table)
            .values((
                note::id.eq(id),
                note::practice_id.eq(by.practice().id()),
                note::patient_id.eq(of.id()),
                note::author_id.eq(by.id()),
                note::discipline.eq(by.roles().iter().find_map(|role| role.discipline()).unwrap()),
                note::kind.eq("progress"),
                note::state.eq("draft"),
                note::service_at.eq(at),
                note::created_at.eq(at),
                note::draft.eq("{}"),
                note::current_version.eq(0),
                note::version.eq(1),
            ))
            .execute(&mut self.database.owner())
            .unwrap();
        id
    }

    /// Somebody started treating a patient of their own accord, and left an hour later.
    pub fn lays_started_treating(&self, who: Who, of: Patient, at: Timestamp) -> MembershipId {
        let id = Id::new(at, [who as u8; 10]);
        diesel::insert_into(care_team::table)
            .values((
                care_team::id.eq(id),
                care_team::practice_id.eq(who.practice().id()),
                care_team::patient_id.eq(of.id()),
                care_team::staff_id.eq(who.id()),
                care_team::joined_by.eq("start_treating"),
                care_team::reason.eq("Nobody else was there"),
                care_team::joined_at.eq(at),
                care_team::lapses_at.eq(at.plus_seconds(90 * 86_400)),
                care_team::ended_at.eq(at.plus_seconds(3_600)),
            ))
            .execute(&mut self.database.owner())
            .unwrap();
        id
    }

    /// An addendum that waits for a second signature.
    pub fn lays_pending(&self, by: Who, on: &str) -> PendingId {
        let (id, on): (_, NoteId) = (Id::new(MORNING, [7; 10]), on.parse().unwrap());
        diesel::insert_into(note_pending::table)
            .values((
                note_pending::id.eq(id),
                note_pending::practice_id.eq(by.practice().id()),
                note_pending::note_id.eq(on),
                note_pending::author_id.eq(by.id()),
                note_pending::kind.eq("addendum"),
                note_pending::words.eq("Slept well since."),
                note_pending::hash.eq(vec![0; 32]),
                note_pending::signed_at.eq(MORNING),
                note_pending::state.eq("waiting"),
                note_pending::version.eq(1),
            ))
            .execute(&mut self.database.owner())
            .unwrap();
        id
    }
}
