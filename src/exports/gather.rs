//! Gathering the document, room by room.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{About, Because, Document, ExportedPatient, LeftOut, Part, SCHEMA_VERSION};
use super::rules::{self, Withheld};
use super::{NewExport, Recipient, query};
use crate::actor::Colleague;
use crate::chart::Chart;
use crate::consent::ops::DirectiveView;
use crate::db::Tx;
use crate::episodes::ops::{self as episodes, RecordedEpisode};
use crate::error::{Error, Result};
use crate::ids::{ExportId, NoteId, StaffId};
use crate::messages::ops::{self as messages, MessageView};
use crate::notes::ops::{self as notes, RecordedNote, RecordedReview};
use crate::patients::ops as patients;
use crate::policy::{NoteState, Sharing};
use crate::referrals::ops::{self as referrals, RecordedReferral};
use crate::safety::ops as safety;

/// Everything that goes to whom it is for, and what does not.
///
/// # Errors
/// [`crate::error::Code::Invalid`] for severing what is not there; the database's.
pub(super) fn document(
    tx: &mut Tx,
    chart: &Chart,
    id: ExportId,
    new: &NewExport,
    directives: Vec<DirectiveView>,
) -> Result<Document> {
    let withheld = Withheld::from(new.recipient, &directives, tx.now());
    let mut left_out = BTreeSet::new();
    let empty = Document {
        schema_version: SCHEMA_VERSION,
        export: about(tx, chart, id, new)?,
        patient: patient(tx, chart)?,
        decision_makers: Vec::new(),
        care_team: Vec::new(),
        former_care_team: Vec::new(),
        consent_directives: Vec::new(),
        safety_items: Vec::new(),
        health_history: Vec::new(),
        episodes: Vec::new(),
        notes: Vec::new(),
        joint_reviews: Vec::new(),
        referrals: Vec::new(),
        messages: Vec::new(),
        staff: Vec::new(),
        left_out: Vec::new(),
    };
    if withheld.record {
        left_out.insert(LeftOut::silently(Part::Record, Because::ConsentDirective));
        return Ok(Document { left_out: left_out.into_iter().collect(), ..empty });
    }
    let consent_directives = if new.recipient == Recipient::Patient { directives } else { Vec::new() };
    let episodes = episodes_for(tx, chart, &withheld, &mut left_out)?;
    let notes = notes_for(tx, chart, new, &withheld, &mut left_out)?;
    Ok(Document {
        decision_makers: patients::decision_makers(tx, chart)?,
        care_team: patients::members(tx, chart)?,
        former_care_team: patients::former_members(tx, chart)?,
        safety_items: safety::whole_record(tx, chart)?,
        health_history: safety::health_history(tx, chart)?,
        episodes,
        joint_reviews: reviews_of(tx, chart, &notes)?,
        notes,
        referrals: referrals_for(tx, chart, &withheld)?,
        messages: messages_for(tx, chart, &withheld)?,
        staff: named_by_id(tx, chart, &consent_directives)?,
        consent_directives,
        left_out: left_out.into_iter().collect(),
        ..empty
    })
}

fn about(tx: &mut Tx, chart: &Chart, id: ExportId, new: &NewExport) -> Result<About> {
    let made_by = query::people(tx.conn(), chart, [chart.actor().staff].into())?.pop();
    let (practice, time_zone) = query::practice(tx.conn(), chart)?;
    Ok(About {
        id,
        practice,
        time_zone,
        made_by: made_by.ok_or_else(Error::not_found)?,
        made_at: tx.now(),
        recipient: new.recipient,
        recipient_name: new.recipient_name.as_str().to_owned(),
        decision_maker_id: new.decision_maker_id,
        purpose: new.purpose.as_str().to_owned(),
        authority: new.authority.as_str().to_owned(),
    })
}

fn patient(tx: &mut Tx, chart: &Chart) -> Result<ExportedPatient> {
    let page = patients::front_page(tx, chart)?;
    Ok(ExportedPatient {
        id: page.id,
        record_number: page.record_number,
        demographics: page.demographics,
        registered_at: page.created_at,
    })
}

fn episodes_for(
    tx: &mut Tx,
    chart: &Chart,
    withheld: &Withheld,
    left_out: &mut BTreeSet<LeftOut>,
) -> Result<Vec<RecordedEpisode>> {
    let mut episodes = episodes::whole_record(tx, chart)?;
    let all = episodes.len();
    episodes.retain(|episode| !withheld.episode(episode.id));
    if episodes.len() < all {
        left_out.insert(LeftOut::silently(Part::Episodes, Because::ConsentDirective));
    }
    Ok(episodes)
}

fn notes_for(
    tx: &mut Tx,
    chart: &Chart,
    new: &NewExport,
    withheld: &Withheld,
    left_out: &mut BTreeSet<LeftOut>,
) -> Result<Vec<RecordedNote>> {
    let mut notes = notes::whole_record(tx, chart)?;
    let there: BTreeSet<NoteId> = notes.iter().map(|note| note.id).collect();
    rules::check_severed(&new.severed, &there)?;
    notes.retain(|note| {
        let missing = why_not(note, new, withheld);
        let goes = missing.is_none();
        left_out.extend(missing);
        goes
    });
    if new.recipient == Recipient::Other {
        // Nobody ever put their name to these words: others are handed a stub.
        for note in notes.iter_mut().filter(|note| note.state == NoteState::LeftUnsigned) {
            note.body = None;
        }
    }
    Ok(notes)
}

/// A referral goes with its episode of care: where that is left out, which is said, so is the referral.
fn referrals_for(tx: &mut Tx, chart: &Chart, withheld: &Withheld) -> Result<Vec<RecordedReferral>> {
    let mut referrals = referrals::whole_record(tx, chart)?;
    referrals.retain(|referral| !withheld.episode(referral.episode_id));
    Ok(referrals)
}

/// A message about a referral goes with that referral.
fn messages_for(tx: &mut Tx, chart: &Chart, withheld: &Withheld) -> Result<Vec<MessageView>> {
    let mut messages = messages::whole_record(tx, chart)?;
    let episodes: BTreeMap<_, _> = messages::episodes_of(tx, chart)?.into_iter().collect();
    messages.retain(|message| {
        let about = message.referral_id.and_then(|referral| episodes.get(&referral));
        about.is_none_or(|episode| !withheld.episode(*episode))
    });
    Ok(messages)
}

/// The joint reviews, with those of their notes that go out.
fn reviews_of(tx: &mut Tx, chart: &Chart, notes: &[RecordedNote]) -> Result<Vec<RecordedReview>> {
    let mut reviews = notes::recorded_reviews(tx, chart)?;
    for review in &mut reviews {
        review.note_ids.retain(|id| notes.iter().any(|note| note.id == *id));
    }
    Ok(reviews)
}

/// Why a note does not go out, if it does not.
fn why_not(note: &RecordedNote, new: &NewExport, withheld: &Withheld) -> Option<LeftOut> {
    if withheld.note(note.id, note.episode_id) {
        return Some(LeftOut::silently(Part::Notes, Because::ConsentDirective));
    }
    // Sharing is among staff, and never restricts the patient.
    if new.recipient == Recipient::Other && note.sharing == Sharing::Discipline {
        return Some(LeftOut::silently(Part::Notes, Because::Sharing));
    }
    let severed = new.severed.iter().find(|severed| severed.note_id == note.id)?;
    Some(LeftOut {
        note_id: Some(note.id),
        service_at: Some(note.service_at),
        reason: Some(severed.reason.as_str().to_owned()),
        ..LeftOut::silently(Part::Notes, Because::Severed)
    })
}

fn named_by_id(tx: &mut Tx, chart: &Chart, directives: &[DirectiveView]) -> Result<Vec<Colleague>> {
    let of_directive = |directive: &DirectiveView| {
        [directive.staff_id, Some(directive.recorded_by), directive.revoked_by].into_iter().flatten()
    };
    let ids: BTreeSet<StaffId> = directives.iter().flat_map(of_directive).collect();
    query::people(tx.conn(), chart, ids)
}
