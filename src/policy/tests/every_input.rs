//! What holds for every question that can be asked, whoever asks.

use std::collections::HashSet;
use std::sync::LazyLock;

use strum::IntoEnumIterator;

use super::*;
use crate::actor::{Discipline, Role, RoleSet};

const ON_A_NOTE: [Action; 9] = [
    Action::ReadNote,
    Action::CreateNote,
    Action::SaveDraft,
    Action::DiscardDraft,
    Action::SignNote,
    Action::AmendNote,
    Action::AddAddendum,
    Action::EnterInError,
    Action::RecordDiagnosis,
];

const ON_A_PATIENT: [Action; 18] = [
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
    Action::ListNotes,
];

const BY_ANYONE: [Action; 4] =
    [Action::SignIn, Action::RefreshSession, Action::AcceptInvitation, Action::ReadAuditKeys];

const ON_ONES_ACCOUNT: [Action; 7] = [
    Action::SignOut,
    Action::Reauthenticate,
    Action::ChangePassword,
    Action::ChangeMfa,
    Action::ListSessions,
    Action::EndSession,
    Action::ReadSelf,
];

const BY_THE_PROGRAM: [Action; 4] =
    [Action::SetUpPractice, Action::Migrate, Action::ExportAudit, Action::CountStrangers];

/// Every question: an action on a note comes with every note and with none, any other with none.
static EVERY_INPUT: LazyLock<Vec<Facts>> = LazyLock::new(|| {
    let without: Vec<Facts> = Action::iter().flat_map(without_note).collect();
    let with = without.iter().filter(|facts| ON_A_NOTE.contains(&facts.action)).flat_map(|facts| {
        let facts = *facts;
        every_note().map(move |note| Facts { note: Some(note), ..facts })
    });
    without.iter().copied().chain(with).collect()
});

fn without_note(action: Action) -> Vec<Facts> {
    let mut questions = Vec::new();
    for roles in every_role_set() {
        for standing in Standing::iter() {
            for oneself in [false, true] {
                for relation in Relation::iter() {
                    questions.push(Facts { action, roles, standing, oneself, relation, note: None });
                }
            }
        }
    }
    questions
}

fn every_role_set() -> impl Iterator<Item = RoleSet> {
    (0..RoleSet::COUNT).map(RoleSet::nth)
}

fn every_note() -> impl Iterator<Item = NoteFacts> {
    Authorship::iter().flat_map(|authorship| {
        NoteState::iter().flat_map(move |state| {
            Discipline::iter().map(move |discipline| NoteFacts { authorship, state, discipline })
        })
    })
}

fn is_clinician(roles: RoleSet) -> bool {
    roles.disciplines().next().is_some()
}

fn is_allowed(facts: Facts) -> bool {
    decide(&facts).grant().is_ok()
}

fn sight(facts: Facts) -> Option<Sight> {
    decide(&facts).grant().ok().map(|grant| grant.sight)
}

/// Fails for each question that is allowed although `never` speaks of it.
#[track_caller]
fn never_allowed(never: impl Fn(&Facts) -> bool) {
    let spoken_of: Vec<&Facts> = EVERY_INPUT.iter().filter(|facts| never(facts)).collect();
    assert!(!spoken_of.is_empty(), "the rule speaks of nothing");
    for facts in spoken_of {
        assert_eq!(decide(facts).grant().ok(), None, "{facts:?}");
    }
}

#[test]
fn all_of_them_can_be_tried() {
    // 32 role sets, 3 standings, oneself or not, 4 relations; 3 authorships, 4 states, 2 disciplines of a note.
    let without = 32 * 3 * 2 * 4;
    let notes = 3 * 4 * 2;
    let expected = Action::iter().count() * without + ON_A_NOTE.len() * without * notes;
    assert_eq!(EVERY_INPUT.len(), expected);
    assert_eq!(EVERY_INPUT.iter().collect::<HashSet<_>>().len(), expected, "no question twice");
    assert!(expected < 1_000_000);
}

#[test]
fn a_note_makes_no_difference_to_what_is_not_done_to_a_note() {
    for facts in EVERY_INPUT.iter().filter(|facts| !ON_A_NOTE.contains(&facts.action)) {
        for note in every_note() {
            assert_eq!(decide(&Facts { note: Some(note), ..*facts }), decide(facts), "{facts:?} {note:?}");
        }
    }
}

#[test]
fn what_is_done_to_a_note_needs_one() {
    never_allowed(|facts| ON_A_NOTE.contains(&facts.action) && facts.note.is_none());
}

#[test]
fn whoever_was_deactivated_may_do_nothing() {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.standing == Standing::Deactivated) {
        assert_eq!(decide(facts), Decision::Refuse(Refusal::Deactivated), "{facts:?}");
    }
}

#[test]
fn nothing_crosses_practices() {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.standing == Standing::Elsewhere) {
        assert_eq!(decide(facts), Decision::Refuse(Refusal::NotFound), "{facts:?}");
    }
}

#[test]
fn nobody_touches_the_record_that_is_their_own() {
    let own = EVERY_INPUT.iter().filter(|facts| facts.oneself && facts.standing == Standing::Here);
    for facts in own.filter(|facts| ON_A_PATIENT.contains(&facts.action) || ON_A_NOTE.contains(&facts.action)) {
        assert_eq!(decide(facts), Decision::Refuse(Refusal::OwnRecord), "{facts:?}");
    }
}

#[test]
fn nobody_changes_their_own_roles_or_ends_their_own_access() {
    never_allowed(|facts| facts.oneself && matches!(facts.action, Action::ChangeStaff | Action::DeactivateStaff));
}

#[test]
fn no_person_does_what_the_program_does() {
    never_allowed(|facts| BY_THE_PROGRAM.contains(&facts.action));
}

#[test]
fn without_a_role_there_is_ones_own_account_and_nothing_else() {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.roles.is_empty() && facts.standing == Standing::Here) {
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
            Ground::CareTeam => facts.relation == Relation::CareTeam,
            Ground::Cover => facts.relation == Relation::Cover,
            Ground::Former => facts.relation == Relation::Former,
            Ground::Author => facts.note.is_some_and(|note| note.authorship == Authorship::Own),
            Ground::Anyone => BY_ANYONE.contains(&facts.action),
            Ground::OwnAccount => ON_ONES_ACCOUNT.contains(&facts.action),
            Ground::Role => true,
        };
        assert!(stands, "{facts:?} {grant:?}");
    }
}

#[test]
fn whoever_does_not_treat_reads_no_note_but_for_the_privacy_officer_what_was_entered_in_error() {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.action == Action::ReadNote && !is_clinician(facts.roles)) {
        let in_error = facts.note.is_some_and(|note| note.state == NoteState::EnteredInError);
        let reviews = facts.roles.has(Role::PrivacyOfficer) && in_error;
        assert!(sight(*facts).is_none() || reviews, "{facts:?}");
    }
}

#[test]
fn without_care_team_or_cover_a_clinician_reads_their_own_notes_only() {
    never_allowed(|facts| {
        facts.action == Action::ReadNote
            && !facts.roles.has(Role::PrivacyOfficer)
            && matches!(facts.relation, Relation::None | Relation::Former)
            && facts.note.is_some_and(|note| note.authorship != Authorship::Own)
    });
}

#[test]
fn a_drafts_words_are_its_authors_alone() {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.action == Action::ReadNote) {
        let somebody_elses_draft =
            facts.note.is_some_and(|note| note.state == NoteState::Draft && note.authorship != Authorship::Own);
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
        ) && facts.note.is_some_and(|note| note.authorship != Authorship::Own)
    });
}

#[test]
fn nobody_writes_in_a_discipline_they_do_not_practise() {
    never_allowed(|facts| {
        matches!(facts.action, Action::CreateNote | Action::SaveDraft | Action::SignNote | Action::AmendNote)
            && facts.note.is_some_and(|note| !facts.roles.has(note.discipline.role()))
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
        facts.action == Action::RecordDiagnosis && facts.note.is_some_and(|note| note.discipline == Discipline::Massage)
    });
}

#[test]
fn a_list_shows_what_reading_each_note_shows() {
    for facts in EVERY_INPUT.iter() {
        let (Action::ReadNote, Standing::Here, Some(note)) = (facts.action, facts.standing, facts.note) else {
            continue;
        };
        let listed = visible_classes(facts.roles, facts.relation, facts.oneself)
            .into_iter()
            .find_map(|(class, sight)| (class == NoteClass::of(&note)).then_some(sight));
        assert_eq!(listed, sight(*facts), "{facts:?}");
    }
}

#[test]
fn whoever_may_list_notes_may_see_some() {
    let lists = |facts: &&Facts| facts.action == Action::ListNotes && is_allowed(**facts);
    for facts in EVERY_INPUT.iter().filter(lists) {
        assert!(!visible_classes(facts.roles, facts.relation, facts.oneself).is_empty(), "{facts:?}");
    }
}

#[test]
fn the_class_of_a_note_is_what_sql_computes() {
    assert_eq!(NoteClass::all().map(NoteClass::number).collect::<Vec<_>>(), (0..16).collect::<Vec<_>>());
    let states = [NoteState::Draft, NoteState::Signed, NoteState::EnteredInError, NoteState::LeftUnsigned];
    let disciplines = [Discipline::Physiotherapy, Discipline::Massage];
    for note in every_note() {
        let state = states.iter().position(|state| *state == note.state).unwrap();
        let discipline = disciplines.iter().position(|discipline| *discipline == note.discipline).unwrap();
        let own = usize::from(note.authorship == Authorship::Own);
        assert_eq!(usize::from(NoteClass::of(&note).number()), state * 4 + discipline * 2 + own);
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
