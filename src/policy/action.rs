//! Everything that can be done in Tandem, once: the policy decides on it, the audit log names it.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumMessage, EnumString, IntoStaticStr};

/// What somebody asks to do. Its snake-case name is the `action` of the audit event.
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
    EnumMessage,
    EnumString,
    Display,
    IntoStaticStr,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// Sign in with e-mail address and password. Anyone.
    SignIn,
    /// Trade a refresh token for a new pair. Anyone.
    RefreshSession,
    /// Take up an invitation by setting a password. Anyone.
    AcceptInvitation,
    /// Ask for a mail by which to choose a new password. Anyone.
    AskForReset,
    /// Choose a new password by such a mail. Anyone.
    ResetPassword,
    /// End one's own session.
    SignOut,
    /// Enter the password again, to be fresh for signing.
    Reauthenticate,
    /// Lock one's pages until the password is entered again.
    LockPages,
    /// Change one's own password.
    ChangePassword,
    /// Begin, confirm or remove one's own second factor.
    ChangeMfa,
    /// See where one is signed in.
    ListSessions,
    /// End one of one's own sessions.
    EndSession,
    /// See who one is, in which roles.
    ReadSelf,
    /// See what one was alerted of.
    ListNotifications,
    /// Mark something one was alerted of as read.
    MarkNotification,
    /// See how alerts reach oneself.
    ReadAlertPreferences,
    /// Choose how alerts reach oneself.
    ChangeAlertPreferences,
    /// See name, discipline and site of everyone in the practice.
    ReadDirectory,
    /// See the practice's sites.
    ListSites,
    /// Open a site.
    CreateSite,
    /// Rename or close a site.
    ChangeSite,
    /// See the practice's settings.
    ReadSettings,
    /// Change the practice's settings.
    ChangeSettings,
    /// See staff with roles and standing.
    ListStaff,
    /// See one member of staff with roles and standing.
    ReadStaff,
    /// Take on a member of staff.
    CreateStaff,
    /// Change a member of staff: name, roles, site.
    ChangeStaff,
    /// Have a colleague sent a mail by which they choose a new password.
    StartReset,
    /// End a member's access.
    DeactivateStaff,
    /// See what a member of staff leaves behind.
    ReadHandOver,
    /// See mails that could not be delivered.
    ListDeadLetters,
    /// Have a mail that could not be delivered tried again.
    RetryDeadLetter,
    /// See the technique catalogue.
    ReadCatalogue,
    /// Find patients by name, birth date, number or phone.
    FindPatients,
    /// List the patients one treats.
    ListPatients,
    /// Register a patient.
    RegisterPatient,
    /// Open a patient's front page: demographics and contacts.
    ReadPatient,
    /// Change demographics and contacts.
    ChangePatient,
    /// Say which patient record is a colleague's own.
    MarkOwnRecord,
    /// See who treats a patient.
    ReadCareTeam,
    /// Join a patient's care team oneself, with a reason.
    StartTreating,
    /// Put a clinician on a patient's care team.
    AssignCareTeam,
    /// End one's own care-team membership.
    LeaveCareTeam,
    /// See what a patient decided about who may read what.
    ListDirectives,
    /// Record what a patient decided about who may read what.
    SetDirective,
    /// Revoke what a patient decided about who may read what.
    RevokeDirective,
    /// Break the glass: open a record in an emergency, for an hour.
    OpenEmergencyAccess,
    /// Give up an emergency or audit access before its time.
    GiveUpAccess,
    /// See emergency accesses and their reviews.
    ListEmergencyAccesses,
    /// Review a colleague's emergency access.
    ReviewEmergencyAccess,
    /// Open a record for a stated reason as a reviewer, for an hour.
    OpenAuditAccess,
    /// See who started treating a patient of their own accord and signed no note in time.
    ListStartedWithoutNote,
    /// Review that a colleague started treating a patient of their own accord and signed no note in time.
    ReviewStartedTreating,
    /// See who covers for whom.
    ListCover,
    /// Let one clinician stand in for another.
    GrantCover,
    /// End a cover before its time.
    EndCover,
    /// List a patient's episodes of care.
    ListEpisodes,
    /// Read an episode of care.
    ReadEpisode,
    /// Open an episode of care.
    OpenEpisode,
    /// Change what is known of an episode of care.
    ChangeEpisode,
    /// Discharge a patient from an episode of care, in one's own discipline.
    DischargeEpisode,
    /// Read what therapists wrote to each other about a patient.
    ListMessages,
    /// Write to the other therapists about a patient.
    WriteMessage,
    /// See who saw or changed a patient's record.
    ReadAccessReport,
    /// Hand out a copy of a patient's record.
    ExportRecord,
    /// Leave something out of the copy that a patient is handed, with a reason.
    SeverFromExport,
    /// Read a copy of a patient's record that was handed out.
    ReadExport,
    /// List a patient's notes.
    ListNotes,
    /// Look through the words of notes.
    SearchNotes,
    /// See what happened to a patient, in one order.
    ReadTimeline,
    /// Read a note and its versions.
    ReadNote,
    /// Begin a note.
    CreateNote,
    /// Save one's draft.
    SaveDraft,
    /// Discard one's draft, or withdraw an amendment or addendum of one's own that waits.
    DiscardDraft,
    /// Sign one's draft.
    SignNote,
    /// Write a whole new version of one's signed note, with a reason.
    AmendNote,
    /// Append to a signed note.
    AddAddendum,
    /// Mark a signed note as entered in error.
    EnterInError,
    /// See what speaks against treating a patient in some way.
    ListSafetyItems,
    /// See whether there is anything to ask a clinician about, and not what.
    ReadSafetyFlag,
    /// Say what speaks against treating a patient in some way.
    RaiseSafetyItem,
    /// Say that a safety item no longer holds.
    ResolveSafetyItem,
    /// See a patient's conditions, medications, surgeries and implants.
    ReadHealthHistory,
    /// Record or confirm a patient's health history.
    ChangeHealthHistory,
    /// See who decides for a patient.
    ListDecisionMakers,
    /// Record who decides for a patient.
    AddDecisionMaker,
    /// Change what is recorded of whoever decides for a patient.
    ChangeDecisionMaker,
    /// Sign beside the author whom one supervises.
    CosignNote,
    /// Return what waits for one's signature to its author, with comments.
    ReturnNote,
    /// Say among whom one's note is shared.
    ShareNote,
    /// Begin a note from one that was signed before.
    CopyNote,
    /// See which co-signatures wait for oneself.
    ListCosignatures,
    /// See which notes are not signed yet: one's own, or for a manager the practice's.
    ListUnsignedNotes,
    /// See a patient's joint reviews.
    ListJointReviews,
    /// Begin a joint review.
    OpenJointReview,
    /// Link one's signed note to a joint review.
    LinkJointReview,
    /// Close a joint review to which one discipline did not come.
    CloseJointReview,
    /// Record a diagnosis, in a note or for an episode of care.
    RecordDiagnosis,
    /// List a patient's referrals.
    ListReferrals,
    /// See the referrals that wait for oneself, that one sent, or that wait in a pool of one's own.
    ListWorklist,
    /// Read a referral and what happened to it.
    ReadReferral,
    /// Begin a referral.
    CreateReferral,
    /// Change a referral that is not sent yet.
    ChangeReferral,
    /// Discard a referral that is not sent yet.
    DiscardReferral,
    /// Send a referral to a colleague or a pool.
    SendReferral,
    /// Take a referral out of the pool, to look at it.
    ReceiveReferral,
    /// Put a referral back into the pool.
    ReleaseReferral,
    /// Accept a referral.
    AcceptReferral,
    /// Decline a referral.
    DeclineReferral,
    /// Ask the referrer something before deciding.
    RequestReferralInfo,
    /// Answer what was asked about a referral.
    AnswerReferral,
    /// Book the first visit for a referral.
    ScheduleReferral,
    /// Say that a referred patient did not come.
    RecordNoShow,
    /// Say that treatment for a referral has begun.
    StartReferral,
    /// Report on a referral, with a signed note.
    ReturnReport,
    /// Ask something further about the report on a referral.
    AskFurther,
    /// Close a referral and say what happens next.
    CloseReferral,
    /// Send a referral again that was declined or expired.
    ResendReferral,
    /// Withdraw a referral.
    CancelReferral,
    /// Ask the owner of a referral to stop.
    RequestReferralCancel,
    /// Stop treating for a referral, as was asked.
    ConfirmReferralCancel,
    /// Go on treating for a referral although one was asked to stop.
    KeepReferral,
    /// Put somebody else in the place of a referral's owner or referrer.
    ReassignReferral,
    /// See audit events.
    ReadAudit,
    /// See signed checkpoints of the audit log, its proofs and its last verification.
    ProveAudit,
    /// See the public keys of the audit log. Anyone.
    ReadAuditKeys,
    /// Set up an installation or a practice. The program itself.
    SetUpPractice,
    /// Change the database's layout. The program itself.
    Migrate,
    /// Enter patients from a file. The program itself.
    ImportPatients,
    /// Take the audit log out, or verify it. The program itself.
    ExportAudit,
    /// Let in those who have lost their second factor. The program itself.
    RecoverAccess,
    /// Record that an emergency or audit access has run out. The program itself.
    EndAccess,
    /// Remind of a referral whose time runs out, let it expire, or reopen it. The program itself.
    AdvanceReferral,
    /// Remind of a note that is not signed, or of a joint review. The program itself.
    RaiseReminder,
    /// Send a mail. The program itself.
    SendMail,
    /// Calls by strangers that failed, counted by address and minute. The program itself.
    CountStrangers,
    /// Ask for a path or a method that there is not. Nobody.
    Unserved,
}
