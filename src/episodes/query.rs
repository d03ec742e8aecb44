//! The rows of episodes of care. Every function asks for the open chart they stand in.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::Serialize;
use strum::{EnumString, IntoStaticStr};
use utoipa::ToSchema;

use super::content::Content;
use crate::actor::Colleague;
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{episode, episode_version, staff};
use crate::db::types::sql_word;
use crate::error::{Code, Error, Result};
use crate::ids::{EpisodeId, StaffId};

/// What made a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, Serialize, ToSchema)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
#[schema(as = EpisodeChange)]
pub enum Change {
    /// The episode was opened.
    Opened,
    /// What is known of it changed.
    Changed,
    /// A discipline joined.
    Joined,
    /// A discipline discharged the patient.
    Discharged,
}
sql_word!(Change);

/// An episode as it stands now.
pub(super) struct Standing {
    pub(super) id: EpisodeId,
    pub(super) opened_by: StaffId,
    pub(super) opened_at: Timestamp,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) version: i32,
    pub(super) content: Content,
}

/// Which episodes of a chart.
pub(super) enum Wanted {
    /// The one with this id.
    One(EpisodeId),
    /// So many, newest first, after this one if it is given, without those that are withheld.
    Newest { after: Option<EpisodeId>, limit: i64, but: Vec<EpisodeId> },
}

/// Episodes of the chart as they stand now; the one place that loads any.
pub(super) fn episodes(conn: &mut Conn, chart: &Chart, wanted: &Wanted) -> Result<Vec<Standing>> {
    type Row = (EpisodeId, StaffId, Timestamp, Option<Timestamp>, i32, String);
    let mut query = episode::table
        .inner_join(
            episode_version::table.on(episode_version::practice_id
                .eq(episode::practice_id)
                .and(episode_version::episode_id.eq(episode::id))
                .and(episode_version::number.eq(episode::version))),
        )
        .filter(episode::practice_id.eq(chart.practice()))
        .filter(episode::patient_id.eq(chart.patient()))
        .select((
            episode::id,
            episode::opened_by,
            episode::opened_at,
            episode::closed_at,
            episode::version,
            episode_version::content,
        ))
        .into_boxed();
    query = match wanted {
        Wanted::One(id) => query.filter(episode::id.eq(*id)),
        Wanted::Newest { limit, but, .. } => query.filter(episode::id.ne_all(but.clone())).limit(*limit),
    };
    if let Wanted::Newest { after: Some(after), .. } = wanted {
        query = query.filter(episode::id.lt(*after));
    }
    let rows = query.order(episode::id.desc()).load::<Row>(conn)?;
    rows.into_iter()
        .map(|(id, opened_by, opened_at, closed_at, version, content)| {
            let content = Content::of_json(&content)?;
            Ok(Standing { id, opened_by, opened_at, closed_at, version, content })
        })
        .collect()
}

/// A version of an episode, with what made it, who and when.
pub(super) struct Past {
    pub(super) standing: Standing,
    pub(super) change: Change,
    pub(super) changed_by: StaffId,
    pub(super) changed_at: Timestamp,
}

/// Every version of every episode of the chart, in the order they were opened and changed.
pub(super) fn versions(conn: &mut Conn, chart: &Chart) -> Result<Vec<Past>> {
    type Row = (EpisodeId, StaffId, Timestamp, i32, Change, String, StaffId, Timestamp);
    let rows =
        episode::table
            .inner_join(episode_version::table.on(
                episode_version::practice_id.eq(episode::practice_id).and(episode_version::episode_id.eq(episode::id)),
            ))
            .filter(episode::practice_id.eq(chart.practice()))
            .filter(episode::patient_id.eq(chart.patient()))
            .order((episode::id, episode_version::number))
            .select((
                episode::id,
                episode::opened_by,
                episode::opened_at,
                episode_version::number,
                episode_version::change,
                episode_version::content,
                episode_version::changed_by,
                episode_version::changed_at,
            ))
            .load::<Row>(conn)?;
    rows.into_iter()
        .map(|(id, opened_by, opened_at, version, change, content, changed_by, changed_at)| {
            let content = Content::of_json(&content)?;
            let closed_at = content.is_over().then_some(changed_at);
            let standing = Standing { id, opened_by, opened_at, closed_at, version, content };
            Ok(Past { standing, change, changed_by, changed_at })
        })
        .collect()
}

/// Who opened which episode of the chart.
pub(super) fn openers(conn: &mut Conn, chart: &Chart) -> Result<Vec<(EpisodeId, StaffId)>> {
    Ok(episode::table
        .filter(episode::practice_id.eq(chart.practice()))
        .filter(episode::patient_id.eq(chart.patient()))
        .select((episode::id, episode::opened_by))
        .load(conn)?)
}

/// What these members of staff are called.
pub(super) fn colleagues(conn: &mut Conn, chart: &Chart, ids: Vec<StaffId>) -> Result<HashMap<StaffId, Colleague>> {
    let rows = staff::table
        .filter(staff::practice_id.eq(chart.practice()))
        .filter(staff::id.eq_any(ids))
        .select((staff::id, staff::name))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, name)| (id, Colleague { id, name })).collect())
}

/// Opens an episode in the chart, by whoever opened the chart.
pub(super) fn open(conn: &mut Conn, chart: &Chart, id: EpisodeId, content: &Content, at: Timestamp) -> Result<()> {
    diesel::insert_into(episode::table)
        .values((
            episode::id.eq(id),
            episode::practice_id.eq(chart.practice()),
            episode::patient_id.eq(chart.patient()),
            episode::opened_by.eq(chart.actor().staff),
            episode::opened_at.eq(at),
            episode::version.eq(1),
        ))
        .execute(conn)?;
    insert_version(conn, chart, id, 1, Change::Opened, content, at)
}

/// Writes the version after `former`, by whoever opened the chart; `closed_at` if it is the last.
pub(super) fn go_on(
    conn: &mut Conn,
    chart: &Chart,
    former: &Standing,
    change: Change,
    content: &Content,
    closed_at: Option<Timestamp>,
    at: Timestamp,
) -> Result<()> {
    let number = former.version + 1;
    let row = episode::table.find((chart.practice(), former.id)).filter(episode::version.eq(former.version));
    let moved =
        diesel::update(row).set((episode::version.eq(number), episode::closed_at.eq(closed_at))).execute(conn)?;
    if moved != 1 {
        return Err(Error::new(Code::Internal, "An episode moved within a transaction"));
    }
    insert_version(conn, chart, former.id, number, change, content, at)
}

fn insert_version(
    conn: &mut Conn,
    chart: &Chart,
    id: EpisodeId,
    number: i32,
    change: Change,
    content: &Content,
    at: Timestamp,
) -> Result<()> {
    diesel::insert_into(episode_version::table)
        .values((
            episode_version::practice_id.eq(chart.practice()),
            episode_version::episode_id.eq(id),
            episode_version::number.eq(number),
            episode_version::patient_id.eq(chart.patient()),
            episode_version::change.eq(change),
            episode_version::content.eq(content.to_json()?),
            episode_version::changed_by.eq(chart.actor().staff),
            episode_version::changed_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}
