//! One call may do more than one thing: each leaves its event.

use serde_json::json;
use tandem::audit::{Event, Outcome};
use tandem::ids::PatientId;
use tandem::policy::Action;

use crate::house::{Answer, House, MORNING, Patient, Practice, Who, new_visit, on_both};

/// The events of the newest call for `action`: what, whether it was done, to what, of whom.
fn left_by(house: &House, action: Action) -> Vec<(Action, Outcome, String, Vec<PatientId>)> {
    let events = house.sealed_events(Practice::Lakeside);
    let call = events.iter().rfind(|event| event.action == action).unwrap().request.clone();
    let told = |event: &Event| {
        let object = event.object.map(|object| object.id.to_string()).unwrap_or_default();
        (event.action, event.outcome, object, event.subjects.iter().copied().collect())
    };
    events.iter().filter(|event| event.request == call).map(told).collect()
}

fn id(answer: &Answer) -> String {
    answer.id().to_owned()
}

on_both!(a_replacement_in_another_record_is_begun_by_an_event_there);
fn a_replacement_in_another_record_is_begun_by_an_event_there(house: &House) {
    let (ana, beat) = (Patient::Ana.id(), Patient::Beat.id());
    let wrong = house.signs_a_visit(Who::Physio, Patient::Ana);
    let declared = json!({"reason": "Beat's", "replacement": {"patient_id": beat}});
    house.moves(Who::Physio, &wrong, "entered-in-error", declared.clone()).is(403).refused("no_relation");
    let refused = [
        (Action::EnterInError, Outcome::Refused, id(&wrong), vec![ana]),
        (Action::CreateNote, Outcome::Refused, beat.to_string(), vec![beat]),
    ];
    assert_eq!(left_by(house, Action::EnterInError), refused, "Beat's record tells of the attempt");

    house.joins(Who::Physio, Patient::Beat);
    let moved = house.moves(Who::Physio, &wrong, "entered-in-error", declared).is(200);
    let right = moved.json["replaced_by"].as_str().unwrap().to_owned();
    let done = [
        (Action::CreateNote, Outcome::Done, right, vec![beat]),
        (Action::EnterInError, Outcome::Done, id(&wrong), vec![ana, beat]),
    ];
    assert_eq!(left_by(house, Action::EnterInError), done);
}

on_both!(what_is_done_beside_what_was_asked_for_has_its_event);
fn what_is_done_beside_what_was_asked_for_has_its_event(house: &House) {
    let (of_ana, ana) = (|tail: &str| format!("/patients/{}{tail}", Patient::Ana.id()), vec![Patient::Ana.id()]);
    let item = |replaces| json!({"kind": "allergy", "what": "Latex", "severity": "caution", "replaces": replaces});
    let former = house.as_(Who::Physio).post(&of_ana("/safety-items"), item(None)).is(201);
    let item = house.as_(Who::Physio).post(&of_ana("/safety-items"), item(Some(former.id()))).is(201);
    let done = [
        (Action::ResolveSafetyItem, Outcome::Done, id(&former), ana.clone()),
        (Action::RaiseSafetyItem, Outcome::Done, id(&item), ana.clone()),
    ];
    assert_eq!(left_by(house, Action::RaiseSafetyItem), done, "one item ends where another begins");

    let complaint = json!({"complaint": "Stiff neck", "discipline": "physiotherapy"});
    let episode = house.as_(Who::Physio).post(&of_ana("/episodes"), complaint).is(201);
    let words = json!({"kind": "phone_contact", "service_at": MORNING, "episode_id": episode.id(),
        "body": {"text": "Called"}});
    let note = house.as_(Who::Massage).post(&of_ana("/notes"), words.clone()).is(201);
    let done = [
        (Action::ChangeEpisode, Outcome::Done, id(&episode), ana.clone()),
        (Action::CreateNote, Outcome::Done, id(&note), ana.clone()),
    ];
    assert_eq!(left_by(house, Action::CreateNote), done, "massage joins the episode");
    let second = house.as_(Who::Massage).post(&of_ana("/notes"), words).is(201);
    let done = [(Action::CreateNote, Outcome::Done, id(&second), ana.clone())];
    assert_eq!(left_by(house, Action::CreateNote), done, "and takes part from then on");

    let source = house.as_(Who::Physio).post(&of_ana("/notes"), new_visit()).is(201);
    let source = house.moves(Who::Physio, &source, "sign", None).is(200);
    let copy = format!("/notes/{}/copy-forward", source.id());
    let copy = house.as_(Who::Physio).post(&copy, json!({"service_at": MORNING})).is(201);
    let done = [
        (Action::ReadNote, Outcome::Done, id(&source), ana.clone()),
        (Action::CopyNote, Outcome::Done, id(&copy), ana),
    ];
    assert_eq!(left_by(house, Action::CopyNote), done, "whose words it took");
}
