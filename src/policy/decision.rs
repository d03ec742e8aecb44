//! What the policy answers: a grant with its ground, or a refusal with its reason.

use serde::Serialize;
use strum::{Display, EnumIter, EnumMessage, EnumString, IntoStaticStr};

use crate::actor::{Role, RoleSet};
use crate::error::Code;

/// The answer to one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// It may be done.
    Allow(Grant),
    /// It may not.
    Refuse(Refusal),
}

impl Decision {
    /// The grant, or the refusal as an error.
    ///
    /// # Errors
    /// The [`Refusal`], if it was refused.
    pub const fn grant(self) -> Result<Grant, Refusal> {
        match self {
            Self::Allow(grant) => Ok(grant),
            Self::Refuse(refusal) => Err(refusal),
        }
    }
}

impl From<Result<Grant, Refusal>> for Decision {
    fn from(judgement: Result<Grant, Refusal>) -> Self {
        match judgement {
            Ok(grant) => Self::Allow(grant),
            Err(refusal) => Self::Refuse(refusal),
        }
    }
}

/// What was allowed, and on what account; it goes into the audit event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The narrowest role that sufficed; none where no role is needed. From narrow to wide: massage therapist,
    /// physiotherapist (their own patients), receptionist (all patients, no clinical content), privacy officer
    /// (reviews), manager (runs the practice).
    pub role: Option<Role>,
    /// Why it was allowed.
    pub ground: Ground,
    /// How much may be seen.
    pub sight: Sight,
}

/// Shows that the policy allowed something which belongs to no patient; made nowhere but here.
#[derive(Clone, Copy, Debug)]
pub struct Permit(());

impl Grant {
    /// What queries on rows of no patient ask for.
    #[must_use]
    pub const fn permit(self) -> Permit {
        Permit(())
    }
}

/// Why something was allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, EnumMessage, EnumString, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Ground {
    /// Anyone may, signed in or not.
    Anyone,
    /// It concerns nothing but one's own account.
    OwnAccount,
    /// A role alone suffices.
    Role,
    /// A clinician on the patient's care team.
    CareTeam,
    /// A clinician who stands in for one on the care team.
    Cover,
    /// A clinician who was on the care team, and looks for notes of their own.
    Former,
    /// A clinician who broke the glass: every reading on this ground is reviewed.
    Emergency,
    /// A clinician who broke the glass because serious harm threatens: reviewed too.
    SeriousHarm,
    /// A manager or privacy officer who gave a reason.
    AuditAccess,
    /// A clinician who takes part in a referral.
    Party,
    /// The note is one's own.
    Author,
    /// The note's author is somebody whom one supervises.
    Supervisor,
}

/// How much of a note or a referral may be seen; [`Sight::Full`] for whatever is neither.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    Display,
    IntoStaticStr,
    Serialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Sight {
    /// Date, author, kind and state, not its words; of a referral state, times and reasons.
    Stub,
    /// Everything.
    Full,
}

/// Why something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, EnumMessage, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Refusal {
    /// Their access to the practice has ended.
    Deactivated,
    /// It lies in another practice, or nowhere.
    NotFound,
    /// The patient has barred the whole record from them.
    Barred,
    /// It is the record that is their own, or their own staff entry.
    OwnRecord,
    /// No role of theirs grants it.
    RoleDoesNotAllow,
    /// They neither treat the patient nor stand in for somebody who does.
    NoRelation,
    /// They take no part in the referral.
    NotAParty,
    /// The patient has asked that it be withheld from them.
    WithheldByPatient,
    /// The note is somebody else's.
    NotTheAuthor,
    /// They do not supervise the note's author.
    NotTheSupervisor,
    /// The note belongs to a discipline they do not practise.
    OtherDiscipline,
    /// A diagnosis is recorded by a physiotherapist, in a physiotherapy note.
    DiagnosisNotPermitted,
    /// A draft's words belong to its author alone.
    DraftIsPrivate,
    /// Its author shares the note with their own discipline only.
    SharedWithDiscipline,
    /// The note was entered in error; only its author and the privacy officer read it.
    EnteredInError,
}

impl Refusal {
    /// The code that the caller is answered with.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Deactivated => Code::NotSignedIn,
            Self::NotFound | Self::Barred => Code::NotFound,
            Self::OwnRecord => Code::OwnRecord,
            Self::RoleDoesNotAllow => Code::RoleDoesNotAllow,
            Self::NoRelation => Code::NoRelation,
            Self::NotAParty => Code::NotAParty,
            Self::WithheldByPatient => Code::WithheldByPatient,
            Self::NotTheAuthor => Code::NotTheAuthor,
            Self::NotTheSupervisor => Code::NotTheSupervisor,
            Self::OtherDiscipline => Code::OtherDiscipline,
            Self::DiagnosisNotPermitted => Code::DiagnosisNotPermitted,
            Self::DraftIsPrivate => Code::DraftIsPrivate,
            Self::SharedWithDiscipline => Code::SharedWithDiscipline,
            Self::EnteredInError => Code::EnteredInError,
        }
    }
}

/// Whose actions somebody sees in the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditReach {
    /// Their own.
    Own,
    /// Everyone's in the practice.
    Practice,
}

/// How far [`super::Action::ReadAudit`] reaches in these roles, once it is allowed.
#[must_use]
pub const fn audit_reach(roles: RoleSet) -> AuditReach {
    if roles.has(Role::Manager) || roles.has(Role::PrivacyOfficer) { AuditReach::Practice } else { AuditReach::Own }
}
