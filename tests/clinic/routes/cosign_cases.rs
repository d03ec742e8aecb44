//! The cases of second signatures, sharing, copying forward and joint reviews, with the fresh rows they are about.

use diesel::prelude::*;
use serde_json::json;
use tandem::db::schema::{joint_review, note, note_pending, note_version, staff};
use tandem::ids::{JointReviewId, NoteId, PatientId, PendingId, StaffId};
use tandem::policy::{Authorship, NoteFacts, NoteState, Sharing};
use tandem::routes::Verb::{Get, Post};

use super::cases::{Ask, Case, NOTE, PATIENT, case, plainly};
use super::scenes::{Scene, Stage, Written, discipline, treats};
use crate::house::{MORNING, Who};

pub const COSIGNING: &[Case] = &[
    plainly(Get, "/cosignatures"),
    plainly(Get, "/unsigned-notes"),
    case(Post, "/notes/{id}/cosign", PATIENT, |stage, who, scene| {
        Some(Ask::written(stage.waiting(who, scene), scene, who))
    }),
    case(Post, "/notes/{id}/return", PATIENT, |stage, who, scene| {
        Some(Ask::written(stage.waiting(who, scene), scene, who).with(json!({"comments": "Which side?"})))
    }),
    case(Post, "/notes/{id}/share", NOTE, |stage, who, scene| {
        Some(Ask::note(stage, who, scene, NoteState::Signed)?.with(json!({"sharing": "discipline"})))
    }),
    case(Post, "/notes/{id}/copy-forward", NOTE, |stage, who, scene| {
        Some(Ask::note(stage, who, scene, NoteState::Signed)?.with(json!({"service_at": MORNING})))
    }),
    case(Get, "/pending-changes/{id}", NOTE, Ask::pending),
    case(Post, "/pending-changes/{id}/cosign", NOTE, Ask::pending),
    case(Post, "/pending-changes/{id}/return", NOTE, |stage, who, scene| {
        Some(Ask::pending(stage, who, scene)?.with(json!({"comments": "Since when?"})))
    }),
    case(Post, "/pending-changes/{id}/withdraw", NOTE, Ask::pending),
    case(Get, "/patients/{id}/joint-reviews", PATIENT, |stage, who, scene| Some(Ask::patient(stage, who, scene))),
    case(Post, "/patients/{id}/joint-reviews", PATIENT, |stage, who, scene| {
        Some(Ask::patient(stage, who, scene).with(json!({})))
    }),
    case(Post, "/joint-reviews/{id}/link", PATIENT, |stage, who, scene| {
        let patient = stage.patient(who, scene, &[]);
        let half = stage.laid_note(patient, who.id(), who, scene, NoteState::Signed);
        let ask = Ask::of(stage.joint_review(patient, scene), scene).about(patient, who, scene);
        Some(ask.at(1).with(json!({"note_id": half})))
    }),
    case(Post, "/joint-reviews/{id}/close", PATIENT, |stage, who, scene| {
        let patient = stage.patient(who, scene, &[]);
        let half = stage.laid_note(patient, who.id(), who, scene, NoteState::Signed);
        let review = stage.joint_review(patient, scene);
        diesel::update(joint_review::table.find((Stage::practice(scene).id(), review)))
            .set(joint_review::physiotherapy_note_id.eq(half))
            .execute(&mut *stage.conn.borrow_mut())
            .unwrap();
        let ask = Ask::of(review, scene).about(patient, who, scene);
        Some(ask.at(1).with(json!({"reason": "Nobody came"})))
    }),
];

impl Ask {
    fn written(Written { id, patient, version, facts }: Written, scene: Scene, who: Who) -> Self {
        Self { note: Some(facts), ..Self::of(id, scene).about(patient, who, scene).at(version) }
    }

    /// About an addendum that waits for a second signature.
    fn pending(stage: &Stage, who: Who, scene: Scene) -> Option<Self> {
        let Written { id, patient, version, facts } = stage.pending(who, scene)?;
        Some(Self { note: Some(facts), ..Self::of(id, scene).about(patient, who, scene).at(version) })
    }
}

impl Stage<'_> {
    /// Somebody whom `who` supervises, where the scene ties them to it.
    fn student(&self, who: Who, scene: Scene) -> (StaffId, Authorship) {
        let student = self.colleague(scene);
        if matches!(scene, Scene::Unrelated | Scene::Elsewhere) {
            return (student, Authorship::Colleague);
        }
        diesel::update(staff::table.find((Self::practice(scene).id(), student)))
            .set((staff::cosign_required.eq(true), staff::supervisor_id.eq(who.id())))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        (student, Authorship::Supervised)
    }

    /// A fresh note that waits for a second signature: that of `who`, unless they have nothing to do with it.
    fn waiting(&self, who: Who, scene: Scene) -> Written {
        let patient = self.patient(who, scene, &[]);
        let (student, authorship) = self.student(who, scene);
        let id = self.laid_note(patient, student, who, scene, NoteState::AwaitingCosign);
        let (state, sharing) = (NoteState::AwaitingCosign, Sharing::CareTeam);
        Written {
            id,
            patient,
            version: 1,
            facts: NoteFacts { authorship, state, discipline: discipline(who), sharing },
        }
    }

    /// A fresh addendum to a colleague's note, by oneself or by whom one supervises; its id in the place of a note's.
    fn pending(&self, who: Who, scene: Scene) -> Option<Written> {
        if scene == Scene::Own && !treats(who) {
            return None;
        }
        let patient = self.patient(who, scene, &[]);
        let (student, authorship) = match scene {
            Scene::Own => (who.id(), Authorship::Own),
            _ => self.student(who, scene),
        };
        let (id, of): (PendingId, _) = (self.id(), Self::practice(scene).id());
        let noted = self.laid_note(patient, self.colleague(scene), who, scene, NoteState::Signed);
        diesel::insert_into(note_pending::table)
            .values((
                note_pending::id.eq(id),
                note_pending::practice_id.eq(of),
                note_pending::note_id.eq(noted),
                note_pending::author_id.eq(student),
                note_pending::kind.eq("addendum"),
                note_pending::words.eq("Slept well since."),
                note_pending::hash.eq(vec![0; 32]),
                note_pending::signed_at.eq(MORNING),
                note_pending::state.eq("waiting"),
                note_pending::version.eq(1),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        let (state, sharing) = (NoteState::AwaitingCosign, Sharing::CareTeam);
        let facts = NoteFacts { authorship, state, discipline: discipline(who), sharing };
        Some(Written { id: id.retype(), patient, version: 1, facts })
    }

    /// A note laid down past the program, in the discipline of `who`.
    fn laid_note(&self, of: PatientId, author: StaffId, who: Who, scene: Scene, state: NoteState) -> NoteId {
        let (id, practice) = (self.id(), Self::practice(scene).id());
        // In another practice nobody of this one is an author.
        let author = if scene == Scene::Elsewhere && author == who.id() { Who::Elsewhere.id() } else { author };
        let is_signed = state == NoteState::Signed;
        diesel::insert_into(note::table)
            .values((
                note::id.eq(id),
                note::practice_id.eq(practice),
                note::patient_id.eq(of),
                note::author_id.eq(author),
                note::discipline.eq(discipline(who)),
                note::kind.eq("joint_review"),
                note::state.eq(state),
                note::service_at.eq(MORNING),
                note::created_at.eq(MORNING),
                note::signed_at.eq(MORNING),
                note::draft.eq((!is_signed).then_some("{}")),
                note::current_version.eq(i32::from(is_signed)),
                note::version.eq(1),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        if is_signed {
            diesel::insert_into(note_version::table)
                .values((
                    note_version::practice_id.eq(practice),
                    note_version::note_id.eq(id),
                    note_version::number.eq(1),
                    note_version::body.eq("{}"),
                    note_version::hash.eq(vec![0; 32]),
                    note_version::signed_by.eq(author),
                    note_version::signed_at.eq(MORNING),
                ))
                .execute(&mut *self.conn.borrow_mut())
                .unwrap();
        }
        id
    }

    /// A joint review that was begun three weeks ago.
    fn joint_review(&self, of: PatientId, scene: Scene) -> JointReviewId {
        let id = self.id();
        diesel::insert_into(joint_review::table)
            .values((
                joint_review::id.eq(id),
                joint_review::practice_id.eq(Self::practice(scene).id()),
                joint_review::patient_id.eq(of),
                joint_review::opened_by.eq(self.colleague(scene)),
                joint_review::opened_at.eq(MORNING.plus_seconds(-21 * 86_400)),
                joint_review::version.eq(1),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        id
    }
}
