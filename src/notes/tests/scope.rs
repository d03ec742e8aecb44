use serde_json::{Value, json};

use super::super::rules::{check_scope, names_diagnosis};
use super::{note, visit, visit_with};
use crate::actor::Discipline::{self, Massage, Physiotherapy};
use crate::catalogue::Catalogue;
use crate::error::{Code, Error};

fn refused(discipline: Discipline, value: Value) -> (Code, Vec<String>) {
    let Error { code, errors, .. } =
        check_scope(discipline, &note(value), None, &Catalogue::built_in().unwrap()).unwrap_err();
    (code, errors.into_iter().map(|error| error.pointer).collect())
}

fn accepted(discipline: Discipline, value: Value) {
    check_scope(discipline, &note(value), None, &Catalogue::built_in().unwrap()).unwrap();
}

#[test]
fn a_physiotherapist_records_a_diagnosis_and_a_massage_therapist_never() {
    accepted(Physiotherapy, visit());
    assert!(names_diagnosis(&note(visit())));
    let expected = (Code::DiagnosisNotPermitted, vec!["/assessment/diagnosis".to_owned()]);
    assert_eq!(refused(Massage, json!({"assessment": {"diagnosis": "Tendinopathy"}})), expected);
    assert!(!names_diagnosis(&note(json!({"assessment": {"diagnosis": "  "}}))));
    accepted(Massage, json!({"assessment": {"diagnosis": ""}}));
}

#[test]
fn a_clinical_impression_and_a_relaxation_massage_belong_to_massage() {
    let massage = json!({"relaxation": true, "assessment": {"clinical_impression": "Tight upper trapezius"}});
    accepted(Massage, massage.clone());
    let places = vec!["/assessment/clinical_impression".to_owned(), "/relaxation".to_owned()];
    assert_eq!(refused(Physiotherapy, massage), (Code::Invalid, places));
}

#[test]
fn techniques_applied_must_be_in_the_authors_scope() {
    let rows = json!({"treatment": [
        {"technique": "heat"}, {"technique": "joint_manipulation"}, {"technique": "swedish_massage"}, {"technique": "cupping"}
    ]});
    let at = |rows: &[usize]| rows.iter().map(|row| format!("/treatment/{row}/technique")).collect::<Vec<_>>();
    assert_eq!(refused(Massage, rows.clone()), (Code::TechniqueOutOfScope, at(&[1, 3])));
    assert_eq!(refused(Physiotherapy, rows), (Code::TechniqueOutOfScope, at(&[2])));
    let unknown = json!({"treatment": [{"technique": "heat"}, {"technique": "reiki"}]});
    assert_eq!(refused(Massage, unknown), (Code::Invalid, at(&[1])));
}

#[test]
fn what_is_planned_may_be_the_other_disciplines_but_must_exist() {
    accepted(Massage, json!({"plan": {"planned_techniques": ["joint_mobilisation"]}}));
    let planned = visit_with("/plan", "planned_techniques", json!(["taping", "reiki"]));
    assert_eq!(refused(Physiotherapy, planned), (Code::Invalid, vec!["/plan/planned_techniques/1".to_owned()]));
}

#[test]
fn what_stood_in_the_version_that_is_amended_is_not_asked_again() {
    let catalogue = Catalogue::built_in().unwrap();
    let words = |techniques: &[&str]| {
        let rows: Vec<_> = techniques.iter().map(|technique| json!({"technique": technique})).collect();
        note(json!({"treatment": rows, "plan": {"planned_techniques": techniques}}))
    };
    // Both were in scope once: one was taken from the catalogue, the other given to physiotherapy.
    let former = words(&["reiki", "cupping"]);
    check_scope(Massage, &words(&["cupping", "heat", "reiki"]), Some(&former), &catalogue).unwrap();
    let refused = |techniques: &[&str], former| {
        let Error { code, errors, .. } =
            check_scope(Massage, &words(techniques), Some(former), &catalogue).unwrap_err();
        (code, errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>())
    };
    let row = || "/treatment/1/technique".to_owned();
    assert_eq!(refused(&["cupping", "joint_manipulation"], &former), (Code::TechniqueOutOfScope, vec![row()]));
    let unknown = vec![row(), "/plan/planned_techniques/1".to_owned()];
    assert_eq!(refused(&["heat", "reiki"], &words(&["heat"])), (Code::Invalid, unknown));
}
