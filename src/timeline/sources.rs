//! What the timeline is made of: each room tells its part, newest first.

use super::{EpisodeSummary, Happening, JointReviewSummary, MessageSummary, SafetySummary};
use crate::actor::Colleague;
use crate::chart::{Chart, Span};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::episodes::ops::{Change, RecordedEpisodeVersion};
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
pub(super) const SOURCES: [Source; 8] =
    [notes, referrals, episodes, reviews_closed, reviews_opened, safety_resolved, safety_raised, messages];

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

/// Every version of an episode is a happening of its own, but for those of one moment: the last of them stands for all.
fn episodes(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<Told>> {
    let mut versions = episodes::ops::course(tx, chart)?;
    versions.reverse();
    versions.dedup_by_key(|version| (version.episode.id, version.changed.at));
    let told = versions.into_iter().map(|RecordedEpisodeVersion { change, changed, episode }| {
        let (at, id) = (changed.at, episode.id);
        let closes = episode.closed_at.is_some();
        let by_this = episode.disciplines.iter().find(|part| match change {
            Change::Joined => part.joined_at == at,
            Change::Discharged => part.discharge.as_ref().is_some_and(|discharge| discharge.discharged_at == at),
            Change::Opened | Change::Changed => false,
        });
        let discipline = by_this.map(|part| part.discipline);
        let (complaint, opened_by, by) = (episode.complaint, episode.opened_by, changed.by);
        let summary = EpisodeSummary { id, complaint, opened_by, by, discipline };
        let event = match change {
            Change::Opened => Happening::EpisodeOpened(summary),
            Change::Changed => Happening::EpisodeChanged(summary),
            Change::Joined => Happening::EpisodeJoined(summary),
            Change::Discharged if closes => Happening::EpisodeClosed(summary),
            Change::Discharged => Happening::EpisodeDischarged(summary),
        };
        Told::once(at, id, event)
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
