//! Care teams over HTTP.

use super::{Assignment, CareTeamView, MemberView, StartTreating, ops};
use crate::error::Result;
use crate::http::{Answer, Body, Caller, IdempotencyKey, PathId};
use crate::ids::kind;

/// Shows who treats a patient.
///
/// # Errors
/// See [`ops::read`].
pub async fn read(caller: Caller, patient: PathId<kind::Patient>) -> Result<Answer<CareTeamView>> {
    Ok(Answer::ok(caller.read(move |tx| ops::read(tx, patient.0)).await?))
}

/// Lets the caller start treating.
///
/// # Errors
/// See [`ops::start_treating`].
pub async fn start_treating(
    caller: Caller,
    patient: PathId<kind::Patient>,
    key: IdempotencyKey,
    body: Body<StartTreating>,
) -> Result<Answer<MemberView>> {
    let Body { value: start, mac } = body;
    let retry = key.with(mac);
    created(caller.write(move |tx| ops::start_treating(tx, &retry, patient.0, &start)).await?)
}

/// Assigns a clinician.
///
/// # Errors
/// See [`ops::assign`].
pub async fn assign(
    caller: Caller,
    patient: PathId<kind::Patient>,
    key: IdempotencyKey,
    body: Body<Assignment>,
) -> Result<Answer<MemberView>> {
    let Body { value: assignment, mac } = body;
    let retry = key.with(mac);
    created(caller.write(move |tx| ops::assign(tx, &retry, patient.0, &assignment)).await?)
}

#[expect(clippy::unnecessary_wraps, reason = "both handlers end with it")]
fn created(member: MemberView) -> Result<Answer<MemberView>> {
    let place = format!("/api/v1/care-team/{}", member.id);
    Ok(Answer::created(member, place))
}

/// Takes the caller off a care team.
///
/// # Errors
/// See [`ops::leave`].
pub async fn leave(caller: Caller, membership: PathId<kind::CareTeam>) -> Result<Answer> {
    caller.write(move |tx| ops::leave(tx, membership.0)).await?;
    Ok(Answer::nothing())
}
