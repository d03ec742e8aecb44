//! The staff room over HTTP.

use serde::Deserialize;

use super::{
    DirectoryEntry, HandOver, Invited, NewSite, NewStaff, SettingsChange, SettingsView, SiteChange, SiteView,
    StaffChange, StaffView, ops, sites as places,
};
use crate::db::Tx;
use crate::error::Result;
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, IfMatch, Page, Paging, PathId};
use crate::ids::{Id, kind};

/// Which staff to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffFilter {
    /// Only those who work here, or only those who no longer do.
    active: Option<bool>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// One page of a list in the order of ids; `list` says which, so that a cursor serves no other.
async fn page<K: 'static, T: Send + 'static>(
    caller: &Caller,
    paging: &Paging,
    list: &str,
    read: impl Fn(&mut Tx, Option<Id<K>>, i64) -> Result<Vec<T>> + Send + Sync + 'static,
    id: fn(&T) -> Id<K>,
) -> Result<Answer<Page<T>>>
where
    Page<T>: serde::Serialize,
{
    let (keys, staff) = (&caller.app.keys, caller.staff()?);
    let limit = paging.limit()?;
    let after = paging.after(keys, staff, list)?;
    let items = caller.read(move |tx| read(tx, after, limit + 1)).await?;
    Ok(Answer::ok(Page::of(items, limit, keys, staff, list, id)?))
}

/// `GET /directory`
///
/// # Errors
/// As the policy and the page say.
pub async fn directory(caller: Caller, Filter(paging): Filter<Paging>) -> Result<Answer<Page<DirectoryEntry>>> {
    page(&caller, &paging, "directory", ops::directory, |entry| entry.id).await
}

/// `GET /staff`
///
/// # Errors
/// As the policy and the page say.
pub async fn staff(caller: Caller, Filter(filter): Filter<StaffFilter>) -> Result<Answer<Page<StaffView>>> {
    let StaffFilter { active, limit, cursor } = filter;
    let list = format!("staff active={active:?}");
    let read = move |tx: &mut Tx, after, limit| ops::list(tx, active, after, limit);
    page(&caller, &Paging { limit, cursor }, &list, read, |member| member.id).await
}

/// `POST /staff`
///
/// # Errors
/// As the policy says; 409 if the address is taken.
pub async fn take_on(caller: Caller, key: IdempotencyKey, body: Body<NewStaff>) -> Result<Answer<Invited>> {
    let Body { value: new, mac } = body;
    let retry = key.with(mac);
    let keys = caller.app.keys.clone();
    let invited = caller.write(move |tx| ops::take_on(tx, &keys, &retry, &new)).await?;
    let invited = invited.answered(caller.app.mailer.reaches_people());
    let (place, version) = (format!("/api/v1/staff/{}", invited.staff.id), invited.staff.version);
    Ok(Answer::created(invited, place).version(version))
}

/// `GET /staff/{id}`
///
/// # Errors
/// As the policy says; 404.
pub async fn read(caller: Caller, PathId(id): PathId<kind::Staff>) -> Result<Answer<StaffView>> {
    let staff = caller.read(move |tx| ops::read(tx, id)).await?;
    let version = staff.version;
    Ok(Answer::ok(staff).version(version))
}

/// `PATCH /staff/{id}`
///
/// # Errors
/// As the policy says; 404; 409 if the address is taken or the last of their kind would go; 412.
pub async fn change(
    caller: Caller,
    PathId(id): PathId<kind::Staff>,
    IfMatch(version): IfMatch,
    body: Body<StaffChange>,
) -> Result<Answer<StaffView>> {
    let staff = caller.write(move |tx| ops::change(tx, id, version, &body.value)).await?;
    let version = staff.version;
    Ok(Answer::ok(staff).version(version))
}

/// `POST /staff/{id}/invitation`
///
/// # Errors
/// As the policy says; 404; 409 for those who have a password.
pub async fn invite_again(
    caller: Caller,
    PathId(id): PathId<kind::Staff>,
    key: IdempotencyKey,
) -> Result<Answer<Invited>> {
    let retry = key.alone();
    let keys = caller.app.keys.clone();
    let invited = caller.write(move |tx| ops::invite_again(tx, &keys, &retry, id)).await?;
    let invited = invited.answered(caller.app.mailer.reaches_people());
    let version = invited.staff.version;
    Ok(Answer::ok(invited).version(version))
}

/// `POST /staff/{id}/reset`
///
/// # Errors
/// As the policy says; 404; 409 for those who have no password, and for a day after their address was changed.
pub async fn start_reset(caller: Caller, PathId(id): PathId<kind::Staff>, key: IdempotencyKey) -> Result<Answer> {
    let (retry, keys) = (key.alone(), caller.app.keys.clone());
    caller.write(move |tx| ops::start_reset(tx, &keys, &retry, id)).await?;
    Ok(Answer::nothing())
}

/// `POST /staff/{id}/deactivate`
///
/// # Errors
/// As the policy says; 404; 409 if they are deactivated already or the last of their kind; 412.
pub async fn deactivate(
    caller: Caller,
    PathId(id): PathId<kind::Staff>,
    IfMatch(version): IfMatch,
    key: IdempotencyKey,
) -> Result<Answer<HandOver>> {
    let retry = key.alone();
    let left = caller.write(move |tx| ops::deactivate(tx, &retry, id, version)).await?;
    let version = left.staff.version;
    Ok(Answer::ok(left).version(version))
}

/// `GET /staff/{id}/hand-over`
///
/// # Errors
/// As the policy says; 404.
pub async fn hand_over(caller: Caller, PathId(id): PathId<kind::Staff>) -> Result<Answer<HandOver>> {
    Ok(Answer::ok(caller.read(move |tx| ops::hand_over(tx, id)).await?))
}

/// `GET /sites`
///
/// # Errors
/// As the policy and the page say.
pub async fn sites(caller: Caller, Filter(paging): Filter<Paging>) -> Result<Answer<Page<SiteView>>> {
    page(&caller, &paging, "sites", places::list, |site| site.id).await
}

/// `POST /sites`
///
/// # Errors
/// As the policy says; 409 if the name is taken.
pub async fn open_site(caller: Caller, key: IdempotencyKey, body: Body<NewSite>) -> Result<Answer<SiteView>> {
    let Body { value: new, mac } = body;
    let retry = key.with(mac);
    let site = caller.write(move |tx| places::create(tx, &retry, &new)).await?;
    let (place, version) = (format!("/api/v1/sites/{}", site.id), site.version);
    Ok(Answer::created(site, place).version(version))
}

/// `PATCH /sites/{id}`
///
/// # Errors
/// As the policy says; 404; 409 if the name is taken; 412.
pub async fn change_site(
    caller: Caller,
    PathId(id): PathId<kind::Site>,
    IfMatch(version): IfMatch,
    body: Body<SiteChange>,
) -> Result<Answer<SiteView>> {
    let site = caller.write(move |tx| places::change(tx, id, version, &body.value)).await?;
    let version = site.version;
    Ok(Answer::ok(site).version(version))
}

/// `GET /settings`
///
/// # Errors
/// As the policy says.
pub async fn settings(caller: Caller) -> Result<Answer<SettingsView>> {
    let settings = caller.read(places::settings).await?;
    let version = settings.version;
    Ok(Answer::ok(settings).version(version))
}

/// `PATCH /settings`
///
/// # Errors
/// As the policy says; 412.
pub async fn change_settings(
    caller: Caller,
    IfMatch(version): IfMatch,
    body: Body<SettingsChange>,
) -> Result<Answer<SettingsView>> {
    let settings = caller.write(move |tx| places::change_settings(tx, version, &body.value)).await?;
    let version = settings.version;
    Ok(Answer::ok(settings).version(version))
}
