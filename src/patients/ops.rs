//! What is done to patients.

use std::collections::{BTreeSet, HashMap};

use super::{ChangedDemographics, OwnRecord, PossibleDuplicate, Registration, care_team, names, query, rules};
use crate::audit::{Object, ObjectKind};
use crate::chart::{self, Chart, Scope};
use crate::clock::Timestamp;
use crate::db::{Retry, Tx, bump_patient, bump_staff};
use crate::error::{Error, Result};
use crate::ids::{PatientId, PracticeId, StaffId};
use crate::policy::{Action, Ground, Permit};
use crate::safety::ops::{self as safety, SafetyShown};
use crate::words::Trimmed;

pub use super::care_team::ops::{
    check_practises, check_treats, end_membership, extend_membership, former_members, join_by_referral, members,
    read as care_team, shorten_membership,
};
pub use super::care_team::{CareTeamView, FormerMemberView, JoinedBy, MemberView};
pub use super::decision_makers::DecisionMakerView;
pub use super::decision_makers::ops::{all as decision_makers, list as list_decision_makers};
pub use super::decision_makers::ops::{is_decision_maker, is_minor, may_consent, receives_records};
pub use super::search::Criteria;
pub use super::{Demographics, FindPatients, Known, PatientSummary, PatientView, RecordNumber};

/// Ids that one statement asks for.
const AT_ONCE: usize = 1_000;
/// How many possible duplicates are shown at most.
const DUPLICATES: usize = 25;

/// Registers a patient. Whoever registers them and is a clinician joins the care team, a manager who also treats too;
/// a receptionist, or a manager who does not treat, does not.
///
/// # Errors
/// A refusal; [`crate::error::Code::Invalid`] for a birth date in the future; [`crate::error::Code::KeyReused`].
pub fn register(tx: &mut Tx, retry: &Retry, new: &Demographics) -> Result<Registration> {
    tx.once(retry, |tx| register_first(tx, new), registered)
}

fn register_first(tx: &mut Tx, new: &Demographics) -> Result<(PatientId, Registration)> {
    let permit = tx.permit(false)?;
    let actor = tx.actor()?;
    let treats = actor.roles.disciplines().next().map(|_| actor.staff);
    let patient = enter(tx, permit, actor.practice, new, treats)?;
    let possible_duplicates = possible_duplicates(tx, permit, patient.id, new)?;
    Ok((patient.id, Registration { patient, possible_duplicates }))
}

/// Enters somebody as a patient, with those who treat them from now on, and names them on the newest event.
pub(super) fn enter(
    tx: &mut Tx,
    permit: Permit,
    practice: PracticeId,
    new: &Demographics,
    treated_by: impl IntoIterator<Item = StaffId>,
) -> Result<PatientView> {
    let now = tx.now();
    rules::check(new, now)?;
    let id: PatientId = tx.fresh_id();
    let record_number = query::next_record_number(tx.conn(), permit, practice)?;
    query::insert(tx.conn(), permit, practice, id, record_number, new, now)?;
    for staff in treated_by {
        care_team::ops::join_by_registration(tx, permit, practice, id, staff)?;
    }
    tx.names(Object { kind: ObjectKind::Patient, id: id.retype(), version: Some(1) });
    tx.discloses([id]);
    let demographics = new.clone();
    let safety = SafetyShown::default();
    Ok(PatientView {
        id,
        record_number,
        demographics,
        own_record_of: None,
        safety,
        open_accesses: Vec::new(),
        version: 1,
        created_at: now,
    })
}

/// The patient as they stand now, for whoever sends their registration again and may still open the front page.
fn registered(tx: &mut Tx, id: PatientId) -> Result<Registration> {
    let chart = chart::open(tx, id)?;
    chart::ask_of_patient(&chart, Action::ReadPatient)?;
    // Of somebody new no danger is known: like the first answer, this one does not speak of any.
    let patient = PatientView { safety: SafetyShown::default(), ..front_page(tx, &chart)? };
    let possible_duplicates = possible_duplicates(tx, chart.permit(), id, &patient.demographics)?;
    Ok(Registration { patient, possible_duplicates })
}

fn possible_duplicates(
    tx: &mut Tx,
    permit: Permit,
    id: PatientId,
    demographics: &Demographics,
) -> Result<Vec<PossibleDuplicate>> {
    let actor = tx.actor()?;
    let hidden = chart::hidden_patients(tx)?.all();
    let others = alike(tx, permit, actor.practice, hidden, demographics)?;
    let alike: Vec<_> = others.into_iter().filter(|other| other.id != id).take(DUPLICATES).collect();
    tx.discloses(alike.iter().map(|other| other.id));
    Ok(alike)
}

/// Those born on the same day under a similar name, but for `hidden`, newest first.
pub(super) fn alike(
    tx: &mut Tx,
    permit: Permit,
    practice: PracticeId,
    hidden: Vec<PatientId>,
    demographics: &Demographics,
) -> Result<Vec<PossibleDuplicate>> {
    let name = demographics.full_name();
    let born_then = Criteria::born(demographics.birth_date);
    let others = query::find(tx.conn(), permit, practice, hidden, &born_then, None, i64::MAX)?;
    let others = others.into_iter().map(|PatientSummary { id, record_number, given_name, family_name, birth_date }| {
        let name = Trimmed::from(format!("{} {}", given_name.as_str(), family_name.as_str()).as_str());
        PossibleDuplicate { id, record_number, name, birth_date }
    });
    Ok(others.filter(|other| names::alike(&name, other.name.as_str())).collect())
}

/// The patients whom the actor treats or covers for, newest first: up to `limit`, and one more if there are more.
///
/// # Errors
/// A refusal.
pub fn treated(tx: &mut Tx, after: Option<PatientId>, limit: i64) -> Result<Vec<PatientSummary>> {
    let scope = chart::scope(tx)?;
    let treated = query::treated(tx.conn(), &scope, after, limit + 1)?;
    for row in &treated {
        tx.rests_on(scope.practice, row.patient.id, row.access_version);
    }
    let treated: Vec<_> = treated.into_iter().map(|row| row.patient).collect();
    tx.discloses_page(&treated, limit, |patient| patient.id);
    Ok(treated)
}

/// When whoever opened a record last joined its care team.
///
/// # Errors
/// The database's.
pub fn joined(tx: &mut Tx, chart: &Chart) -> Result<Option<Timestamp>> {
    query::joined(tx.conn(), chart)
}

/// The patients whom a scope holds, newest first.
///
/// # Errors
/// The database's.
pub fn in_scope(tx: &mut Tx, scope: &Scope) -> Result<Vec<PatientId>> {
    let treated = query::treated(tx.conn(), scope, None, i64::MAX)?;
    Ok(treated.into_iter().map(|row| row.patient.id).collect())
}

/// The patients whom the criteria fit, newest first: up to `limit`, and one more if there are more.
///
/// # Errors
/// A refusal.
pub fn find(tx: &mut Tx, criteria: &Criteria, after: Option<PatientId>, limit: i64) -> Result<Vec<PatientSummary>> {
    let permit = tx.permit(false)?;
    let actor = tx.actor()?;
    let hidden = chart::hidden_patients(tx)?.all();
    let found = query::find(tx.conn(), permit, actor.practice, hidden, criteria, after, limit + 1)?;
    tx.discloses_page(&found, limit, |patient| patient.id);
    Ok(found)
}

/// What the patients of a list are called that carries ids alone, for whoever might find them by their number; but for those
/// who are hidden from them.
///
/// # Errors
/// A refusal of the list.
pub fn known(tx: &mut Tx, ids: impl IntoIterator<Item = PatientId>) -> Result<Known> {
    let ids: BTreeSet<_> = ids.into_iter().collect();
    if ids.is_empty() || !tx.would_permit(Action::FindPatients, false) {
        return Ok(Known::default());
    }
    let (permit, practice) = (tx.permit(false)?, tx.actor()?.practice);
    let hidden = chart::hidden_patients(tx)?.all();
    let known = query::known(tx.conn(), permit, practice, hidden, &ids)?;
    tx.discloses(known.iter().map(|patient| patient.id));
    Ok(Known(known.into_iter().map(|patient| (patient.id, patient)).collect()))
}

/// Of whom a record is that is about to be opened, for whoever might find it by its number: in a hurry a wrong one is opened.
///
/// # Errors
/// A refusal of finding patients.
pub fn called(tx: &mut Tx, id: PatientId) -> Result<Option<PatientSummary>> {
    Ok(known(tx, [id])?.0.remove(&id))
}

/// The record numbers of patients whom a list tells of by their ids: they say no more of anybody. Those are left out who are
/// hidden from whoever reads the list.
///
/// # Errors
/// A refusal of the list.
pub fn numbers(tx: &mut Tx, ids: impl IntoIterator<Item = PatientId>) -> Result<HashMap<PatientId, RecordNumber>> {
    let ids: BTreeSet<_> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let (permit, practice) = (tx.permit(false)?, tx.actor()?.practice);
    let hidden = chart::hidden_patients(tx)?.all();
    let mut numbers = HashMap::new();
    let ids: Vec<_> = ids.into_iter().collect();
    for some in ids.chunks(AT_ONCE) {
        numbers.extend(query::numbers(tx.conn(), permit, practice, hidden.clone(), some)?);
    }
    Ok(numbers)
}

/// Opens a patient's front page.
///
/// # Errors
/// A refusal.
pub fn read(tx: &mut Tx, id: PatientId) -> Result<PatientView> {
    let chart = chart::open(tx, id)?;
    front_page(tx, &chart)
}

/// Changes demographics and contacts.
///
/// # Errors
/// A refusal; [`crate::error::Code::StaleVersion`] unless `version` is the current one; [`crate::error::Code::Invalid`] for a birth date in the
/// future.
pub fn change(tx: &mut Tx, id: PatientId, version: i32, changed: &ChangedDemographics) -> Result<PatientView> {
    let chart = chart::open(tx, id)?;
    let current = front_page_at(tx, &chart, version)?;
    let demographics = changed.of(current.demographics);
    rules::check(&demographics, tx.now())?;
    query::update(tx.conn(), &chart, &demographics)?;
    changed_front_page(tx, &chart)
}

/// Whose record an open chart is, for whoever may read anything in it: nothing clinical is read, or signed, without knowing
/// of whom.
///
/// # Errors
/// The database's.
pub fn whose(tx: &mut Tx, chart: &Chart) -> Result<PatientSummary> {
    query::whose(tx.conn(), chart)
}

/// Says whose own record it is; nobody opens their own.
///
/// # Errors
/// A refusal; [`crate::error::Code::StaleVersion`] unless `version` is the current one; [`crate::error::Code::Invalid`] for nobody of the practice.
pub fn mark_own_record(tx: &mut Tx, id: PatientId, version: i32, own: &OwnRecord) -> Result<PatientView> {
    let chart = chart::open(tx, id)?;
    let current = front_page_at(tx, &chart, version)?;
    if let Some(staff) = own.staff_id
        && !query::clinicians::works_or_worked_here(tx.conn(), chart.practice(), staff)?
    {
        return Err(Error::field("/staff_id", "is nobody of this practice"));
    }
    query::mark_own(tx.conn(), &chart, own.staff_id)?;
    bump_patient(tx.conn(), chart.practice(), id)?;
    // Searches and lists leave out one's own record, and rest on nothing but who searches.
    for staff in current.own_record_of.into_iter().chain(own.staff_id) {
        bump_staff(tx.conn(), chart.practice(), staff)?;
    }
    changed_front_page(tx, &chart)
}

/// The front page of an open chart.
///
/// # Errors
/// The database's.
pub fn front_page(tx: &mut Tx, chart: &Chart) -> Result<PatientView> {
    let page = query::front_page(tx.conn(), chart)?;
    let shown = chart::ask_of_patient(chart, Action::MarkOwnRecord).is_ok();
    let by_referral = chart.grant().ground == Ground::Party;
    Ok(PatientView {
        id: chart.patient(),
        record_number: page.record_number,
        demographics: if by_referral { page.demographics.contact_only() } else { page.demographics },
        own_record_of: page.own_record_of.filter(|_| shown),
        safety: safety::shown_with(tx, chart)?,
        open_accesses: chart.passes().to_vec(),
        version: page.version,
        created_at: page.created_at,
    })
}

fn front_page_at(tx: &mut Tx, chart: &Chart, version: i32) -> Result<PatientView> {
    let current = front_page(tx, chart)?;
    if current.version == version {
        return Ok(current);
    }
    Err(chart::stale(tx, chart, Action::ReadPatient, &current))
}

fn changed_front_page(tx: &mut Tx, chart: &Chart) -> Result<PatientView> {
    let page = front_page(tx, chart)?;
    tx.names(Object { kind: ObjectKind::Patient, id: page.id.retype(), version: Some(page.version) });
    Ok(page)
}
