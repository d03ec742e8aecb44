//! SQL on the audit log, as far as reading goes.

use std::collections::HashMap;

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::{Asked, EventView, LogBook};
use crate::audit::Event;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{audit_event, audit_leaf, audit_subject, audit_text, patient};
use crate::error::Result;
use crate::ids::{EventId, PatientId, StaffId};
use crate::policy::{self, AuditReach};

/// Whether the practice has such a patient.
pub(super) fn is_patient(conn: &mut Conn, book: LogBook, id: PatientId) -> Result<bool> {
    Ok(diesel::select(exists(patient::table.find((book.practice, id)))).get_result(conn)?)
}

/// Up to `most` of the events that are asked for, newest first, without those about the records of `hidden`.
pub(super) fn events(
    conn: &mut Conn,
    book: LogBook,
    asked: &Asked,
    hidden: Vec<PatientId>,
    most: i64,
) -> Result<Vec<EventView>> {
    let log = book.practice;
    let mut query = audit_event::table
        .left_join(
            audit_leaf::table
                .on(audit_leaf::log_id.eq(audit_event::log_id).and(audit_leaf::event_id.eq(audit_event::id))),
        )
        .filter(audit_event::log_id.eq(log))
        .into_boxed();
    if let Some(staff) = reach(book, asked) {
        query = query.filter(audit_event::actor_id.eq(staff));
    }
    if asked.without_own && book.reach == AuditReach::Practice {
        query = query.filter(audit_event::actor_id.is_null().or(audit_event::actor_id.ne(book.reader)));
    }
    if let Some(action) = asked.action {
        query = query.filter(audit_event::action.eq(action));
    }
    if let Some(outcome) = asked.outcome {
        query = query.filter(audit_event::outcome.eq(<&'static str>::from(outcome)));
    }
    // Ids begin with the millisecond, so their index narrows down what is searched.
    if let Some(from) = asked.from {
        query = query.filter(audit_event::at.ge(from)).filter(audit_event::id.ge(first_id(from)));
    }
    if let Some(to) = asked.to {
        let after = first_id(Timestamp::from_micros(to.micros().saturating_add(1_000)));
        query = query.filter(audit_event::at.lt(to)).filter(audit_event::id.lt(after));
    }
    if let Some(only) = asked.only {
        query = query.filter(audit_event::id.eq(only));
    }
    if let Some(before) = asked.before {
        query = query.filter(audit_event::id.lt(before));
    }
    if let Some(patient) = asked.patient {
        let of_patient = audit_subject::table
            .filter(audit_subject::log_id.eq(log))
            .filter(audit_subject::patient_id.eq(patient))
            .select(audit_subject::event_id);
        query = query.filter(audit_event::id.eq_any(of_patient));
    }
    if !hidden.is_empty() {
        let of_hidden = audit_subject::table
            .filter(audit_subject::log_id.eq(log))
            .filter(audit_subject::patient_id.eq_any(hidden))
            .filter(audit_subject::event_id.eq(audit_event::id));
        query = query.filter(not(exists(of_hidden)));
    }
    let rows: Vec<(EventId, Vec<u8>, Option<i64>)> = query
        .order(audit_event::id.desc())
        .limit(most)
        .select((audit_event::id, audit_event::leaf, audit_leaf::seq.nullable()))
        .load(conn)?;
    let ids = rows.iter().map(|(id, _, _)| *id).collect();
    let mut texts = if book.reach == AuditReach::Practice { texts(conn, book, ids)? } else { HashMap::new() };
    rows.into_iter()
        .map(|(id, leaf, seq)| {
            let sealed = seq.and_then(|seq| seq.try_into().ok());
            let event = Event::read(&leaf)?;
            let text = texts.remove(&id).filter(|_| policy::shows_reason(event.action, book.roles));
            Ok(EventView::of(event, text, sealed))
        })
        .collect()
}

fn reach(book: LogBook, asked: &Asked) -> Option<StaffId> {
    match book.reach {
        AuditReach::Own => Some(book.reader),
        AuditReach::Practice => asked.actor,
    }
}

fn texts(conn: &mut Conn, book: LogBook, events: Vec<EventId>) -> Result<HashMap<EventId, String>> {
    let texts = audit_text::table
        .filter(audit_text::log_id.eq(book.practice))
        .filter(audit_text::event_id.eq_any(events))
        .select((audit_text::event_id, audit_text::text));
    Ok(texts.load(conn)?.into_iter().collect())
}

/// The smallest id of the millisecond.
fn first_id(at: Timestamp) -> EventId {
    EventId::new(at, [0; 10])
}
