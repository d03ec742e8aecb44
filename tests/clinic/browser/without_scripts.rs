//! A note is written and signed, and a referral answered, in a browser that runs no script.

use serde_json::json;

use crate::house::{House, Patient, Who, Window, in_chromium};
use crate::referrals::{moves, reads, said, sent, to_milo};

fn ana(rest: &str) -> String {
    format!("/patients/{}{rest}", Patient::Ana.id())
}

/// The field of a note.
fn field(name: &str) -> String {
    format!("[name='body/{name}']")
}

/// A field in the row of a table that is called so.
fn in_row(called: &str, name: &str) -> String {
    format!("[aria-label='{called}'] [name$='/{name}']")
}

/// What only a script makes.
fn runs_no_script(window: &Window) {
    assert_eq!(window.counts("form#note"), 1, "a note is being written");
    assert_eq!(window.counts(".more-rows, .less, .scripted"), 0, "a script ran");
}

in_chromium!(a_note_is_read_written_and_signed_without_scripts, crate::house::Scripts::AreOff);
fn a_note_is_read_written_and_signed_without_scripts(house: &House, window: &Window) {
    let last = house.signs_a_visit(Who::Massage, Patient::Ana);
    window.signs_in(Who::Physio);
    window.clicks(&format!("#content [href='{}']", ana("")));
    window.clicks(&format!("#content [href='/notes/{}']", last.id()));
    window.says("Neck eases; still stiff in the morning.");
    window.goes(&ana(""));
    window.clicks_on("New note");
    runs_no_script(window);
    window.types(&field("subjective/text"), "Slept through the night.");
    window.clicks(&format!("label:has({}[value='2'])", field("subjective/pain/now")));
    window.clicks_on("Measurements");
    ranges(window, 1, "Rotation", "60");
    treats(window, 1, "joint_mobilisation", "15", "Ten degrees more");
    window.clicks_on("Save the draft");

    // Each save brings the next empty row.
    window.says("The draft is saved.");
    runs_no_script(window);
    ranges(window, 2, "Flexion", "45");
    treats(window, 2, "education", "5", "Understood");
    // What is missing is said in its place, and nothing is lost.
    window.clicks_on("Save and sign");
    window.finds("#faults");
    window.finds("#f-body-consent-error, #f-body-plan-text-error");
    window.clicks_on("Given by the patient");
    window.types(&field("plan/text"), "Once more on Friday.");
    window.clicks_on("Save and sign");
    window.says("Signed by Paula Frei");

    let listed = house.as_(Who::Physio).get(&ana("/notes?limit=1")).is(200);
    let signed = house.as_(Who::Physio).get(&format!("/notes/{}", listed.json["items"][0]["id"].as_str().unwrap()));
    let body = &signed.is(200).json["body"];
    assert_eq!(body["subjective"]["text"], "Slept through the night.");
    assert_eq!(body["subjective"]["pain"]["now"], 2);
    assert_eq!(body["plan"]["text"], "Once more on Friday.");
    let range =
        |movement: &str, value: u8| json!({"type": "range", "movement": movement, "value": value, "unit": "degrees"});
    assert_eq!(body["objective"]["measurements"], json!([range("Rotation", 60), range("Flexion", 45)]));
    let done = |technique: &str, minutes: u8, response: &str| json!({"technique": technique, "minutes": minutes, "response": response});
    let rows = [done("joint_mobilisation", 15, "Ten degrees more"), done("education", 5, "Understood")];
    assert_eq!(body["treatment"], json!(rows));
}

/// Fills in a row of ranges.
fn ranges(window: &Window, row: u8, movement: &str, value: &str) {
    let row = format!("Range {row}");
    window.types(&in_row(&row, "movement"), movement);
    window.types(&in_row(&row, "value@json"), value);
}

/// Fills in a row of treatment.
fn treats(window: &Window, row: u8, technique: &str, minutes: &str, response: &str) {
    let row = format!("Treatment {row}");
    window.chooses(&in_row(&row, "technique"), technique);
    window.types(&in_row(&row, "minutes"), minutes);
    window.types(&in_row(&row, "response"), response);
}

in_chromium!(a_referral_is_answered_without_scripts, crate::house::Scripts::AreOff);
fn a_referral_is_answered_without_scripts(house: &House, window: &Window) {
    let referral = sent(house, &to_milo());
    let page = format!("/referrals/{}", referral.id());
    window.signs_in(Who::OtherMassage);
    window.clicks(&format!("[href='{page}']"));
    window.clicks_on("Ask back");
    window.types("details[open] [name=words]", "Any dizziness?");
    window.clicks("details[open] button[type=submit]");
    window.says("Any dizziness?");
    let asked = reads(house, Who::Physio, &referral).is(200);
    moves(house, Who::Physio, &asked, "answer", said("None")).is(200);
    window.goes(&page);
    window.clicks_on("Accept");
    window.says("Write a note for it");
    window.clicks_on("Write a note for it");
    runs_no_script(window);
    window.types(&field("subjective/text"), "Less tense than last week");
    window.types(&field("assessment/progress"), "Half as often");
    treats(window, 1, "deep_tissue_massage", "30", "Softer");
    window.types(&in_row("Treatment 1", "region"), "neck");
    window.types(&field("plan/text"), "Once more in two weeks");
    window.clicks_on("Given by the patient");
    window.clicks_on("Save the draft");
    window.says("The draft is saved.");
    window.chooses("[name='signing/answers_referral']", "answered");
    window.clicks_on("Save and sign");
    window.says("Signed by Milo");
    let read = house.as_(Who::Physio).get(&page).is(200);
    assert_eq!(read.json["state"], "report_returned");
    window.goes(&page);
    window.says("Report returned");
}
