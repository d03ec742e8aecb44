//! Notes over HTTP.
#![expect(clippy::missing_errors_doc, reason = "a handler fails as its use case does")]

use actix_web::{HttpRequest, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::NoteKind;
use super::diff::Change;
use super::ops;
use super::views::{
    Amendment, Comments, CopyForward, DraftSave, ErrorDeclared, Narrowed, NewAddendum, NewNote, NewSharing, NoteView,
    PendingView, Signing, UnsignedView, VersionView, WaitingView,
};
use crate::actor::Discipline;
use crate::app::App;
use crate::catalogue::Technique;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, IfMatch, MaybeBody, Page, Paging, PathId};
use crate::ids::{EpisodeId, NoteId, ObjectId, kind};
use crate::safety::ops::WithSafety;

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
) -> Result<Answer<WithSafety<Page<NoteView>>>> {
    let NoteFilter { limit, cursor, discipline, kind, episode_id: episode } = filter.0;
    let (paging, staff) = (Paging { limit, cursor }, caller.staff()?);
    let bound = format!("notes {} {discipline:?} {kind:?} {episode:?}", patient.0);
    let (limit, keys) = (paging.limit()?, &caller.app.keys);
    let after = paging.after::<(Timestamp, NoteId)>(keys, staff, &bound)?;
    let narrowed = Narrowed { discipline, kind, episode, ..Narrowed::default() };
    let WithSafety { read, safety } =
        caller.read(move |tx| ops::list(tx, patient.0, narrowed, after, limit + 1)).await?;
    let page = Page::of(read.notes, limit, keys, staff, &bound, |note| (note.service_at, note.id))?;
    Ok(Answer::ok(WithSafety { read: Page { withheld: read.withheld, ..page }, safety }))
}

/// `GET /notes/{id}`
pub async fn read(caller: Caller, id: PathId<kind::Note>) -> Result<Answer<WithSafety<NoteView>>> {
    let note = caller.read(move |tx| ops::read(tx, id.0)).await?;
    let version = note.read.version;
    Ok(Answer::ok(note).version(version))
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

/// `POST /notes/{id}/cosign`
pub async fn cosign(
    caller: Caller,
    id: PathId<kind::Note>,
    version: IfMatch,
    key: IdempotencyKey,
) -> Result<Answer<NoteView>> {
    let retry = key.alone();
    caller.write(move |tx| ops::cosign(tx, &retry, id.0, version.0)).await.map(versioned)
}

/// `POST /notes/{id}/return`
pub async fn give_back(
    caller: Caller,
    id: PathId<kind::Note>,
    version: IfMatch,
    key: IdempotencyKey,
    body: Body<Comments>,
) -> Result<Answer<NoteView>> {
    let (retry, comments) = (key.with(body.mac), body.value);
    caller.write(move |tx| ops::give_back(tx, &retry, id.0, version.0, &comments)).await.map(versioned)
}

/// `POST /notes/{id}/share`
pub async fn share(
    caller: Caller,
    id: PathId<kind::Note>,
    version: IfMatch,
    key: IdempotencyKey,
    body: Body<NewSharing>,
) -> Result<Answer<NoteView>> {
    let (retry, sharing) = (key.with(body.mac), body.value);
    caller.write(move |tx| ops::share(tx, &retry, id.0, version.0, sharing)).await.map(versioned)
}

/// `POST /notes/{id}/copy-forward`
pub async fn copy_forward(
    caller: Caller,
    id: PathId<kind::Note>,
    key: IdempotencyKey,
    body: Body<CopyForward>,
) -> Result<Answer<NoteView>> {
    let (catalogue, retry, new) = (caller.app.catalogue.clone(), key.with(body.mac), body.value);
    let note = caller.write(move |tx| ops::copy_forward(tx, &retry, &catalogue, id.0, new)).await?;
    let (location, version) = (format!("/api/v1/notes/{}", note.id), note.version);
    Ok(Answer::created(note, location).version(version))
}

/// `GET /pending-changes/{id}`
pub async fn read_pending(caller: Caller, id: PathId<kind::Pending>) -> Result<Answer<PendingView>> {
    caller.read(move |tx| ops::read_pending(tx, id.0)).await.map(counted)
}

/// `POST /pending-changes/{id}/cosign`
pub async fn cosign_pending(
    caller: Caller,
    id: PathId<kind::Pending>,
    version: IfMatch,
    key: IdempotencyKey,
) -> Result<Answer<PendingView>> {
    let retry = key.alone();
    caller.write(move |tx| ops::cosign_pending(tx, &retry, id.0, version.0)).await.map(counted)
}

/// `POST /pending-changes/{id}/return`
pub async fn give_back_pending(
    caller: Caller,
    id: PathId<kind::Pending>,
    version: IfMatch,
    key: IdempotencyKey,
    body: Body<Comments>,
) -> Result<Answer<PendingView>> {
    let (retry, comments) = (key.with(body.mac), body.value);
    caller.write(move |tx| ops::give_back_pending(tx, &retry, id.0, version.0, &comments)).await.map(counted)
}

/// `POST /pending-changes/{id}/withdraw`
pub async fn withdraw_pending(
    caller: Caller,
    id: PathId<kind::Pending>,
    version: IfMatch,
    key: IdempotencyKey,
) -> Result<Answer<PendingView>> {
    let retry = key.alone();
    caller.write(move |tx| ops::withdraw_pending(tx, &retry, id.0, version.0)).await.map(counted)
}

/// `GET /cosignatures`
pub async fn waiting(caller: Caller, Filter(paging): Filter<Paging>) -> Result<Answer<Page<WaitingView>>> {
    let (keys, staff, limit) = (&caller.app.keys, caller.staff()?, paging.limit()?);
    let after = paging.after::<(Timestamp, ObjectId)>(keys, staff, "cosignatures")?;
    let waiting = caller.read(move |tx| ops::waiting(tx, after, limit)).await?;
    Page::of(waiting, limit, keys, staff, "cosignatures", |one| (one.signed_at, one.id)).map(Answer::ok)
}

/// Which notes that are not signed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnsignedFilter {
    limit: Option<String>,
    cursor: Option<String>,
    hours: Option<String>,
}

/// `GET /unsigned-notes`
pub async fn unsigned(caller: Caller, filter: Filter<UnsignedFilter>) -> Result<Answer<Page<UnsignedView>>> {
    let UnsignedFilter { limit, cursor, hours } = filter.0;
    let hours = hours.map(|hours| hours_of(&hours)).transpose()?;
    let paging = Paging { limit, cursor };
    let (keys, staff, limit) = (&caller.app.keys, caller.staff()?, paging.limit()?);
    let bound = format!("unsigned notes {hours:?}");
    let after = paging.after::<NoteId>(keys, staff, &bound)?;
    let notes = caller.read(move |tx| ops::unsigned(tx, hours, after, limit)).await?;
    Page::of(notes, limit, keys, staff, &bound, |note| note.note_id).map(Answer::ok)
}

/// A whole number of hours, up to a year.
fn hours_of(text: &str) -> Result<i64> {
    let hours = text.parse().ok().filter(|hours| (1..=366 * 24).contains(hours));
    hours.ok_or_else(|| Error::field("/hours", "from 1 to 8784"))
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

/// `GET /notes/{id}/versions`
pub async fn versions(
    caller: Caller,
    id: PathId<kind::Note>,
    Filter(paging): Filter<Paging>,
) -> Result<Answer<Page<VersionView>>> {
    let (keys, staff, limit) = (&caller.app.keys, caller.staff()?, paging.limit()?);
    let list = format!("versions {}", id.0);
    let after = paging.after(keys, staff, &list)?;
    let versions = caller.read(move |tx| ops::versions(tx, id.0, after, limit + 1)).await?;
    Ok(Answer::ok(Page::of(versions, limit, keys, staff, &list, |version| version.number)?))
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

fn counted(pending: PendingView) -> Answer<PendingView> {
    let version = pending.version;
    Answer::ok(pending).version(version)
}
