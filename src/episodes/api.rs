//! Episodes of care over HTTP.
#![expect(clippy::missing_errors_doc, reason = "a handler fails as its use case does")]

use super::{ChangedEpisode, Discharge, EpisodeView, NewEpisode, ops};
use crate::error::Result;
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, IfMatch, Page, Paging, PathId};
use crate::ids::kind;

/// `GET /patients/{id}/episodes`
pub async fn list(
    caller: Caller,
    patient: PathId<kind::Patient>,
    paging: Filter<Paging>,
) -> Result<Answer<Page<EpisodeView>>> {
    let (staff, keys, Filter(paging)) = (caller.staff()?, &caller.app.keys, paging);
    let bound = format!("episodes {}", patient.0);
    let (after, limit) = (paging.after(keys, staff, &bound)?, paging.limit()?);
    let listed = caller.read(move |tx| ops::list(tx, patient.0, after, limit + 1)).await?;
    let page = Page::of(listed.episodes, limit, keys, staff, &bound, |episode| episode.id)?;
    Ok(Answer::ok(Page { withheld: listed.withheld, ..page }))
}

/// `POST /patients/{id}/episodes`
pub async fn open(
    caller: Caller,
    patient: PathId<kind::Patient>,
    key: IdempotencyKey,
    body: Body<NewEpisode>,
) -> Result<Answer<EpisodeView>> {
    let (retry, new) = (key.with(body.mac), body.value);
    let episode = caller.write(move |tx| ops::open(tx, &retry, patient.0, &new)).await?;
    let (place, version) = (format!("/api/v1/episodes/{}", episode.id), episode.version);
    Ok(Answer::created(episode, place).version(version))
}

/// `GET /episodes/{id}`
pub async fn read(caller: Caller, id: PathId<kind::Episode>) -> Result<Answer<EpisodeView>> {
    caller.read(move |tx| ops::read(tx, id.0)).await.map(versioned)
}

/// `PATCH /episodes/{id}`
pub async fn change(
    caller: Caller,
    id: PathId<kind::Episode>,
    version: IfMatch,
    body: Body<ChangedEpisode>,
) -> Result<Answer<EpisodeView>> {
    caller.write(move |tx| ops::change(tx, id.0, version.0, &body.value)).await.map(versioned)
}

/// `POST /episodes/{id}/discharge`
pub async fn discharge(
    caller: Caller,
    id: PathId<kind::Episode>,
    version: IfMatch,
    key: IdempotencyKey,
    body: Body<Discharge>,
) -> Result<Answer<EpisodeView>> {
    let (retry, discharge) = (key.with(body.mac), body.value);
    caller.write(move |tx| ops::discharge(tx, &retry, id.0, version.0, &discharge)).await.map(versioned)
}

fn versioned(episode: EpisodeView) -> Answer<EpisodeView> {
    let version = episode.version;
    Answer::ok(episode).version(version)
}
