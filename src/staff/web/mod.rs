//! Staff, sites and settings, as pages.

pub mod member;
pub mod places;

use askama::Template;
use serde::Deserialize;
use strum::IntoEnumIterator;

use super::{Invitation, Invited, NewStaff, SiteView, StaffView, ops, sites};
use crate::actor::Role;
use crate::clock::Date;
use crate::error::Result;
use crate::http::Csv;
use crate::ids::{SiteId, StaffId};
use crate::policy::Action;
use crate::web::{Choice, Form, Frame, Look, Order, Sheet, Shown, Table, Visit, titled};

/// Sites that are read at once.
const MOST_SITES: i64 = 200;
/// Rows of one page of a table.
const ROWS: usize = 50;

/// How somebody stands to the practice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, strum::IntoStaticStr, strum::EnumIter)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
enum Standing {
    /// Works here.
    Here,
    /// Has yet to take up the invitation.
    Invited,
    /// Is away for a while.
    Away,
    /// Works here no longer.
    Left,
}

fn standing(member: &StaffView, today: Date) -> Standing {
    match member {
        StaffView { active: false, .. } => Standing::Left,
        StaffView { invited: true, .. } => Standing::Invited,
        StaffView { away_until: Some(until), .. } if *until >= today => Standing::Away,
        _ => Standing::Here,
    }
}

/// Which members of staff are listed.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    standing: Option<Standing>,
    role: Option<Role>,
    site: Option<SiteId>,
}

impl Wanted {
    fn has(self, line: &Line) -> bool {
        self.standing.is_none_or(|wanted| line.standing == wanted)
            && self.role.is_none_or(|role| line.member.roles.contains(&role))
            && self.site.is_none_or(|site| line.member.site_id == Some(site))
    }
}

/// The practice's sites, by which others are named.
struct Places(Vec<SiteView>);

impl Places {
    async fn read(visit: &Visit) -> Result<Self> {
        visit.read(Action::ListSites, |tx| sites::list(tx, None, MOST_SITES)).await.map(Self)
    }

    fn name(&self, id: Option<SiteId>) -> &str {
        self.0.iter().find(|site| Some(site.id) == id).map(|site| site.name.as_str()).unwrap_or_default()
    }

    /// Where somebody may work who works there `now`.
    fn choices(&self, now: Option<SiteId>) -> Vec<Choice> {
        let offered = self.0.iter().filter(|site| site.open || Some(site.id) == now);
        offered.map(|site| Choice::new(site.id.to_string(), &site.name)).collect()
    }
}

/// A member of staff as a row of the table.
struct Line {
    member: StaffView,
    site: String,
    standing: Standing,
}

const COLUMNS: [(&str, Order<Line>); 6] = [
    ("name", |one, other| one.member.name.to_lowercase().cmp(&other.member.name.to_lowercase())),
    ("roles", |one, other| one.member.roles.cmp(&other.member.roles)),
    ("site", |one, other| one.site.cmp(&other.site)),
    ("standing", |one, other| one.standing.cmp(&other.standing)),
    ("factor", |one, other| one.member.second_factor.cmp(&other.member.second_factor)),
    ("since", |one, other| one.member.created_at.cmp(&other.member.created_at)),
];

/// The rows that are wanted, in the order that is.
async fn lines(visit: &Visit, places: &Places, wanted: Wanted, table: &mut Table) -> Result<Vec<Line>> {
    let staff = visit.read(Action::ListStaff, |tx| ops::list(tx, None, None, ops::MOST_STAFF)).await?;
    let today = visit.frame("Staff").today();
    let line = |member: StaffView| {
        let (site, standing) = (places.name(member.site_id).to_owned(), standing(&member, today));
        Line { member, site, standing }
    };
    let mut lines: Vec<_> = staff.into_iter().map(line).filter(|line| wanted.has(line)).collect();
    table.sort(&mut lines, &COLUMNS);
    Ok(lines)
}

#[derive(Template)]
#[template(path = "staff/list.html")]
struct StaffPage {
    frame: Frame,
    lines: Vec<Line>,
    places: Places,
    table: Table,
    narrowing: Sheet,
}

/// `GET /staff`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit, Look { filter, mut table }: Look<Wanted>) -> Result<Shown> {
    let places = Places::read(&visit).await?;
    let lines = lines(&visit, &places, filter, &mut table).await?;
    let (lines, narrowing) = (table.cut(lines, ROWS), table.sheet(&visit));
    visit.show(&StaffPage { frame: visit.frame("Staff"), lines, places, table, narrowing })
}

/// `GET /staff.csv`
///
/// # Errors
/// The refusal's code.
pub async fn list_csv(visit: Visit, Look { filter, mut table }: Look<Wanted>) -> Result<Csv> {
    let places = Places::read(&visit).await?;
    let row = |Line { member, site, standing }: Line| {
        let roles: Vec<&str> = member.roles.iter().map(|role| (*role).into()).collect();
        vec![
            member.id.to_string(),
            member.name,
            member.email,
            roles.join(" "),
            site,
            <&str>::from(standing).to_owned(),
            member.away_until.map(|until| until.to_string()).unwrap_or_default(),
            member.second_factor.to_string(),
            member.created_at.to_string(),
        ]
    };
    let rows = lines(&visit, &places, filter, &mut table).await?.into_iter().map(row).collect();
    let header = &["id", "name", "email", "roles", "site", "standing", "away_until", "second_factor", "created_at"];
    Ok(Csv { name: "staff.csv", header, rows, next: None })
}

#[derive(Template)]
#[template(path = "staff/new.html")]
struct NewPage {
    frame: Frame,
    sheet: Sheet,
    places: Places,
    supervisors: Vec<Choice>,
}

impl NewPage {
    async fn read(visit: &Visit, sheet: Sheet) -> Result<Self> {
        let (places, supervisors) = tokio::try_join!(Places::read(visit), supervisors(visit, None))?;
        Ok(Self { frame: visit.frame("Take somebody on"), sheet, places, supervisors })
    }
}

/// `GET /staff/new`
///
/// # Errors
/// The refusal's code.
pub async fn new(visit: Visit) -> Result<Shown> {
    let page = NewPage::read(&visit, Sheet::blank(&visit)).await?;
    visit.show(&page)
}

/// `POST /staff`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn take_on(visit: Visit, mut form: Form<NewStaff>) -> Result<Shown> {
    let (retry, keys) = (form.sent.retry(), visit.app.keys.clone());
    let invited = match form.value() {
        Ok(new) => visit.write(Action::CreateStaff, move |tx| ops::take_on(tx, &keys, &retry, &new)).await,
        Err(error) => Err(error),
    };
    match invited {
        Ok(invited) => InvitedPage::show(&visit, invited),
        Err(error) => visit.again(&form, error, async |sheet| NewPage::read(&visit, sheet).await).await,
    }
}

#[derive(Template)]
#[template(path = "staff/invited.html")]
struct InvitedPage {
    frame: Frame,
    staff: StaffView,
    invitation: Option<Invitation>,
    public_url: String,
}

impl InvitedPage {
    fn show(visit: &Visit, invited: Invited) -> Result<Shown> {
        let Invited { staff, invitation } = invited.answered(visit.app.mailer.reaches_people());
        let public_url = visit.app.public_url.trim_end_matches('/').to_owned();
        visit.show(&Self { frame: visit.frame("Invited"), staff, invitation, public_url })
    }
}

/// Who may sign beside somebody: a clinician who works here and signs alone. Whether the disciplines fit is decided where it
/// is kept.
async fn supervisors(visit: &Visit, but: Option<StaffId>) -> Result<Vec<Choice>> {
    let staff = visit.read(Action::ListStaff, |tx| ops::list(tx, Some(true), None, ops::MOST_STAFF)).await?;
    let signs_alone = |member: &StaffView| {
        Some(member.id) != but
            && member.supervisor_id.is_none()
            && member.roles.iter().any(|role| role.discipline().is_some())
    };
    let offered = staff.into_iter().filter(signs_alone);
    Ok(offered.map(|member| Choice::new(member.id.to_string(), member.name)).collect())
}

/// What somebody may be.
fn roles() -> Vec<Choice> {
    Role::iter().map(|role| Choice::new(<&str>::from(role), titled(role.into()))).collect()
}

fn standings() -> Vec<Choice> {
    Standing::iter().map(|standing| Choice::new(<&str>::from(standing), in_standing(standing))).collect()
}

const fn in_standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Here => "Works here",
        Standing::Invited => "Invited",
        Standing::Away => "Away",
        Standing::Left => "Left",
    }
}
