//! What the timeline is made of: each room tells its part, newest first.

use super::{EpisodeSummary, Happening, JointReviewSummary, MessageSummary, SafetySummary};
use crate::actor::Colleague;
use crate::chart::{Chart, Span};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::ObjectId;
use crate::{episodes, messages, notes, referrals, safety};

/// Something that happened, as its room tells it.
pub(super) struct Told {
    pub(super) at: Timestamp,
    pub(super) changed_at: Timestamp,
    pub(super) id: ObjectId,
    pub(super) event: Happening,
}

impl Told {
    /// What never changes once it has happened.
    fn once<K>(at: Timestamp, id: crate::ids::Id<K>, event: Happening) -> Self {
        Self { at, changed_at: at, id: id.retype(), event }
    }
}

/// One part of the timeline: up to the span's limit, newest first, and only what the reader may see.
type Source = fn(&mut Tx, &Chart, Span) -> Result<Vec<Told>>;

/// Of what happened at one moment, what stands further up in this list comes first.
pub(super) const SOURCES: [Source; 9] = [
    notes,
    referrals,
    episodes_closed,
    episodes_opened,
    reviews_closed,
    reviews_opened,
    safety_resolved,
    safety_raised,
    messages,
];

fn notes(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<Told>> {
    let notes = notes::ops::course(tx, chart, span)?.into_iter();
    let told = notes.map(|(note, changed_at)| {
        let (at, id) = (note.service_at, note.id.retype());
        Told { at, changed_at, id, event: Happening::Note(note) }
    });
    Ok(told.collect())
}

fn referrals(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<Told>> {
    let referrals = referrals::ops::course(tx, chart)?.into_iter();
    let told = referrals.map(|(referral, at, changed_at)| {
        let id = referral.id.retype();
        Told { at, changed_at, id, event: Happening::Referral(referral) }
    });
    Ok(told.filter(|told| span.holds(told.at, told.id)).collect())
}

fn episodes_opened(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<Told>> {
    let episodes = episodes::ops::course(tx, chart)?.into_iter();
    let told = episodes.map(|episode| {
        let (id, at) = (episode.id, episode.opened_at);
        let summary = EpisodeSummary { id, complaint: episode.complaint, opened_by: episode.opened_by };
        Told::once(at, id, Happening::EpisodeOpened(summary))
    });
    Ok(told.filter(|told| span.holds(told.at, told.id)).collect())
}

fn episodes_closed(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<Told>> {
    let episodes = episodes::ops::course(tx, chart)?.into_iter();
    let told = episodes.filter_map(|episode| {
        let (id, at) = (episode.id, episode.closed_at?);
        let summary = EpisodeSummary { id, complaint: episode.complaint, opened_by: episode.opened_by };
        Some(Told::once(at, id, Happening::EpisodeClosed(summary)))
    });
    Ok(told.filter(|told| span.holds(told.at, told.id)).collect())
}

fn messages(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<Told>> {
    let messages = messages::ops::course(tx, chart, span)?.into_iter();
    let told = messages.map(|message| {
        let summary = MessageSummary { id: message.id, author: message.author, text: message.text };
        Told::once(message.written_at, message.id, Happening::Message(summary))
    });
    Ok(told.collect())
}

fn safety_raised(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<Told>> {
    let items = safety::ops::course(tx, chart)?.into_iter();
    let told = items.map(|item| {
        let by = Colleague { id: item.raised_by.id, name: item.raised_by.name };
        let (id, kind, severity, what) = (item.id, item.kind, item.severity, item.what);
        let summary = SafetySummary { id, kind, severity, what, by, reason: None };
        Told::once(item.raised_at, id, Happening::SafetyItemRaised(summary))
    });
    Ok(told.filter(|told| span.holds(told.at, told.id)).collect())
}

fn safety_resolved(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<Told>> {
    let items = safety::ops::course(tx, chart)?.into_iter();
    let told = items.filter_map(|item| {
        let resolved = item.resolved?;
        let by = Colleague { id: resolved.by.id, name: resolved.by.name };
        let (id, kind, severity, what) = (item.id, item.kind, item.severity, item.what);
        let summary = SafetySummary { id, kind, severity, what, by, reason: Some(resolved.reason) };
        Some(Told::once(resolved.at, id, Happening::SafetyItemResolved(summary)))
    });
    Ok(told.filter(|told| span.holds(told.at, told.id)).collect())
}

fn reviews_opened(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<Told>> {
    let reviews = notes::ops::joint_reviews(tx, chart)?.into_iter();
    let told = reviews.map(|review| {
        let by = Colleague { id: review.opened_by.id, name: review.opened_by.name };
        let summary = JointReviewSummary { id: review.id, by, reason: None };
        Told::once(review.opened_at, review.id, Happening::JointReviewOpened(summary))
    });
    Ok(told.filter(|told| span.holds(told.at, told.id)).collect())
}

fn reviews_closed(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<Told>> {
    let reviews = notes::ops::joint_reviews(tx, chart)?.into_iter();
    let told = reviews.filter_map(|review| {
        let (closer, at) = review.closed_by.zip(review.closed_at)?;
        let by = Colleague { id: closer.id, name: closer.name };
        let summary = JointReviewSummary { id: review.id, by, reason: review.close_reason };
        Some(Told::once(at, review.id, Happening::JointReviewClosed(summary)))
    });
    Ok(told.filter(|told| span.holds(told.at, told.id)).collect())
}
