//! Records opened for a stated reason and a bounded time, beside what roles and relations grant.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::actor::Actor;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::record_access;
use crate::db::types::sql_word;
use crate::error::Result;
use crate::ids::{AccessId, PatientId};
use crate::policy::Relation;

/// Why a record is open to somebody who has no relation to it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    EnumString,
    Display,
    IntoStaticStr,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Pass {
    /// A clinician broke the glass.
    Emergency,
    /// A clinician broke the glass because serious harm threatens.
    SeriousHarm,
    /// A manager or privacy officer reviews the record.
    Audit,
}

sql_word!(Pass);

impl From<Pass> for Relation {
    fn from(pass: Pass) -> Self {
        match pass {
            Pass::Emergency => Self::Emergency,
            Pass::SeriousHarm => Self::SeriousHarm,
            Pass::Audit => Self::Audit,
        }
    }
}

/// A record that is open to its reader for an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, Queryable)]
pub struct OpenPass {
    /// The access, which can be given up by this id.
    pub id: AccessId,
    /// Which kind of access it is.
    pub kind: Pass,
    /// Until when it lasts.
    pub ends_at: Timestamp,
}

/// The actor's open passes to this record, the first one first.
pub(super) fn open(conn: &mut Conn, actor: &Actor, patient: PatientId, now: Timestamp) -> Result<Vec<OpenPass>> {
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
