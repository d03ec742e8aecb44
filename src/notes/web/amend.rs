//! A signed note written anew: a whole new version with a reason, beside which the former ones stay.

use serde_json::json;

use super::super::ops;
use super::super::rules::NoteMove;
use super::super::views::OpenNote;
use super::drafts::{again, body_of, chart_of, open};
use super::editor::{EditorPage, Purpose};
use super::note;
use super::written::Amended;
use crate::error::Result;
use crate::http::PathId;
use crate::ids::kind;
use crate::policy::Action;
use crate::web::{Form, Sheet, Shown, Visit};

/// `GET /notes/{id}/amend`; what is not one's own signed note is shown as it is.
///
/// # Errors
/// The refusal's code.
pub async fn amendment(visit: Visit, id: PathId<kind::Note>) -> Result<Shown> {
    let OpenNote { note: signed, moves, .. } = open(&visit, id.0).await?;
    if !moves.contains(&NoteMove::Amend) {
        return note(visit, id).await;
    }
    let patient = chart_of(&visit, signed.patient_id).await?;
    let sheet = Sheet::of(&visit, &json!({"body": body_of(&signed)?}), Some(signed.version));
    visit.show(&EditorPage::of(&visit, patient, Purpose::Amendment(Box::new(signed)), sheet).await?)
}

/// `POST /notes/{id}/amend`
///
/// # Errors
/// The refusal's code; what is wrong with the form, or missing, is said above it.
pub async fn amend(visit: Visit, PathId(id): PathId<kind::Note>, mut form: Form<Amended>) -> Result<Shown> {
    let (retry, catalogue) = (form.sent.retry(), visit.app.catalogue.clone());
    let asked = form.sent.version().and_then(|version| Ok((version, form.value()?.amendment()?)));
    let amended = match asked {
        Ok((version, amendment)) => {
            let amend = move |tx: &mut crate::db::Tx| ops::amend(tx, &retry, &catalogue, id, version, &amendment);
            visit.write(Action::AmendNote, amend).await
        }
        Err(error) => Err(error),
    };
    match amended {
        Ok(note) if note.pending.is_empty() => {
            Ok(visit.go_saying(format!("/notes/{id}"), "The new version is signed. The former ones stay readable."))
        }
        Ok(_) => Ok(visit.go_saying(format!("/notes/{id}"), "Signed; it stands once it is co-signed.")),
        Err(error) => again(&visit, id, &form, error, (NoteMove::Amend, Purpose::Amendment)).await,
    }
}
