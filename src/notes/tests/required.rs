use serde_json::{Value, json};
use strum::IntoEnumIterator;

use super::super::NoteKind;
use super::super::rules::missing_parts;
use super::{note, visit, visit_with, visit_without};

fn missing(kind: NoteKind, value: Value) -> Vec<String> {
    missing_parts(kind, &note(value)).into_iter().map(|error| error.pointer).collect()
}

#[test]
fn an_empty_note_is_told_everything_it_lacks() {
    let lacks = |kind| missing(kind, json!({}));
    assert_eq!(
        lacks(NoteKind::InitialAssessment),
        ["/subjective", "/objective", "/assessment", "/treatment", "/consent", "/plan"]
    );
    assert_eq!(lacks(NoteKind::Progress), ["/subjective", "/treatment", "/consent", "/plan"]);
    assert_eq!(lacks(NoteKind::Discharge), ["/outcome", "/plan"]);
    assert_eq!(lacks(NoteKind::JointReview), ["/assessment", "/plan"]);
    assert_eq!(lacks(NoteKind::PhoneContact), ["/text"]);
}

#[test]
fn a_whole_visit_can_be_signed_and_without_any_one_part_it_cannot() {
    let kind = NoteKind::InitialAssessment;
    assert_eq!(missing(kind, visit()), [""; 0]);
    for part in ["subjective", "objective", "assessment", "treatment", "consent", "plan"] {
        assert_eq!(missing(kind, visit_without("", part)), [format!("/{part}")]);
    }
    assert_eq!(missing(kind, visit_without("/treatment/0", "response")), ["/treatment/0/response"]);
    assert_eq!(missing(kind, visit_without("/consent", "given_by")), ["/consent/given_by"]);
}

#[test]
fn a_part_of_blanks_is_a_part_missing() {
    let blank = json!({"text": " \n\t", "goals": [""], "pain": {}});
    assert_eq!(missing(NoteKind::Progress, visit_with("", "subjective", blank)), ["/subjective"]);
    let pain_alone = json!({"pain": {"now": 0}});
    assert_eq!(missing(NoteKind::Progress, visit_with("", "subjective", pain_alone)), [""; 0]);
}

#[test]
fn the_response_may_stand_in_the_assessment_but_is_no_assessment() {
    let mut note = visit_without("/treatment/0", "response");
    note["assessment"] = json!({"response": "Less guarded"});
    assert_eq!(missing(NoteKind::Progress, note.clone()), [""; 0]);
    assert_eq!(missing(NoteKind::InitialAssessment, note), ["/assessment"]);
}

#[test]
fn a_relaxation_massage_needs_areas_treatment_response_and_consent() {
    let massage = json!({
        "relaxation": true,
        "treatment": [{"technique": "relaxation_massage", "region": "back", "minutes": 60, "response": "relaxed"}],
        "consent": {"given": true, "given_by": {"who": "patient"}}
    });
    assert_eq!(missing(NoteKind::Progress, massage.clone()), [""; 0]);
    let mut nowhere = massage.clone();
    nowhere["treatment"].as_array_mut().unwrap().push(json!({"technique": "relaxation_massage"}));
    assert_eq!(missing(NoteKind::Progress, nowhere), ["/treatment/1/region"]);
    assert_eq!(missing(NoteKind::Progress, json!({"relaxation": true})), ["/treatment", "/consent"]);
    assert!(missing(NoteKind::InitialAssessment, massage).contains(&"/relaxation".to_owned()));
}

#[test]
fn nobody_is_treated_without_consent_in_any_kind_of_note() {
    for kind in NoteKind::iter() {
        let declined = json!({"given": false, "given_by": {"who": "patient"}});
        assert!(missing(kind, visit_with("", "consent", declined)).contains(&"/consent/given".to_owned()), "{kind}");
        assert!(missing(kind, visit_without("", "consent")).contains(&"/consent".to_owned()), "{kind}");
    }
}

#[test]
fn a_visit_at_which_treatment_was_declined_can_be_recorded() {
    let mut note = visit_without("", "treatment");
    note["consent"] = json!({"given": false, "given_by": {"who": "patient"}});
    assert_eq!(missing(NoteKind::Progress, note), [""; 0]);
}
