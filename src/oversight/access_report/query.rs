//! The events about one record.

use std::collections::HashMap;

use diesel::prelude::*;

use super::AccessLine;
use crate::audit::{By, Event};
use crate::chart::Chart;
use crate::db::Conn;
use crate::db::schema::{audit_event, audit_subject, staff};
use crate::error::Result;
use crate::ids::{EventId, StaffId};

/// Up to `most` of them, newest first.
pub(super) fn lines(conn: &mut Conn, chart: &Chart, before: Option<EventId>, most: i64) -> Result<Vec<AccessLine>> {
    let mut query = audit_subject::table
        .inner_join(
            audit_event::table
                .on(audit_event::log_id.eq(audit_subject::log_id).and(audit_event::id.eq(audit_subject::event_id))),
        )
        .filter(audit_subject::log_id.eq(chart.practice()))
        .filter(audit_subject::patient_id.eq(chart.patient()))
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(audit_subject::event_id.lt(before));
    }
    let leaves: Vec<Vec<u8>> =
        query.order(audit_subject::event_id.desc()).limit(most).select(audit_event::leaf).load(conn)?;
    let events = leaves.iter().map(|leaf| Event::read(leaf)).collect::<Result<Vec<_>>>()?;
    let names = names(conn, chart, events.iter().filter_map(staff_of).collect())?;
    let line = |event: Event| {
        let name = staff_of(&event).and_then(|staff| names.get(&staff).cloned());
        AccessLine::of(event, name, chart.is_a_colleagues())
    };
    Ok(events.into_iter().map(line).collect())
}

const fn staff_of(event: &Event) -> Option<StaffId> {
    match event.actor {
        By::Staff { staff, .. } => Some(staff),
        By::Stranger | By::System => None,
    }
}

fn names(conn: &mut Conn, chart: &Chart, ids: Vec<StaffId>) -> Result<HashMap<StaffId, String>> {
    let named = staff::table.filter(staff::practice_id.eq(chart.practice())).filter(staff::id.eq_any(ids));
    Ok(named.select((staff::id, staff::name)).load(conn)?.into_iter().collect())
}
