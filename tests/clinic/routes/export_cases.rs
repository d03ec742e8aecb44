//! The cases of what patients are told and given, with a fresh export.

use diesel::prelude::*;
use serde_json::json;
use tandem::db::schema::record_export;
use tandem::exports::Recipient;
use tandem::ids::{ExportId, PatientId};
use tandem::routes::Verb::{Get, Post};

use super::cases::{Ask, Case, PATIENT, case};
use super::scenes::{Scene, Stage};
use crate::house::{MORNING, Who};

pub const EXPORTS: &[Case] = &[
    case(Get, "/patients/{id}/access-report", PATIENT, |stage, who, scene| Some(Ask::patient(stage, who, scene))),
    case(Post, "/patients/{id}/exports", PATIENT, |stage, who, scene| {
        let export = json!({"recipient": "patient", "recipient_name": "Nina Sommer", "purpose": "Her own files",
            "authority": "Her written request"});
        Some(Ask::patient(stage, who, scene).with(export))
    }),
    case(Get, "/exports/{id}", PATIENT, |stage, who, scene| {
        let patient = stage.patient(who, scene, &[]);
        let id = stage.export(patient, scene);
        Some(Ask::of(id, scene).about(patient, who, scene))
    }),
];

impl Stage<'_> {
    /// A fresh export to the patient.
    fn export(&self, of: PatientId, scene: Scene) -> ExportId {
        let id = self.id();
        let made_by = if scene == Scene::Elsewhere { Who::Elsewhere } else { Who::PrivacyOfficer };
        diesel::insert_into(record_export::table)
            .values((
                record_export::id.eq(id),
                record_export::practice_id.eq(Self::practice(scene).id()),
                record_export::patient_id.eq(of),
                record_export::made_by.eq(made_by.id()),
                record_export::made_at.eq(MORNING),
                record_export::recipient.eq(Recipient::Patient),
                record_export::recipient_name.eq("Nina Sommer"),
                record_export::purpose.eq("Her own files"),
                record_export::authority.eq("Her written request"),
                record_export::severed.eq(r#"{"schema_version":1,"severed":[]}"#),
                record_export::hash.eq([7_u8; 32].as_slice()),
                record_export::document.eq("{}"),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        id
    }
}
