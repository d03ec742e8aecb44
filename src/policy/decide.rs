//! The one decision. The table of actions says what each asks for; a few rules say what that means.

use super::{
    Action, Authorship, Decision, Facts, Grant, Ground, NoteFacts, NoteState, Permit, Place, Refusal, Relation,
    Sharing, Sight, Ties, Withheld,
};
use crate::actor::{Role, RoleSet};

type Judgement = Result<Grant, Refusal>;

/// Who may do it, by what it is done to.
enum Kind {
    /// Asked before anyone is signed in.
    Anyone,
    /// On nothing but one's own account, whatever one's roles.
    OwnAccount,
    /// On the practice, in any of these roles.
    Practice(RoleSet),
    /// On a member of staff other than oneself, in any of these roles.
    Colleague(RoleSet),
    /// On a patient other than oneself: in any of these roles outright, or as a clinician in one of these relations.
    Patient(RoleSet, &'static [Relation]),
    /// The same, on what consent directives withhold.
    Clinical(RoleSet, &'static [Relation]),
    /// A move of a referral: in any of these roles outright, or as a clinician who takes part in it; what part one has to
    /// play is for the rules of referrals to say. Consent directives withhold it.
    Move(RoleSet),
    /// Reading a referral, or listing them: whoever stands in one of these relations reads all; in any of these roles one
    /// sees where they stand, and no words. Consent directives withhold one; of a list they leave the words out.
    Referral(RoleSet, &'static [Relation]),
    Referrals(RoleSet, &'static [Relation]),
    /// On a note about somebody other than oneself, by this rule; consent directives withhold it.
    Note(fn(RoleSet, Relation, NoteFacts) -> Judgement),
    /// By the program itself, never by a person.
    TheProgram,
}

const NOBODY: RoleSet = RoleSet::EMPTY;
const MANAGER: RoleSet = NOBODY.with(Role::Manager);
const PRIVACY_OFFICER: RoleSet = NOBODY.with(Role::PrivacyOfficer);
const REVIEWERS: RoleSet = MANAGER.with(Role::PrivacyOfficer);
const RECEPTION: RoleSet = NOBODY.with(Role::Receptionist);
const FRONT_DESK: RoleSet = RECEPTION.with(Role::Manager);
const OFFICE: RoleSet = FRONT_DESK.with(Role::PrivacyOfficer);
const CLINICIANS: RoleSet = NOBODY.with(Role::Physiotherapist).with(Role::MassageTherapist);
const REGISTRARS: RoleSet = CLINICIANS.with(Role::Manager).with(Role::Receptionist);
const EVERYONE: RoleSet = REGISTRARS.with(Role::PrivacyOfficer);

const NO_RELATION: &[Relation] = &[];
const MEMBER: &[Relation] = &[Relation::CareTeam];
const TREATING: &[Relation] = &[Relation::CareTeam, Relation::Cover];
/// Treating, or let in for an hour to look, where reviewers need no letting in.
const LOOKING: &[Relation] = &[Relation::CareTeam, Relation::Cover, Relation::Emergency, Relation::SeriousHarm];
const READING: &[Relation] =
    &[Relation::CareTeam, Relation::Cover, Relation::Emergency, Relation::SeriousHarm, Relation::Audit];
/// What whoever takes part in a referral is shown of the patient besides the referral.
const CONTACTING: &[Relation] =
    &[Relation::CareTeam, Relation::Cover, Relation::Emergency, Relation::SeriousHarm, Relation::Party];
const SHOWN: &[Relation] = &[
    Relation::CareTeam,
    Relation::Cover,
    Relation::Emergency,
    Relation::SeriousHarm,
    Relation::Audit,
    Relation::Party,
];
/// Treating or having treated, or let in for an hour.
const EVER_READING: &[Relation] = &[
    Relation::CareTeam,
    Relation::Cover,
    Relation::Former,
    Relation::Emergency,
    Relation::SeriousHarm,
    Relation::Audit,
];

/// From the role that reaches least to the one that reaches most, as [`Grant::role`] says.
const NARROWEST_FIRST: [Role; 5] =
    [Role::MassageTherapist, Role::Physiotherapist, Role::Receptionist, Role::PrivacyOfficer, Role::Manager];

/// The policy on one page: `docs/access-matrix.md` shows what comes of it.
#[expect(
    clippy::match_same_arms,
    clippy::too_many_lines,
    reason = "a table, read in groups from signing in to the audit log"
)]
const fn kind(action: Action) -> Kind {
    match action {
        Action::SignIn
        | Action::RefreshSession
        | Action::AcceptInvitation
        | Action::AskForReset
        | Action::ResetPassword
        | Action::ReadAuditKeys => Kind::Anyone,
        Action::SignOut
        | Action::LockPages
        | Action::Reauthenticate
        | Action::ChangePassword
        | Action::ChangeMfa
        | Action::ListSessions
        | Action::EndSession
        | Action::ReadSelf
        | Action::ListNotifications
        | Action::MarkNotification
        | Action::ReadAlertPreferences
        | Action::ChangeAlertPreferences => Kind::OwnAccount,

        Action::ReadDirectory | Action::ListSites | Action::ReadCatalogue => Kind::Practice(EVERYONE),
        Action::ReadSettings | Action::ListStaff | Action::ReadStaff => Kind::Practice(REVIEWERS),
        Action::CreateSite | Action::ChangeSite | Action::ChangeSettings => Kind::Practice(MANAGER),
        Action::CreateStaff | Action::ReadHandOver => Kind::Practice(MANAGER),
        Action::ListDeadLetters | Action::RetryDeadLetter => Kind::Practice(MANAGER),
        Action::ChangeStaff | Action::StartReset | Action::DeactivateStaff => Kind::Colleague(MANAGER),

        Action::FindPatients => Kind::Patient(EVERYONE, NO_RELATION),
        Action::ListPatients => Kind::Patient(CLINICIANS, NO_RELATION),
        Action::RegisterPatient => Kind::Patient(REGISTRARS, NO_RELATION),
        Action::ReadPatient => Kind::Patient(OFFICE, CONTACTING),
        Action::ChangePatient => Kind::Patient(FRONT_DESK, TREATING),
        Action::MarkOwnRecord => Kind::Patient(PRIVACY_OFFICER, NO_RELATION),

        Action::ReadCareTeam => Kind::Patient(OFFICE, LOOKING),
        Action::StartTreating => Kind::Patient(CLINICIANS, NO_RELATION),
        Action::AssignCareTeam => Kind::Patient(FRONT_DESK, NO_RELATION),
        Action::LeaveCareTeam => Kind::Patient(NOBODY, MEMBER),
        Action::ListCover => Kind::Practice(EVERYONE),
        Action::GrantCover | Action::EndCover => Kind::Practice(MANAGER),

        Action::ListDecisionMakers => Kind::Patient(OFFICE, LOOKING),
        Action::AddDecisionMaker => Kind::Patient(FRONT_DESK, NO_RELATION),
        Action::ChangeDecisionMaker => Kind::Patient(FRONT_DESK, TREATING),
        // Whoever sees anything of the record has to know what is dangerous, whatever a directive withholds.
        Action::ListSafetyItems => Kind::Patient(NOBODY, SHOWN),
        Action::RaiseSafetyItem | Action::ResolveSafetyItem => Kind::Patient(NOBODY, TREATING),
        Action::ReadSafetyFlag => Kind::Patient(RECEPTION, NO_RELATION),
        Action::ReadHealthHistory => Kind::Clinical(NOBODY, READING),
        Action::ChangeHealthHistory => Kind::Clinical(NOBODY, TREATING),

        Action::ListDirectives | Action::RevokeDirective => Kind::Patient(PRIVACY_OFFICER, NO_RELATION),
        Action::SetDirective => Kind::Patient(PRIVACY_OFFICER.with(Role::Receptionist), TREATING),
        Action::OpenEmergencyAccess => Kind::Patient(CLINICIANS, NO_RELATION),
        Action::OpenAuditAccess => Kind::Patient(REVIEWERS, NO_RELATION),
        Action::GiveUpAccess => Kind::OwnAccount,
        Action::ListEmergencyAccesses | Action::ListStartedWithoutNote => Kind::Practice(REVIEWERS),
        Action::ReviewEmergencyAccess | Action::ReviewStartedTreating => Kind::Colleague(PRIVACY_OFFICER),

        Action::ListCosignatures => Kind::Patient(CLINICIANS, NO_RELATION),
        Action::ListUnsignedNotes => Kind::Patient(CLINICIANS.with(Role::Manager), NO_RELATION),
        Action::ListJointReviews => Kind::Clinical(NOBODY, READING),
        Action::OpenJointReview | Action::LinkJointReview | Action::CloseJointReview => {
            Kind::Clinical(NOBODY, TREATING)
        }
        Action::ReadEpisode | Action::ListMessages => Kind::Clinical(NOBODY, READING),
        Action::OpenEpisode | Action::ChangeEpisode | Action::DischargeEpisode => Kind::Clinical(NOBODY, TREATING),
        Action::WriteMessage => Kind::Clinical(NOBODY, TREATING),

        Action::ReadAccessReport | Action::ExportRecord | Action::ReadExport => Kind::Patient(REVIEWERS, NO_RELATION),
        Action::SeverFromExport => Kind::Patient(PRIVACY_OFFICER, NO_RELATION),

        Action::CreateReferral => Kind::Clinical(NOBODY, TREATING),
        Action::ListWorklist => Kind::Patient(REGISTRARS, NO_RELATION),
        Action::ReadReferral => Kind::Referral(FRONT_DESK, SHOWN),
        Action::ChangeReferral
        | Action::DiscardReferral
        | Action::SendReferral
        | Action::ReceiveReferral
        | Action::ReleaseReferral
        | Action::AcceptReferral
        | Action::DeclineReferral
        | Action::RequestReferralInfo
        | Action::AnswerReferral
        | Action::StartReferral
        | Action::ReturnReport
        | Action::AskFurther
        | Action::CloseReferral
        | Action::ResendReferral
        | Action::CancelReferral
        | Action::RequestReferralCancel
        | Action::ConfirmReferralCancel
        | Action::KeepReferral => Kind::Move(NOBODY),
        Action::ScheduleReferral | Action::RecordNoShow => Kind::Move(RECEPTION),
        // Who has to be replaced because of a directive is replaced by whoever sees none of the words.
        Action::ReassignReferral => Kind::Patient(MANAGER, NO_RELATION),

        // What a directive withholds is left out of the list, which says so.
        Action::ListReferrals => Kind::Referrals(FRONT_DESK, READING),
        Action::ListEpisodes => Kind::Patient(NOBODY, READING),
        Action::ListNotes | Action::ReadTimeline => Kind::Patient(PRIVACY_OFFICER, EVER_READING),
        // Among the patients they treat; in one record, whoever may list its notes.
        Action::SearchNotes => Kind::Patient(CLINICIANS, EVER_READING),
        Action::ReadNote => Kind::Note(read),
        Action::CreateNote | Action::SaveDraft | Action::SignNote | Action::AmendNote => Kind::Note(write),
        Action::DiscardDraft => Kind::Note(discard),
        Action::AddAddendum => Kind::Note(add_addendum),
        Action::EnterInError => Kind::Note(enter_in_error),
        Action::CosignNote | Action::ReturnNote => Kind::Note(cosign),
        Action::ShareNote => Kind::Note(share),
        Action::CopyNote => Kind::Note(copy),
        Action::RecordDiagnosis => Kind::Note(record_diagnosis),

        Action::ReadAudit => Kind::Practice(EVERYONE),
        Action::ProveAudit => Kind::Practice(REVIEWERS),
        Action::SetUpPractice
        | Action::Migrate
        | Action::ImportPatients
        | Action::ExportAudit
        | Action::RecoverAccess
        | Action::EndAccess
        | Action::AdvanceReferral
        | Action::RaiseReminder
        | Action::SendMail
        | Action::CountStrangers
        | Action::Unserved => Kind::TheProgram,
    }
}

/// Whether it may be done. Asked in this order: deactivated, elsewhere, barred, oneself, withheld, role, relation, note.
///
/// An action on a note that is asked without one is [`Refusal::NotFound`].
pub fn decide(facts: &Facts) -> Decision {
    judge(*facts).into()
}

/// What the program itself needs to do what nobody else may.
///
/// # Errors
/// [`Refusal::RoleDoesNotAllow`] for what is somebody's to do.
pub fn by_the_program(action: Action) -> Result<Permit, Refusal> {
    match kind(action) {
        Kind::TheProgram => Ok(Grant { role: None, ground: Ground::Anyone, sight: Sight::Full }.permit()),
        _ => Err(Refusal::RoleDoesNotAllow),
    }
}

/// The fullest grant that any of these ways to relate to the patient yields, of equals the first, unless one comes of what
/// lets somebody in for an hour: whatever is read while that is open is marked. Without a grant, the refusal of the first
/// way. `ties` says all but the way.
pub fn decide_any(action: Action, roles: RoleSet, ways: &[Relation], ties: Ties) -> Decision {
    let by = |relation| judge(Facts { action, roles, place: Place::Here(Ties { relation, ..ties }) });
    let (first, others) = ways.split_first().map_or((Relation::None, ways), |(first, others)| (*first, others));
    let fuller = |best: Judgement, next: Judgement| match (&best, &next) {
        (Err(_), Ok(_)) => next,
        (Ok(best), Ok(grant)) if weight(*grant) > weight(*best) => next,
        _ => best,
    };
    others.iter().map(|way| by(*way)).fold(by(first), fuller).into()
}

/// What counts of two grants: how much they show, then how grave it is to have been let in.
fn weight(grant: Grant) -> (Sight, u8) {
    let gravity = match grant.ground {
        Ground::SeriousHarm => 3,
        Ground::Emergency => 2,
        Ground::AuditAccess => 1,
        _ => 0,
    };
    (grant.sight, gravity)
}

fn judge(facts: Facts) -> Judgement {
    let (ties, oneself) = match facts.place {
        Place::Deactivated => return Err(Refusal::Deactivated),
        Place::Elsewhere => return Err(Refusal::NotFound),
        Place::Barred => return Err(Refusal::Barred),
        Place::Oneself => (Ties::NONE, true),
        Place::Here(ties) => (ties, false),
    };
    let others = || if oneself { Err(Refusal::OwnRecord) } else { Ok(()) };
    match kind(facts.action) {
        Kind::Anyone => Ok(Grant { role: None, ground: Ground::Anyone, sight: Sight::Full }),
        Kind::OwnAccount => Ok(Grant { role: None, ground: Ground::OwnAccount, sight: Sight::Full }),
        Kind::Practice(granted) => by_role(facts.roles, granted, Ground::Role),
        Kind::Colleague(granted) => others().and_then(|()| by_role(facts.roles, granted, Ground::Role)),
        Kind::Patient(granted, relations) => {
            others().and_then(|()| on_patient(facts.roles, ties.relation, granted, relations))
        }
        Kind::Clinical(granted, relations) => {
            others()?;
            not_withheld(ties, relations.contains(&Relation::SeriousHarm))?;
            on_patient(facts.roles, ties.relation, granted, relations)
        }
        Kind::Move(granted) => {
            others()?;
            not_withheld(ties, false)?;
            by_relation(facts.roles, ties.relation, &[Relation::Party])
                .or_else(|_| by_role(facts.roles, granted, Ground::Role))
                .or_else(|_| narrowest(facts.roles, CLINICIANS).and(Err(Refusal::NotAParty)))
        }
        Kind::Referral(granted, relations) => {
            others()?;
            not_withheld(ties, true)?;
            on_referral(facts.roles, ties.relation, granted, relations)
        }
        Kind::Referrals(granted, relations) => {
            others().and_then(|()| on_referral(facts.roles, ties.relation, granted, relations))
        }
        Kind::Note(rule) => {
            others()?;
            let note = ties.note.ok_or(Refusal::NotFound)?;
            // Whoever answers for an author who is gone sees no more of it by that than its stub.
            let gone = facts.action == Action::EnterInError && note.authorship == Authorship::Departed;
            if !(gone && narrowest(facts.roles, REVIEWERS).is_ok()) {
                not_withheld(ties, matches!(facts.action, Action::ReadNote))?;
            }
            rule(facts.roles, ties.relation, note)
        }
        Kind::TheProgram => Err(Refusal::RoleDoesNotAllow),
    }
}

/// A directive beats every role and relation. Breaking the glass passes one against a discipline, to read, and only because
/// serious harm threatens; none against the person.
const fn not_withheld(ties: Ties, reads: bool) -> Result<(), Refusal> {
    match (ties.withheld, ties.relation) {
        (Withheld::Nothing, _) => Ok(()),
        (Withheld::FromDiscipline, Relation::SeriousHarm) if reads => Ok(()),
        (Withheld::FromDiscipline | Withheld::FromPerson, _) => Err(Refusal::WithheldByPatient),
    }
}

fn narrowest(held: RoleSet, granted: RoleSet) -> Result<Role, Refusal> {
    NARROWEST_FIRST.into_iter().find(|role| held.has(*role) && granted.has(*role)).ok_or(Refusal::RoleDoesNotAllow)
}

fn by_role(held: RoleSet, granted: RoleSet, ground: Ground) -> Judgement {
    Ok(Grant { role: Some(narrowest(held, granted)?), ground, sight: Sight::Full })
}

/// The relation comes first, being the narrower ground and the more telling refusal, unless a narrower role suffices.
fn on_patient(held: RoleSet, relation: Relation, granted: RoleSet, relations: &[Relation]) -> Judgement {
    match (by_relation(held, relation, relations), by_role(held, granted, Ground::Role)) {
        (Ok(related), Ok(outright)) if rank(outright) < rank(related) => Ok(outright),
        (Err(refusal), outright) => outright.map_err(|_| refusal),
        (related, _) => related,
    }
}

/// The words by relation, where it stands by role.
fn on_referral(held: RoleSet, relation: Relation, granted: RoleSet, relations: &[Relation]) -> Judgement {
    by_relation(held, relation, relations).or_else(|refusal| {
        let standing = by_role(held, granted, Ground::Role).map_err(|_| refusal)?;
        Ok(Grant { sight: Sight::Stub, ..standing })
    })
}

/// As a clinician who stands in one of `relations` to the patient, or as a reviewer who was let in.
fn by_relation(held: RoleSet, relation: Relation, relations: &[Relation]) -> Judgement {
    if relations.is_empty() {
        return Err(Refusal::RoleDoesNotAllow);
    }
    let (granted, ground) = match relation {
        Relation::CareTeam => (CLINICIANS, Ground::CareTeam),
        Relation::Cover => (CLINICIANS, Ground::Cover),
        Relation::Former => (CLINICIANS, Ground::Former),
        Relation::Emergency => (CLINICIANS, Ground::Emergency),
        Relation::SeriousHarm => (CLINICIANS, Ground::SeriousHarm),
        Relation::Audit => (REVIEWERS, Ground::AuditAccess),
        Relation::Party => (CLINICIANS, Ground::Party),
        Relation::None => return narrowest(held, CLINICIANS).and(Err(Refusal::NoRelation)),
    };
    let grant = by_role(held, granted, ground)?;
    if relations.contains(&relation) { Ok(grant) } else { Err(Refusal::NoRelation) }
}

/// Authors read what they wrote as long as they are clinicians, supervisors what those they supervise have signed; the
/// privacy officer reads what was entered in error; whoever treats the patient, or was let in, reads what was signed and
/// what a leaver left behind, in either discipline unless its author shares it with their own only.
fn read(held: RoleSet, relation: Relation, note: NoteFacts) -> Judgement {
    if note.authorship == Authorship::Own
        && let Ok(grant) = by_role(held, CLINICIANS, Ground::Author)
    {
        return Ok(grant);
    }
    if note.state == NoteState::EnteredInError
        && let Ok(grant) = by_role(held, PRIVACY_OFFICER, Ground::Role)
    {
        return Ok(grant);
    }
    let treats = by_relation(held, relation, SHOWN);
    if kept_back(held, relation, note).is_some() {
        return Ok(Grant { sight: Sight::Stub, ..treats? });
    }
    let among_their_own = note.sharing == Sharing::Discipline && relation != Relation::Audit;
    let treats = treats.and_then(|grant| if among_their_own { in_discipline(held, note, grant) } else { Ok(grant) });
    match (treats, supervise(held, note)) {
        (Ok(treats), Ok(supervises)) if rank(supervises) < rank(treats) => Ok(supervises),
        (Err(_), Ok(supervises)) => Ok(supervises),
        (treats, _) => treats,
    }
}

/// The lower, the narrower the role.
fn rank(grant: Grant) -> Option<usize> {
    NARROWEST_FIRST.iter().position(|role| grant.role == Some(*role))
}

/// Why those who treat the patient see no more than a stub of somebody else's note.
fn kept_back(held: RoleSet, relation: Relation, note: NoteFacts) -> Option<Refusal> {
    match (note.state, note.sharing) {
        (NoteState::Draft, _) => Some(Refusal::DraftIsPrivate),
        (NoteState::EnteredInError, _) => Some(Refusal::EnteredInError),
        (NoteState::AwaitingCosign | NoteState::Signed | NoteState::LeftUnsigned, Sharing::CareTeam) => None,
        (NoteState::AwaitingCosign | NoteState::Signed | NoteState::LeftUnsigned, Sharing::Discipline) => {
            let among = held.has(note.discipline.role()) || relation == Relation::Audit;
            (!among).then_some(Refusal::SharedWithDiscipline)
        }
    }
}

/// As the supervisor of the note's author, who practises the same discipline.
fn supervise(held: RoleSet, note: NoteFacts) -> Judgement {
    if note.authorship != Authorship::Supervised {
        return Err(Refusal::NotTheSupervisor);
    }
    let role = note.discipline.role();
    if !held.has(role) {
        return Err(Refusal::OtherDiscipline);
    }
    Ok(Grant { role: Some(role), ground: Ground::Supervisor, sight: Sight::Full })
}

/// One's own words, while one treats the patient and practises the note's discipline.
fn write(held: RoleSet, relation: Relation, note: NoteFacts) -> Judgement {
    let grant = by_relation(held, relation, TREATING)?;
    if note.authorship != Authorship::Own {
        return Err(Refusal::NotTheAuthor);
    }
    in_discipline(held, note, grant)
}

fn in_discipline(held: RoleSet, note: NoteFacts, grant: Grant) -> Judgement {
    let role = note.discipline.role();
    if held.has(role) { Ok(Grant { role: Some(role), ..grant }) } else { Err(Refusal::OtherDiscipline) }
}

/// One's own draft, in whatever role one now holds: else it might lie there for good.
fn discard(held: RoleSet, relation: Relation, note: NoteFacts) -> Judgement {
    if note.authorship == Authorship::Own {
        return by_role(held, EVERYONE, Ground::Author);
    }
    by_relation(held, relation, TREATING).and(Err(Refusal::NotTheAuthor))
}

/// The author, even after leaving the care team; their supervisor; or whoever treats the patient in the same discipline
/// and may read it.
fn add_addendum(held: RoleSet, relation: Relation, note: NoteFacts) -> Judgement {
    if note.authorship == Authorship::Own {
        return by_role(held, CLINICIANS, Ground::Author);
    }
    let grant = supervise(held, note)
        .or_else(|_| by_relation(held, relation, TREATING).and_then(|grant| in_discipline(held, note, grant)))?;
    kept_back(held, relation, note).map_or(Ok(grant), Err)
}

/// The author, in whatever role they now hold; a manager or the privacy officer once the author is gone or barred.
fn enter_in_error(held: RoleSet, relation: Relation, note: NoteFacts) -> Judgement {
    let reviews = by_role(held, REVIEWERS, Ground::Role);
    match note.authorship {
        Authorship::Own => by_role(held, EVERYONE, Ground::Author),
        Authorship::Departed if reviews.is_ok() => reviews,
        Authorship::Supervised | Authorship::Colleague if reviews.is_ok() => Err(Refusal::NotTheAuthor),
        Authorship::Supervised | Authorship::Colleague | Authorship::Departed => {
            by_relation(held, relation, TREATING).and(Err(Refusal::NotTheAuthor))
        }
    }
}

/// The supervisor of the author, wherever the patient is treated.
fn cosign(held: RoleSet, relation: Relation, note: NoteFacts) -> Judgement {
    supervise(held, note).or_else(|refusal| by_relation(held, relation, TREATING).and(Err(refusal)))
}

/// The author, as long as they are a clinician.
fn share(held: RoleSet, relation: Relation, note: NoteFacts) -> Judgement {
    if note.authorship == Authorship::Own {
        return by_role(held, CLINICIANS, Ground::Author);
    }
    by_relation(held, relation, TREATING).and(Err(Refusal::NotTheAuthor))
}

/// Whoever treats the patient in the note's discipline and reads all of it.
fn copy(held: RoleSet, relation: Relation, note: NoteFacts) -> Judgement {
    let grant = by_relation(held, relation, TREATING)?;
    if note.authorship != Authorship::Own
        && let Some(refusal) = kept_back(held, relation, note)
    {
        return Err(refusal);
    }
    in_discipline(held, note, grant)
}

/// A physiotherapist, in a physiotherapy note that they may write in.
fn record_diagnosis(held: RoleSet, relation: Relation, note: NoteFacts) -> Judgement {
    if note.discipline.role() != Role::Physiotherapist || !held.has(Role::Physiotherapist) {
        return Err(Refusal::DiagnosisNotPermitted);
    }
    write(held, relation, note)
}
