//! The rows of health histories.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{HealthHistory, HealthHistoryVersion};
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::schema::{health_history, practice, staff};
use crate::db::{Conn, MultiBackend};
use crate::error::{Error, Result};
use crate::ids::StaffId;
use crate::safety::Clinician;

/// The version of [`Document`].
const WORDS_VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    schema_version: u8,
    history: HealthHistory,
}

/// The versions below `before`, newest first.
pub(super) fn versions(
    conn: &mut Conn,
    chart: &Chart,
    before: Option<i32>,
    limit: i64,
) -> Result<Vec<HealthHistoryVersion>> {
    let mut query = health_history::table
        .inner_join(
            staff::table
                .on(staff::practice_id.eq(health_history::practice_id).and(staff::id.eq(health_history::confirmed_by))),
        )
        .filter(health_history::practice_id.eq(chart.practice()))
        .filter(health_history::patient_id.eq(chart.patient()))
        .order(health_history::number.desc())
        .limit(limit)
        .select((
            health_history::number,
            health_history::words,
            health_history::confirmed_by,
            staff::name,
            health_history::confirmed_at,
        ))
        .into_boxed::<MultiBackend>();
    if let Some(before) = before {
        query = query.filter(health_history::number.lt(before));
    }
    let rows = query.load::<(i32, String, StaffId, String, Timestamp)>(conn)?;
    let version = |(version, words, id, name, confirmed_at): (i32, String, StaffId, String, Timestamp)| {
        let Document { history, .. } = serde_json::from_str(&words).map_err(Error::internal)?;
        Ok(HealthHistoryVersion { version, words: history, confirmed_by: Clinician { id, name }, confirmed_at })
    };
    rows.into_iter().map(version).collect()
}

/// Adds a version, recorded or confirmed by whoever opened the chart.
pub(super) fn add(conn: &mut Conn, chart: &Chart, number: i32, history: &HealthHistory, at: Timestamp) -> Result<()> {
    let document = Document { schema_version: WORDS_VERSION, history: history.clone() };
    diesel::insert_into(health_history::table)
        .values((
            health_history::practice_id.eq(chart.practice()),
            health_history::patient_id.eq(chart.patient()),
            health_history::number.eq(number),
            health_history::words.eq(serde_json::to_string(&document).map_err(Error::internal)?),
            health_history::confirmed_by.eq(chart.actor().staff),
            health_history::confirmed_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The time zone of the practice, by its IANA name.
pub(super) fn time_zone(conn: &mut Conn, chart: &Chart) -> Result<String> {
    Ok(practice::table.find(chart.practice()).select(practice::time_zone).first(conn)?)
}
