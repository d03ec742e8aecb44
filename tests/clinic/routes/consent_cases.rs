//! The cases of consent directives and of records opened for an hour, with the fresh rows they are about.

use diesel::prelude::*;
use serde_json::json;
use tandem::chart::{Bars, Covers, Pass};
use tandem::clock::Timestamp;
use tandem::db::schema::{care_team, consent_directive, record_access};
use tandem::ids::{AccessId, DirectiveId, MembershipId, PatientId};
use tandem::routes::Verb::{Delete, Get, Post};

use super::cases::{Ask, COLLEAGUE, Case, PATIENT, case, plainly};
use super::scenes::{Scene, Stage};
use crate::house::{MORNING, PASSWORD, Who};

pub const CONSENT: &[Case] = &[
    case(Get, "/patients/{id}/consent-directives", PATIENT, |stage, who, scene| Some(Ask::patient(stage, who, scene))),
    case(Post, "/patients/{id}/consent-directives", PATIENT, |stage, who, scene| {
        let directive = json!({"covers": "record", "bars": "discipline", "discipline": "massage"});
        Some(Ask::patient(stage, who, scene).with(directive))
    }),
    case(Post, "/consent-directives/{id}/revoke", PATIENT, |stage, who, scene| {
        let patient = stage.patient(who, scene, &[]);
        let id = stage.directive(patient, scene);
        Some(Ask::of(id, scene).about(patient, who, scene).at(1))
    }),
    case(Post, "/patients/{id}/emergency-access", PATIENT, |stage, who, scene| {
        let emergency = json!({"reason_code": "serious_harm", "reason": "Collapsed", "password": PASSWORD});
        Some(Ask::patient(stage, who, scene).with(emergency))
    }),
    case(Post, "/patients/{id}/audit-access", PATIENT, |stage, who, scene| {
        Some(Ask::patient(stage, who, scene).with(json!({"reason": "A complaint"})))
    }),
    case(Delete, "/accesses/{id}", &[Scene::Own, Scene::Related, Scene::Elsewhere], |stage, who, scene| {
        let holder = match scene {
            Scene::Own => who,
            Scene::Elsewhere => Who::Elsewhere,
            _ if who == Who::Physio => Who::Owner,
            _ => Who::Physio,
        };
        let patient = stage.patient(holder, Scene::Unrelated.or_elsewhere(scene), &[]);
        // To everybody else an access is as far away as another practice.
        let place = if scene == Scene::Own { Scene::Own } else { Scene::Elsewhere };
        let ask = Ask::of(stage.access(holder, patient), place);
        Some(Ask { subject: (scene == Scene::Own).then_some(patient), ..ask })
    }),
    plainly(Get, "/emergency-accesses"),
    plainly(Get, "/started-without-note"),
    case(Post, "/emergency-accesses/{id}/review", COLLEAGUE, |stage, who, scene| {
        let holder = match scene {
            Scene::Oneself => who,
            Scene::Elsewhere => Who::Elsewhere,
            _ => Who::OtherPhysio,
        };
        let patient = stage.patient(holder, Scene::Unrelated.or_elsewhere(scene), &[]);
        let review = json!({"verdict": "justified", "reason": "The patient confirms it"});
        Some(Ask::of(stage.access(holder, patient), scene).at(1).with(review))
    }),
    case(Post, "/started-without-note/{id}/review", COLLEAGUE, |stage, who, scene| {
        let starting = match scene {
            Scene::Oneself => who,
            Scene::Elsewhere => Who::Elsewhere,
            _ => Who::OtherPhysio,
        };
        let patient = stage.patient(starting, Scene::Unrelated.or_elsewhere(scene), &[]);
        let review = json!({"verdict": "justified", "reason": "The patient confirms it"});
        Some(Ask::of(stage.started(starting, patient), scene).with(review))
    }),
];

impl Stage<'_> {
    /// A fresh directive that binds from tomorrow.
    fn directive(&self, of: PatientId, scene: Scene) -> DirectiveId {
        let id = self.id();
        let recorded_by = if scene == Scene::Elsewhere { Who::Elsewhere } else { Who::PrivacyOfficer };
        diesel::insert_into(consent_directive::table)
            .values((
                consent_directive::id.eq(id),
                consent_directive::practice_id.eq(Self::practice(scene).id()),
                consent_directive::patient_id.eq(of),
                consent_directive::covers.eq(Covers::Record),
                consent_directive::bars.eq(Bars::Everyone),
                consent_directive::starts_at.eq(MORNING.plus_seconds(86_400)),
                consent_directive::recorded_by.eq(recorded_by.id()),
                consent_directive::recorded_at.eq(MORNING),
                consent_directive::version.eq(1),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        id
    }

    /// Somebody started treating a patient two weeks ago, and left at once.
    fn started(&self, who: Who, of: PatientId) -> MembershipId {
        let (id, then) = (self.id(), MORNING.plus_seconds(-14 * 86_400));
        diesel::insert_into(care_team::table)
            .values((
                care_team::id.eq(id),
                care_team::practice_id.eq(who.practice().id()),
                care_team::patient_id.eq(of),
                care_team::staff_id.eq(who.id()),
                care_team::joined_by.eq("start_treating"),
                care_team::reason.eq("Nobody else was there"),
                care_team::joined_at.eq(then),
                care_team::lapses_at.eq(then),
                care_team::ended_at.eq(then),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        id
    }

    /// A fresh emergency access of somebody.
    fn access(&self, holder: Who, to: PatientId) -> AccessId {
        let (id, now): (_, Timestamp) = (self.id(), self.house.clock.now());
        diesel::insert_into(record_access::table)
            .values((
                record_access::id.eq(id),
                record_access::practice_id.eq(holder.practice().id()),
                record_access::patient_id.eq(to),
                record_access::staff_id.eq(holder.id()),
                record_access::kind.eq(Pass::Emergency),
                record_access::reason_code.eq("nobody_reachable"),
                record_access::reason.eq("Collapsed"),
                record_access::opened_at.eq(now),
                record_access::ends_at.eq(now.plus_seconds(3_600)),
                record_access::version.eq(1),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        id
    }
}
