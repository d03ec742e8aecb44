//! The rows of consent directives.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::{Bars, Covers, Directive, Reader};
use crate::actor::Discipline;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::consent_directive;
use crate::error::Result;
use crate::ids::{DirectiveId, ObjectId, PatientId, PracticeId};

/// Those that are neither revoked nor over, and bar this person, a discipline of theirs, or everyone.
macro_rules! concerning {
    ($reader:expr, $now:expr) => {{
        let disciplines: Vec<Option<Discipline>> = $reader.roles.disciplines().map(Some).collect();
        consent_directive::table
            .filter(consent_directive::practice_id.eq($reader.practice))
            .filter(consent_directive::revoked_at.is_null())
            .filter(consent_directive::ends_at.is_null().or(consent_directive::ends_at.gt($now)))
            .filter(
                consent_directive::bars
                    .eq(Bars::Everyone)
                    .or(consent_directive::staff_id.eq($reader.staff))
                    .or(consent_directive::discipline.eq_any(disciplines)),
            )
    }};
}

type Columns = (
    consent_directive::covers,
    consent_directive::covered_id,
    consent_directive::bars,
    consent_directive::starts_at,
    consent_directive::ends_at,
);
const COLUMNS: Columns = (
    consent_directive::covers,
    consent_directive::covered_id,
    consent_directive::bars,
    consent_directive::starts_at,
    consent_directive::ends_at,
);

/// Those on one record that concern a reader.
pub(super) fn on_record(conn: &mut Conn, reader: Reader, patient: PatientId, now: Timestamp) -> Result<Vec<Directive>> {
    let on_it = concerning!(reader, now).filter(consent_directive::patient_id.eq(patient));
    Ok(on_it.select(COLUMNS).load(conn)?)
}

/// The one with this id, if it concerns a reader.
pub(super) fn one(conn: &mut Conn, reader: Reader, id: DirectiveId, now: Timestamp) -> Result<Vec<Directive>> {
    let it = concerning!(reader, now).filter(consent_directive::id.eq(id));
    Ok(it.select(COLUMNS).load(conn)?)
}

/// Those on every record of the practice that concern a reader, with whose it is.
pub(super) fn on_all(conn: &mut Conn, reader: Reader, now: Timestamp) -> Result<Vec<(PatientId, Directive)>> {
    Ok(concerning!(reader, now).select((consent_directive::patient_id, COLUMNS)).load(conn)?)
}

/// Whether any on a record that is neither revoked nor over, whomever it bars, covers one of these.
///
/// # Errors
/// The database's.
pub fn cover_any(
    conn: &mut Conn,
    practice: PracticeId,
    patient: PatientId,
    ids: &[ObjectId],
    now: Timestamp,
) -> Result<bool> {
    let ids: Vec<_> = ids.iter().copied().map(Some).collect();
    let covering = consent_directive::table
        .filter(consent_directive::practice_id.eq(practice))
        .filter(consent_directive::patient_id.eq(patient))
        .filter(consent_directive::revoked_at.is_null())
        .filter(consent_directive::ends_at.is_null().or(consent_directive::ends_at.gt(now)))
        .filter(consent_directive::covered_id.eq_any(ids));
    Ok(diesel::select(exists(covering)).get_result(conn)?)
}

/// Those that bar a whole record from a reader by name: whose it is, and when.
pub(super) fn barring(
    conn: &mut Conn,
    reader: Reader,
    now: Timestamp,
) -> Result<Vec<(PatientId, Timestamp, Option<Timestamp>)>> {
    Ok(consent_directive::table
        .filter(consent_directive::practice_id.eq(reader.practice))
        .filter(consent_directive::staff_id.eq(reader.staff))
        .filter(consent_directive::covers.eq(Covers::Record))
        .filter(consent_directive::revoked_at.is_null())
        .filter(consent_directive::ends_at.is_null().or(consent_directive::ends_at.gt(now)))
        .select((consent_directive::patient_id, consent_directive::starts_at, consent_directive::ends_at))
        .load(conn)?)
}

/// When those that concern a reader begin and end, if either is still to come.
pub(super) fn changing(conn: &mut Conn, reader: Reader, now: Timestamp) -> Result<Vec<(Timestamp, Option<Timestamp>)>> {
    let changing = consent_directive::starts_at.gt(now).or(consent_directive::ends_at.is_not_null());
    Ok(concerning!(reader, now)
        .filter(changing.assume_not_null())
        .select((consent_directive::starts_at, consent_directive::ends_at))
        .load(conn)?)
}

/// Whose record a directive is on, which episode it covers if not all of it, and when it begins and ends.
pub(super) type BeyondNotes = (PatientId, Option<ObjectId>, Timestamp, Option<Timestamp>);

/// Those that concern a reader and cover more than a note.
pub(super) fn beyond_notes(conn: &mut Conn, reader: Reader, now: Timestamp) -> Result<Vec<BeyondNotes>> {
    Ok(concerning!(reader, now)
        .filter(consent_directive::covers.ne(Covers::Note))
        .select((
            consent_directive::patient_id,
            consent_directive::covered_id,
            consent_directive::starts_at,
            consent_directive::ends_at,
        ))
        .load(conn)?)
}

/// Whose record is concerned by each that concerns a reader, and since when.
pub(super) fn beginnings(conn: &mut Conn, reader: Reader, now: Timestamp) -> Result<Vec<(PatientId, Timestamp)>> {
    Ok(concerning!(reader, now).select((consent_directive::patient_id, consent_directive::starts_at)).load(conn)?)
}
