//! A clinic's day, question by question.

use super::*;
use crate::actor::{Discipline, Role, RoleSet};
use crate::error::Code;
use Action as A;
use Authorship::{Colleague, Departed, Own, Supervised};
use Discipline::{Massage, Physiotherapy};
use NoteState::{AwaitingCosign, Draft, EnteredInError, LeftUnsigned, Signed};
use Relation::{CareTeam, Cover, Former};
use Role::{Manager, MassageTherapist, Physiotherapist, PrivacyOfficer, Receptionist};

/// Somebody in these roles asks, about a patient they have nothing to do with.
fn asks<const N: usize>(roles: [Role; N], action: Action) -> Facts {
    let roles = roles.into_iter().collect::<RoleSet>();
    Facts::desk(action, roles)
}

impl Facts {
    fn tied(self, change: impl FnOnce(Ties) -> Ties) -> Self {
        let Place::Here(ties) = self.place else { panic!("{self:?} is tied to nothing") };
        Self { place: Place::Here(change(ties)), ..self }
    }

    fn being(self, relation: Relation) -> Self {
        self.tied(|ties| Ties { relation, ..ties })
    }

    fn on(self, authorship: Authorship, state: NoteState, discipline: Discipline) -> Self {
        let note = Some(NoteFacts { authorship, state, discipline, sharing: Sharing::CareTeam });
        self.tied(|ties| Ties { note, ..ties })
    }

    #[track_caller]
    fn is_allowed_as(self, role: Role, ground: Ground) {
        assert_eq!(decide(&self), Decision::Allow(Grant { role: Some(role), ground, sight: Sight::Full }), "{self:?}");
    }

    #[track_caller]
    fn shows_a_stub_as(self, role: Role, ground: Ground) {
        assert_eq!(decide(&self), Decision::Allow(Grant { role: Some(role), ground, sight: Sight::Stub }), "{self:?}");
    }

    #[track_caller]
    fn is_refused(self, refusal: Refusal) {
        assert_eq!(decide(&self), Decision::Refuse(refusal), "{self:?}");
    }
}

#[test]
fn reception_opens_the_front_page_and_no_note() {
    asks([Receptionist], A::FindPatients).is_allowed_as(Receptionist, Ground::Role);
    asks([Receptionist], A::ReadPatient).is_allowed_as(Receptionist, Ground::Role);
    asks([Receptionist], A::AssignCareTeam).is_allowed_as(Receptionist, Ground::Role);
    asks([Receptionist], A::ListNotes).is_refused(Refusal::RoleDoesNotAllow);
    asks([Receptionist], A::ReadNote).on(Colleague, Signed, Massage).is_refused(Refusal::RoleDoesNotAllow);
}

#[test]
fn episodes_and_messages_are_for_those_who_treat() {
    for action in [A::ListEpisodes, A::ReadEpisode, A::OpenEpisode, A::ChangeEpisode, A::DischargeEpisode] {
        asks([MassageTherapist], action).being(CareTeam).is_allowed_as(MassageTherapist, Ground::CareTeam);
        asks([Physiotherapist], action).being(Cover).is_allowed_as(Physiotherapist, Ground::Cover);
        asks([Physiotherapist], action).being(Former).is_refused(Refusal::NoRelation);
        asks([Manager, Receptionist, PrivacyOfficer], action).is_refused(Refusal::RoleDoesNotAllow);
    }
    for action in [A::ListMessages, A::WriteMessage] {
        asks([Physiotherapist], action).being(CareTeam).is_allowed_as(Physiotherapist, Ground::CareTeam);
        asks([Physiotherapist, Manager], action).is_refused(Refusal::NoRelation);
        asks([Manager, Receptionist, PrivacyOfficer], action).is_refused(Refusal::RoleDoesNotAllow);
    }
}

#[test]
fn a_therapist_opens_the_patients_they_treat_or_cover() {
    asks([MassageTherapist], A::ReadPatient).is_refused(Refusal::NoRelation);
    asks([MassageTherapist], A::StartTreating).is_allowed_as(MassageTherapist, Ground::Role);
    asks([MassageTherapist], A::ReadPatient).being(CareTeam).is_allowed_as(MassageTherapist, Ground::CareTeam);
    asks([MassageTherapist], A::ChangePatient).being(Cover).is_allowed_as(MassageTherapist, Ground::Cover);
    asks([MassageTherapist], A::ReadPatient).being(Former).is_refused(Refusal::NoRelation);
}

#[test]
fn only_a_member_leaves_the_care_team() {
    asks([Physiotherapist], A::LeaveCareTeam).being(CareTeam).is_allowed_as(Physiotherapist, Ground::CareTeam);
    asks([Physiotherapist], A::LeaveCareTeam).being(Cover).is_refused(Refusal::NoRelation);
    asks([Manager], A::LeaveCareTeam).is_refused(Refusal::RoleDoesNotAllow);
}

#[test]
fn both_disciplines_read_what_either_signed() {
    let physio = asks([Physiotherapist], A::ReadNote).being(CareTeam);
    physio.on(Colleague, Signed, Massage).is_allowed_as(Physiotherapist, Ground::CareTeam);
    let massage = asks([MassageTherapist], A::ReadNote).being(Cover);
    massage.on(Departed, Signed, Physiotherapy).is_allowed_as(MassageTherapist, Ground::Cover);
}

#[test]
fn a_colleagues_draft_is_a_stub_until_its_author_leaves() {
    let reader = asks([Physiotherapist], A::ReadNote).being(CareTeam);
    reader.on(Colleague, Draft, Physiotherapy).shows_a_stub_as(Physiotherapist, Ground::CareTeam);
    reader.on(Departed, LeftUnsigned, Physiotherapy).is_allowed_as(Physiotherapist, Ground::CareTeam);
    reader.being(Former).on(Colleague, Draft, Physiotherapy).is_refused(Refusal::NoRelation);
    reader.being(Former).on(Own, Draft, Physiotherapy).is_allowed_as(Physiotherapist, Ground::Author);
}

#[test]
fn whoever_left_the_care_team_keeps_their_own_notes_and_may_add_to_them() {
    let former = asks([Physiotherapist], A::ListNotes).being(Former);
    former.is_allowed_as(Physiotherapist, Ground::Former);
    for (class, _) in visible_classes(former.roles, &[Former]) {
        assert_ne!(class.number() / NoteClass::WORTH.whose % 3, Whose::Another as u8, "{class:?}");
    }
    asks([Physiotherapist], A::AddAddendum)
        .being(Former)
        .on(Own, Signed, Physiotherapy)
        .is_allowed_as(Physiotherapist, Ground::Author);
    asks([Physiotherapist], A::AmendNote).being(Former).on(Own, Signed, Physiotherapy).is_refused(Refusal::NoRelation);
}

#[test]
fn a_therapist_writes_in_their_own_discipline() {
    let massage = asks([MassageTherapist], A::CreateNote).being(CareTeam);
    massage.on(Own, Draft, Massage).is_allowed_as(MassageTherapist, Ground::CareTeam);
    massage.on(Own, Draft, Physiotherapy).is_refused(Refusal::OtherDiscipline);
    massage.being(Relation::None).on(Own, Draft, Massage).is_refused(Refusal::NoRelation);
    asks([Manager], A::CreateNote).on(Own, Draft, Massage).is_refused(Refusal::RoleDoesNotAllow);
}

#[test]
fn one_person_in_both_disciplines_writes_each_note_in_its_role() {
    let both = asks([Physiotherapist, MassageTherapist], A::SignNote).being(CareTeam);
    both.on(Own, Draft, Physiotherapy).is_allowed_as(Physiotherapist, Ground::CareTeam);
    both.on(Own, Draft, Massage).is_allowed_as(MassageTherapist, Ground::CareTeam);
}

#[test]
fn nobody_saves_signs_or_amends_for_somebody_else() {
    for action in [A::SaveDraft, A::SignNote, A::AmendNote, A::DiscardDraft] {
        let physio = asks([Physiotherapist], action);
        physio.being(CareTeam).on(Colleague, Draft, Physiotherapy).is_refused(Refusal::NotTheAuthor);
        physio.on(Colleague, Draft, Physiotherapy).is_refused(Refusal::NoRelation);
    }
}

#[test]
fn a_draft_can_be_discarded_after_its_author_changed_role() {
    asks([Receptionist], A::DiscardDraft).on(Own, Draft, Massage).is_allowed_as(Receptionist, Ground::Author);
    asks([Receptionist], A::ReadNote).on(Own, Draft, Massage).is_refused(Refusal::RoleDoesNotAllow);
}

#[test]
fn an_addendum_is_added_by_the_same_discipline() {
    let physio = asks([Physiotherapist], A::AddAddendum).being(CareTeam);
    physio.on(Colleague, Signed, Physiotherapy).is_allowed_as(Physiotherapist, Ground::CareTeam);
    physio.on(Colleague, Signed, Massage).is_refused(Refusal::OtherDiscipline);
    physio.on(Colleague, Draft, Physiotherapy).is_refused(Refusal::DraftIsPrivate);
    physio.on(Colleague, EnteredInError, Physiotherapy).is_refused(Refusal::EnteredInError);
    physio.being(Former).on(Colleague, Signed, Physiotherapy).is_refused(Refusal::NoRelation);
}

#[test]
fn what_was_entered_in_error_is_read_by_author_and_privacy_officer() {
    let note = |facts: Facts, whose| facts.on(whose, EnteredInError, Massage);
    note(asks([MassageTherapist], A::ReadNote), Own).is_allowed_as(MassageTherapist, Ground::Author);
    note(asks([PrivacyOfficer], A::ReadNote), Colleague).is_allowed_as(PrivacyOfficer, Ground::Role);
    note(asks([Physiotherapist], A::ReadNote).being(CareTeam), Colleague)
        .shows_a_stub_as(Physiotherapist, Ground::CareTeam);
    asks([PrivacyOfficer], A::ReadNote).on(Colleague, Signed, Massage).is_refused(Refusal::RoleDoesNotAllow);
}

#[test]
fn a_manager_acts_for_an_author_who_has_left() {
    asks([Manager], A::EnterInError).on(Departed, Signed, Massage).is_allowed_as(Manager, Ground::Role);
    asks([Manager], A::EnterInError).on(Colleague, Signed, Massage).is_refused(Refusal::NotTheAuthor);
    asks([Physiotherapist], A::EnterInError)
        .on(Own, Signed, Physiotherapy)
        .is_allowed_as(Physiotherapist, Ground::Author);
    asks([MassageTherapist], A::EnterInError)
        .being(CareTeam)
        .on(Departed, Signed, Massage)
        .is_refused(Refusal::NotTheAuthor);
}

#[test]
fn a_supervisor_reads_and_signs_what_a_student_signed_and_not_what_is_being_written() {
    let supervisor = |action| asks([Physiotherapist], action);
    supervisor(A::ReadNote)
        .on(Supervised, AwaitingCosign, Physiotherapy)
        .is_allowed_as(Physiotherapist, Ground::Supervisor);
    supervisor(A::CosignNote)
        .on(Supervised, AwaitingCosign, Physiotherapy)
        .is_allowed_as(Physiotherapist, Ground::Supervisor);
    supervisor(A::ReadNote).on(Supervised, Draft, Physiotherapy).is_refused(Refusal::NoRelation);
    supervisor(A::CosignNote)
        .being(CareTeam)
        .on(Supervised, AwaitingCosign, Massage)
        .is_refused(Refusal::OtherDiscipline);
    supervisor(A::CosignNote)
        .being(CareTeam)
        .on(Colleague, AwaitingCosign, Physiotherapy)
        .is_refused(Refusal::NotTheSupervisor);
}

#[test]
fn a_note_shared_with_its_discipline_shows_the_other_whom_to_ask() {
    let shared =
        NoteFacts { sharing: Sharing::Discipline, state: Signed, authorship: Colleague, ..NoteFacts::begun(Massage) };
    let by = |facts: Facts| facts.tied(|ties| Ties { note: Some(shared), ..ties });
    by(asks([Physiotherapist], A::ReadNote).being(CareTeam)).shows_a_stub_as(Physiotherapist, Ground::CareTeam);
    by(asks([MassageTherapist], A::ReadNote).being(Cover)).is_allowed_as(MassageTherapist, Ground::Cover);
    by(asks([Manager], A::ReadNote).being(Relation::Audit)).is_allowed_as(Manager, Ground::AuditAccess);
    by(asks([Physiotherapist], A::CopyNote).being(CareTeam)).is_refused(Refusal::SharedWithDiscipline);
}

#[test]
fn breaking_the_glass_replaces_a_relation_and_passes_a_directive_against_a_discipline_only_for_serious_harm() {
    let reads = |way| asks([Physiotherapist], A::ReadNote).being(way).on(Colleague, Signed, Massage);
    let withheld = |facts: Facts, withheld| facts.tied(|ties| Ties { withheld, ..ties });
    reads(Relation::Emergency).is_allowed_as(Physiotherapist, Ground::Emergency);
    withheld(reads(Relation::Emergency), Withheld::FromDiscipline).is_refused(Refusal::WithheldByPatient);
    withheld(reads(Relation::SeriousHarm), Withheld::FromDiscipline)
        .is_allowed_as(Physiotherapist, Ground::SeriousHarm);
    withheld(reads(Relation::SeriousHarm), Withheld::FromPerson).is_refused(Refusal::WithheldByPatient);
    asks([Physiotherapist], A::CreateNote)
        .being(Relation::SeriousHarm)
        .on(Own, Draft, Physiotherapy)
        .is_refused(Refusal::NoRelation);
}

#[test]
fn a_diagnosis_belongs_in_a_physiotherapy_note() {
    let physio = asks([Physiotherapist], A::RecordDiagnosis).being(CareTeam);
    physio.on(Own, Draft, Physiotherapy).is_allowed_as(Physiotherapist, Ground::CareTeam);
    let both = asks([Physiotherapist, MassageTherapist], A::RecordDiagnosis).being(CareTeam);
    both.on(Own, Draft, Massage).is_refused(Refusal::DiagnosisNotPermitted);
    let massage = asks([MassageTherapist], A::RecordDiagnosis).being(CareTeam);
    massage.on(Own, Draft, Massage).is_refused(Refusal::DiagnosisNotPermitted);
    physio.on(Colleague, Draft, Physiotherapy).is_refused(Refusal::NotTheAuthor);
}

#[test]
fn an_owner_who_also_treats_may_do_what_either_may_and_acts_in_the_narrower_role() {
    let owner = |action| asks([Manager, Physiotherapist], action);
    owner(A::ChangeSettings).is_allowed_as(Manager, Ground::Role);
    owner(A::ReadPatient).being(CareTeam).is_allowed_as(Physiotherapist, Ground::CareTeam);
    owner(A::ReadPatient).is_allowed_as(Manager, Ground::Role);
    owner(A::ReadNote).on(Colleague, Signed, Massage).is_refused(Refusal::NoRelation);
}

#[test]
fn a_manager_changes_anyone_but_themselves() {
    let manager = asks([Manager], A::ChangeStaff);
    manager.is_allowed_as(Manager, Ground::Role);
    Facts { place: Place::Oneself, ..manager }.is_refused(Refusal::OwnRecord);
    asks([PrivacyOfficer], A::ReadStaff).is_allowed_as(PrivacyOfficer, Ground::Role);
    asks([PrivacyOfficer], A::ChangeStaff).is_refused(Refusal::RoleDoesNotAllow);
}

#[test]
fn managers_and_privacy_officers_see_the_practices_audit() {
    let reach = |role| audit_reach(RoleSet::EMPTY.with(role));
    assert_eq!([Manager, PrivacyOfficer].map(reach), [AuditReach::Practice; 2]);
    assert_eq!([Physiotherapist, MassageTherapist, Receptionist].map(reach), [AuditReach::Own; 3]);
    asks([Receptionist], A::ReadAudit).is_allowed_as(Receptionist, Ground::Role);
    asks([Receptionist], A::ProveAudit).is_refused(Refusal::RoleDoesNotAllow);
}

#[test]
fn a_deactivated_colleague_is_told_to_sign_in_and_another_practice_to_look_elsewhere() {
    let member = asks([Physiotherapist], A::ReadPatient).being(CareTeam);
    Facts { place: Place::Deactivated, ..member }.is_refused(Refusal::Deactivated);
    Facts { place: Place::Elsewhere, ..member }.is_refused(Refusal::NotFound);
    assert_eq!([Refusal::Deactivated, Refusal::NotFound].map(Refusal::code), [Code::NotSignedIn, Code::NotFound]);
}
