//! What was typed where nothing can be saved any more: it is shown beside what stands, and never thrown away unseen.

use serde_json::json;

use crate::house::{House, Patient, Who, Window, in_chromium, new_visit};

const SUBJECTIVE: &str = "[name='body/subjective/text']";

in_chromium!(what_was_typed_without_a_connection_stands_beside_the_note_that_was_signed_meanwhile);
fn what_was_typed_without_a_connection_stands_beside_the_note_that_was_signed_meanwhile(
    house: &House,
    window: &Window,
) {
    let draft = house.begins(Who::Physio, Patient::Ana, &new_visit());
    let note = format!("/notes/{}", draft.id());
    window.signs_in(Who::Physio);
    window.goes(&format!("{note}/edit"));
    window.is_offline(true);
    window.types(SUBJECTIVE, " Typed in the cellar.");
    window.says("No connection");
    // On the tablet upstairs.
    house.as_(Who::Physio).if_match(draft.version()).post(&format!("{note}/sign"), json!({})).is(200);
    window.is_offline(false);
    window.goes(&note);
    window.says("it is not in the note");
    window.says("Typed in the cellar.");
    window.goes(&note);
    window.says("Typed in the cellar.");
    window.clicks_on("Throw it away");
    window.goes(&note);
    window.says("Signed by Paula Frei");
    assert!(!window.text().contains("cellar"));
}

in_chromium!(a_note_signed_in_another_tab_shows_what_was_typed_in_this_one);
fn a_note_signed_in_another_tab_shows_what_was_typed_in_this_one(house: &House, window: &Window) {
    let draft = house.begins(Who::Physio, Patient::Ana, &new_visit());
    let note = format!("/notes/{}", draft.id());
    window.signs_in(Who::Physio);
    window.goes(&format!("{note}/edit"));
    window.finds(SUBJECTIVE);
    house.as_(Who::Physio).if_match(draft.version()).post(&format!("{note}/sign"), json!({})).is(200);
    window.runs(&format!("document.querySelector(\"{SUBJECTIVE}\").value += ' Typed in this tab.'"));
    window.clicks("[data-sign]");
    window.says("nothing was saved");
    window.says("Typed in this tab.");
    window.says("Signed by Paula Frei");
}
