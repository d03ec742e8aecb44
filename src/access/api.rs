//! Emergency and audit accesses over HTTP.

use serde::Deserialize;

use super::{AccessView, Audit, Emergency, Review, Reviewed, ops};
use crate::auth::again::prove_again;
use crate::chart;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, IfMatch, Page, Paging, PathId};
use crate::ids::kind;

/// `POST /patients/{id}/emergency-access`
///
/// # Errors
/// See [`ops::break_glass`]; as entering the password.
pub async fn break_glass(
    caller: Caller,
    patient: PathId<kind::Patient>,
    key: IdempotencyKey,
    body: Body<Emergency>,
) -> Result<Answer<AccessView>> {
    let (retry, Emergency { reason_code, reason, password, totp }) = (key.with(body.mac), body.value);
    let may = move |tx: &mut Tx| chart::may_open(tx, patient.0);
    let again = prove_again(&caller, may, &password, totp).await?;
    let open = move |tx: &mut Tx| ops::break_glass(tx, &retry, patient.0, &again, reason_code, reason.as_str());
    Ok(created(caller.write(open).await?.map_err(Error::of)?))
}

/// `POST /patients/{id}/audit-access`
///
/// # Errors
/// See [`ops::open_for_audit`].
pub async fn open_for_audit(
    caller: Caller,
    patient: PathId<kind::Patient>,
    key: IdempotencyKey,
    body: Body<Audit>,
) -> Result<Answer<AccessView>> {
    let (retry, Audit { reason }) = (key.with(body.mac), body.value);
    let opened = caller.write(move |tx| ops::open_for_audit(tx, &retry, patient.0, reason.as_str()));
    Ok(created(opened.await?))
}

fn created(access: AccessView) -> Answer<AccessView> {
    let (place, version) = (format!("/api/v1/accesses/{}", access.id), access.version);
    Answer::created(access, place).version(version)
}

/// `DELETE /accesses/{id}`
///
/// # Errors
/// See [`ops::give_up`].
pub async fn give_up(caller: Caller, id: PathId<kind::Access>) -> Result<Answer> {
    caller.write(move |tx| ops::give_up(tx, id.0)).await?;
    Ok(Answer::nothing())
}

/// Which emergency accesses are asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessFilter {
    limit: Option<String>,
    cursor: Option<String>,
    reviewed: Option<Reviewed>,
}

/// `GET /emergency-accesses`
///
/// # Errors
/// See [`ops::emergencies`].
pub async fn emergencies(caller: Caller, filter: Filter<AccessFilter>) -> Result<Answer<Page<AccessView>>> {
    let AccessFilter { limit, cursor, reviewed } = filter.0;
    let (paging, staff, keys) = (Paging { limit, cursor }, caller.staff()?, &caller.app.keys);
    let bound = format!("emergency accesses {reviewed:?}");
    let (limit, after) = (paging.limit()?, paging.after(keys, staff, &bound)?);
    let accesses = caller.read(move |tx| ops::emergencies(tx, reviewed, after, limit)).await?;
    Page::of(accesses, limit, keys, staff, &bound, |access| access.id).map(Answer::ok)
}

/// `POST /emergency-accesses/{id}/review`
///
/// # Errors
/// See [`ops::review`].
pub async fn review(
    caller: Caller,
    id: PathId<kind::Access>,
    version: IfMatch,
    key: IdempotencyKey,
    body: Body<Review>,
) -> Result<Answer<AccessView>> {
    let (retry, review) = (key.with(body.mac), body.value);
    let access = caller.write(move |tx| ops::review(tx, &retry, id.0, version.0, &review)).await?;
    let version = access.version;
    Ok(Answer::ok(access).version(version))
}
