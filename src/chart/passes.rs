//! Records opened for a stated reason and a bounded time, beside what roles and relations grant.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::db::types::sql_word;
use crate::ids::AccessId;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, diesel::Queryable)]
pub struct OpenPass {
    /// The access, which can be given up by this id.
    pub id: AccessId,
    /// Which kind of access it is.
    pub kind: Pass,
    /// Until when it lasts.
    pub ends_at: Timestamp,
}
