//! The oversight room over HTTP.

use actix_web::Either;
use serde::Deserialize;

use super::{Asked, EventView, LastVerification, PublicKeys, csv, ops};
use crate::audit::Outcome;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::http::{Answer, Caller, Csv, Filter, Format, Page, Paging, PathSeq};
use crate::ids::{PatientId, PracticeId, StaffId};
use crate::policy::Action;
use crate::sealing::{Consistency, Proof, SignedCheckpoint};

/// Which events to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventFilter {
    actor: Option<StaffId>,
    patient: Option<PatientId>,
    action: Option<Action>,
    outcome: Option<Outcome>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// `GET /audit/events`
///
/// # Errors
/// As the policy and the page say; [`crate::error::Code::OwnRecord`] for the caller's own record.
pub async fn events(
    caller: Caller,
    format: Format,
    Filter(filter): Filter<EventFilter>,
) -> Result<Either<Answer<Page<EventView>>, Csv>> {
    let EventFilter { actor, patient, action, outcome, from, to, limit, cursor } = filter;
    let asked = Asked { actor, patient, action, outcome, from, to, ..Asked::default() };
    let list = format!("audit {asked:?}");
    let paging = Paging { limit, cursor };
    let (keys, staff, limit) = (&caller.app.keys, caller.staff()?, paging.limit()?);
    let asked = Asked { before: paging.after(keys, staff, &list)?, ..asked };
    let events = caller.read(move |tx| ops::events(tx, &asked, limit + 1)).await?;
    let page = Page::of(events, limit, keys, staff, &list, |event| event.id)?;
    Ok(match format {
        Format::Json => Either::Left(Answer::ok(page)),
        Format::Csv => {
            let rows = page.items.iter().map(csv::row).collect();
            Either::Right(Csv { name: "audit-events.csv", header: csv::HEADER, rows, next: page.next })
        }
    })
}

/// `GET /audit/checkpoints`
///
/// # Errors
/// As the policy and the page say.
pub async fn checkpoints(caller: Caller, Filter(paging): Filter<Paging>) -> Result<Answer<Page<SignedCheckpoint>>> {
    let (keys, staff, limit) = (&caller.app.keys, caller.staff()?, paging.limit()?);
    let before = paging.after(keys, staff, "checkpoints")?;
    let checkpoints = caller.read(move |tx| ops::checkpoints(tx, before, limit + 1)).await?;
    Ok(Answer::ok(Page::of(checkpoints, limit, keys, staff, "checkpoints", |checkpoint| checkpoint.size)?))
}

/// Against which checkpoint to prove.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofFilter {
    size: Option<u64>,
}

/// `GET /audit/events/{seq}/proof`
///
/// # Errors
/// As the policy says; 404.
pub async fn proof(
    caller: Caller,
    PathSeq(seq): PathSeq,
    Filter(filter): Filter<ProofFilter>,
) -> Result<Answer<Proof>> {
    let keys = caller.app.sealer.keys().to_vec();
    let proof = caller.read(move |tx| ops::prove(tx, &keys, seq, filter.size)).await?;
    Ok(Answer::ok(proof))
}

/// Between which checkpoints.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsistencyFilter {
    from: u64,
    to: Option<u64>,
}

/// `GET /audit/consistency`
///
/// # Errors
/// As the policy says; 404.
pub async fn consistency(caller: Caller, Filter(filter): Filter<ConsistencyFilter>) -> Result<Answer<Consistency>> {
    let keys = caller.app.sealer.keys().to_vec();
    let ConsistencyFilter { from, to } = filter;
    Ok(Answer::ok(caller.read(move |tx| ops::prove_consistency(tx, &keys, from, to)).await?))
}

/// `GET /audit/verify`
///
/// # Errors
/// As the policy says.
pub async fn last_verification(caller: Caller) -> Result<Answer<LastVerification>> {
    Ok(Answer::ok(caller.read(ops::last_verification).await?))
}

/// Of which practice the keys are asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFilter {
    practice: Option<PracticeId>,
}

/// `GET /audit/public-key`
///
/// # Errors
/// Those of the database.
pub async fn public_keys(caller: Caller, Filter(filter): Filter<KeyFilter>) -> Result<Answer<PublicKeys>> {
    let keys = caller.app.sealer.keys().to_vec();
    let keys = caller.read(move |tx| ops::public_keys(tx, &keys, filter.practice)).await?;
    Ok(Answer::ok(keys))
}
