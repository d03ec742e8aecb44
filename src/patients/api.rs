//! Patients over HTTP.

use super::search::Criteria;
use super::{
    ChangedDemographics, Demographics, FindPatients, OwnRecord, PatientSummary, PatientView, Registration, ops,
};
use crate::error::{Error, Result};
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, IfMatch, Page, Paging, PathId};
use crate::ids::kind;

const TREATED: &str = "patients";

/// Registers a patient.
///
/// # Errors
/// See [`ops::register`].
pub async fn register(caller: Caller, key: IdempotencyKey, body: Body<Demographics>) -> Result<Answer<Registration>> {
    let Body { value: new, mac } = body;
    let retry = key.with(mac);
    let registration = caller.write(move |tx| ops::register(tx, &retry, &new)).await?;
    let (id, version) = (registration.patient.id, registration.patient.version);
    Ok(Answer::created(registration, format!("/api/v1/patients/{id}")).version(version))
}

/// Lists one's own patients.
///
/// # Errors
/// See [`ops::treated`].
pub async fn list(caller: Caller, paging: Filter<Paging>) -> Result<Answer<Page<PatientSummary>>> {
    let (staff, keys, Filter(paging)) = (caller.staff()?, &caller.app.keys, paging);
    let (after, limit) = (paging.after(keys, staff, TREATED)?, paging.limit()?);
    let treated = caller.read(move |tx| ops::treated(tx, after, limit)).await?;
    Ok(Answer::ok(Page::of(treated, limit, keys, staff, TREATED, |patient| patient.id)?))
}

/// Finds patients.
///
/// # Errors
/// See [`ops::find`]; [`crate::error::Code::Invalid`] for a search for nothing.
pub async fn find(caller: Caller, body: Body<FindPatients>) -> Result<Answer<Page<PatientSummary>>> {
    let (staff, keys) = (caller.staff()?, &caller.app.keys);
    let criteria = Criteria::of(&body.value)?;
    // The cursor holds no more than a MAC of what is searched for.
    let filter = format!("patients/search {}", serde_json::to_string(&criteria).map_err(Error::internal)?);
    let FindPatients { limit, cursor, .. } = body.value;
    let paging = Paging { limit: limit.map(|limit| limit.to_string()), cursor };
    let (after, limit) = (paging.after(keys, staff, &filter)?, paging.limit()?);
    let found = caller.read(move |tx| ops::find(tx, &criteria, after, limit)).await?;
    Ok(Answer::ok(Page::of(found, limit, keys, staff, &filter, |patient| patient.id)?))
}

/// Opens a patient's front page.
///
/// # Errors
/// See [`ops::read`].
pub async fn read(caller: Caller, id: PathId<kind::Patient>) -> Result<Answer<PatientView>> {
    let patient = caller.read(move |tx| ops::read(tx, id.0)).await?;
    let version = patient.version;
    Ok(Answer::ok(patient).version(version))
}

/// Changes demographics and contacts.
///
/// # Errors
/// See [`ops::change`].
pub async fn change(
    caller: Caller,
    id: PathId<kind::Patient>,
    version: IfMatch,
    body: Body<ChangedDemographics>,
) -> Result<Answer<PatientView>> {
    let patient = caller.write(move |tx| ops::change(tx, id.0, version.0, &body.value)).await?;
    let version = patient.version;
    Ok(Answer::ok(patient).version(version))
}

/// Says whose own record it is.
///
/// # Errors
/// See [`ops::mark_own_record`].
pub async fn mark_own_record(
    caller: Caller,
    id: PathId<kind::Patient>,
    version: IfMatch,
    body: Body<OwnRecord>,
) -> Result<Answer<PatientView>> {
    let patient = caller.write(move |tx| ops::mark_own_record(tx, id.0, version.0, &body.value)).await?;
    let version = patient.version;
    Ok(Answer::ok(patient).version(version))
}
