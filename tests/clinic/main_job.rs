//! The main job: a therapist signs a SOAP note on the shared record, and what happened can be proven.

use std::path::Path;

use serde_json::{Value, json};
use tandem::audit::Event;

use crate::evaluation::to_note;
use crate::house::{House, Patient, Practice, Who, on_both};

const FIXTURE: &str = include_str!("../fixtures/evaluation.txt");

/// The evaluation that comes with the project, and every text in the folder that `TANDEM_EVALUATIONS` names.
pub fn evaluations() -> Vec<String> {
    let mut texts = vec![FIXTURE.to_owned()];
    if let Some(folder) = std::env::var_os("TANDEM_EVALUATIONS") {
        for entry in std::fs::read_dir(Path::new(&folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "txt") {
                texts.push(std::fs::read_to_string(path).unwrap());
            }
        }
        assert!(texts.len() > 1, "no *.txt in TANDEM_EVALUATIONS");
    }
    texts
}

on_both!(an_evaluation_is_signed_shared_refused_amended_and_proven);
fn an_evaluation_is_signed_shared_refused_amended_and_proven(house: &House) {
    let mut expected = Vec::new();
    for text in evaluations() {
        main_job(house, &text, &mut expected);
    }
    house.finish();
    house.verify_from_outside(Practice::Lakeside);
    assert_eq!(told_by_the_log(house), expected, "exactly these events, in this order");
}

/// One evaluation from draft to amendment, with what the log must tell of it.
fn main_job(house: &House, text: &str, expected: &mut Vec<String>) {
    let body = without_empty_lists(to_note(text));
    let new = json!({"kind": "initial_assessment", "service_at": "2026-03-02T07:00:00Z", "body": body});
    let notes = format!("/patients/{}/notes", Patient::Ana.id());

    let draft = house.as_(Who::Physio).post(&notes, new).is(201);
    expected.push("physio create_note done care_team note 1".to_owned());
    let note = format!("/notes/{}", draft.id());

    let stub = house.as_(Who::Massage).get(&note).is(200);
    expected.push("massage read_note done care_team note".to_owned());
    assert_eq!(
        (&stub.json["shown"], &stub.json["body"]),
        (&json!("stub"), &Value::Null),
        "a draft's words are its author's"
    );

    let signed = house.as_(Who::Physio).if_match(draft.version()).post(&format!("{note}/sign"), None).is(200);
    expected.push("physio sign_note done care_team note 2 hashed".to_owned());
    assert_eq!(signed.json["state"], "signed");

    let read = house.as_(Who::Massage).get(&note).is(200);
    expected.push("massage read_note done care_team note".to_owned());
    for part in ["subjective", "objective", "assessment", "plan"] {
        assert_eq!(read.json["body"][part], body[part], "{part} reads as it was written");
    }

    house.as_(Who::OtherMassage).get(&note).is(403).refused("no_relation");
    expected.push("other_massage read_note refused no_relation note".to_owned());

    let save = json!({"service_at": "2026-03-02T07:00:00Z", "body": body});
    house.as_(Who::Massage).if_match(signed.version()).put(&note, save).is(403).refused("not_the_author");
    expected.push("massage save_draft refused not_the_author note".to_owned());

    let diagnosis = json!({"kind": "progress", "service_at": "2026-03-02T07:00:00Z",
        "body": {"assessment": {"diagnosis": "Adhesive capsulitis"}}});
    let refused = house.as_(Who::Massage).post(&notes, diagnosis).is(403).refused("diagnosis_not_permitted");
    expected.push("massage create_note refused diagnosis_not_permitted patient".to_owned());
    assert_eq!(refused.json["errors"][0]["pointer"], "/body/assessment/diagnosis");

    let mut corrected = body.clone();
    corrected["plan"]["next_visit"] = json!("In two days.");
    let amendment = json!({"reason": "omission", "explanation": "The next visit was left out", "body": corrected});
    let amended = house.as_(Who::Physio).if_match(signed.version()).post(&format!("{note}/amend"), amendment).is(200);
    expected.push("physio amend_note done care_team note 3 hashed".to_owned());
    assert_eq!(amended.json["current_version"], 2);

    let diff = house.as_(Who::Massage).get(&format!("{note}/diff?from=1&to=2")).is(200);
    expected.push("massage read_note done care_team note".to_owned());
    assert_eq!(diff.json["items"][0]["pointer"], "/plan/next_visit");
}

/// A list without rows is not kept, and so not read back.
fn without_empty_lists(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, field)| field.as_array().is_none_or(|list| !list.is_empty()))
            .map(|(name, field)| (name, without_empty_lists(field)))
            .collect(),
        kept => kept,
    }
}

/// Every sealed event of the practice, a line each: who, what, outcome, why, object, version, hash, text.
fn told_by_the_log(house: &House) -> Vec<String> {
    let people = [(Who::Physio, "physio"), (Who::Massage, "massage"), (Who::OtherMassage, "other_massage")];
    house.sealed_events(Practice::Lakeside).iter().map(|event| line(event, &people)).collect()
}

fn line(event: &Event, people: &[(Who, &str)]) -> String {
    let tandem::audit::By::Staff { staff, .. } = event.actor else { panic!("only staff acted: {event:?}") };
    let name = people.iter().find(|(who, _)| who.id() == staff).expect("one of the three").1;
    assert!(event.subjects.iter().eq([&Patient::Ana.id()]), "every event names whose record it was");
    let object = event.object.expect("every event names its object");
    let mut words = vec![name.to_owned(), event.action.to_string(), event.outcome.to_string(), event.code.to_string()];
    words.push(object.kind.to_string());
    words.extend(object.version.map(|version| version.to_string()));
    words.extend(event.hash.map(|_| "hashed".to_owned()));
    words.extend(event.text.map(|_| "explained".to_owned()));
    words.join(" ")
}
