//! A day in the pages: an evaluation, the referral that follows from it, its answer and its review, and what the manager finds
//! of all that in the log. Clicks and key commands are counted, for a therapist has ten minutes.

use serde_json::json;

use crate::evaluation::to_note;
use crate::house::{House, Patient, Who, Window, in_chromium, new_visit};

const EVALUATION: &str = include_str!("../../fixtures/evaluation.txt");

/// Something done every day.
pub(super) struct Daily {
    /// What it is, as docs/tour.md says it.
    pub(super) what: &'static str,
    /// How many clicks and key commands it takes besides typing.
    pub(super) counted: u32,
    /// How many it may take.
    pub(super) most: u32,
}

const NOTE: Daily = Daily { what: "A routine note, from the worklist to the signature", counted: 11, most: 14 };
const REFERRAL: Daily = Daily { what: "A referral, from the open note until it is sent", counted: 4, most: 8 };
const ANSWER: Daily = Daily { what: "Answering a referral, from the worklist", counted: 2, most: 3 };

/// What docs/tour.md tells.
pub(super) const COUNTED: [Daily; 3] = [NOTE, REFERRAL, ANSWER];

impl Daily {
    /// Fails unless it took as many as are told, and no more than it may take.
    #[track_caller]
    fn took(&self, clicks: u32) {
        assert!(clicks <= self.most, "{}: {clicks} clicks, at most {}", self.what, self.most);
        assert_eq!(clicks, self.counted, "{}: docs/tour.md tells another number", self.what);
    }
}

/// Control and Enter at once.
const SIGN: &str = "\u{E009}\u{E007}";

/// Names the next part that waits to be confirmed, and says whether there is one.
const NEXT_COPIED: &str = "document.getElementById('next-copied')?.removeAttribute('id');
    const box = [...document.querySelectorAll('.copied input:not(:checked)')].find((box) => box.offsetParent);
    if (box) box.closest('label').id = 'next-copied';
    return box !== undefined";

fn ana(rest: &str) -> String {
    format!("/patients/{}{rest}", Patient::Ana.id())
}

/// The field of a note.
fn field(name: &str) -> String {
    format!("[name='body/{name}']")
}

/// A number of the row of pain.
fn pain(number: u8) -> String {
    format!("label:has([name='body/subjective/pain/now'][value='{number}'])")
}

in_chromium!(from_an_evaluation_to_a_closed_referral_that_the_manager_finds_in_the_log);
fn from_an_evaluation_to_a_closed_referral_that_the_manager_finds_in_the_log(house: &House, window: &Window) {
    let episode = house.as_(Who::Physio).post(&ana("/episodes"), json!({"complaint": "Tension headache"})).is(201);
    window.signs_in(Who::Physio);
    let dictated = to_note(EVALUATION);
    evaluates(window, episode.id(), &dictated);
    let listed = house.as_(Who::Physio).get(&ana("/notes?limit=1")).is(200);
    let signed = house.as_(Who::Physio).get(&format!("/notes/{}", listed.json["items"][0]["id"].as_str().unwrap()));
    for part in ["subjective", "objective", "assessment", "plan"] {
        assert_eq!(signed.json["body"][part]["text"], dictated[part]["text"], "{part}");
    }
    let measured = json!([{"type": "range", "movement": "Rotation", "side": "left", "value": 55, "unit": "degrees"}]);
    assert_eq!(signed.json["body"]["objective"]["measurements"], measured);
    assert_eq!(signed.json["body"]["objective"]["body_chart"][0]["view"], "front");

    // From the open note to a referral that is sent.
    window.done();
    window.presses("r");
    window.comes_to(&ana("/referrals/new"));
    window.types("[name=question]", "Does soft tissue work make the headache rarer?");
    window.chooses_one_with("[name='target@json']", "Milo");
    window.clicks_on("The patient agrees");
    window.clicks_on("Send");
    window.says("The referral is sent");
    REFERRAL.took(window.done());
    let referral = window.path();
    window.signs_out();

    // Milo finds it on his worklist, and takes it.
    window.signs_in(Who::OtherMassage);
    window.done();
    window.clicks(&format!("[href='{referral}']"));
    window.clicks_on("Accept");
    window.says("Write a note for it");
    ANSWER.took(window.done());
    treats(window);
    window.goes(&referral);
    window.says("Report returned");
    window.signs_out();

    // Paula reviews it, and says what happens next.
    window.signs_in(Who::Physio);
    window.clicks(&format!("[href='{referral}']"));
    window.clicks_on("Close it");
    window.types("details[open] [name=words]", "Exercises at home");
    window.clicks("details[open] button[type=submit]");
    window.says("Exercises at home");
    window.signs_out();

    // Mona finds all of it.
    window.signs_in(Who::Manager);
    window.goes("/audit");
    window.says("How far it is proven");
    let log = window.text();
    for who in ["Paula Frei", "Milo"] {
        assert!(log.contains(who), "{who}: {log}");
    }
}

/// Writes the whole of an evaluation, with a measurement and a mark on the body chart, and signs it.
fn evaluates(window: &Window, episode: &str, dictated: &serde_json::Value) {
    window.goes(&ana(""));
    window.presses("n");
    window.comes_to(&ana("/notes/new"));
    window.clicks_on("Initial assessment");
    window.comes_to(&ana("/notes/new?kind=initial_assessment"));
    window.finds("#note");
    window.runs("document.querySelectorAll('#note details').forEach((part) => (part.open = true))");
    window.chooses("[name=episode_id]", episode);
    for part in ["subjective", "objective", "assessment", "plan"] {
        window.types(&field(&format!("{part}/text")), dictated[part]["text"].as_str().unwrap());
    }
    window.types(&field("assessment/diagnosis"), "Tension headache");
    window.clicks(&pain(6));
    window.types(&field("objective/measurements/0/movement"), "Rotation");
    window.chooses(&field("objective/measurements/0/side"), "left");
    window.types(&field("objective/measurements/0/value@json"), "55");
    window.clicks("svg[data-view=front]");
    window.finds(".spot");
    window.presses("\u{E014}");
    window.chooses(&field("treatment/0/technique"), "therapeutic_exercise");
    window.types(&field("treatment/0/minutes"), "20");
    window.types(&field("treatment/0/response"), "Tolerated well");
    window.clicks_on("Given by the patient");
    window.says("Saved at");
    window.presses(SIGN);
    window.says("Signed by Paula Frei");
}

/// Writes a note for a referral, signs it, and reports with it.
fn treats(window: &Window) {
    window.clicks_on("Write a note for it");
    window.types(&field("subjective/text"), "Less tense than last week");
    window.clicks(&pain(2));
    window.types(&field("assessment/progress"), "Half as often");
    window.chooses(&field("treatment/0/technique"), "deep_tissue_massage");
    window.types(&field("treatment/0/minutes"), "30");
    window.types(&field("treatment/0/region"), "neck");
    window.types(&field("treatment/0/response"), "Softer");
    window.types(&field("plan/text"), "Once more in two weeks");
    window.clicks_on("Given by the patient");
    window.chooses("[name='signing/answers_referral']", "answered");
    window.says("Saved at");
    window.presses(SIGN);
    window.says("Signed by Milo");
}

in_chromium!(a_routine_note_takes_few_clicks);
fn a_routine_note_takes_few_clicks(house: &House, window: &Window) {
    let mut last = new_visit();
    let more = json!({"technique": "education", "minutes": 5, "response": "Understood"});
    last["body"]["treatment"].as_array_mut().unwrap().push(more);
    let last = house.begins(Who::Physio, Patient::Ana, &last);
    house.moves(Who::Physio, &last, "sign", None).is(200);
    window.signs_in(Who::Physio);
    window.done();
    window.clicks(&format!("#content [href='{}']", ana("")));
    window.comes_to(&ana(""));
    window.finds("[aria-keyshortcuts=c]");
    window.presses("c");
    window.finds("#note");
    // Two parts written anew, over what was copied; the first is where the cursor stands.
    window.presses("\u{E009}a");
    window.types(&field("subjective/text"), "Slept through the night");
    window.clicks(&pain(1));
    window.clicks(&field("plan/text"));
    window.types(&field("plan/text"), " Swimming is fine.");
    for row in 0..2 {
        window.clicks(&field(&format!("treatment/{row}/response")));
        window.types(&field(&format!("treatment/{row}/response")), ", and well tolerated");
    }
    window.clicks_on("Given by the patient");
    // What was copied and stands unchanged is said to be so today.
    while window.runs(NEXT_COPIED) == json!(true) {
        window.clicks("#next-copied");
    }
    window.says("Saved at");
    window.presses(SIGN);
    window.says("Signed by Paula Frei");
    NOTE.took(window.done());
}
