//! What holds for every question that can be asked, whoever asks.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use strum::IntoEnumIterator;

use super::*;
use crate::actor::{Discipline, Role, RoleSet};

pub(super) const ON_A_NOTE: [Action; 13] = [
    Action::ReadNote,
    Action::CreateNote,
    Action::SaveDraft,
    Action::DiscardDraft,
    Action::SignNote,
    Action::AmendNote,
    Action::AddAddendum,
    Action::EnterInError,
    Action::CosignNote,
    Action::ReturnNote,
    Action::ShareNote,
    Action::CopyNote,
    Action::RecordDiagnosis,
];

const ON_A_PATIENT: [Action; 65] = [
    Action::ListReferrals,
    Action::ListWorklist,
    Action::ReadReferral,
    Action::CreateReferral,
    Action::ChangeReferral,
    Action::DiscardReferral,
    Action::SendReferral,
    Action::ReceiveReferral,
    Action::ReleaseReferral,
    Action::AcceptReferral,
    Action::DeclineReferral,
    Action::RequestReferralInfo,
    Action::AnswerReferral,
    Action::ScheduleReferral,
    Action::RecordNoShow,
    Action::StartReferral,
    Action::ReturnReport,
    Action::AskFurther,
    Action::CloseReferral,
    Action::ResendReferral,
    Action::CancelReferral,
    Action::RequestReferralCancel,
    Action::ConfirmReferralCancel,
    Action::KeepReferral,
    Action::ReassignReferral,
    Action::ListSafetyItems,
    Action::ReadSafetyFlag,
    Action::RaiseSafetyItem,
    Action::ResolveSafetyItem,
    Action::ReadHealthHistory,
    Action::ChangeHealthHistory,
    Action::ListDecisionMakers,
    Action::AddDecisionMaker,
    Action::ChangeDecisionMaker,
    Action::FindPatients,
    Action::ListPatients,
    Action::RegisterPatient,
    Action::ReadPatient,
    Action::ChangePatient,
    Action::MarkOwnRecord,
    Action::ReadCareTeam,
    Action::StartTreating,
    Action::AssignCareTeam,
    Action::LeaveCareTeam,
    Action::ListEpisodes,
    Action::ReadEpisode,
    Action::OpenEpisode,
    Action::ChangeEpisode,
    Action::DischargeEpisode,
    Action::ListMessages,
    Action::WriteMessage,
    Action::ListDirectives,
    Action::SetDirective,
    Action::RevokeDirective,
    Action::OpenEmergencyAccess,
    Action::OpenAuditAccess,
    Action::ListNotes,
    Action::SearchNotes,
    Action::ReadTimeline,
    Action::ListCosignatures,
    Action::ListUnsignedNotes,
    Action::ListJointReviews,
    Action::OpenJointReview,
    Action::LinkJointReview,
    Action::CloseJointReview,
];

const BY_ANYONE: [Action; 6] = [
    Action::SignIn,
    Action::RefreshSession,
    Action::AcceptInvitation,
    Action::AskForReset,
    Action::ResetPassword,
    Action::ReadAuditKeys,
];

const ON_ONES_ACCOUNT: [Action; 13] = [
    Action::SignOut,
    Action::LockPages,
    Action::Reauthenticate,
    Action::ChangePassword,
    Action::ChangeMfa,
    Action::ListSessions,
    Action::EndSession,
    Action::ReadSelf,
    Action::ListNotifications,
    Action::MarkNotification,
    Action::ReadAlertPreferences,
    Action::ChangeAlertPreferences,
    Action::GiveUpAccess,
];

const BY_THE_PROGRAM: [Action; 11] = [
    Action::AdvanceReferral,
    Action::RaiseReminder,
    Action::SetUpPractice,
    Action::Migrate,
    Action::ImportPatients,
    Action::ExportAudit,
    Action::RecoverAccess,
    Action::EndAccess,
    Action::SendMail,
    Action::CountStrangers,
    Action::Unserved,
];

/// Every question: an action on a note comes with every note and with none, any other with none.
pub(super) static EVERY_INPUT: LazyLock<Vec<Facts>> = LazyLock::new(|| {
    let mut questions = Vec::new();
    for action in Action::iter() {
        for roles in every_role_set() {
            questions.extend(places(action).map(|place| Facts { action, roles, place }));
        }
    }
    questions
});

fn places(action: Action) -> impl Iterator<Item = Place> {
    let notes: Vec<_> = every_note().filter(|_| ON_A_NOTE.contains(&action)).map(Some).chain([None]).collect();
    let here = Relation::iter().flat_map(move |relation| {
        let notes = notes.clone();
        Withheld::iter().flat_map(move |withheld| {
            notes.clone().into_iter().map(move |note| Place::Here(Ties { relation, withheld, note }))
        })
    });
    [Place::Deactivated, Place::Elsewhere, Place::Barred, Place::Oneself].into_iter().chain(here)
}

fn every_role_set() -> impl Iterator<Item = RoleSet> {
    (0..RoleSet::COUNT).map(RoleSet::nth)
}

fn every_note() -> impl Iterator<Item = NoteFacts> {
    Authorship::iter().flat_map(|authorship| {
        NoteState::iter().flat_map(move |state| {
            Discipline::iter().flat_map(move |discipline| {
                Sharing::iter().map(move |sharing| NoteFacts { authorship, state, discipline, sharing })
            })
        })
    })
}

impl Facts {
    /// What ties the actor to it; none where nothing but the place counts.
    pub(super) fn ties(self) -> Ties {
        match self.place {
            Place::Here(ties) => ties,
            Place::Deactivated | Place::Elsewhere | Place::Barred | Place::Oneself => Ties::NONE,
        }
    }

    pub(super) fn note(self) -> Option<NoteFacts> {
        self.ties().note
    }

    fn with_note(self, note: NoteFacts) -> Self {
        match self.place {
            Place::Here(ties) => Self { place: Place::Here(Ties { note: Some(note), ..ties }), ..self },
            Place::Deactivated | Place::Elsewhere | Place::Barred | Place::Oneself => self,
        }
    }

    pub(super) fn is_here(self) -> bool {
        matches!(self.place, Place::Here(_))
    }
}

pub(super) fn is_clinician(roles: RoleSet) -> bool {
    roles.disciplines().next().is_some()
}

fn is_allowed(facts: Facts) -> bool {
    decide(&facts).grant().is_ok()
}

pub(super) fn sight(facts: Facts) -> Option<Sight> {
    decide(&facts).grant().ok().map(|grant| grant.sight)
}

/// Fails for each question that is allowed although `never` speaks of it.
#[track_caller]
pub(super) fn never_allowed(never: impl Fn(&Facts) -> bool) {
    let spoken_of: Vec<&Facts> = EVERY_INPUT.iter().filter(|facts| never(facts)).collect();
    assert!(!spoken_of.is_empty(), "the rule speaks of nothing");
    for facts in spoken_of {
        assert_eq!(decide(facts).grant().ok(), None, "{facts:?}");
    }
}

#[test]
fn all_of_them_can_be_tried() {
    // 32 role sets; 8 relations, 3 degrees of what is withheld; 4 authorships, 5 states, 2 disciplines, 2 sharings.
    let ties = 8 * 3;
    let notes = 4 * 5 * 2 * 2;
    let expected = 32 * (Action::iter().count() * (4 + ties) + ON_A_NOTE.len() * ties * notes);
    assert_eq!(EVERY_INPUT.len(), expected);
    assert_eq!(EVERY_INPUT.iter().collect::<HashSet<_>>().len(), expected, "no question twice");
    assert!(expected < 1_000_000, "{expected}");
}

#[test]
fn a_note_makes_no_difference_to_what_is_not_done_to_a_note() {
    for facts in EVERY_INPUT.iter().filter(|facts| !ON_A_NOTE.contains(&facts.action)) {
        for note in every_note() {
            assert_eq!(decide(&facts.with_note(note)), decide(facts), "{facts:?} {note:?}");
        }
    }
}

#[test]
fn what_is_done_to_a_note_needs_one() {
    never_allowed(|facts| ON_A_NOTE.contains(&facts.action) && facts.note().is_none());
}

#[track_caller]
fn always_refused(place: Place, refusal: Refusal, spoken_of: impl Fn(Action) -> bool) {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.place == place && spoken_of(facts.action)) {
        assert_eq!(decide(facts), Decision::Refuse(refusal), "{facts:?}");
    }
}

#[test]
fn whoever_was_deactivated_may_do_nothing() {
    always_refused(Place::Deactivated, Refusal::Deactivated, |_| true);
}

#[test]
fn nothing_crosses_practices() {
    always_refused(Place::Elsewhere, Refusal::NotFound, |_| true);
}

#[test]
fn a_record_barred_from_a_person_is_not_there_for_them() {
    always_refused(Place::Barred, Refusal::Barred, |_| true);
    assert_eq!(Refusal::Barred.code(), Refusal::NotFound.code());
}

#[test]
fn nobody_touches_the_record_that_is_their_own() {
    let of_a_patient = |action| ON_A_PATIENT.contains(&action) || ON_A_NOTE.contains(&action);
    always_refused(Place::Oneself, Refusal::OwnRecord, of_a_patient);
}

#[test]
fn nobody_reviews_their_own_emergency_access_or_that_they_started_treating() {
    let reviews = [Action::ReviewEmergencyAccess, Action::ReviewStartedTreating];
    always_refused(Place::Oneself, Refusal::OwnRecord, |action| reviews.contains(&action));
}

#[test]
fn nobody_changes_their_own_roles_or_ends_their_own_access() {
    never_allowed(|facts| {
        facts.place == Place::Oneself && matches!(facts.action, Action::ChangeStaff | Action::DeactivateStaff)
    });
}

#[test]
fn no_person_does_what_the_program_does() {
    never_allowed(|facts| BY_THE_PROGRAM.contains(&facts.action));
}

#[test]
fn without_a_role_there_is_ones_own_account_and_nothing_else() {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.roles.is_empty() && facts.is_here()) {
        let own = BY_ANYONE.contains(&facts.action) || ON_ONES_ACCOUNT.contains(&facts.action);
        assert_eq!(is_allowed(*facts), own, "{facts:?}");
    }
}

#[test]
fn several_roles_allow_what_each_allows_and_no_more() {
    for facts in EVERY_INPUT.iter().filter(|facts| !facts.roles.is_empty()) {
        let alone = facts.roles.iter().map(|role| sight(Facts { roles: RoleSet::EMPTY.with(role), ..*facts }));
        assert_eq!(sight(*facts), alone.max().flatten(), "{facts:?}");
    }
}

#[test]
fn another_role_never_takes_anything_away() {
    for facts in EVERY_INPUT.iter() {
        for role in Role::iter() {
            let more = Facts { roles: facts.roles.with(role), ..*facts };
            assert!(sight(more) >= sight(*facts), "{facts:?} with {role}");
        }
    }
}

#[test]
fn the_role_that_is_recorded_is_held_and_suffices_alone() {
    for facts in EVERY_INPUT.iter() {
        let Ok(grant) = decide(facts).grant() else { continue };
        let Some(role) = grant.role else {
            assert!(matches!(grant.ground, Ground::Anyone | Ground::OwnAccount), "{facts:?}");
            continue;
        };
        assert!(facts.roles.has(role), "{facts:?}");
        assert_eq!(decide(&Facts { roles: RoleSet::EMPTY.with(role), ..*facts }), Decision::Allow(grant), "{facts:?}");
    }
}

#[test]
fn the_role_that_is_recorded_is_the_narrowest() {
    let narrowest_first =
        [Role::MassageTherapist, Role::Physiotherapist, Role::Receptionist, Role::PrivacyOfficer, Role::Manager];
    for facts in EVERY_INPUT.iter() {
        let Ok(Grant { role: Some(recorded), sight: seen, .. }) = decide(facts).grant() else { continue };
        let suffices = |role: &Role| {
            facts.roles.has(*role) && sight(Facts { roles: RoleSet::EMPTY.with(*role), ..*facts }) == Some(seen)
        };
        assert_eq!(narrowest_first.into_iter().find(suffices), Some(recorded), "{facts:?}");
    }
}

#[test]
fn a_relation_is_recorded_only_where_it_stands() {
    for facts in EVERY_INPUT.iter() {
        let Ok(grant) = decide(facts).grant() else { continue };
        let stands = match grant.ground {
            Ground::CareTeam => facts.ties().relation == Relation::CareTeam,
            Ground::Cover => facts.ties().relation == Relation::Cover,
            Ground::Former => facts.ties().relation == Relation::Former,
            Ground::Emergency => facts.ties().relation == Relation::Emergency,
            Ground::SeriousHarm => facts.ties().relation == Relation::SeriousHarm,
            Ground::AuditAccess => facts.ties().relation == Relation::Audit,
            Ground::Party => facts.ties().relation == Relation::Party,
            Ground::Author => facts.note().is_some_and(|note| note.authorship == Authorship::Own),
            Ground::Supervisor => facts.note().is_some_and(|note| note.authorship == Authorship::Supervised),
            Ground::Anyone => BY_ANYONE.contains(&facts.action),
            Ground::OwnAccount => ON_ONES_ACCOUNT.contains(&facts.action),
            Ground::Role => true,
        };
        assert!(stands, "{facts:?} {grant:?}");
    }
}

#[test]
fn whoever_does_not_treat_reads_no_note_but_by_audit_access_or_as_privacy_officer_what_was_entered_in_error() {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.action == Action::ReadNote && !is_clinician(facts.roles)) {
        let in_error = facts.note().is_some_and(|note| note.state == NoteState::EnteredInError);
        let reviews = facts.roles.has(Role::PrivacyOfficer) && in_error;
        let audits = facts.ties().relation == Relation::Audit;
        assert!(sight(*facts).is_none() || reviews || audits, "{facts:?}");
    }
}

#[test]
fn without_care_team_or_cover_a_clinician_reads_their_own_notes_and_those_they_supervise_only() {
    never_allowed(|facts| {
        facts.action == Action::ReadNote
            && !facts.roles.has(Role::PrivacyOfficer)
            && matches!(facts.ties().relation, Relation::None | Relation::Former)
            && facts.note().is_some_and(|note| !matches!(note.authorship, Authorship::Own | Authorship::Supervised))
    });
}

#[test]
fn a_drafts_words_are_its_authors_alone() {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.action == Action::ReadNote) {
        let somebody_elses_draft =
            facts.note().is_some_and(|note| note.state == NoteState::Draft && note.authorship != Authorship::Own);
        assert!(!(somebody_elses_draft && sight(*facts) == Some(Sight::Full)), "{facts:?}");
    }
}

#[test]
fn nobody_writes_in_somebody_elses_name() {
    never_allowed(|facts| {
        matches!(
            facts.action,
            Action::CreateNote
                | Action::SaveDraft
                | Action::DiscardDraft
                | Action::SignNote
                | Action::AmendNote
                | Action::RecordDiagnosis
        ) && facts.note().is_some_and(|note| note.authorship != Authorship::Own)
    });
}

#[test]
fn nobody_writes_in_a_discipline_they_do_not_practise() {
    never_allowed(|facts| {
        matches!(facts.action, Action::CreateNote | Action::SaveDraft | Action::SignNote | Action::AmendNote)
            && facts.note().is_some_and(|note| !facts.roles.has(note.discipline.role()))
    });
}

#[test]
fn nobody_adds_to_somebody_elses_note_that_they_may_not_read() {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.action == Action::AddAddendum && is_allowed(**facts)) {
        assert_eq!(sight(Facts { action: Action::ReadNote, ..*facts }), Some(Sight::Full), "{facts:?}");
    }
}

#[test]
fn only_physiotherapists_record_a_diagnosis() {
    never_allowed(|facts| facts.action == Action::RecordDiagnosis && !facts.roles.has(Role::Physiotherapist));
}

#[test]
fn a_massage_note_holds_no_diagnosis() {
    never_allowed(|facts| {
        facts.action == Action::RecordDiagnosis
            && facts.note().is_some_and(|note| note.discipline == Discipline::Massage)
    });
}

#[test]
fn a_list_shows_what_reading_each_note_shows() {
    for roles in every_role_set() {
        for relation in Relation::iter() {
            let listed: HashMap<_, _> = visible_classes(roles, &[relation]).into_iter().collect();
            // What is attached to a referral is read one by one.
            let relation = if relation == Relation::Party { Relation::None } else { relation };
            for withheld in Withheld::iter() {
                for note in every_note() {
                    let ties = Ties { relation, withheld, note: Some(note) };
                    let alone = sight(Facts { action: Action::ReadNote, roles, place: Place::Here(ties) });
                    assert_eq!(listed.get(&NoteClass::of(&note, withheld)).copied(), alone, "{roles:?} {ties:?}");
                }
            }
        }
    }
}

#[test]
fn whoever_may_list_notes_may_see_some() {
    let lists = |facts: &&Facts| facts.action == Action::ListNotes && facts.is_here() && is_allowed(**facts);
    for facts in EVERY_INPUT.iter().filter(lists) {
        assert!(!visible_classes(facts.roles, &[facts.ties().relation]).is_empty(), "{facts:?}");
    }
}

#[test]
fn the_class_of_a_note_is_what_sql_computes() {
    assert_eq!(NoteClass::all().map(NoteClass::number).collect::<Vec<_>>(), (0..180).collect::<Vec<_>>());
    let whose = |authorship| match authorship {
        Authorship::Colleague | Authorship::Departed => 0,
        Authorship::Own => 1,
        Authorship::Supervised => 2,
    };
    for (withheld, degree) in Withheld::iter().zip(0..) {
        for note in every_note() {
            let state = NoteState::iter().position(|state| state == note.state).unwrap();
            let discipline = Discipline::iter().position(|discipline| discipline == note.discipline).unwrap();
            let sharing = Sharing::iter().position(|sharing| sharing == note.sharing).unwrap();
            let number = (((degree * 3 + whose(note.authorship)) * 5 + state) * 2 + discipline) * 2 + sharing;
            assert_eq!(usize::from(NoteClass::of(&note, withheld).number()), number);
        }
    }
}

#[test]
fn every_ground_and_every_refusal_is_met() {
    let decisions: Vec<_> = EVERY_INPUT.iter().map(|facts| decide(facts).grant()).collect();
    let grounds: HashSet<Ground> = decisions.iter().flatten().map(|grant| grant.ground).collect();
    let refusals: HashSet<Refusal> = decisions.iter().filter_map(|decision| decision.err()).collect();
    assert_eq!(grounds, Ground::iter().collect());
    assert_eq!(refusals, Refusal::iter().collect());
}

#[test]
fn every_action_but_the_programs_is_open_to_somebody() {
    for action in Action::iter().filter(|action| !BY_THE_PROGRAM.contains(action)) {
        assert!(EVERY_INPUT.iter().any(|facts| facts.action == action && is_allowed(*facts)), "{action}");
    }
}
