//! Notes are written and signed in the pages, without a script.

use serde_json::json;

use super::form::{fields, pairs, typed};
use crate::house::{House, MORNING, Patient, Who, new_visit, on_both};

const BY_PATIENT: &str = r#"{"given":true,"given_by":{"who":"patient"}}"#;

const TYPED: [(&str, &str); 7] = [
    ("body/subjective/text", "Slept <b>well</b>; \"stiff\" at 6 o'clock & tired 🙂"),
    ("body/subjective/pain/now", "3"),
    ("body/treatment/0/technique", "joint_mobilisation"),
    ("body/treatment/0/minutes", "15"),
    ("body/treatment/0/response", "10 degrees more"),
    ("body/consent@json", BY_PATIENT),
    ("body/plan/text", "Once more on Friday."),
];

on_both!(a_note_is_begun_saved_and_signed_without_a_script);
fn a_note_is_begun_saved_and_signed_without_a_script(house: &House) {
    let paula = house.browser_of(Who::Physio);
    let new = paula.get(&format!("/patients/{}/notes/new", Patient::Ana.id())).is(200);
    let notes = format!("/patients/{}/notes", Patient::Ana.id());
    let begun = typed(&new, &TYPED[..2]);
    let edit = paula.post(&notes, &pairs(&begun)).is(303).location().to_owned();
    assert_eq!(paula.post(&notes, &pairs(&begun)).is(303).location(), edit, "a double click begins one note");
    let note = edit.trim_end_matches("/edit").to_owned();

    // What is missing is said in its place, and what was typed is saved all the same.
    let page = paula.get(&edit).is(200).says("Slept &#60;b&#62;well&#60;/b&#62;");
    let refused = paula.post(&format!("{note}/sign"), &pairs(&fields(&page))).is(422).says("id=\"faults\"");
    let refused = refused.says("Slept &#60;b&#62;well").says("Record at least one technique applied");
    let refused = refused.says("Record the patient&#39;s consent to the treatment").says("Write what is planned");
    let whole = typed(&refused, &TYPED[2..]);
    paula.post(&edit, &pairs(&whole)).goes_to(&edit);
    let page = paula.get(&edit).is(200).says("Saved.");
    let saved = fields(&page);
    for (name, value) in TYPED.iter().filter(|(name, _)| !name.ends_with("@json")) {
        assert!(saved.contains(&((*name).to_owned(), (*value).to_owned())), "{name}: {saved:?}");
    }
    paula.post(&format!("{note}/sign"), &pairs(&saved)).goes_to(&note);
    paula.post(&format!("{note}/sign"), &pairs(&saved)).goes_to(&note);
    let page = paula.get(&note).is(200).says("Signed by").says("Slept &#60;b&#62;well").says("Joint mobilisation");
    page.says("Consent given by the patient");
    assert_eq!(house.count("SELECT COUNT(*) AS number FROM note_version"), 1, "a double click signs once");
    // Milo does not treat Ana, and reads neither the note nor a form for one.
    house.browser_of(Who::OtherMassage).get(&edit).is(403);
}

on_both!(a_draft_that_was_saved_elsewhere_shows_both_texts);
fn a_draft_that_was_saved_elsewhere_shows_both_texts(house: &House) {
    let draft = house.begins(Who::Physio, Patient::Ana, &new_visit());
    let paula = house.browser_of(Who::Physio);
    let edit = format!("/notes/{}/edit", draft.id());
    let here = typed(&paula.get(&edit).is(200), &[("body/plan/text", "Written on the tablet")]);
    let mut elsewhere = new_visit()["body"].clone();
    elsewhere["plan"]["text"] = json!("Written at the desk");
    let save = json!({"service_at": MORNING, "body": elsewhere});
    house.as_(Who::Physio).if_match(1).put(&format!("/notes/{}", draft.id()), save).is(200);
    let page = paula.post(&edit, &pairs(&here)).is(412);
    let page = page.says("Written on the tablet").says("What was saved meanwhile").says("Written at the desk");
    paula.post(&edit, &pairs(&fields(&page))).goes_to(&edit);
    let now = house.reads(Who::Physio, &draft).is(200);
    assert_eq!(now.json["body"]["plan"]["text"], "Written on the tablet");
}

on_both!(a_massage_therapist_is_told_to_write_an_impression);
fn a_massage_therapist_is_told_to_write_an_impression(house: &House) {
    let mara = house.browser_of(Who::Massage);
    let page = mara.get(&format!("/patients/{}/notes/new", Patient::Ana.id())).is(200);
    let page = page.says("Clinical impression").says_not("body/assessment/diagnosis");
    // Sent all the same, it is refused, and nothing of it lost.
    let mut sent = fields(&page);
    sent.push(("body/assessment/diagnosis".to_owned(), "Facet joint irritation".to_owned()));
    let notes = format!("/patients/{}/notes", Patient::Ana.id());
    let refused = mara.post(&notes, &pairs(&sent)).is(403).says("Write a clinical impression instead");
    refused.says("Facet joint irritation");
    assert_eq!(house.count("SELECT COUNT(*) AS number FROM note"), 0);
}

on_both!(a_script_saves_by_the_same_form_and_is_told_the_version);
fn a_script_saves_by_the_same_form_and_is_told_the_version(house: &House) {
    let paula = house.browser_of(Who::Physio);
    let page = paula.get(&format!("/patients/{}/notes/new", Patient::Ana.id())).is(200);
    let mut form = typed(&page, &TYPED[..1]);
    form.push(("_automatic".to_owned(), "yes".to_owned()));
    let notes = format!("/patients/{}/notes", Patient::Ana.id());
    let begun = paula.post(&notes, &pairs(&form)).is(200);
    assert_eq!((&begun.json["version"], &begun.json["at"]), (&json!(1), &json!("08:00")));
    let edit = begun.json["edit"].as_str().unwrap().to_owned();
    assert_eq!(paula.post(&notes, &pairs(&form)).is(200).json["edit"], begun.json["edit"], "sent again, it is known");
    form.push(("_version".to_owned(), "1".to_owned()));
    let saved = paula.post(&edit, &pairs(&form)).is(200);
    assert_eq!(saved.json["version"], 2);
    paula.post(&edit, &pairs(&form)).is(412);
    form.retain(|(name, _)| name != "_version");
    let more = [("_version", "2"), ("body/treatment/0/minutes", "many")];
    form.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
    paula.post(&edit, &pairs(&form)).is(422).says("must be a whole number");
    assert_eq!(house.count("SELECT COUNT(*) AS number FROM note"), 1);
}

on_both!(a_signature_asks_for_the_password_of_the_last_half_hour_and_goes_on_from_there);
fn a_signature_asks_for_the_password_of_the_last_half_hour_and_goes_on_from_there(house: &House) {
    let draft = house.begins(Who::Physio, Patient::Ana, &new_visit());
    let paula = house.browser_of(Who::Physio);
    let (edit, sign) = (format!("/notes/{}/edit", draft.id()), format!("/notes/{}/sign", draft.id()));
    for _ in 0..4 {
        house.passes(9 * 60);
        paula.get("/").is(200);
    }
    let whole = typed(&paula.get(&edit).is(200), &[("body/plan/text", "Once more on Friday.")]);
    let door = paula.post(&sign, &pairs(&whole)).is(403).says("A signature needs your password");
    let (next, held) = (door.field("held/next"), door.field("held/sealed"));
    assert_eq!(next, sign);
    let fields = [("password", crate::house::PASSWORD), ("held/next", &next), ("held/sealed", &held)];
    let on = paula.post("/unlock", &fields).is(200).says("Send it now").says("Once more on Friday.");
    assert!(on.text.contains(&format!("action=\"{sign}\"")));
    paula.post(&sign, &pairs(&whole)).goes_to(&format!("/notes/{}", draft.id()));
}
