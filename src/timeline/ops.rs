//! Reading the timeline.

use std::cmp::Reverse;

use uuid::Uuid;

use super::sources::{SOURCES, Told};
use super::{Entry, Place, Since};
use crate::chart::{self, Chart, Span};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Code, Result};
use crate::ids::{ObjectId, PatientId, StaffId};
use crate::policy::Action;
use crate::safety::ops::{self as safety, WithSafety};
use crate::{episodes, notes, patients};

/// A stretch of the timeline.
pub(crate) struct Stretch {
    /// What happened, with the place of each in the order.
    pub(crate) entries: Vec<(Entry, Place)>,
    pub(crate) changed_since: Option<Timestamp>,
    pub(crate) withheld: bool,
}

/// What happened to a patient, newest first, as far as the reader may see it: up to `limit` after a place. Costs what the
/// record holds, however large the practice is.
///
/// # Errors
/// The policy's.
pub(crate) fn read(
    tx: &mut Tx,
    patient: PatientId,
    narrowed: Option<Since>,
    after: Option<Place>,
    limit: i64,
) -> Result<WithSafety<Stretch>> {
    let chart = chart::open(tx, patient)?;
    let changed_since = match after {
        Some(place) => place.since,
        None => match notes::ops::last_signed(tx, &chart)? {
            Some(signed) => Some(signed),
            None => patients::ops::joined(tx, &chart)?,
        },
    };
    let since = changed_since.filter(|_| narrowed == Some(Since::LastNote));
    let mut entries = Vec::new();
    for (source, told_by) in SOURCES.iter().enumerate() {
        let span = Span { since, after: after.map(|place| place.of(source)), limit };
        let reader = chart.actor().staff;
        entries.extend(told_by(tx, &chart, span)?.into_iter().map(|told| entry(told, source, changed_since, reader)));
    }
    entries.sort_unstable_by_key(|(_, place)| (Reverse(place.at), place.source, Reverse(place.id)));
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let withheld = any_withheld(tx, &chart)?;
    safety::beside(tx, &chart, Stretch { entries, changed_since, withheld })
}

/// Whether a directive withholds anything from the reader that the timeline would tell: notes, episodes, or, with the whole
/// record, what belongs to neither.
fn any_withheld(tx: &mut Tx, chart: &Chart) -> Result<bool> {
    if !chart.withholds() {
        return Ok(false);
    }
    let all = chart::ask_of_patient(chart, Action::ListMessages);
    let all = all.is_err_and(|refusal| refusal.code == Code::WithheldByPatient);
    Ok(all || notes::ops::any_withheld(tx, chart)? || episodes::ops::any_withheld(tx, chart)?)
}

fn entry(told: Told, source: usize, since: Option<Timestamp>, reader: StaffId) -> (Entry, Place) {
    let Told { at, changed_at, id, event } = told;
    let new = !event.is_draft_of(reader) && since.is_none_or(|since| changed_at > since);
    (Entry { at, changed_at, new, event }, Place { at, source, id, since })
}

impl Place {
    /// Where another source goes on: sources further up have told all of this moment, those further down nothing of it.
    fn of(self, source: usize) -> (Timestamp, ObjectId) {
        let id = match source.cmp(&self.source) {
            std::cmp::Ordering::Less => ObjectId::from_uuid(Uuid::nil()),
            std::cmp::Ordering::Equal => self.id,
            std::cmp::Ordering::Greater => ObjectId::from_uuid(Uuid::max()),
        };
        (self.at, id)
    }
}
