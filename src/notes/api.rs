//! Notes over HTTP.
#![expect(clippy::missing_errors_doc, reason = "a handler fails as its use case does")]

use actix_web::{HttpRequest, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::NoteKind;
use super::diff::Change;
use super::ops;
use super::views::{
    Amendment, DraftSave, ErrorDeclared, Narrowed, NewAddendum, NewNote, NoteView, Signing, VersionView,
};
use crate::actor::Discipline;
use crate::app::App;
use crate::catalogue::Technique;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, IfMatch, MaybeBody, Page, Paging, PathId};
use crate::ids::{EpisodeId, NoteId, kind};

/// `POST /patients/{id}/notes`
pub async fn begin(
    caller: Caller,
    patient: PathId<kind::Patient>,
    key: IdempotencyKey,
    body: Body<NewNote>,
) -> Result<Answer<NoteView>> {
    let (catalogue, retry, new) = (caller.app.catalogue.clone(), key.with(body.mac), body.value);
    let note = caller.write(move |tx| ops::begin(tx, &retry, &catalogue, patient.0, &new)).await?;
    let location = format!("/api/v1/notes/{}", note.id);
    let version = note.version;
    Ok(Answer::created(note, location).version(version))
}

/// What a list of notes is narrowed to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteFilter {
    limit: Option<String>,
    cursor: Option<String>,
    discipline: Option<Discipline>,
    kind: Option<NoteKind>,
    episode_id: Option<EpisodeId>,
}

/// `GET /patients/{id}/notes`
pub async fn list(
    caller: Caller,
    patient: PathId<kind::Patient>,
    filter: Filter<NoteFilter>,
) -> Result<Answer<Page<NoteView>>> {
    let NoteFilter { limit, cursor, discipline, kind, episode_id: episode } = filter.0;
    let (paging, staff) = (Paging { limit, cursor }, caller.staff()?);
    let bound = format!("notes {} {discipline:?} {kind:?} {episode:?}", patient.0);
    let (limit, keys) = (paging.limit()?, &caller.app.keys);
    let after = paging.after::<(Timestamp, NoteId)>(keys, staff, &bound)?;
    let narrowed = Narrowed { discipline, kind, episode };
    let listed = caller.read(move |tx| ops::list(tx, patient.0, narrowed, after, limit + 1)).await?;
    let page = Page::of(listed.notes, limit, keys, staff, &bound, |note| (note.service_at, note.id))?;
    Ok(Answer::ok(Page { withheld: listed.withheld, ..page }))
}

/// `GET /notes/{id}`
pub async fn read(caller: Caller, id: PathId<kind::Note>) -> Result<Answer<NoteView>> {
    caller.read(move |tx| ops::read(tx, id.0)).await.map(versioned)
}

/// `PUT /notes/{id}`
pub async fn save(
    caller: Caller,
    id: PathId<kind::Note>,
    version: IfMatch,
    body: Body<DraftSave>,
) -> Result<Answer<NoteView>> {
    let (catalogue, save) = (caller.app.catalogue.clone(), body.value);
    caller.write(move |tx| ops::save(tx, &catalogue, id.0, version.0, &save)).await.map(versioned)
}

/// `DELETE /notes/{id}`
pub async fn discard(caller: Caller, id: PathId<kind::Note>, version: IfMatch) -> Result<Answer> {
    caller.write(move |tx| ops::discard(tx, id.0, version.0)).await?;
    Ok(Answer::nothing())
}

/// `POST /notes/{id}/sign`
pub async fn sign(
    caller: Caller,
    id: PathId<kind::Note>,
    version: IfMatch,
    key: IdempotencyKey,
    MaybeBody(body): MaybeBody<Signing>,
) -> Result<Answer<NoteView>> {
    let (catalogue, retry, signing) = (caller.app.catalogue.clone(), key.with(body.mac), body.value);
    caller.write(move |tx| ops::sign(tx, &retry, &catalogue, id.0, version.0, &signing)).await.map(versioned)
}

/// `POST /notes/{id}/amend`
pub async fn amend(
    caller: Caller,
    id: PathId<kind::Note>,
    version: IfMatch,
    key: IdempotencyKey,
    body: Body<Amendment>,
) -> Result<Answer<NoteView>> {
    let (catalogue, retry, amendment) = (caller.app.catalogue.clone(), key.with(body.mac), body.value);
    caller.write(move |tx| ops::amend(tx, &retry, &catalogue, id.0, version.0, &amendment)).await.map(versioned)
}

/// `POST /notes/{id}/addenda`
pub async fn append(
    caller: Caller,
    id: PathId<kind::Note>,
    key: IdempotencyKey,
    body: Body<NewAddendum>,
) -> Result<Answer<NoteView>> {
    let (retry, new) = (key.with(body.mac), body.value);
    let note = caller.write(move |tx| ops::append(tx, &retry, id.0, &new)).await?;
    let (location, version) = (format!("/api/v1/notes/{}", note.id), note.version);
    Ok(Answer::created(note, location).version(version))
}

/// `POST /notes/{id}/entered-in-error`
pub async fn enter_in_error(
    caller: Caller,
    id: PathId<kind::Note>,
    version: IfMatch,
    key: IdempotencyKey,
    body: Body<ErrorDeclared>,
) -> Result<Answer<NoteView>> {
    let (retry, declared) = (key.with(body.mac), body.value);
    caller.write(move |tx| ops::enter_in_error(tx, &retry, id.0, version.0, &declared)).await.map(versioned)
}

/// The signed versions of a note, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Versions {
    items: Vec<VersionView>,
}

/// `GET /notes/{id}/versions`
pub async fn versions(caller: Caller, id: PathId<kind::Note>) -> Result<Answer<Versions>> {
    let items = caller.read(move |tx| ops::versions(tx, id.0)).await?;
    Ok(Answer::ok(Versions { items }))
}

/// `GET /notes/{id}/versions/{number}`
pub async fn version(caller: Caller, id: PathId<kind::Note>, request: HttpRequest) -> Result<Answer<VersionView>> {
    let number = request.match_info().get("number").and_then(|text| text.parse::<i32>().ok());
    let number = number.ok_or_else(Error::not_found)?;
    caller.read(move |tx| ops::version(tx, id.0, number)).await.map(Answer::ok)
}

/// Which two versions are compared.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiffFilter {
    from: i32,
    to: i32,
}

/// What changed between two versions.
#[derive(Serialize, ToSchema)]
pub struct Changes {
    items: Vec<Change>,
}

/// `GET /notes/{id}/diff`
pub async fn diff(caller: Caller, id: PathId<kind::Note>, filter: Filter<DiffFilter>) -> Result<Answer<Changes>> {
    let DiffFilter { from, to } = filter.0;
    let items = caller.read(move |tx| ops::diff(tx, id.0, from, to)).await?;
    Ok(Answer::ok(Changes { items }))
}

/// The technique catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub struct Techniques {
    items: Vec<Technique>,
}

/// `GET /catalogue/techniques`
pub async fn techniques(caller: Caller, app: web::Data<App>) -> Result<Answer<Techniques>> {
    caller.read(|tx| tx.permit(false).map(drop)).await?;
    Ok(Answer::ok(Techniques { items: app.catalogue.iter().cloned().collect() }))
}

fn versioned(note: NoteView) -> Answer<NoteView> {
    let version = note.version;
    Answer::ok(note).version(version)
}
