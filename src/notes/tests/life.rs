use std::fmt::Write as _;

use strum::IntoEnumIterator;

use super::super::NoteKind;
use super::super::rules::{
    LATE_AFTER, MOVES, NoteMove, PREPARE_AHEAD, Part, PendingState, SIGN_AHEAD, allowed_moves, check_discard,
    check_service_at, check_waiting, late_entry, once_signed, required_parts, step, when_author_leaves,
};
use crate::clock::Timestamp;
use crate::error::Code;
use crate::policy::NoteState;

const NOON: Timestamp = Timestamp::from_micros(1_772_366_400_000_000);

#[test]
fn a_draft_is_signed_amended_and_never_unlocked() {
    assert_eq!(step(NoteState::Draft, NoteMove::Sign).unwrap(), Some(NoteState::Signed));
    assert_eq!(step(NoteState::Signed, NoteMove::Amend).unwrap(), Some(NoteState::Signed));
    assert_eq!(step(NoteState::Draft, NoteMove::Discard).unwrap(), None);
    let refused = step(NoteState::Signed, NoteMove::Save).unwrap_err();
    assert_eq!(
        (refused.code, refused.allowed),
        (Code::WrongState, vec!["amend", "addend", "share", "copy_forward", "enter_in_error"])
    );
}

#[test]
fn whoever_needs_a_second_signature_waits_for_it() {
    assert_eq!(once_signed(false), NoteState::Signed);
    assert_eq!(once_signed(true), NoteState::AwaitingCosign);
    assert_eq!(step(NoteState::AwaitingCosign, NoteMove::Cosign).unwrap(), Some(NoteState::Signed));
    assert_eq!(step(NoteState::AwaitingCosign, NoteMove::Return).unwrap(), Some(NoteState::Draft));
    let refused = step(NoteState::AwaitingCosign, NoteMove::Amend).unwrap_err();
    assert_eq!(refused.allowed, ["cosign", "return", "share", "copy_forward", "enter_in_error"]);
}

#[test]
fn what_was_signed_once_and_came_back_is_not_thrown_away() {
    check_discard(false).unwrap();
    let refused = check_discard(true).unwrap_err();
    assert_eq!((refused.code, refused.allowed), (Code::WrongState, vec!["save", "sign"]));
}

#[test]
fn what_waits_is_ended_once() {
    check_waiting(PendingState::Waiting).unwrap();
    for ended in [PendingState::Cosigned, PendingState::Returned, PendingState::Withdrawn] {
        assert_eq!(check_waiting(ended).unwrap_err().code, Code::WrongState);
    }
}

#[test]
fn every_move_in_every_state_is_either_listed_or_refused_with_what_is_allowed() {
    for state in NoteState::iter() {
        let allowed: Vec<_> = allowed_moves(state).collect();
        for wanted in NoteMove::iter() {
            match step(state, wanted) {
                Ok(_) => assert!(allowed.contains(&wanted)),
                Err(refused) => {
                    assert!(!allowed.contains(&wanted));
                    assert_eq!(refused.code, Code::WrongState);
                    assert_eq!(refused.allowed, allowed.iter().map(Into::into).collect::<Vec<&str>>());
                }
            }
        }
    }
}

#[test]
fn only_a_supervisor_makes_something_a_draft_again_and_what_is_over_stays_over() {
    for (from, step, to) in MOVES {
        assert!(*to != Some(NoteState::Draft) || *from == NoteState::Draft || *step == NoteMove::Return);
    }
    for over in [NoteState::EnteredInError, NoteState::LeftUnsigned] {
        assert_eq!(allowed_moves(over).count(), 0);
    }
    assert_eq!(when_author_leaves(NoteState::Draft), NoteState::LeftUnsigned);
    for kept in [NoteState::AwaitingCosign, NoteState::Signed, NoteState::EnteredInError] {
        assert_eq!(when_author_leaves(kept), kept);
    }
}

#[test]
fn a_note_entered_a_day_and_a_moment_later_is_late() {
    assert!(!late_entry(NOON, NOON.plus_seconds(LATE_AFTER)));
    assert!(late_entry(NOON, Timestamp::from_micros(NOON.plus_seconds(LATE_AFTER).micros() + 1)));
    assert!(!late_entry(NOON, NOON.plus_seconds(-60)));
}

#[test]
fn a_visit_may_be_prepared_a_day_ahead_but_not_signed_before_it_happened() {
    let tomorrow = NOON.plus_seconds(PREPARE_AHEAD);
    check_service_at(tomorrow, NOON, PREPARE_AHEAD).unwrap();
    let refused = check_service_at(tomorrow, NOON, SIGN_AHEAD).unwrap_err();
    assert_eq!((refused.code, refused.errors[0].pointer.as_str()), (Code::Invalid, "/service_at"));
    check_service_at(NOON.plus_seconds(SIGN_AHEAD), NOON, SIGN_AHEAD).unwrap();
    assert!(check_service_at(NOON.plus_seconds(SIGN_AHEAD + 1), NOON, SIGN_AHEAD).is_err());
}

/// The part of `docs/notes.md` that follows from the tables.
fn generated() -> String {
    let mut page = String::from("```mermaid\nstateDiagram-v2\n    [*] --> draft\n");
    for (from, step, to) in MOVES {
        let to = to.map_or("[*]".to_owned(), |state| state.to_string());
        writeln!(page, "    {from} --> {to}: {step}").unwrap();
    }
    writeln!(page, "    draft --> {}: sign, by whoever needs a second signature", once_signed(true)).unwrap();
    for state in NoteState::iter().filter(|state| when_author_leaves(*state) != *state) {
        writeln!(page, "    {state} --> {}: the author leaves the practice", when_author_leaves(state)).unwrap();
    }
    page.push_str("```\n\n| kind | needs, to be signed |\n|---|---|\n");
    let parts = |parts: &[Part]| parts.iter().map(Into::into).collect::<Vec<&str>>().join(", ");
    for kind in NoteKind::iter() {
        writeln!(page, "| `{kind}` | {} |", parts(required_parts(kind, false))).unwrap();
    }
    let relaxation = parts(required_parts(NoteKind::Progress, true));
    writeln!(page, "| `progress` with `relaxation` | {relaxation} |").unwrap();
    page
}

#[test]
fn the_documented_life_of_a_note_is_the_real_one() {
    crate::generated::stands_in("notes.md", "notes", &generated());
}
