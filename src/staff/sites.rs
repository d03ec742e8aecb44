//! What is done with the practice's sites and settings.

use super::query::sites as query;
use super::{NewSite, Office, SettingsChange, SettingsView, SiteChange, SiteView};
use crate::audit::{Object, ObjectKind};
use crate::db::{Retry, Tx};
use crate::error::Result;
use crate::ids::SiteId;
use crate::policy::Action;

/// Up to `limit` sites after `after`, in the order in which they were opened.
///
/// # Errors
/// The refusal's code.
pub fn list(tx: &mut Tx, after: Option<SiteId>, limit: i64) -> Result<Vec<SiteView>> {
    let office = Office::open(tx)?;
    query::sites(tx.conn(), &office, after, limit)
}

/// Opens a site.
///
/// # Errors
/// The refusal's code; [`crate::error::Code::AlreadyExists`] if the name is taken.
pub fn create(tx: &mut Tx, retry: &Retry, new: &NewSite) -> Result<SiteView> {
    let office = Office::open(tx)?;
    tx.once(
        retry,
        |tx| {
            let (id, now) = (tx.fresh_id(), tx.now());
            query::insert_site(tx.conn(), office.practice, id, &new.name, now)?;
            Ok((id, told(tx, &office, id)?))
        },
        |tx, id| told(tx, &office, id),
    )
}

/// Renames, closes or opens a site again. Whoever works there keeps it as theirs.
///
/// # Errors
/// The refusal's code, or 404; [`crate::error::Code::StaleVersion`]; [`crate::error::Code::AlreadyExists`] if the name
/// is taken.
pub(super) fn change(tx: &mut Tx, id: SiteId, read: i32, change: &SiteChange) -> Result<SiteView> {
    let practice = tx.actor()?.practice;
    let found = query::is_here(tx.conn(), practice, id)?;
    let office = Office::open_about(tx, ObjectKind::Site, id.retype(), found)?;
    let before = query::site(tx.conn(), &office, id)?;
    if before.version != read {
        return Err(tx.stale_at_desk(Action::ListSites, &before));
    }
    query::update_site(tx.conn(), &office, &before, change)?;
    told(tx, &office, id)
}

fn told(tx: &mut Tx, office: &Office, id: SiteId) -> Result<SiteView> {
    let site = query::site(tx.conn(), office, id)?;
    tx.names(Object { kind: ObjectKind::Site, id: id.retype(), version: Some(site.version) });
    Ok(site)
}

/// The practice's settings.
///
/// # Errors
/// The refusal's code.
pub(super) fn settings(tx: &mut Tx) -> Result<SettingsView> {
    let office = Office::open(tx)?;
    told_settings(tx, &office)
}

/// Changes the practice's settings.
///
/// # Errors
/// The refusal's code; [`crate::error::Code::StaleVersion`].
pub(super) fn change_settings(tx: &mut Tx, read: i32, change: &SettingsChange) -> Result<SettingsView> {
    let practice = tx.actor()?.practice;
    let office = Office::open_about(tx, ObjectKind::Settings, practice.retype(), true)?;
    let before = query::settings(tx.conn(), &office)?;
    if before.version != read {
        return Err(tx.stale_at_desk(Action::ReadSettings, &before));
    }
    query::update_settings(tx.conn(), &office, &before, change)?;
    told_settings(tx, &office)
}

fn told_settings(tx: &mut Tx, office: &Office) -> Result<SettingsView> {
    let settings = query::settings(tx.conn(), office)?;
    let id = office.practice.retype();
    tx.names(Object { kind: ObjectKind::Settings, id, version: Some(settings.version) });
    Ok(settings)
}
