//! The rows of safety items.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Bars, Clinician, Resolution, SafetyItemView, SafetyKind};
use crate::actor::{Actor, Discipline};
use crate::catalogue::Severity;
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::schema::{safety_item, staff};
use crate::db::{Conn, MultiBackend};
use crate::error::{Code, Error, Result};
use crate::ids::{PatientId, SafetyItemId, StaffId};

/// The version of [`BarsDocument`].
const BARS_VERSION: u8 = 1;

#[derive(Serialize, Deserialize)]
struct BarsDocument {
    schema_version: u8,
    bars: Bars,
}

/// An item about to be raised.
pub(super) struct Raised<'i> {
    pub(super) id: SafetyItemId,
    pub(super) kind: SafetyKind,
    pub(super) what: &'i str,
    pub(super) severity: Severity,
    pub(super) contraindication: Option<&'i str>,
    pub(super) bars: Bars,
    pub(super) replaces: Option<SafetyItemId>,
    pub(super) discipline: Discipline,
    pub(super) at: Timestamp,
}

/// Raises an item, by whoever opened the chart.
pub(super) fn raise(conn: &mut Conn, chart: &Chart, raised: Raised) -> Result<()> {
    let bars = BarsDocument { schema_version: BARS_VERSION, bars: raised.bars };
    diesel::insert_into(safety_item::table)
        .values((
            safety_item::id.eq(raised.id),
            safety_item::practice_id.eq(chart.practice()),
            safety_item::patient_id.eq(chart.patient()),
            safety_item::kind.eq(raised.kind),
            safety_item::what.eq(raised.what),
            safety_item::severity.eq(raised.severity),
            safety_item::contraindication.eq(raised.contraindication),
            safety_item::bars.eq(serde_json::to_string(&bars).map_err(Error::internal)?),
            safety_item::replaces_id.eq(raised.replaces),
            safety_item::raised_by.eq(chart.actor().staff),
            safety_item::raised_in.eq(raised.discipline),
            safety_item::raised_at.eq(raised.at),
            safety_item::version.eq(1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Resolves an open item in its next version, by whoever opened the chart.
pub(super) fn resolve(conn: &mut Conn, chart: &Chart, id: SafetyItemId, why: &str, at: Timestamp) -> Result<()> {
    let open = safety_item::table
        .find((chart.practice(), id))
        .filter(safety_item::patient_id.eq(chart.patient()))
        .filter(safety_item::resolved_at.is_null());
    let resolved = diesel::update(open)
        .set((
            safety_item::resolved_by.eq(chart.actor().staff),
            safety_item::resolved_at.eq(at),
            safety_item::resolved_why.eq(why),
            safety_item::version.eq(safety_item::version + 1),
        ))
        .execute(conn)?;
    if resolved == 1 { Ok(()) } else { Err(Error::new(Code::Internal, "A safety item moved within a transaction")) }
}

/// Whose record an item stands in; all that is looked up before the chart is open.
pub(super) fn locate(conn: &mut Conn, actor: &Actor, id: SafetyItemId) -> Result<Option<PatientId>> {
    Ok(safety_item::table.find((actor.practice, id)).select(safety_item::patient_id).first(conn).optional()?)
}

/// How many open items the record holds.
pub(super) fn count_open(conn: &mut Conn, chart: &Chart) -> Result<i64> {
    let open = safety_item::table
        .filter(safety_item::practice_id.eq(chart.practice()))
        .filter(safety_item::patient_id.eq(chart.patient()))
        .filter(safety_item::resolved_at.is_null());
    Ok(open.count().get_result(conn)?)
}

#[derive(Queryable)]
struct Row {
    id: SafetyItemId,
    kind: SafetyKind,
    what: String,
    severity: Severity,
    contraindication: Option<String>,
    bars: String,
    replaces: Option<SafetyItemId>,
    raised_by: StaffId,
    raiser_name: String,
    raised_in: Discipline,
    raised_at: Timestamp,
    resolved_by: Option<StaffId>,
    resolver_name: Option<String>,
    resolved_at: Option<Timestamp>,
    resolved_why: Option<String>,
    version: i32,
}

impl Row {
    fn view(self, patient_id: PatientId) -> Result<SafetyItemView> {
        let BarsDocument { bars, .. } = serde_json::from_str(&self.bars).map_err(Error::internal)?;
        let by = self.resolved_by.zip(self.resolver_name).map(|(id, name)| Clinician { id, name });
        let resolved = by.zip(self.resolved_at).zip(self.resolved_why);
        Ok(SafetyItemView {
            id: self.id,
            patient_id,
            kind: self.kind,
            what: self.what,
            severity: self.severity,
            contraindication: self.contraindication,
            bars,
            replaces: self.replaces,
            raised_by: Clinician { id: self.raised_by, name: self.raiser_name },
            raised_in: self.raised_in,
            raised_at: self.raised_at,
            resolved: resolved.map(|((by, at), reason)| Resolution { by, at, reason }),
            version: self.version,
        })
    }
}

diesel::alias!(staff as resolver: Resolver);

macro_rules! items {
    ($chart:expr) => {
        safety_item::table
            .inner_join(
                staff::table
                    .on(staff::practice_id.eq(safety_item::practice_id).and(staff::id.eq(safety_item::raised_by))),
            )
            .left_join(
                resolver.on(resolver
                    .field(staff::practice_id)
                    .eq(safety_item::practice_id)
                    .and(resolver.field(staff::id).nullable().eq(safety_item::resolved_by))),
            )
            .filter(safety_item::practice_id.eq($chart.practice()))
            .filter(safety_item::patient_id.eq($chart.patient()))
            .select((
                safety_item::id,
                safety_item::kind,
                safety_item::what,
                safety_item::severity,
                safety_item::contraindication,
                safety_item::bars,
                safety_item::replaces_id,
                safety_item::raised_by,
                staff::name,
                safety_item::raised_in,
                safety_item::raised_at,
                safety_item::resolved_by,
                resolver.field(staff::name).nullable(),
                safety_item::resolved_at,
                safety_item::resolved_why,
                safety_item::version,
            ))
    };
}

/// One item of the record, open or not.
pub(super) fn item(conn: &mut Conn, chart: &Chart, id: SafetyItemId) -> Result<Option<SafetyItemView>> {
    let row = items!(chart).filter(safety_item::id.eq(id)).first::<Row>(conn).optional()?;
    row.map(|row| row.view(chart.patient())).transpose()
}

/// A place in the list: whether the item there is resolved, and which it is.
pub(super) type Position = (bool, SafetyItemId);

/// The items of the record after a position, open ones first, newest first; with those resolved or without.
pub(super) fn items(
    conn: &mut Conn,
    chart: &Chart,
    resolved: bool,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<SafetyItemView>> {
    let mut query = items!(chart).into_boxed::<MultiBackend>();
    if !resolved {
        query = query.filter(safety_item::resolved_at.is_null());
    }
    query = match after {
        Some((false, id)) => query.filter(safety_item::resolved_at.is_not_null().or(safety_item::id.lt(id))),
        Some((true, id)) => query.filter(safety_item::resolved_at.is_not_null()).filter(safety_item::id.lt(id)),
        None => query,
    };
    let rows =
        query.order((safety_item::resolved_at.is_not_null(), safety_item::id.desc())).limit(limit).load::<Row>(conn)?;
    rows.into_iter().map(|row| row.view(chart.patient())).collect()
}

/// The items that are open, or were at `moment`.
pub(super) fn open_or_open_at(conn: &mut Conn, chart: &Chart, moment: Timestamp) -> Result<Vec<SafetyItemView>> {
    let rows = items!(chart)
        .filter(safety_item::resolved_at.is_null().or(safety_item::resolved_at.gt(moment)))
        .order(safety_item::id)
        .load::<Row>(conn)?;
    rows.into_iter().map(|row| row.view(chart.patient())).collect()
}
