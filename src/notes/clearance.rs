//! What a signature asks of other rooms: that nothing barred was done without a reason, and that whoever consented might.

use super::body::{Consent, ConsentGiver, NoteBody};
use super::views::Warning;
use crate::actor::Discipline;
use crate::catalogue::Catalogue;
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{EpisodeId, NoteId};
use crate::patients::ops as patients;
use crate::safety::ops::{self as safety, GivenOverride, Treated, Visit};

/// A note about to be signed.
pub(super) struct Signature<'n> {
    pub(super) note: NoteId,
    /// The number of the version that is signed.
    pub(super) number: i32,
    pub(super) discipline: Discipline,
    pub(super) episode: Option<EpisodeId>,
    pub(super) service_at: Timestamp,
    /// When the note was signed first: now, unless it is amended.
    pub(super) first_signed_at: Timestamp,
    pub(super) words: &'n NoteBody,
    /// The consent to ask about: of an amendment only one that it changes.
    pub(super) consent: Option<&'n Consent>,
    pub(super) overrides: &'n [GivenOverride],
}

/// Clears a note for its signature, and records the reasons that came with it.
///
/// # Errors
/// [`crate::error::Code::OverrideNeeded`]; [`crate::error::Code::Invalid`] for a reason that is for nothing, and for a
/// decision-maker who might not consent at the time of service.
pub(super) fn clear(tx: &mut Tx, chart: &Chart, catalogue: &Catalogue, signature: &Signature) -> Result<Vec<Warning>> {
    let Signature { words, service_at, .. } = *signature;
    let warnings = check_consent(tx, chart, signature.consent, service_at)?;
    let treated = words.treatment.iter().map(|row| Treated {
        technique: row.technique.as_str(),
        region: row.region.as_ref().map(crate::words::Name::as_str),
        side: row.side,
    });
    let visit = Visit {
        note: signature.note,
        number: signature.number,
        author: chart.actor().staff,
        discipline: signature.discipline,
        episode: signature.episode,
        service_at,
        as_of: signature.first_signed_at,
        treatment: treated.collect(),
    };
    safety::clear(tx, chart, catalogue, &visit, signature.overrides)?;
    Ok(warnings)
}

/// A minor may understand enough to consent alone, which only the therapist can judge: they are warned, not refused.
fn check_consent(tx: &mut Tx, chart: &Chart, consent: Option<&Consent>, at: Timestamp) -> Result<Vec<Warning>> {
    let Some(Consent { given, given_by: Some(giver), .. }) = consent else { return Ok(Vec::new()) };
    let (id, name) = match giver {
        ConsentGiver::Patient {} if *given && patients::is_minor(tx, chart, at)? => {
            return Ok(vec![Warning::MinorConsented]);
        }
        ConsentGiver::Patient {} => return Ok(Vec::new()),
        ConsentGiver::DecisionMaker { id, name, .. } => (*id, name),
    };
    let wrong =
        |field: &str, message: &'static str| Err(Error::field(format!("/body/consent/given_by/{field}"), message));
    let Some(id) = id else { return wrong("id", "say which of the patient's decision-makers it was") };
    match patients::may_consent(tx, chart, id, at)? {
        None => wrong("id", "is no decision-maker of this patient who might consent at the time of service"),
        Some(known) if known != name.as_str().trim() => wrong("name", "is not what this decision-maker is called"),
        Some(_) => Ok(Vec::new()),
    }
}
