//! The practice's sites, its settings and its directory, as pages.

use askama::Template;
use serde::Deserialize;
use strum::IntoEnumIterator;

use super::MOST_SITES;
use crate::calendar::Weekday;
use crate::error::{Error, Result};
use crate::http::{Csv, PathId};
use crate::ids::{SiteId, kind};
use crate::policy::Action;
use crate::staff::{DirectoryEntry, NewSite, SettingsChange, SettingsView, SiteChange, SiteView, ops, sites};
use crate::web::{Choice, Form, Frame, Look, Order, Sheet, Shown, Table, Unnarrowed, Visit, titled};

/// Blank days that the form offers besides those that are kept.
const MORE_DAYS: usize = 4;

#[derive(Template)]
#[template(path = "staff/sites.html")]
struct SitesPage {
    frame: Frame,
    sites: Vec<SiteView>,
    table: Table,
    sheet: Sheet,
    /// The one that the form changes; none for a form that opens another.
    chosen: Option<SiteId>,
    may_change: bool,
}

const SITES: [(&str, Order<SiteView>); 3] = [
    ("name", |one, other| one.name.to_lowercase().cmp(&other.name.to_lowercase())),
    ("open", |one, other| other.open.cmp(&one.open)),
    ("since", |one, other| one.created_at.cmp(&other.created_at)),
];

impl SitesPage {
    async fn read(visit: &Visit, mut table: Table, sheet: Option<Sheet>, chosen: Option<SiteId>) -> Result<Self> {
        let mut sites = visit.read(Action::ListSites, |tx| sites::list(tx, None, MOST_SITES)).await?;
        table.sort(&mut sites, &SITES);
        let one = chosen.map(|id| sites.iter().find(|site| site.id == id).ok_or_else(Error::not_found)).transpose()?;
        let sheet = match (sheet, one) {
            (Some(sheet), _) => sheet,
            (None, Some(site)) => Sheet::of(visit, site, Some(site.version)),
            (None, None) => Sheet::blank(visit),
        };
        let (frame, may_change) = (visit.frame("Sites"), visit.may(Action::ChangeSite));
        Ok(Self { frame, sites, table, sheet, chosen, may_change })
    }
}

/// Which site the form changes.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Chosen {
    site: Option<SiteId>,
}

/// `GET /sites`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit, Look { filter, table }: Look<Chosen>) -> Result<Shown> {
    let page = SitesPage::read(&visit, table, None, filter.site).await?;
    visit.show(&page)
}

/// `GET /sites.csv`
///
/// # Errors
/// The refusal's code.
pub async fn list_csv(visit: Visit, Look { mut table, .. }: Look<Chosen>) -> Result<Csv> {
    let mut sites = visit.read(Action::ListSites, |tx| sites::list(tx, None, MOST_SITES)).await?;
    table.sort(&mut sites, &SITES);
    let row = |site: SiteView| vec![site.id.to_string(), site.name, site.open.to_string(), site.created_at.to_string()];
    let rows = sites.into_iter().map(row).collect();
    Ok(Csv { name: "sites.csv", header: &["id", "name", "open", "created_at"], rows, next: None })
}

/// `POST /sites`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn open(visit: Visit, mut form: Form<NewSite>) -> Result<Shown> {
    let opened = visit.takes(Action::CreateSite, &mut form, sites::create).await;
    kept(&visit, &form, opened, None, "The site is open.").await
}

/// `POST /sites/{id}`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn change(visit: Visit, PathId(id): PathId<kind::Site>, mut form: Form<SiteChange>) -> Result<Shown> {
    let version = form.sent.version()?;
    let changed = match form.value() {
        Ok(change) => visit.write(Action::ChangeSite, move |tx| sites::change(tx, id, version, &change)).await,
        Err(error) => Err(error),
    };
    kept(&visit, &form, changed, Some(id), "The site is changed.").await
}

async fn kept<T>(
    visit: &Visit,
    form: &Form<T>,
    outcome: Result<SiteView>,
    chosen: Option<SiteId>,
    said: &'static str,
) -> Result<Shown> {
    match outcome {
        Ok(_) => Ok(visit.go_saying("/sites", said)),
        Err(error) => {
            let page = async |sheet| SitesPage::read(visit, Table::of("/sites"), Some(sheet), chosen).await;
            visit.again(form, error, page).await
        }
    }
}

#[derive(Template)]
#[template(path = "staff/settings.html")]
struct SettingsPage {
    frame: Frame,
    settings: SettingsView,
    sheet: Sheet,
    may_change: bool,
}

impl SettingsPage {
    async fn read(visit: &Visit, sheet: Option<Sheet>) -> Result<Self> {
        let settings = visit.read(Action::ReadSettings, sites::settings).await?;
        let sheet = sheet.unwrap_or_else(|| Sheet::of(visit, &settings, Some(settings.version)));
        let (frame, may_change) = (visit.frame("Settings"), visit.may(Action::ChangeSettings));
        Ok(Self { frame, settings, sheet, may_change })
    }

    /// How many rows the form has for days on which the practice is closed.
    fn day_rows(&self) -> usize {
        self.sheet.rows("closed_days") + MORE_DAYS
    }

    fn is_worked(&self, day: &Choice) -> bool {
        let days = serde_json::to_value(self.settings.working_days).unwrap_or_default();
        days.as_array().is_some_and(|days| days.iter().any(|worked| *worked == *day.value))
    }
}

/// `GET /settings`
///
/// # Errors
/// The refusal's code.
pub async fn settings(visit: Visit) -> Result<Shown> {
    let page = SettingsPage::read(&visit, None).await?;
    visit.show(&page)
}

/// `POST /settings`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn change_settings(visit: Visit, mut form: Form<SettingsChange>) -> Result<Shown> {
    let version = form.sent.version()?;
    let changed = match form.value() {
        Ok(SettingsChange { working_days: None, .. }) => Err(Error::field("/working_days", "is missing")),
        Ok(change) => {
            // The form shows every day, so that none says none, and not that they stay.
            let change = SettingsChange { closed_days: Some(change.closed_days.unwrap_or_default()), ..change };
            let change_it = move |tx: &mut crate::db::Tx| sites::change_settings(tx, version, &change);
            visit.write(Action::ChangeSettings, change_it).await
        }
        Err(error) => Err(error),
    };
    match changed {
        Ok(_) => Ok(visit.go_saying("/settings", "The settings hold from now on.")),
        Err(error) => visit.again(&form, error, async |sheet| SettingsPage::read(&visit, Some(sheet)).await).await,
    }
}

fn weekdays() -> Vec<Choice> {
    Weekday::iter().map(|day| Choice::new(<&str>::from(day), titled(day.into()))).collect()
}

#[derive(Template)]
#[template(path = "staff/directory.html")]
struct DirectoryPage {
    frame: Frame,
    people: Vec<DirectoryEntry>,
    table: Table,
}

const PEOPLE: [(&str, Order<DirectoryEntry>); 3] = [
    ("name", |one, other| one.name.to_lowercase().cmp(&other.name.to_lowercase())),
    ("discipline", |one, other| one.disciplines.cmp(&other.disciplines)),
    ("site", |one, other| one.site.cmp(&other.site)),
];

/// `GET /directory`
///
/// # Errors
/// The refusal's code.
pub async fn directory(visit: Visit, Look { mut table, .. }: Look<Unnarrowed>) -> Result<Shown> {
    let mut people = visit.read(Action::ReadDirectory, |tx| ops::directory(tx, None, ops::MOST_STAFF)).await?;
    table.sort(&mut people, &PEOPLE);
    let people = table.cut(people, super::ROWS);
    visit.show(&DirectoryPage { frame: visit.frame("Who works here"), people, table })
}

/// `GET /directory.csv`
///
/// # Errors
/// The refusal's code.
pub async fn directory_csv(visit: Visit, Look { mut table, .. }: Look<Unnarrowed>) -> Result<Csv> {
    let mut people = visit.read(Action::ReadDirectory, |tx| ops::directory(tx, None, ops::MOST_STAFF)).await?;
    table.sort(&mut people, &PEOPLE);
    let row = |person: DirectoryEntry| {
        let disciplines: Vec<&str> = person.disciplines.iter().copied().map(<&str>::from).collect();
        vec![
            person.id.to_string(),
            person.name,
            disciplines.join(" "),
            person.site.unwrap_or_default(),
            person.away_until.map(|until| until.to_string()).unwrap_or_default(),
        ]
    };
    let rows = people.into_iter().map(row).collect();
    Ok(Csv { name: "directory.csv", header: &["id", "name", "disciplines", "site", "away_until"], rows, next: None })
}
