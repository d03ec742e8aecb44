//! What is done with exports: made, and read.

use sha2::{Digest, Sha256};

use super::document::Document;
use super::query::{self, Sealed};
use super::{ExportView, NewExport, gather, rules};
use crate::audit::{Hash, Object, ObjectKind};
use crate::chart::{self, Chart};
use crate::consent::ops as consent;
use crate::db::{Retry, Tx};
use crate::error::{Error, Result};
use crate::ids::{ExportId, PatientId};
use crate::patients::ops as patients;
use crate::policy::Action;

/// Hands out a record: gathers it, keeps it as it is, and seals its hash.
///
/// # Errors
/// A refusal; [`crate::error::Code::RoleDoesNotAllow`] for whoever severs and is no privacy officer;
/// [`crate::error::Code::WithheldByPatient`] where somebody else has to do it; [`crate::error::Code::Invalid`] for severing
/// what cannot be severed, and for whoever is no decision-maker of the patient;
/// [`crate::error::Code::MayNotReceiveRecords`]; [`crate::error::Code::KeyReused`].
pub(super) fn make(tx: &mut Tx, retry: &Retry, patient: PatientId, new: &NewExport) -> Result<ExportView> {
    let chart = chart::open(tx, patient)?;
    let first = |tx: &mut Tx| {
        if !new.severed.is_empty() {
            chart::ask_of_patient(&chart, Action::SeverFromExport)?;
        }
        rules::check(new)?;
        if let Some(id) = new.decision_maker_id {
            let maker = patients::receives_records(tx, &chart, id)?;
            rules::check_decision_maker(new, maker)?;
        }
        let (directives, now) = (consent::all(tx, &chart)?, tx.now());
        rules::may_see(chart.actor(), new.recipient, &directives, now, now)?;
        let id = tx.fresh_id();
        let sealed = seal(&gather::document(tx, &chart, id, new, directives)?)?;
        query::insert(tx.conn(), &chart, id, new, &sealed, now)?;
        let export = told(tx, &chart, id)?;
        tx.explains(&format!("{}: {} ({})", export.recipient_name, export.purpose, export.authority));
        Ok((id, export))
    };
    tx.once(retry, first, |tx, id| told(tx, &chart, id))
}

/// The newest of what was handed out of a record, up to `most`, without its words.
///
/// # Errors
/// A refusal.
pub(super) fn newest(tx: &mut Tx, patient: PatientId, most: i64) -> Result<Vec<ExportView>> {
    let chart = chart::open(tx, patient)?;
    query::newest(tx.conn(), &chart, most)
}

/// What was handed out, without its words.
///
/// # Errors
/// A refusal, or 404.
pub(super) fn handed_out(tx: &mut Tx, id: ExportId) -> Result<ExportView> {
    let actor = tx.actor()?;
    let patient = query::locate(tx.conn(), &actor, id)?.ok_or_else(Error::not_found)?;
    let chart = chart::open(tx, patient)?;
    told(tx, &chart, id)
}

/// A document that was handed out, with the number of the record it is of.
pub(super) struct Copy {
    pub(super) record_number: String,
    pub(super) text: String,
    pub(super) hash: Hash,
}

/// Reads what was handed out, word for word.
///
/// # Errors
/// A refusal; [`crate::error::Code::WithheldByPatient`] where the patient withholds from the reader what is in it.
pub(super) fn read(tx: &mut Tx, id: ExportId) -> Result<Copy> {
    let actor = tx.actor()?;
    let patient = query::locate(tx.conn(), &actor, id)?.ok_or_else(Error::not_found)?;
    let chart = chart::open(tx, patient)?;
    let export = told(tx, &chart, id)?;
    let directives = consent::all(tx, &chart)?;
    rules::may_see(chart.actor(), export.recipient, &directives, export.made_at, tx.now())?;
    let record_number = patients::front_page(tx, &chart)?.record_number.to_string();
    Ok(Copy { record_number, text: query::document(tx.conn(), &chart, id)?, hash: export.hash })
}

/// The export, named on the event with its hash.
fn told(tx: &mut Tx, chart: &Chart, id: ExportId) -> Result<ExportView> {
    let export = query::one(tx.conn(), chart, id)?;
    tx.names(Object { kind: ObjectKind::Export, id: id.retype(), version: None });
    tx.hashes(export.hash);
    Ok(export)
}

/// A document as it is kept: canonical JSON (RFC 8785), so that the words of each note hash to what was sealed at signing.
fn seal(document: &Document) -> Result<Sealed> {
    // Words that are kept as text become part of the document here, in whatever order their members stood.
    let value = serde_json::to_value(document).map_err(Error::internal)?;
    let text = serde_json_canonicalizer::to_string(&value).map_err(Error::internal)?;
    let hash = Hash(Sha256::digest(text.as_bytes()).into());
    Ok(Sealed { text, hash })
}
