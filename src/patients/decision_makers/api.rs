//! Decision-makers over HTTP.

use super::{ChangedDecisionMaker, DecisionMaker, DecisionMakerView, ops};
use crate::error::Result;
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, IfMatch, Page, Paging, PathId};
use crate::ids::kind;

/// Lists the decision-makers of a patient.
///
/// # Errors
/// See [`ops::list`].
pub async fn list(
    caller: Caller,
    patient: PathId<kind::Patient>,
    paging: Filter<Paging>,
) -> Result<Answer<Page<DecisionMakerView>>> {
    let (staff, keys, Filter(paging)) = (caller.staff()?, &caller.app.keys, paging);
    let bound = format!("decision-makers {}", patient.0);
    let (after, limit) = (paging.after(keys, staff, &bound)?, paging.limit()?);
    let makers = caller.read(move |tx| ops::list(tx, patient.0, after, limit + 1)).await?;
    Page::of(makers, limit, keys, staff, &bound, |maker| maker.id).map(Answer::ok)
}

/// Records a decision-maker.
///
/// # Errors
/// See [`ops::add`].
pub async fn add(
    caller: Caller,
    patient: PathId<kind::Patient>,
    key: IdempotencyKey,
    body: Body<DecisionMaker>,
) -> Result<Answer<DecisionMakerView>> {
    let Body { value: new, mac } = body;
    let retry = key.with(mac);
    let maker = caller.write(move |tx| ops::add(tx, &retry, patient.0, &new)).await?;
    let (place, version) = (format!("/api/v1/decision-makers/{}", maker.id), maker.version);
    Ok(Answer::created(maker, place).version(version))
}

/// Changes what is recorded of a decision-maker.
///
/// # Errors
/// See [`ops::change`].
pub async fn change(
    caller: Caller,
    id: PathId<kind::DecisionMaker>,
    version: IfMatch,
    body: Body<ChangedDecisionMaker>,
) -> Result<Answer<DecisionMakerView>> {
    let maker = caller.write(move |tx| ops::change(tx, id.0, version.0, &body.value)).await?;
    let version = maker.version;
    Ok(Answer::ok(maker).version(version))
}
