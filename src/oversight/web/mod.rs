//! The audit log as pages: searching it, and in plain words how far it is proven.

pub mod event;
pub mod letters;
pub mod practice;

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use garde::Validate;
use serde::Deserialize;
use strum::IntoEnumIterator;

use super::{Asked, EventView, csv, ops, wording};
use crate::audit::Outcome;
use crate::auth::ops as account;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::Csv;
use crate::ids::{PatientId, StaffId};
use crate::patients::ops::{self as patients, Criteria, FindPatients, RecordNumber};
use crate::policy::Action;
use crate::sealing::{SignedCheckpoint, Verification};
use crate::staff::ops as staff;
use crate::web::{Choice, Form, Frame, Look, Sheet, Shown, Table, Visit, titled};
use crate::words::Trimmed;

/// Events of one page.
const ROWS: i64 = 50;

/// Which events are looked at.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    actor: Option<StaffId>,
    patient: Option<PatientId>,
    action: Option<Action>,
    outcome: Option<Outcome>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    /// What the reader did themselves too: the whole log leaves that out unless it is asked for.
    with_own: Option<bool>,
}

impl Wanted {
    fn asked(self, table: &Table) -> Asked {
        let Self { actor, patient, action, outcome, from, to, with_own: _ } = self;
        Asked { actor, patient, action, outcome, from, to, before: table.after(), ..Asked::default() }
    }
}

/// What the members of staff are called.
pub(super) struct Names(BTreeMap<StaffId, String>);

impl Names {
    /// Everybody's, for those who see all of the log; for others their own, which are all that they see.
    async fn read(visit: &Visit) -> Result<Self> {
        let me = visit.read(Action::ReadSelf, account::myself).await?;
        let mut names = BTreeMap::from([(me.staff_id, me.name)]);
        if visit.may(Action::ListStaff) {
            let staff = visit.read(Action::ListStaff, |tx| staff::list(tx, None, None, staff::MOST_STAFF)).await?;
            names.extend(staff.into_iter().map(|member| (member.id, member.name)));
        }
        Ok(Self(names))
    }

    /// The name of whoever acted; blank for nobody of the staff.
    fn of(&self, event: &EventView) -> String {
        event.actor.staff_id.and_then(|id| self.0.get(&id)).cloned().unwrap_or_default()
    }

    fn who(&self, event: &EventView) -> String {
        let name = event.actor.staff_id.and_then(|id| self.0.get(&id)).cloned();
        name.unwrap_or_else(|| titled(event.actor.kind.into()))
    }

    fn choices(&self) -> Vec<Choice> {
        let mut choices: Vec<_> = self.0.iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect();
        choices.sort_by_key(|choice| choice.label.to_lowercase());
        choices
    }
}

/// How far the log is sealed and proven.
struct Proven {
    newest: Option<SignedCheckpoint>,
    last: Option<Verification>,
}

impl Proven {
    /// For those who may ask; none for others.
    async fn read(visit: &Visit) -> Result<Option<Self>> {
        if !visit.may(Action::ProveAudit) {
            return Ok(None);
        }
        let proven = visit.read(Action::ProveAudit, |tx| {
            let newest = ops::checkpoints(tx, None, 1)?.pop();
            Ok(Self { newest, last: ops::last_verification(tx)?.last })
        });
        proven.await.map(Some)
    }
}

#[derive(Template)]
#[template(path = "oversight/audit.html")]
struct AuditPage {
    frame: Frame,
    events: Vec<EventView>,
    names: Names,
    numbers: Numbers,
    proven: Option<Proven>,
    table: Table,
    sheet: Sheet,
}

/// The numbers of the records that events are about.
type Numbers = HashMap<PatientId, RecordNumber>;

/// Events with the numbers of the records that they are about.
fn numbered(tx: &mut Tx, asked: &Asked, most: i64) -> Result<(Vec<EventView>, Numbers)> {
    let events = ops::events(tx, asked, most)?;
    let ids = events.iter().flat_map(|event| event.patients.iter().copied()).chain(asked.patient);
    let numbers = patients::numbers(tx, ids)?;
    Ok((events, numbers))
}

/// `GET /audit`
///
/// # Errors
/// As the policy says; [`crate::error::Code::OwnRecord`] for one's own record.
pub async fn audit(visit: Visit, Look { filter, mut table }: Look<Wanted>) -> Result<Shown> {
    let names = Names::read(&visit).await?;
    // Each look at the log is an event of its own: whoever comes to see what others did would see themselves look.
    let asked = Asked { without_own: !table.is_narrowed(), ..filter.asked(&table) };
    let (events, numbers) = visit.read(Action::ReadAudit, move |tx| numbered(tx, &asked, ROWS + 1)).await?;
    let events = table.page(events, ROWS, |event| event.id);
    let (proven, sheet) = (Proven::read(&visit).await?, table.sheet(&visit));
    let sheet = match filter.patient.map(|patient| (patient, numbers.get(&patient))) {
        Some((_, Some(number))) => sheet.with("record_number", number.to_string()),
        Some((patient, None)) => sheet.with("record_number", patient.to_string()),
        None => sheet,
    };
    visit.show(&AuditPage { frame: visit.frame("Audit log"), events, names, numbers, proven, table, sheet })
}

/// `GET /audit.csv`
///
/// # Errors
/// As the policy says; [`crate::error::Code::OwnRecord`] for one's own record.
pub async fn audit_csv(visit: Visit, Look { filter, mut table }: Look<Wanted>) -> Result<Csv> {
    let asked = filter.asked(&table);
    let names = Names::read(&visit).await?;
    let (events, numbers) = visit.read(Action::ReadAudit, move |tx| numbered(tx, &asked, Csv::MOST_ROWS + 1)).await?;
    let events = table.page(events, Csv::MOST_ROWS, |event| event.id);
    let rows = events.iter().map(|event| csv::named(event, names.of(event), &numbers)).collect();
    Ok(Csv { name: "audit-events.csv", header: csv::NAMED_HEADER, rows, next: table.next() })
}

/// What is typed to search the log.
#[derive(Clone, Debug, Default, Deserialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct Search {
    /// Who acted.
    #[garde(skip)]
    actor: Option<StaffId>,
    /// The number of the record it was about, or its id.
    #[garde(length(chars, max = 100))]
    record_number: Option<Trimmed>,
    /// What was asked for.
    #[garde(skip)]
    action: Option<Action>,
    /// Whether it was done.
    #[garde(skip)]
    outcome: Option<Outcome>,
    /// Not before this time.
    #[garde(skip)]
    from: Option<Timestamp>,
    /// Before this time.
    #[garde(skip)]
    to: Option<Timestamp>,
}

/// `POST /audit`: what was typed becomes an address that holds ids alone.
///
/// # Errors
/// The refusal's code; what is wrong with the search is said above it.
pub async fn search(visit: Visit, mut form: Form<Search>) -> Result<Shown> {
    let names = Names::read(&visit).await?;
    let address = match form.value() {
        Ok(search) => address(&visit, search).await,
        Err(error) => Err(error),
    };
    match address {
        Ok(address) => Ok(visit.go(address)),
        Err(error) if error.is_about_form() => {
            let (frame, sheet) = (visit.frame("Audit log"), form.again(&visit, &error));
            let (events, numbers, proven, table) = (Vec::new(), Numbers::new(), None, Table::of("/audit"));
            visit.show_again(&AuditPage { frame, events, names, numbers, proven, table, sheet }, &error)
        }
        Err(error) => Err(error),
    }
}

async fn address(visit: &Visit, search: Search) -> Result<String> {
    let Search { actor, record_number, action, outcome, from, to } = search;
    let patient = match record_number {
        Some(typed) => Some(patient_of(visit, &typed).await?),
        None => None,
    };
    let filter = [
        ("actor", actor.map(|id| id.to_string())),
        ("patient", patient.map(|id| id.to_string())),
        ("action", action.map(|action| action.to_string())),
        ("outcome", outcome.map(|outcome| outcome.to_string())),
        ("from", from.map(|from| from.to_string())),
        ("to", to.map(|to| to.to_string())),
    ];
    Ok(Table::at("/audit", filter.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()))
}

/// Whose record it is, by its number or its id.
async fn patient_of(visit: &Visit, typed: &Trimmed) -> Result<PatientId> {
    if let Ok(id) = typed.as_str().parse() {
        return Ok(id);
    }
    let nobody = || Error::field("/record_number", "no record of this number");
    let by_number = FindPatients { number: Some(typed.clone()), ..FindPatients::default() };
    let criteria = Criteria::of(&by_number).map_err(|_| nobody())?;
    let found = visit.read(Action::FindPatients, move |tx: &mut Tx| patients::find(tx, &criteria, None, 1)).await?;
    found.first().map(|patient| patient.id).ok_or_else(nobody)
}

/// Everything that can be asked for, in words.
fn actions() -> Vec<Choice> {
    let mut actions: Vec<_> =
        Action::iter().map(|action| Choice::new(action.to_string(), wording::what(action))).collect();
    actions.sort_by(|one, other| one.label.cmp(&other.label));
    actions
}

fn outcomes() -> Vec<Choice> {
    [("done", "Done"), ("refused", "Refused")].map(|(value, label)| Choice::new(value, label)).to_vec()
}
