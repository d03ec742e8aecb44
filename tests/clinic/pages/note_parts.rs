//! Every part of a note goes through the form: what is entered there is what the API reads back.

use serde_json::json;

use super::form::{fields, pairs, typed};
use crate::house::{House, MORNING, Patient, Who, new_visit, on_both};

/// A note in which every part says something.
fn everything() -> serde_json::Value {
    json!({
        "schema_version": 1,
        "subjective": {"text": "Neck eases.\nStiff at \"six\" & <b>tired</b> 🙂 \u{202b}كتف\u{202c}", "aggravating": "Sitting", "easing": "Heat",
            "sleep": "Six hours", "psychosocial": "Exams", "goals": ["Swim a kilometre", "Sleep\nthrough"],
            "pain": {"now": 0, "best": 1, "worst": 10}},
        "objective": {"text": "Guarded", "palpation": "Tight scalenes",
            "measurements": [
                {"type": "range", "movement": "rotation", "side": "left", "value": 60.5, "unit": "degrees", "normal": 80},
                {"type": "special_test", "name": "Spurling", "positive": false},
                {"type": "strength", "muscle": "deltoid", "side": "bilateral", "grade": "4+"},
                {"type": "range", "movement": "fingertip to floor", "value": -3, "unit": "centimetres"}],
            "body_chart": [{"view": "back", "x": 340, "y": 220, "kind": "trigger_point", "intensity": 6},
                {"view": "left", "x": 0, "y": 1000, "kind": "scar"}]},
        "assessment": {"text": "Settles", "diagnosis": "Facet joint irritation", "response": "Looser", "progress": "Half"},
        "plan": {"text": "Go on", "next_visit": "in one week", "home_exercises": "Chin tucks", "advice": "Breaks",
            "planned_techniques": ["education", "swedish_massage"]},
        "treatment": [{"technique": "joint_mobilisation", "region": "neck", "side": "left", "minutes": 15,
            "dose": "grade III", "response": "10 degrees more"}, {"technique": "heat", "minutes": 10}],
        "consent": {"given": true, "given_by": {"who": "patient"},
            "sensitive_areas": [{"area": "chest", "given": true}, {"area": "groin", "given": false}]},
        "outcome": "Ended well",
        "text": "Rang twice"
    })
}

on_both!(a_form_that_is_sent_as_it_is_shown_changes_nothing);
fn a_form_that_is_sent_as_it_is_shown_changes_nothing(house: &House) {
    for (kind, shared) in
        [("progress", "care_team"), ("initial_assessment", "discipline"), ("phone_contact", "care_team")]
    {
        let new = json!({"kind": kind, "service_at": MORNING, "sharing": shared, "body": everything()});
        let draft = house.begins(Who::Physio, Patient::Ana, &new);
        let paula = house.browser_of(Who::Physio);
        let edit = format!("/notes/{}/edit", draft.id());
        let page = paula.get(&edit).is(200);
        paula.post(&edit, &pairs(&fields(&page))).goes_to(&edit);
        let saved = house.reads(Who::Physio, &draft).is(200);
        assert_eq!(saved.json["body"], everything(), "{kind}");
        assert_eq!((&saved.json["sharing"], &saved.json["version"]), (&json!(shared), &json!(2)));
    }
}

on_both!(what_is_entered_in_the_form_is_what_the_api_reads);
fn what_is_entered_in_the_form_is_what_the_api_reads(house: &House) {
    let paula = house.browser_of(Who::Physio);
    let page = paula.get(&format!("/patients/{}/notes/new?kind=initial_assessment", Patient::Ana.id())).is(200);
    let entered = [
        ("body/subjective/goals/0", "Swim"),
        ("body/objective/measurements/0/movement", "rotation"),
        ("body/objective/measurements/0/value@json", "62,5"),
        ("body/objective/measurements/1/muscle", "deltoid"),
        ("body/objective/measurements/1/side", "right"),
        ("body/objective/measurements/1/grade", "5-"),
        ("body/objective/measurements/2/name", "Spurling"),
        ("body/objective/measurements/2/positive@json", "true"),
        ("body/objective/body_chart/1/view", "front"),
        ("body/objective/body_chart/1/x", "500"),
        ("body/objective/body_chart/1/y", "300"),
        ("body/objective/body_chart/1/kind", "pain"),
        ("body/plan/planned_techniques/1", "education"),
        ("body/consent@json", r#"{"given":false,"given_by":{"who":"patient"}}"#),
        ("body/consent/sensitive_areas/0/area", "chest"),
        ("body/consent/sensitive_areas/0/given", "false"),
    ];
    let begin = format!("/patients/{}/notes", Patient::Ana.id());
    let edit = paula.post(&begin, &pairs(&typed(&page, &entered))).is(303).location().to_owned();
    let read = house.as_(Who::Physio).get(edit.trim_end_matches("/edit")).is(200);
    assert_eq!(read.json["kind"], "initial_assessment");
    let expected = json!({
        "schema_version": 1,
        "subjective": {"goals": ["Swim"]},
        "objective": {
            "measurements": [
                {"type": "range", "movement": "rotation", "value": 62.5, "unit": "degrees"},
                {"type": "strength", "muscle": "deltoid", "side": "right", "grade": "5-"},
                {"type": "special_test", "name": "Spurling", "positive": true}],
            "body_chart": [{"view": "front", "x": 500, "y": 300, "kind": "pain"}]},
        "plan": {"planned_techniques": ["education"]},
        "consent": {"given": false, "given_by": {"who": "patient"}, "sensitive_areas": [{"area": "chest", "given": false}]}
    });
    assert_eq!(read.json["body"], expected);
    // A row that is emptied is gone.
    let page = paula.get(&edit).is(200);
    let emptied = [
        ("body/objective/measurements/0/movement", ""),
        ("body/objective/measurements/0/value@json", ""),
        ("body/objective/measurements/2/name", ""),
        ("body/objective/measurements/2/positive@json", ""),
    ];
    paula.post(&edit, &pairs(&typed(&page, &emptied))).goes_to(&edit);
    let read = house.as_(Who::Physio).get(edit.trim_end_matches("/edit")).is(200);
    assert_eq!(read.json["body"]["objective"]["measurements"], json!([expected["objective"]["measurements"][1]]));
}

on_both!(what_is_wrong_is_said_at_its_row_and_nothing_typed_is_lost);
fn what_is_wrong_is_said_at_its_row_and_nothing_typed_is_lost(house: &House) {
    let paula = house.browser_of(Who::Physio);
    let page = paula.get(&format!("/patients/{}/notes/new", Patient::Ana.id())).is(200);
    let begin = format!("/patients/{}/notes", Patient::Ana.id());
    for (entered, says) in [
        (vec![("body/objective/measurements/0/value@json", "60")], "body-objective-measurements-0-movement-error"),
        (
            vec![
                ("body/objective/measurements/0/movement", "flexion <i>"),
                ("body/objective/measurements/0/value@json", "lots"),
            ],
            "id=\"f-body-objective-measurements-0\"",
        ),
        (
            vec![("body/treatment/0/minutes", "481"), ("body/treatment/0/technique", "heat")],
            "f-body-treatment-0-minutes-error",
        ),
        (
            vec![("body/objective/body_chart/0/view", "back"), ("body/objective/body_chart/0/kind", "pain")],
            "f-body-objective-body_chart-0-x-error",
        ),
    ] {
        let refused = paula.post(&begin, &pairs(&typed(&page, &entered))).is(422).says(says);
        let shown = fields(&refused);
        for (name, value) in entered {
            let bare = name.trim_end_matches("@json");
            assert!(shown.iter().any(|(field, held)| field.starts_with(bare) && held == value), "{name}: {shown:?}");
        }
    }
    assert_eq!(house.count("SELECT COUNT(*) AS number FROM note"), 0);
}

on_both!(whatever_people_write_is_shown_unharmed_and_runs_nowhere);
fn whatever_people_write_is_shown_unharmed_and_runs_nowhere(house: &House) {
    let long: String =
        "Schulter <script>alert(1)</script> 🙂 \u{202b}كتف\u{202c}\n".chars().cycle().take(20_000).collect();
    let mut new = new_visit();
    new["body"]["subjective"]["text"] = json!(long);
    new["body"]["treatment"][0]["region"] = json!("\"><img src=x onerror=alert(1)>");
    let draft = house.begins(Who::Physio, Patient::Ana, &new);
    let paula = house.browser_of(Who::Physio);
    let edit = format!("/notes/{}/edit", draft.id());
    let page = paula.get(&edit).is(200).says_not("<script>alert").says_not("<img src=x");
    let sent = fields(&page);
    assert!(sent.contains(&("body/subjective/text".to_owned(), long.clone())));
    let note = edit.trim_end_matches("/edit");
    paula.post(&format!("{note}/sign"), &pairs(&sent)).goes_to(note);
    let read = house.reads(Who::Physio, &draft).is(200);
    assert_eq!(read.json["body"]["subjective"]["text"], json!(long));
    paula.get(note).is(200).says("Schulter &#60;script&#62;").says_not("<script>alert").says_not("<img src=x");
}

on_both!(each_kind_of_note_opens_the_parts_that_it_is_about);
fn each_kind_of_note_opens_the_parts_that_it_is_about(house: &House) {
    let paula = house.browser_of(Who::Physio);
    let page = |kind: &str| paula.get(&format!("/patients/{}/notes/new?kind={kind}", Patient::Ana.id())).is(200);
    let opens = |page: &crate::house::Answer, part: &str| page.text.contains(&format!("id=\"f-body-{part}\" open>"));
    let progress = page("progress");
    assert!(["subjective", "objective", "assessment", "treatment", "plan"].iter().all(|part| opens(&progress, part)));
    let phone = page("phone_contact").says("What was said");
    assert!(!opens(&phone, "treatment") && !opens(&phone, "plan"));
    let review = page("joint_review");
    assert!(opens(&review, "assessment") && opens(&review, "plan") && !opens(&review, "treatment"));
    page("discharge").says("How the treatment ended");
    paula.get(&format!("/patients/{}/notes/new?kind=novel", Patient::Ana.id())).is(422);
}
