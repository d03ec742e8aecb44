//! What the note's form brings: the words, when and for what the patient was seen, and what a signature comes with.

use serde::Deserialize;
use serde_json::Value;

use super::super::body::{NoteBody, NoteKind};
use super::super::rules::AmendReason;
use super::super::views::{Amendment, DraftSave, NewNote, Signing};
use crate::actor::Discipline;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{EpisodeId, PatientId, ReferralId};
use crate::policy::Sharing;
use crate::web::part;
use crate::words::Text;

/// A draft as it stands in the form.
#[derive(Clone, Debug, Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// In whose record a draft is written: it is begun anew there if it was thrown away meanwhile.
    #[garde(skip)]
    #[serde(default)]
    patient_id: Option<PatientId>,
    #[garde(skip)]
    #[serde(default)]
    kind: Option<NoteKind>,
    #[garde(skip)]
    #[serde(default)]
    discipline: Option<Discipline>,
    #[garde(skip)]
    #[serde(default)]
    episode_id: Option<EpisodeId>,
    #[garde(skip)]
    #[serde(default)]
    referral_id: Option<ReferralId>,
    #[garde(skip)]
    service_at: Timestamp,
    #[garde(skip)]
    #[serde(default)]
    sharing: Option<Sharing>,
    #[garde(dive)]
    #[serde(default)]
    body: NoteBody,
    /// Read only when the note is signed: until then it may be half filled in.
    #[garde(skip)]
    #[serde(default)]
    signing: Option<Value>,
}

impl Written {
    /// The note to begin.
    ///
    /// # Errors
    /// [`crate::error::Code::Invalid`] if it is not said what it is written for.
    pub fn begun(self) -> Result<NewNote> {
        let Self { kind, discipline, episode_id, referral_id, service_at, sharing, body, .. } = self;
        let kind = kind.ok_or_else(|| Error::field("/kind", "is missing"))?;
        Ok(NewNote { kind, discipline, episode_id, referral_id, service_at, sharing, body })
    }

    /// The draft to save.
    #[must_use]
    pub fn saved(self) -> DraftSave {
        let Self { episode_id, referral_id, service_at, sharing, body, .. } = self;
        DraftSave { episode_id, referral_id, service_at, sharing, body }
    }

    /// In whose record the draft was written, if the form tells.
    #[must_use]
    pub const fn record(&self) -> Option<PatientId> {
        self.patient_id
    }

    /// The words.
    #[must_use]
    pub const fn body(&self) -> &NoteBody {
        &self.body
    }

    /// What the signature comes with.
    ///
    /// # Errors
    /// [`crate::error::Code::Invalid`] with a pointer to each field at fault.
    pub fn signing(&self) -> Result<Signing> {
        part("signing", self.signing.as_ref())
    }
}

/// A signed note as it is written anew.
#[derive(Clone, Debug, Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
pub struct Amended {
    #[garde(skip)]
    reason: AmendReason,
    #[garde(dive)]
    #[serde(default)]
    explanation: Option<Text>,
    #[garde(dive)]
    #[serde(default)]
    body: NoteBody,
    #[garde(skip)]
    #[serde(default)]
    signing: Option<Value>,
}

impl Amended {
    /// The new version.
    ///
    /// # Errors
    /// [`crate::error::Code::Invalid`] with a pointer to each field at fault.
    pub fn amendment(self) -> Result<Amendment> {
        let Signing { overrides, .. } = part("signing", self.signing.as_ref())?;
        let Self { reason, explanation, body, signing: _ } = self;
        Ok(Amendment { reason, explanation, body, overrides })
    }
}

/// A refusal that points at the fields of the form: what goes with a signature stands below `signing` there, and who
/// consented is one choice.
#[must_use]
pub fn in_form(mut refusal: Error) -> Error {
    for error in &mut refusal.errors {
        if error.pointer.starts_with("/overrides") || error.pointer.starts_with("/answers_referral") {
            error.pointer.insert_str(0, "/signing");
        }
        if error.pointer.starts_with("/body/consent/given") {
            "/body/consent".clone_into(&mut error.pointer);
        }
    }
    refusal.errors.dedup_by(|one, other| one == other);
    refusal
}
