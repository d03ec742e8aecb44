//! The one decision. The table of actions says what each asks for; a few rules say what that means.

use super::{
    Action, Authorship, Decision, Facts, Grant, Ground, NoteFacts, NoteState, Refusal, Relation, Sight, Standing,
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
    /// On a note about somebody other than oneself, by this rule.
    Note(fn(Facts, NoteFacts) -> Judgement),
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
const EVER_TREATING: &[Relation] = &[Relation::CareTeam, Relation::Cover, Relation::Former];

/// From the role that reaches least to the one that reaches most, as [`Grant::role`] says.
const NARROWEST_FIRST: [Role; 5] =
    [Role::MassageTherapist, Role::Physiotherapist, Role::Receptionist, Role::PrivacyOfficer, Role::Manager];

/// The policy on one page: `docs/access-matrix.md` shows what comes of it.
#[expect(clippy::match_same_arms, reason = "read in groups, from signing in to the audit log")]
const fn kind(action: Action) -> Kind {
    match action {
        Action::SignIn | Action::RefreshSession | Action::AcceptInvitation | Action::ReadAuditKeys => Kind::Anyone,
        Action::SignOut
        | Action::Reauthenticate
        | Action::ChangePassword
        | Action::ChangeMfa
        | Action::ListSessions
        | Action::EndSession
        | Action::ReadSelf => Kind::OwnAccount,

        Action::ReadDirectory | Action::ListSites | Action::ReadCatalogue => Kind::Practice(EVERYONE),
        Action::ReadSettings | Action::ListStaff | Action::ReadStaff => Kind::Practice(REVIEWERS),
        Action::CreateSite | Action::ChangeSite | Action::ChangeSettings => Kind::Practice(MANAGER),
        Action::CreateStaff | Action::ReadHandOver => Kind::Practice(MANAGER),
        Action::ChangeStaff | Action::DeactivateStaff => Kind::Colleague(MANAGER),

        Action::FindPatients => Kind::Patient(EVERYONE, NO_RELATION),
        Action::ListPatients => Kind::Patient(CLINICIANS, NO_RELATION),
        Action::RegisterPatient => Kind::Patient(REGISTRARS, NO_RELATION),
        Action::ReadPatient => Kind::Patient(OFFICE, TREATING),
        Action::ChangePatient => Kind::Patient(FRONT_DESK, TREATING),
        Action::MarkOwnRecord => Kind::Patient(PRIVACY_OFFICER, NO_RELATION),

        Action::ReadCareTeam => Kind::Patient(OFFICE, TREATING),
        Action::StartTreating => Kind::Patient(CLINICIANS, NO_RELATION),
        Action::AssignCareTeam => Kind::Patient(FRONT_DESK, NO_RELATION),
        Action::LeaveCareTeam => Kind::Patient(NOBODY, MEMBER),
        Action::ListCover => Kind::Practice(EVERYONE),
        Action::GrantCover | Action::EndCover => Kind::Practice(MANAGER),

        Action::ListDecisionMakers => Kind::Patient(OFFICE, TREATING),
        Action::AddDecisionMaker => Kind::Patient(FRONT_DESK, NO_RELATION),
        Action::ChangeDecisionMaker => Kind::Patient(FRONT_DESK, TREATING),
        Action::ListSafetyItems | Action::RaiseSafetyItem | Action::ResolveSafetyItem => {
            Kind::Patient(NOBODY, TREATING)
        }
        Action::ReadSafetyFlag => Kind::Patient(RECEPTION, NO_RELATION),
        Action::ReadHealthHistory | Action::ChangeHealthHistory => Kind::Patient(NOBODY, TREATING),

        Action::ListNotes => Kind::Patient(PRIVACY_OFFICER, EVER_TREATING),
        Action::ReadNote => Kind::Note(read),
        Action::CreateNote | Action::SaveDraft | Action::SignNote | Action::AmendNote => Kind::Note(write),
        Action::DiscardDraft => Kind::Note(discard),
        Action::AddAddendum => Kind::Note(add_addendum),
        Action::EnterInError => Kind::Note(enter_in_error),
        Action::RecordDiagnosis => Kind::Note(record_diagnosis),

        Action::ReadAudit => Kind::Practice(EVERYONE),
        Action::ProveAudit => Kind::Practice(REVIEWERS),
        Action::SetUpPractice | Action::Migrate | Action::ExportAudit | Action::CountStrangers => Kind::TheProgram,
    }
}

/// Whether it may be done. Asked in this order: deactivated, elsewhere, oneself, role, relation, note.
///
/// An action on a note that is asked without one is [`Refusal::NotFound`].
pub fn decide(facts: &Facts) -> Decision {
    judge(*facts).into()
}

fn judge(facts: Facts) -> Judgement {
    match facts.standing {
        Standing::Deactivated => return Err(Refusal::Deactivated),
        Standing::Elsewhere => return Err(Refusal::NotFound),
        Standing::Here => {}
    }
    match kind(facts.action) {
        Kind::Anyone => Ok(Grant { role: None, ground: Ground::Anyone, sight: Sight::Full }),
        Kind::OwnAccount => Ok(Grant { role: None, ground: Ground::OwnAccount, sight: Sight::Full }),
        Kind::Practice(granted) => by_role(facts, granted, Ground::Role),
        Kind::Colleague(granted) => {
            not_oneself(facts)?;
            by_role(facts, granted, Ground::Role)
        }
        Kind::Patient(granted, relations) => {
            not_oneself(facts)?;
            // The relation comes first, being the narrower ground and the more telling refusal.
            by_relation(facts, relations).or_else(|refusal| by_role(facts, granted, Ground::Role).map_err(|_| refusal))
        }
        Kind::Note(rule) => {
            not_oneself(facts)?;
            rule(facts, facts.note.ok_or(Refusal::NotFound)?)
        }
        Kind::TheProgram => Err(Refusal::RoleDoesNotAllow),
    }
}

fn not_oneself(facts: Facts) -> Result<(), Refusal> {
    if facts.oneself { Err(Refusal::OwnRecord) } else { Ok(()) }
}

fn narrowest(held: RoleSet, granted: RoleSet) -> Result<Role, Refusal> {
    NARROWEST_FIRST.into_iter().find(|role| held.has(*role) && granted.has(*role)).ok_or(Refusal::RoleDoesNotAllow)
}

fn by_role(facts: Facts, granted: RoleSet, ground: Ground) -> Judgement {
    Ok(Grant { role: Some(narrowest(facts.roles, granted)?), ground, sight: Sight::Full })
}

/// As a clinician who stands in one of `relations` to the patient.
fn by_relation(facts: Facts, relations: &[Relation]) -> Judgement {
    if relations.is_empty() {
        return Err(Refusal::RoleDoesNotAllow);
    }
    let role = narrowest(facts.roles, CLINICIANS)?;
    let ground = match facts.relation {
        Relation::CareTeam => Ground::CareTeam,
        Relation::Cover => Ground::Cover,
        Relation::Former => Ground::Former,
        Relation::None => return Err(Refusal::NoRelation),
    };
    if !relations.contains(&facts.relation) {
        return Err(Refusal::NoRelation);
    }
    Ok(Grant { role: Some(role), ground, sight: Sight::Full })
}

/// Authors read what they wrote as long as they are clinicians; the privacy officer reads what was entered in error;
/// whoever treats the patient reads what was signed, in either discipline, and what a leaver left behind.
fn read(facts: Facts, note: NoteFacts) -> Judgement {
    if note.authorship == Authorship::Own
        && let Ok(grant) = by_role(facts, CLINICIANS, Ground::Author)
    {
        return Ok(grant);
    }
    if note.state == NoteState::EnteredInError
        && let Ok(grant) = by_role(facts, PRIVACY_OFFICER, Ground::Role)
    {
        return Ok(grant);
    }
    let sight = if withheld(note.state).is_some() { Sight::Stub } else { Sight::Full };
    Ok(Grant { sight, ..by_relation(facts, TREATING)? })
}

/// Why those who treat the patient see no more than a stub of somebody else's note in this state.
const fn withheld(state: NoteState) -> Option<Refusal> {
    match state {
        NoteState::Draft => Some(Refusal::DraftIsPrivate),
        NoteState::EnteredInError => Some(Refusal::EnteredInError),
        NoteState::Signed | NoteState::LeftUnsigned => None,
    }
}

/// One's own words, while one treats the patient and practises the note's discipline.
fn write(facts: Facts, note: NoteFacts) -> Judgement {
    let grant = by_relation(facts, TREATING)?;
    if note.authorship != Authorship::Own {
        return Err(Refusal::NotTheAuthor);
    }
    in_discipline(facts, note, grant)
}

fn in_discipline(facts: Facts, note: NoteFacts, grant: Grant) -> Judgement {
    let role = note.discipline.role();
    if facts.roles.has(role) { Ok(Grant { role: Some(role), ..grant }) } else { Err(Refusal::OtherDiscipline) }
}

/// One's own draft, in whatever role one now holds: else it might lie there for good.
fn discard(facts: Facts, note: NoteFacts) -> Judgement {
    if note.authorship == Authorship::Own {
        return by_role(facts, EVERYONE, Ground::Author);
    }
    by_relation(facts, TREATING).and(Err(Refusal::NotTheAuthor))
}

/// The author, even after leaving the care team; or whoever treats the patient in the same discipline and may read it.
fn add_addendum(facts: Facts, note: NoteFacts) -> Judgement {
    if note.authorship == Authorship::Own {
        return by_role(facts, CLINICIANS, Ground::Author);
    }
    let grant = in_discipline(facts, note, by_relation(facts, TREATING)?)?;
    withheld(note.state).map_or(Ok(grant), Err)
}

/// The author, in whatever role they now hold; a manager once the author has left.
fn enter_in_error(facts: Facts, note: NoteFacts) -> Judgement {
    match note.authorship {
        Authorship::Own => by_role(facts, EVERYONE, Ground::Author),
        Authorship::Departed if facts.roles.has(Role::Manager) => by_role(facts, MANAGER, Ground::Role),
        Authorship::Colleague if facts.roles.has(Role::Manager) => Err(Refusal::NotTheAuthor),
        Authorship::Colleague | Authorship::Departed => by_relation(facts, TREATING).and(Err(Refusal::NotTheAuthor)),
    }
}

/// A physiotherapist, in a physiotherapy note that they may write in.
fn record_diagnosis(facts: Facts, note: NoteFacts) -> Judgement {
    if note.discipline.role() != Role::Physiotherapist || !facts.roles.has(Role::Physiotherapist) {
        return Err(Refusal::DiagnosisNotPermitted);
    }
    write(facts, note)
}
