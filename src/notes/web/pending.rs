//! An amendment or addendum that waits for a second signature.

use askama::Template;

use super::super::ops;
use super::super::rules::PendingState;
use super::super::views::{Comments, OpenPending};
use super::drafts::of_record;
use super::letter::Letter;
use crate::error::Result;
use crate::http::PathId;
use crate::ids::{PendingId, kind};
use crate::patients::ops::PatientSummary;
use crate::policy::Action;
use crate::web::{Form, Frame, Pressed, Sheet, Shown, Visit};

#[derive(Template)]
#[template(path = "notes/pending.html")]
struct PendingPage {
    frame: Frame,
    whose: PatientSummary,
    open: OpenPending,
    letter: Option<Letter>,
    sheet: Sheet,
}

impl PendingPage {
    async fn of(visit: &Visit, id: PendingId, sheet: Option<Sheet>) -> Result<Self> {
        let open = visit.read(Action::ReadNote, move |tx| ops::open_pending(tx, id)).await?;
        let pending = &open.pending;
        let letter = pending.body.as_deref().map(|body| Letter::of(visit, body)).transpose()?;
        let sheet = sheet.unwrap_or_else(|| Sheet::blank(visit)).over(pending.version);
        let whose = open.patient.clone();
        let frame = visit.frame(of_record(&crate::web::titled(pending.kind.into()), &whose));
        Ok(Self { frame, whose, open, letter, sheet })
    }

    fn waits(&self) -> bool {
        self.open.pending.state == PendingState::Waiting
    }
}

/// `GET /pending-changes/{id}`
///
/// # Errors
/// The refusal's code.
pub async fn pending(visit: Visit, PathId(id): PathId<kind::Pending>) -> Result<Shown> {
    visit.show(&PendingPage::of(&visit, id, None).await?)
}

/// `POST /pending-changes/{id}/cosign`
///
/// # Errors
/// The refusal's code.
pub async fn cosign(visit: Visit, PathId(id): PathId<kind::Pending>, form: Form<Pressed>) -> Result<Shown> {
    let (retry, version) = (form.sent.retry(), form.sent.version()?);
    let cosign = move |tx: &mut crate::db::Tx| ops::cosign_pending(tx, &retry, id, version);
    let pending = visit.write(Action::CosignNote, cosign).await?;
    Ok(visit.go_saying(format!("/notes/{}", pending.note_id), "Co-signed; it stands now."))
}

/// `POST /pending-changes/{id}/return`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn give_back(visit: Visit, PathId(id): PathId<kind::Pending>, mut form: Form<Comments>) -> Result<Shown> {
    let returned = visit
        .takes_over(Action::ReturnNote, &mut form, move |tx, retry, version, comments| {
            ops::give_back_pending(tx, retry, id, version, comments)
        })
        .await;
    match returned {
        Ok(pending) => {
            let note = format!("/notes/{}", pending.note_id);
            Ok(visit.go_saying(note, "Returned to its author, with what you wrote."))
        }
        Err(error) => visit.again(&form, error, async |sheet| PendingPage::of(&visit, id, Some(sheet)).await).await,
    }
}

/// `POST /pending-changes/{id}/withdraw`
///
/// # Errors
/// The refusal's code.
pub async fn withdraw(visit: Visit, PathId(id): PathId<kind::Pending>, form: Form<Pressed>) -> Result<Shown> {
    let (retry, version) = (form.sent.retry(), form.sent.version()?);
    let withdraw = move |tx: &mut crate::db::Tx| ops::withdraw_pending(tx, &retry, id, version);
    let pending = visit.write(Action::DiscardDraft, withdraw).await?;
    Ok(visit.go_saying(format!("/notes/{}", pending.note_id), "Withdrawn."))
}
