//! What the timeline is made of: each room tells its part, newest first.

use super::{EpisodeSummary, Happening, MessageSummary};
use crate::chart::{Chart, Span};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::ObjectId;
use crate::{episodes, messages, notes};

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
pub(super) const SOURCES: [Source; 4] = [notes, episodes_closed, episodes_opened, messages];

fn notes(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<Told>> {
    let notes = notes::ops::course(tx, chart, span)?.into_iter();
    let told = notes.map(|(note, changed_at)| {
        let (at, id) = (note.service_at, note.id.retype());
        Told { at, changed_at, id, event: Happening::Note(note) }
    });
    Ok(told.collect())
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
