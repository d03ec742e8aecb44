//! What goes beyond roles and relations, for every question: directives, being let in, supervising, sharing.

use super::every_input::{EVERY_INPUT, ON_A_NOTE, is_clinician, never_allowed, sight};
use super::*;
use crate::actor::{Role, RoleSet};

/// Ways in that let one read and nothing else.
const LET_IN: [Relation; 3] = [Relation::Emergency, Relation::SeriousHarm, Relation::Audit];

#[test]
fn a_directive_beats_every_role_and_relation_but_breaking_the_glass_for_serious_harm() {
    let withheld = |facts: &&Facts| facts.ties().withheld != Withheld::Nothing && ON_A_NOTE.contains(&facts.action);
    for facts in EVERY_INPUT.iter().filter(withheld) {
        let Ties { withheld, relation, note } = facts.ties();
        let passes = withheld == Withheld::FromDiscipline && relation == Relation::SeriousHarm;
        if !passes && !answers_for_the_author(*facts) {
            let expected = if note.is_some() { Refusal::WithheldByPatient } else { Refusal::NotFound };
            assert_eq!(decide(facts), Decision::Refuse(expected), "{facts:?}");
        }
    }
}

/// Whether a reviewer declares a note wrong whose author is gone: somebody has to.
fn answers_for_the_author(facts: Facts) -> bool {
    let reviews = facts.roles.has(Role::Manager) || facts.roles.has(Role::PrivacyOfficer);
    let gone = facts.note().is_some_and(|note| note.authorship == Authorship::Departed);
    facts.action == Action::EnterInError && reviews && gone
}

#[test]
fn what_a_directive_keeps_of_a_leavers_note_a_reviewer_declares_wrong_and_does_not_read() {
    let withheld = |facts: &&Facts| facts.ties().withheld != Withheld::Nothing && answers_for_the_author(**facts);
    for facts in EVERY_INPUT.iter().filter(withheld) {
        assert!(decide(facts).grant().is_ok(), "{facts:?}");
        let Ties { withheld, relation, .. } = facts.ties();
        let passes = withheld == Withheld::FromDiscipline && relation == Relation::SeriousHarm;
        assert!(passes || sight(Facts { action: Action::ReadNote, ..*facts }).is_none(), "{facts:?}");
    }
}

#[test]
fn a_directive_withholds_episodes_and_messages_as_it_does_notes() {
    let withheld_with_it = [
        Action::ReadEpisode,
        Action::OpenEpisode,
        Action::ChangeEpisode,
        Action::DischargeEpisode,
        Action::ListMessages,
        Action::WriteMessage,
    ];
    never_allowed(|facts| {
        let Ties { withheld, relation, .. } = facts.ties();
        let passes = withheld == Withheld::FromDiscipline && relation == Relation::SeriousHarm;
        withheld_with_it.contains(&facts.action) && withheld != Withheld::Nothing && !passes
    });
}

#[test]
fn what_a_directive_withholds_is_never_more_than_what_there_is_without_one() {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.ties().withheld != Withheld::Nothing) {
        let without = Facts { place: Place::Here(Ties { withheld: Withheld::Nothing, ..facts.ties() }), ..*facts };
        assert!(sight(*facts) <= sight(without), "{facts:?}");
    }
}

#[test]
fn whoever_was_let_in_reads_and_does_nothing_else() {
    let reading = [
        Action::ReadPatient,
        Action::ReadCareTeam,
        Action::ListDecisionMakers,
        Action::ListSafetyItems,
        Action::ReadHealthHistory,
        Action::ListEpisodes,
        Action::ReadEpisode,
        Action::ListMessages,
        Action::ListNotes,
        Action::SearchNotes,
        Action::ReadTimeline,
        Action::ReadNote,
        Action::ListJointReviews,
        Action::ListReferrals,
        Action::ReadReferral,
    ];
    for facts in EVERY_INPUT.iter().filter(|facts| LET_IN.contains(&facts.ties().relation)) {
        let without = Facts { place: Place::Here(Ties { relation: Relation::None, ..facts.ties() }), ..*facts };
        let more = sight(*facts) > sight(without);
        assert!(!more || reading.contains(&facts.action), "{facts:?}");
    }
}

#[test]
fn only_reviewers_read_by_audit_access_and_only_clinicians_break_the_glass() {
    for facts in EVERY_INPUT.iter() {
        let Ok(grant) = decide(facts).grant() else { continue };
        let role = grant.role.map(|role| RoleSet::EMPTY.with(role));
        match grant.ground {
            Ground::AuditAccess => assert!(role.is_some_and(|role| !is_clinician(role)), "{facts:?}"),
            Ground::Emergency | Ground::SeriousHarm => assert!(role.is_some_and(is_clinician), "{facts:?}"),
            _ => {}
        }
    }
}

#[test]
fn nobody_cosigns_but_the_supervisor_in_the_notes_discipline() {
    never_allowed(|facts| {
        matches!(facts.action, Action::CosignNote | Action::ReturnNote)
            && facts.note().is_some_and(|note| {
                note.authorship != Authorship::Supervised || !facts.roles.has(note.discipline.role())
            })
    });
}

#[test]
fn what_an_author_shares_with_their_discipline_is_a_stub_to_the_other() {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.action == Action::ReadNote) {
        let Some(note) = facts.note() else { continue };
        let others = note.sharing == Sharing::Discipline
            && note.authorship != Authorship::Own
            && !facts.roles.has(note.discipline.role())
            && !(facts.roles.has(Role::PrivacyOfficer) && note.state == NoteState::EnteredInError)
            && facts.ties().relation != Relation::Audit;
        assert!(!(others && sight(*facts) == Some(Sight::Full)), "{facts:?}");
    }
}

#[test]
fn of_several_ways_the_fullest_counts_and_the_first_tells_why_not() {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.action == Action::ReadNote && facts.is_here()) {
        for way in LET_IN {
            let Ties { relation, .. } = facts.ties();
            let by_way = Facts { place: Place::Here(Ties { relation: way, ..facts.ties() }), ..*facts };
            let both = decide_any(facts.action, facts.roles, &[relation, way], facts.ties());
            assert_eq!(both.grant().ok().map(|grant| grant.sight), sight(*facts).max(sight(by_way)), "{facts:?} {way}");
            if let Decision::Refuse(refusal) = both {
                assert_eq!(decide(facts), Decision::Refuse(refusal), "{facts:?} {way}");
            }
            let let_in =
                |grant: Grant| matches!(grant.ground, Ground::Emergency | Ground::SeriousHarm | Ground::AuditAccess);
            let marks = decide(&by_way).grant().is_ok_and(let_in) && !LET_IN.contains(&relation);
            if marks && sight(by_way) >= sight(*facts) {
                assert_eq!(both, decide(&by_way), "what is open for an hour is what is marked: {facts:?} {way}");
            }
        }
    }
}

#[test]
fn a_lesser_directive_hides_the_health_history_and_never_a_safety_item() {
    for facts in EVERY_INPUT.iter().filter(|facts| facts.ties().withheld != Withheld::Nothing) {
        let without = Facts { place: Place::Here(Ties { withheld: Withheld::Nothing, ..facts.ties() }), ..*facts };
        match facts.action {
            Action::ListSafetyItems | Action::ReadSafetyFlag => {
                assert_eq!(decide(facts), decide(&without), "{facts:?}");
            }
            Action::ReadHealthHistory | Action::ChangeHealthHistory => {
                let serious = facts.ties().withheld == Withheld::FromDiscipline
                    && facts.ties().relation == Relation::SeriousHarm
                    && facts.action == Action::ReadHealthHistory;
                assert!(serious || sight(*facts).is_none(), "{facts:?}");
            }
            _ => {}
        }
    }
}

#[test]
fn what_is_dangerous_is_for_clinicians_and_the_front_desk_only_asks_one() {
    never_allowed(|facts| {
        let clinical = matches!(
            facts.action,
            Action::ListSafetyItems
                | Action::RaiseSafetyItem
                | Action::ResolveSafetyItem
                | Action::ReadHealthHistory
                | Action::ChangeHealthHistory
        );
        clinical && !is_clinician(facts.roles) && facts.ties().relation != Relation::Audit
    });
    never_allowed(|facts| facts.action == Action::ReadSafetyFlag && !facts.roles.has(Role::Receptionist));
}
