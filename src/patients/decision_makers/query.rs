//! The rows of decision-makers.

use diesel::prelude::*;

use super::{DecisionMaker, DecisionMakerView};
use crate::actor::Actor;
use crate::chart::Chart;
use crate::clock::{Date, Timestamp};
use crate::db::schema::{decision_maker, patient, practice};
use crate::db::{Conn, MultiBackend};
use crate::error::Result;
use crate::ids::{DecisionMakerId, PatientId};
use crate::words::Trimmed;

#[derive(Queryable)]
struct Row {
    id: DecisionMakerId,
    name: String,
    relation: String,
    authority: String,
    may_consent: bool,
    may_receive_records: bool,
    from: Option<Date>,
    until: Option<Date>,
    limits: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    version: i32,
    created_at: Timestamp,
}

impl Row {
    fn view(self, patient_id: PatientId) -> DecisionMakerView {
        let words = |text: Option<String>| text.as_deref().map(Trimmed::from);
        let is = DecisionMaker {
            name: self.name.as_str().into(),
            relation: self.relation.as_str().into(),
            authority: self.authority.as_str().into(),
            may_consent: self.may_consent,
            may_receive_records: self.may_receive_records,
            from: self.from,
            until: self.until,
            limits: words(self.limits),
            phone: words(self.phone),
            email: words(self.email),
        };
        DecisionMakerView { id: self.id, patient_id, is, version: self.version, created_at: self.created_at }
    }
}

macro_rules! decision_makers {
    ($chart:expr) => {
        decision_maker::table
            .filter(decision_maker::practice_id.eq($chart.practice()))
            .filter(decision_maker::patient_id.eq($chart.patient()))
            .select((
                decision_maker::id,
                decision_maker::name,
                decision_maker::relation,
                decision_maker::authority,
                decision_maker::may_consent,
                decision_maker::may_receive_records,
                decision_maker::from_date,
                decision_maker::until_date,
                decision_maker::limits,
                decision_maker::phone,
                decision_maker::email,
                decision_maker::version,
                decision_maker::created_at,
            ))
    };
}

macro_rules! columns {
    ($of:expr) => {
        (
            decision_maker::name.eq($of.name.as_str()),
            decision_maker::relation.eq($of.relation.as_str()),
            decision_maker::authority.eq($of.authority.as_str()),
            decision_maker::may_consent.eq($of.may_consent),
            decision_maker::may_receive_records.eq($of.may_receive_records),
            decision_maker::from_date.eq($of.from),
            decision_maker::until_date.eq($of.until),
            decision_maker::limits.eq($of.limits.as_ref().map(Trimmed::as_str)),
            decision_maker::phone.eq($of.phone.as_ref().map(Trimmed::as_str)),
            decision_maker::email.eq($of.email.as_ref().map(Trimmed::as_str)),
        )
    };
}

/// The decision-makers of the patient after a position, newest first.
pub(super) fn list(
    conn: &mut Conn,
    chart: &Chart,
    after: Option<DecisionMakerId>,
    limit: i64,
) -> Result<Vec<DecisionMakerView>> {
    let mut query = decision_makers!(chart).order(decision_maker::id.desc()).limit(limit).into_boxed::<MultiBackend>();
    if let Some(after) = after {
        query = query.filter(decision_maker::id.lt(after));
    }
    Ok(query.load::<Row>(conn)?.into_iter().map(|row| row.view(chart.patient())).collect())
}

/// One decision-maker of the patient.
pub(super) fn one(conn: &mut Conn, chart: &Chart, id: DecisionMakerId) -> Result<Option<DecisionMakerView>> {
    let row = decision_makers!(chart).filter(decision_maker::id.eq(id)).first::<Row>(conn).optional()?;
    Ok(row.map(|row| row.view(chart.patient())))
}

/// Whose decision-maker somebody is; all that is looked up before the chart is open.
pub(super) fn locate(conn: &mut Conn, actor: &Actor, id: DecisionMakerId) -> Result<Option<PatientId>> {
    Ok(decision_maker::table.find((actor.practice, id)).select(decision_maker::patient_id).first(conn).optional()?)
}

/// Records a decision-maker in their first version.
pub(super) fn insert(
    conn: &mut Conn,
    chart: &Chart,
    id: DecisionMakerId,
    new: &DecisionMaker,
    at: Timestamp,
) -> Result<()> {
    diesel::insert_into(decision_maker::table)
        .values((
            decision_maker::id.eq(id),
            decision_maker::practice_id.eq(chart.practice()),
            decision_maker::patient_id.eq(chart.patient()),
            columns!(new),
            decision_maker::version.eq(1),
            decision_maker::created_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes the next version of what is recorded of a decision-maker.
pub(super) fn update(conn: &mut Conn, chart: &Chart, id: DecisionMakerId, changed: &DecisionMaker) -> Result<()> {
    let row = decision_maker::table.find((chart.practice(), id)).filter(decision_maker::patient_id.eq(chart.patient()));
    diesel::update(row)
        .set((columns!(changed), decision_maker::version.eq(decision_maker::version + 1)))
        .execute(conn)?;
    Ok(())
}

/// What tells whether the patient is a minor on the day of a moment.
pub(super) struct Age {
    pub(super) born: Date,
    pub(super) time_zone: String,
    pub(super) of_majority: i32,
}

/// The patient's birth date beside what the practice counts by.
pub(super) fn age(conn: &mut Conn, chart: &Chart) -> Result<Age> {
    let (born, time_zone, of_majority) = patient::table
        .inner_join(practice::table.on(practice::id.eq(patient::practice_id)))
        .filter(patient::practice_id.eq(chart.practice()))
        .filter(patient::id.eq(chart.patient()))
        .select((patient::birth_date, practice::time_zone, practice::age_of_majority))
        .first(conn)?;
    Ok(Age { born, time_zone, of_majority })
}
