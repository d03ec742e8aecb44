//! The rows of exports.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::{ExportView, NewExport, Recipient, Severed};
use crate::actor::{Actor, Colleague};
use crate::audit::Hash;
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{practice, record_export, staff};
use crate::error::{Error, Result};
use crate::ids::{DecisionMakerId, ExportId, PatientId, StaffId};

/// What was severed, as it lies in the database.
#[derive(serde::Serialize, serde::Deserialize)]
struct SeveredDocument {
    schema_version: u8,
    severed: Vec<Severed>,
}

/// A document with its hash.
pub(super) struct Sealed {
    pub(super) text: String,
    pub(super) hash: Hash,
}

/// What the practice is called.
pub(super) fn practice(conn: &mut Conn, chart: &Chart) -> Result<(String, String)> {
    Ok(practice::table.find(chart.practice()).select((practice::name, practice::time_zone)).first(conn)?)
}

/// What these members of staff are called.
pub(super) fn people(conn: &mut Conn, chart: &Chart, ids: BTreeSet<StaffId>) -> Result<Vec<Colleague>> {
    let named = staff::table.filter(staff::practice_id.eq(chart.practice())).filter(staff::id.eq_any(ids));
    let rows = named.order(staff::id).select((staff::id, staff::name)).load(conn)?;
    Ok(rows.into_iter().map(|(id, name)| Colleague { id, name }).collect())
}

/// Keeps what was handed out.
pub(super) fn insert(
    conn: &mut Conn,
    chart: &Chart,
    id: ExportId,
    new: &NewExport,
    sealed: &Sealed,
    now: Timestamp,
) -> Result<()> {
    let severed = SeveredDocument { schema_version: 1, severed: new.severed.clone() };
    diesel::insert_into(record_export::table)
        .values((
            record_export::id.eq(id),
            record_export::practice_id.eq(chart.practice()),
            record_export::patient_id.eq(chart.patient()),
            record_export::made_by.eq(chart.actor().staff),
            record_export::made_at.eq(now),
            record_export::recipient.eq(new.recipient),
            record_export::recipient_name.eq(new.recipient_name.as_str()),
            record_export::decision_maker_id.eq(new.decision_maker_id),
            record_export::purpose.eq(new.purpose.as_str()),
            record_export::authority.eq(new.authority.as_str()),
            record_export::severed.eq(serde_json::to_string(&severed).map_err(Error::internal)?),
            record_export::hash.eq(sealed.hash.0.as_slice()),
            record_export::document.eq(&sealed.text),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whose record was handed out.
pub(super) fn locate(conn: &mut Conn, actor: &Actor, id: ExportId) -> Result<Option<PatientId>> {
    Ok(record_export::table.find((actor.practice, id)).select(record_export::patient_id).first(conn).optional()?)
}

type Row = (
    (ExportId, PatientId, StaffId, Timestamp, Recipient, Option<DecisionMakerId>),
    (String, String, String, String, Vec<u8>),
);

macro_rules! exports {
    ($chart:expr) => {
        record_export::table
            .filter(record_export::practice_id.eq($chart.practice()))
            .filter(record_export::patient_id.eq($chart.patient()))
            .select((
                (
                    record_export::id,
                    record_export::patient_id,
                    record_export::made_by,
                    record_export::made_at,
                    record_export::recipient,
                    record_export::decision_maker_id,
                ),
                (
                    record_export::recipient_name,
                    record_export::purpose,
                    record_export::authority,
                    record_export::severed,
                    record_export::hash,
                ),
            ))
    };
}

/// What was handed out, without its words.
pub(super) fn one(conn: &mut Conn, chart: &Chart, id: ExportId) -> Result<ExportView> {
    view(exports!(chart).filter(record_export::id.eq(id)).first::<Row>(conn)?)
}

/// The newest of what was handed out of the record, without its words.
pub(super) fn newest(conn: &mut Conn, chart: &Chart, most: i64) -> Result<Vec<ExportView>> {
    let rows = exports!(chart).order(record_export::id.desc()).limit(most).load::<Row>(conn)?;
    rows.into_iter().map(view).collect()
}

fn view(row: Row) -> Result<ExportView> {
    let ((id, patient_id, made_by, made_at, recipient, decision_maker_id), told) = row;
    let (recipient_name, purpose, authority, severed, hash) = told;
    let SeveredDocument { severed, .. } = serde_json::from_str(&severed).map_err(Error::internal)?;
    let hash = hash.try_into().map(Hash).map_err(|_| Error::internal("a hash that is none"))?;
    Ok(ExportView {
        id,
        patient_id,
        made_by,
        made_at,
        recipient,
        recipient_name,
        decision_maker_id,
        purpose,
        authority,
        severed,
        hash,
    })
}

/// The words of what was handed out.
pub(super) fn document(conn: &mut Conn, chart: &Chart, id: ExportId) -> Result<String> {
    let row = record_export::table.find((chart.practice(), id)).filter(record_export::patient_id.eq(chart.patient()));
    Ok(row.select(record_export::document).first(conn)?)
}
