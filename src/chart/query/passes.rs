//! The rows of what opens a record beside roles and relations.

use diesel::prelude::*;

use crate::actor::Actor;
use crate::chart::passes::OpenPass;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::record_access;
use crate::error::Result;
use crate::ids::PatientId;

/// The actor's open passes to this record, the first one first.
pub(in crate::chart) fn open(
    conn: &mut Conn,
    actor: &Actor,
    patient: PatientId,
    now: Timestamp,
) -> Result<Vec<OpenPass>> {
    Ok(record_access::table
        .filter(record_access::practice_id.eq(actor.practice))
        .filter(record_access::patient_id.eq(patient))
        .filter(record_access::staff_id.eq(actor.staff))
        .filter(record_access::ended_at.is_null())
        .filter(record_access::ends_at.gt(now))
        .order(record_access::opened_at)
        .select((record_access::id, record_access::kind, record_access::ends_at))
        .load(conn)?)
}
