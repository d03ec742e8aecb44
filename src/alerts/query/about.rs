//! What of a record an alert is about, as consent directives ask for it: found out from the thing that it names, so that
//! whoever raises one can forget nothing.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::audit::{Object, ObjectKind};
use crate::db::Conn;
use crate::db::schema::{episode, message, note, note_pending, referral};
use crate::directives::Covered;
use crate::error::Result;
use crate::ids::{EpisodeId, MessageId, NoteId, ObjectId, PendingId, PracticeId, ReferralId, StaffId};

/// Something by its kind and its id.
pub(in crate::alerts) type Thing = (ObjectKind, ObjectId);

/// What each of these is to a directive; what is not found here is nothing but a part of its record.
pub(in crate::alerts) fn covered(
    conn: &mut Conn,
    practice: PracticeId,
    things: &[Thing],
) -> Result<HashMap<Thing, Covered>> {
    let of = |kind| things.iter().filter(move |thing| thing.0 == kind).map(|thing| thing.1);
    let waiting = notes_of_pending(conn, practice, of(ObjectKind::Pending).map(ObjectId::retype).collect())?;
    let messages = messages(conn, practice, of(ObjectKind::Message).map(ObjectId::retype).collect())?;
    let note_ids = of(ObjectKind::Note).map(ObjectId::retype).chain(waiting.values().copied()).collect();
    let notes = notes(conn, practice, note_ids)?;
    let named = messages.values().filter_map(|(_, referral)| *referral);
    let referrals = referrals(conn, practice, of(ObjectKind::Referral).map(ObjectId::retype).chain(named).collect())?;
    let episodes = episodes(conn, practice, of(ObjectKind::Episode).map(ObjectId::retype).collect())?;
    let found = things.iter().filter_map(|thing| {
        let id = thing.1;
        let covered = match thing.0 {
            ObjectKind::Note => notes.get(&id.retype()).copied(),
            ObjectKind::Pending => waiting.get(&id.retype()).and_then(|note| notes.get(note)).copied(),
            ObjectKind::Referral => referrals.get(&id.retype()).copied(),
            ObjectKind::Episode => episodes.get(&id.retype()).copied(),
            ObjectKind::Message => messages.get(&id.retype()).and_then(|(author, about)| match about {
                Some(referral) => referrals.get(referral).copied(),
                None => Some(Covered::written_by(*author)),
            }),
            _ => None,
        };
        Some((*thing, covered?))
    });
    Ok(found.collect())
}

fn notes(conn: &mut Conn, practice: PracticeId, ids: Vec<NoteId>) -> Result<HashMap<NoteId, Covered>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let these = note::table.filter(note::practice_id.eq(practice)).filter(note::id.eq_any(ids));
    let rows = these.select((note::id, note::episode_id, note::author_id));
    let rows = rows.load::<(NoteId, Option<EpisodeId>, StaffId)>(conn)?;
    Ok(rows.into_iter().map(|(id, episode, author)| (id, Covered::note(id, episode, author))).collect())
}

/// The notes on which these wait.
fn notes_of_pending(conn: &mut Conn, practice: PracticeId, ids: Vec<PendingId>) -> Result<HashMap<PendingId, NoteId>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let these = note_pending::table.filter(note_pending::practice_id.eq(practice)).filter(note_pending::id.eq_any(ids));
    Ok(these.select((note_pending::id, note_pending::note_id)).load(conn)?.into_iter().collect())
}

type Said = (StaffId, Option<ReferralId>);

/// Who wrote each of these, and about which referral.
fn messages(conn: &mut Conn, practice: PracticeId, ids: Vec<MessageId>) -> Result<HashMap<MessageId, Said>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let these = message::table.filter(message::practice_id.eq(practice)).filter(message::id.eq_any(ids));
    let rows = these.select((message::id, (message::author_id, message::referral_id)));
    Ok(rows.load::<(MessageId, Said)>(conn)?.into_iter().collect())
}

fn referrals(conn: &mut Conn, practice: PracticeId, ids: Vec<ReferralId>) -> Result<HashMap<ReferralId, Covered>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let these = referral::table.filter(referral::practice_id.eq(practice)).filter(referral::id.eq_any(ids));
    let rows = these.select((referral::id, referral::episode_id, referral::author_id));
    let rows = rows.load::<(ReferralId, EpisodeId, StaffId)>(conn)?;
    Ok(rows.into_iter().map(|(id, episode, author)| (id, Covered::episode(episode, author))).collect())
}

fn episodes(conn: &mut Conn, practice: PracticeId, ids: Vec<EpisodeId>) -> Result<HashMap<EpisodeId, Covered>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let these = episode::table.filter(episode::practice_id.eq(practice)).filter(episode::id.eq_any(ids));
    let rows = these.select((episode::id, episode::opened_by)).load::<(EpisodeId, StaffId)>(conn)?;
    Ok(rows.into_iter().map(|(id, opened_by)| (id, Covered::episode(id, opened_by))).collect())
}

/// What a manager acts on who is asked about `object`: for what waits for a second signature, its author.
pub(in crate::alerts) fn in_a_managers_hands(conn: &mut Conn, practice: PracticeId, object: Object) -> Result<Object> {
    let author = match object.kind {
        ObjectKind::Note => {
            let note: NoteId = object.id.retype();
            note::table.find((practice, note)).select(note::author_id).first::<StaffId>(conn).optional()?
        }
        ObjectKind::Pending => {
            let pending: PendingId = object.id.retype();
            let row = note_pending::table.find((practice, pending)).select(note_pending::author_id);
            row.first::<StaffId>(conn).optional()?
        }
        _ => None,
    };
    Ok(author.map_or(object, |author| Object { kind: ObjectKind::Staff, id: author.retype(), version: None }))
}
