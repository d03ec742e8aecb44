//! The rows of patients.

pub(super) mod clinicians;

use std::collections::BTreeSet;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::search::{self, Criteria};
use super::{Demographics, EmergencyContact, PatientSummary, RecordNumber, Sex, names};
use crate::chart::{Chart, Scope};
use crate::clock::{Date, Timestamp};
use crate::db::schema::{care_team, cover, patient, record_counter};
use crate::db::{Conn, MultiBackend};
use crate::error::{Error, Result};
use crate::ids::{PatientId, PracticeId, StaffId};
use crate::policy::Permit;
use crate::words::Trimmed;

/// The version of [`Details`] as a JSON document.
const DETAILS_VERSION: u8 = 1;
/// The name of the counter of record numbers.
const COUNTER: &str = "patient";

/// The demographics that nothing is searched or sorted by, as one JSON document.
#[derive(Debug, Serialize, Deserialize)]
struct Details {
    schema_version: u8,
    preferred_name: Option<Trimmed>,
    sex: Option<Sex>,
    email: Option<Trimmed>,
    address: Option<Trimmed>,
    emergency_contact: Option<EmergencyContact>,
    gp: Option<Trimmed>,
    health_number: Option<Trimmed>,
    insurer: Option<Trimmed>,
    claim_number: Option<Trimmed>,
}

impl Details {
    fn of(demographics: &Demographics) -> Result<String> {
        let of = demographics.clone();
        let details = Self {
            schema_version: DETAILS_VERSION,
            preferred_name: of.preferred_name,
            sex: of.sex,
            email: of.email,
            address: of.address,
            emergency_contact: of.emergency_contact,
            gp: of.gp,
            health_number: of.health_number,
            insurer: of.insurer,
            claim_number: of.claim_number,
        };
        serde_json::to_string(&details).map_err(Error::internal)
    }
}

/// A front page as it lies in the database.
pub(super) struct FrontPage {
    pub(super) record_number: RecordNumber,
    pub(super) demographics: Demographics,
    pub(super) own_record_of: Option<StaffId>,
    pub(super) version: i32,
    pub(super) created_at: Timestamp,
}

/// Draws the practice's next record number.
pub(super) fn next_record_number(conn: &mut Conn, _: Permit, practice: PracticeId) -> Result<RecordNumber> {
    let counter = record_counter::table.find((practice, COUNTER));
    let drawn = diesel::update(counter).set(record_counter::last.eq(record_counter::last + 1)).execute(conn)?;
    if drawn == 0 {
        diesel::insert_into(record_counter::table)
            .values((
                record_counter::practice_id.eq(practice),
                record_counter::name.eq(COUNTER),
                record_counter::last.eq(1_i64),
            ))
            .execute(conn)?;
    }
    Ok(RecordNumber(counter.select(record_counter::last).first(conn)?))
}

/// Inserts a patient in their first version.
pub(super) fn insert(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    id: PatientId,
    number: RecordNumber,
    demographics: &Demographics,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(patient::table)
        .values((
            patient::practice_id.eq(practice),
            patient::id.eq(id),
            patient::record_number.eq(number.0),
            columns(demographics)?,
            patient::access_version.eq(1_i64),
            patient::version.eq(1),
            patient::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

macro_rules! column {
    ($column:ident, $value:ty) => { diesel::dsl::Eq<patient::$column, $value> };
}

/// The columns that follow from the demographics, for inserting and updating alike.
type Columns = (
    column!(given_name, String),
    column!(family_name, String),
    column!(folded_name, String),
    column!(birth_date, Date),
    column!(phone, Option<String>),
    column!(phone_digits, Option<String>),
    column!(details, String),
);

fn columns(demographics: &Demographics) -> Result<Columns> {
    let phone = demographics.phone.as_ref().map(|phone| phone.as_str().to_owned());
    let digits = phone.as_deref().and_then(search::phone_digits);
    Ok((
        patient::given_name.eq(demographics.given_name.as_str().to_owned()),
        patient::family_name.eq(demographics.family_name.as_str().to_owned()),
        patient::folded_name.eq(names::folded_name(demographics)),
        patient::birth_date.eq(demographics.birth_date),
        patient::phone.eq(phone),
        patient::phone_digits.eq(digits),
        patient::details.eq(Details::of(demographics)?),
    ))
}

/// The front page of an open chart.
pub(super) fn front_page(conn: &mut Conn, chart: &Chart) -> Result<FrontPage> {
    type Row = (i64, String, String, Date, Option<String>, String, Option<StaffId>, i32, Timestamp);
    let row = patient::table
        .find((chart.practice(), chart.patient()))
        .select((
            patient::record_number,
            patient::given_name,
            patient::family_name,
            patient::birth_date,
            patient::phone,
            patient::details,
            patient::staff_id,
            patient::version,
            patient::created_at,
        ))
        .first::<Row>(conn)?;
    let (number, given, family, birth_date, phone, details, own_record_of, version, created_at) = row;
    let details: Details = serde_json::from_str(&details).map_err(Error::internal)?;
    let demographics = Demographics {
        given_name: given.as_str().into(),
        family_name: family.as_str().into(),
        birth_date,
        preferred_name: details.preferred_name,
        sex: details.sex,
        phone: phone.as_deref().map(Trimmed::from),
        email: details.email,
        address: details.address,
        emergency_contact: details.emergency_contact,
        gp: details.gp,
        health_number: details.health_number,
        insurer: details.insurer,
        claim_number: details.claim_number,
    };
    Ok(FrontPage { record_number: RecordNumber(number), demographics, own_record_of, version, created_at })
}

/// Puts new demographics on the front page, as its next version.
pub(super) fn update(conn: &mut Conn, chart: &Chart, demographics: &Demographics) -> Result<()> {
    diesel::update(patient::table.find((chart.practice(), chart.patient())))
        .set((columns(demographics)?, patient::version.eq(patient::version + 1)))
        .execute(conn)?;
    Ok(())
}

/// Says whose own record it is, in the front page's next version.
pub(super) fn mark_own(conn: &mut Conn, chart: &Chart, staff: Option<StaffId>) -> Result<()> {
    diesel::update(patient::table.find((chart.practice(), chart.patient())))
        .set((patient::staff_id.eq(staff), patient::version.eq(patient::version + 1)))
        .execute(conn)?;
    Ok(())
}

type SummaryRow = (PatientId, i64, String, String, Date);
type SummaryColumns =
    (patient::id, patient::record_number, patient::given_name, patient::family_name, patient::birth_date);
const SUMMARY: SummaryColumns =
    (patient::id, patient::record_number, patient::given_name, patient::family_name, patient::birth_date);

impl From<SummaryRow> for PatientSummary {
    fn from((id, number, given_name, family_name, birth_date): SummaryRow) -> Self {
        let (given_name, family_name) = (given_name.as_str().into(), family_name.as_str().into());
        Self { id, record_number: RecordNumber(number), given_name, family_name, birth_date }
    }
}

/// Whose record it is.
pub(super) fn whose(conn: &mut Conn, chart: &Chart) -> Result<PatientSummary> {
    let row = patient::table.find((chart.practice(), chart.patient()));
    Ok(row.select(SUMMARY).first::<SummaryRow>(conn)?.into())
}

/// Everyone in the practice but `hidden`, newest first.
fn listed<'q>(practice: PracticeId, hidden: Vec<PatientId>) -> patient::BoxedQuery<'q, MultiBackend> {
    let listed = patient::table.filter(patient::practice_id.eq(practice)).order(patient::id.desc()).into_boxed();
    if hidden.is_empty() { listed } else { listed.filter(patient::id.ne_all(hidden)) }
}

/// The patients whom the criteria fit, but for `hidden`, newest first.
pub(super) fn find(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    hidden: Vec<PatientId>,
    criteria: &Criteria,
    after: Option<PatientId>,
    limit: i64,
) -> Result<Vec<PatientSummary>> {
    let mut found = listed(practice, hidden);
    for word in &criteria.words {
        let [typed, other] = word.patterns();
        let name = patient::folded_name;
        found = found.filter(name.like(typed).escape('\\').or(name.like(other).escape('\\')));
    }
    if let Some(date) = criteria.birth_date {
        found = found.filter(patient::birth_date.eq(date));
    }
    if let Some(number) = criteria.number {
        found = found.filter(patient::record_number.eq(number.0));
    }
    if let Some(digits) = &criteria.phone {
        let [typed, other] = digits.patterns();
        found = found.filter(patient::phone_digits.like(typed).or(patient::phone_digits.like(other)));
    }
    if let Some(after) = after {
        found = found.filter(patient::id.lt(after));
    }
    Ok(found.select(SUMMARY).limit(limit).load::<SummaryRow>(conn)?.into_iter().map(PatientSummary::from).collect())
}

/// These patients, but for `hidden`.
pub(super) fn known(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    hidden: Vec<PatientId>,
    ids: &BTreeSet<PatientId>,
) -> Result<Vec<PatientSummary>> {
    let these = listed(practice, hidden).filter(patient::id.eq_any(ids.clone()));
    Ok(these.select(SUMMARY).load::<SummaryRow>(conn)?.into_iter().map(PatientSummary::from).collect())
}

/// The record numbers of these patients, but for `hidden`.
pub(super) fn numbers(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    hidden: Vec<PatientId>,
    ids: &[PatientId],
) -> Result<Vec<(PatientId, RecordNumber)>> {
    let these = listed(practice, hidden).filter(patient::id.eq_any(ids.to_vec()));
    let rows = these.select((patient::id, patient::record_number)).load::<(PatientId, i64)>(conn)?;
    Ok(rows.into_iter().map(|(id, number)| (id, RecordNumber(number))).collect())
}

/// When whoever opened the chart last joined its care team.
pub(super) fn joined(conn: &mut Conn, chart: &Chart) -> Result<Option<Timestamp>> {
    Ok(care_team::table
        .filter(care_team::practice_id.eq(chart.practice()))
        .filter(care_team::patient_id.eq(chart.patient()))
        .filter(care_team::staff_id.eq(chart.actor().staff))
        .order(care_team::joined_at.desc())
        .select(care_team::joined_at)
        .first(conn)
        .optional()?)
}

/// A patient of one's own, with the `access_version` that the list rests on.
pub(super) struct Treated {
    pub(super) patient: PatientSummary,
    pub(super) access_version: i64,
}

/// The patients in scope, newest first: on whose care team one is, or for whose clinician one stands in.
pub(super) fn treated(conn: &mut Conn, scope: &Scope, after: Option<PatientId>, limit: i64) -> Result<Vec<Treated>> {
    let Scope { practice, staff, now, .. } = *scope;
    let own = care_team::table
        .filter(care_team::practice_id.eq(practice))
        .filter(care_team::staff_id.eq(staff))
        .filter(care_team::ended_at.is_null())
        .filter(care_team::lapses_at.gt(now))
        .select(care_team::patient_id);
    let covered = cover::table
        .inner_join(
            care_team::table
                .on(care_team::practice_id.eq(cover::practice_id).and(care_team::staff_id.eq(cover::from_staff))),
        )
        .filter(cover::practice_id.eq(practice))
        .filter(cover::to_staff.eq(staff))
        .filter(cover::ended_at.is_null())
        .filter(cover::starts_at.le(now))
        .filter(cover::ends_at.gt(now))
        .filter(care_team::ended_at.is_null())
        .filter(care_team::lapses_at.gt(now))
        .select(care_team::patient_id);
    let mut treated =
        listed(practice, scope.hidden.clone()).filter(patient::id.eq_any(own).or(patient::id.eq_any(covered)));
    if let Some(after) = after {
        treated = treated.filter(patient::id.lt(after));
    }
    let rows = treated.select((SUMMARY, patient::access_version)).limit(limit).load::<(SummaryRow, i64)>(conn)?;
    Ok(rows
        .into_iter()
        .map(|(row, access_version)| Treated { patient: PatientSummary::from(row), access_version })
        .collect())
}
