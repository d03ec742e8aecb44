//! The rows that say which line of which file became which patient.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{imported_line, patient};
use crate::error::{Error, Result};
use crate::ids::{PatientId, PracticeId};
use crate::patients::RecordNumber;
use crate::policy::Permit;

/// The lines among these that were entered before, with the record number of each.
pub(super) fn entered(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    file: [u8; 32],
    lines: RangeInclusive<u64>,
) -> Result<BTreeMap<u64, RecordNumber>> {
    let rows = imported_line::table
        .inner_join(
            patient::table
                .on(patient::practice_id.eq(imported_line::practice_id).and(patient::id.eq(imported_line::patient_id))),
        )
        .filter(imported_line::practice_id.eq(practice))
        .filter(imported_line::file_hash.eq(file.to_vec()))
        .filter(imported_line::line.between(number(*lines.start())?, number(*lines.end())?))
        .select((imported_line::line, patient::record_number))
        .load::<(i64, i64)>(conn)?;
    rows.into_iter()
        .map(|(line, record)| Ok((line.try_into().map_err(Error::internal)?, RecordNumber(record))))
        .collect()
}

/// Keeps that a line became a patient.
pub(super) fn keep(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    file: [u8; 32],
    line: u64,
    patient: PatientId,
) -> Result<()> {
    diesel::insert_into(imported_line::table)
        .values((
            imported_line::practice_id.eq(practice),
            imported_line::file_hash.eq(file.to_vec()),
            imported_line::line.eq(number(line)?),
            imported_line::patient_id.eq(patient),
        ))
        .execute(conn)?;
    Ok(())
}

fn number(line: u64) -> Result<i64> {
    line.try_into().map_err(Error::internal)
}
