//! Searches through notes over HTTP.

use super::{FoundNote, NoteSearch, ops};
use crate::error::Result;
use crate::http::{Answer, Body, Caller, Page, Paging};

/// `POST /notes/search`
///
/// # Errors
/// See [`ops::search`]; [`crate::error::Code::Invalid`] for a search for nothing.
pub async fn search(caller: Caller, body: Body<NoteSearch>) -> Result<Answer<Page<FoundNote>>> {
    let (staff, keys) = (caller.staff()?, &caller.app.keys);
    let words = body.value.folded()?;
    let NoteSearch { patient_id, limit, cursor, .. } = body.value;
    // The cursor holds no more than a MAC of what is searched for.
    let filter = format!("notes/search {patient_id:?} {words:?}");
    let paging = Paging { limit: limit.map(|limit| limit.to_string()), cursor };
    let (after, limit) = (paging.after(keys, staff, &filter)?, paging.limit()?);
    let found = caller.read(move |tx| ops::search(tx, patient_id, &words, after, limit)).await?;
    let page = Page::of(found.notes, limit, keys, staff, &filter, |found| (found.note.service_at, found.note.id))?;
    Ok(Answer::ok(Page { withheld: found.withheld, ..page }))
}
