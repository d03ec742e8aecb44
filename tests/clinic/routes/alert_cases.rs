//! The cases of notifications and mails, with the fresh rows they are about.

use diesel::prelude::*;
use serde_json::json;
use tandem::alerts::{AlertKind, MailKind, MailState};
use tandem::audit::ObjectKind;
use tandem::db::schema::{alert_preference, notification, outbox};
use tandem::ids::{MailId, NotificationId, ObjectId, kind};
use tandem::routes::Verb::{Get, Post, Put};

use super::cases::{Ask, Case, OFFICE, PLAIN, case, plainly};
use super::scenes::{Scene, Stage};
use crate::house::{MORNING, Who};

pub const ALERTS: &[Case] = &[
    plainly(Get, "/notifications"),
    case(Post, "/notifications/{id}/read", &[Scene::Own, Scene::Related, Scene::Elsewhere], |stage, who, scene| {
        // To everybody else a notification is as far away as another practice.
        Some(match scene {
            Scene::Own => Ask::of(stage.notification(who), scene),
            Scene::Elsewhere => Ask::of(stage.notification(Who::Elsewhere), scene),
            _ if who == Who::Physio => Ask::of(stage.notification(Who::Massage), Scene::Elsewhere),
            _ => Ask::of(stage.notification(Who::Physio), Scene::Elsewhere),
        })
    }),
    plainly(Get, "/me/alert-preferences"),
    case(Put, "/me/alert-preferences", PLAIN, |stage, who, _| {
        let own = alert_preference::table.find((who.practice().id(), who.id())).select(alert_preference::version);
        let version = own.first::<i32>(&mut *stage.conn.borrow_mut()).optional().unwrap().unwrap_or(1);
        Some(Ask::of(who.id(), Scene::Plain).at(version.into()).with(json!({"digest_hour": 18, "choices": []})))
    }),
    plainly(Get, "/outbox/dead-letters"),
    case(Post, "/outbox/dead-letters/{id}/retry", OFFICE, |stage, _, scene| {
        Some(Ask::of(stage.dead_letter(scene), scene).at(1))
    }),
];

impl Stage<'_> {
    /// Something that somebody was told, about no patient.
    fn notification(&self, to: Who) -> NotificationId {
        let id = self.id();
        diesel::insert_into(notification::table)
            .values((
                notification::id.eq(id),
                notification::practice_id.eq(to.practice().id()),
                notification::staff_id.eq(to.id()),
                notification::kind.eq(AlertKind::CredentialsChanged),
                notification::object_kind.eq(ObjectKind::Staff),
                notification::object_id.eq(to.id().retype::<kind::Object>() as ObjectId),
                notification::urgent.eq(false),
                notification::raised_at.eq(MORNING),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        id
    }

    /// A mail that is tried no longer.
    fn dead_letter(&self, scene: Scene) -> MailId {
        let id = self.id();
        let to = if scene == Scene::Elsewhere { Who::Elsewhere } else { Who::Massage };
        diesel::insert_into(outbox::table)
            .values((
                outbox::id.eq(id),
                outbox::practice_id.eq(to.practice().id()),
                outbox::staff_id.eq(to.id()),
                outbox::kind.eq(MailKind::Alert),
                outbox::state.eq(MailState::Dead),
                outbox::attempts.eq(12),
                outbox::created_at.eq(MORNING),
                outbox::next_at.eq(MORNING),
                outbox::ended_at.eq(MORNING),
                outbox::failure.eq("smtp 550"),
                outbox::version.eq(1),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        id
    }
}
