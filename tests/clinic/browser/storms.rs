//! What goes wrong while somebody writes: the connection is cut, two tabs hold one draft, a click comes twice. No word is lost.

use crate::house::{House, Patient, Who, Window, in_chromium, new_visit};

pub(super) const SUBJECTIVE: &str = "[name='body/subjective/text']";

/// A draft that is ready to be signed, open in the window.
pub(super) fn writes(house: &House, window: &Window) -> String {
    let draft = house.begins(Who::Physio, Patient::Ana, &new_visit());
    window.signs_in(Who::Physio);
    let path = format!("/notes/{}/edit", draft.id());
    window.goes(&path);
    window.finds(SUBJECTIVE);
    path
}

pub(super) fn saved(house: &House, path: &str) -> String {
    let note = house.as_(Who::Physio).get(path.trim_end_matches("/edit")).is(200);
    note.json["body"]["subjective"]["text"].as_str().unwrap_or_default().to_owned()
}

in_chromium!(what_is_typed_without_a_connection_is_kept_and_sent);
fn what_is_typed_without_a_connection_is_kept_and_sent(house: &House, window: &Window) {
    let path = writes(house, window);
    window.is_offline(true);
    window.types(SUBJECTIVE, " Typed in the cellar.");
    window.says("No connection");
    assert!(!saved(house, &path).contains("cellar"));
    window.is_offline(false);
    window.says("Saved at");
    assert!(saved(house, &path).contains("Typed in the cellar."));
}

in_chromium!(of_two_tabs_neither_writes_over_the_other_unseen);
fn of_two_tabs_neither_writes_over_the_other_unseen(house: &House, window: &Window) {
    let path = writes(house, window);
    // The other tab, or the tablet in the other room.
    let id = path.split('/').nth(2).unwrap();
    let draft = house.as_(Who::Physio).get(&format!("/notes/{id}")).is(200);
    let mut body = draft.json["body"].clone();
    body["subjective"]["text"] = "Saved on the tablet".into();
    let save = serde_json::json!({"service_at": draft.json["service_at"], "body": body});
    house.as_(Who::Physio).if_match(draft.version()).put(&format!("/notes/{id}"), save).is(200);
    window.types(SUBJECTIVE, " Typed at the desk.");
    window.says("saved elsewhere meanwhile");
    window.clicks_on("Show both texts");
    window.says("What was saved meanwhile");
    window.says("Saved on the tablet");
    window.holds(SUBJECTIVE, "Typed at the desk.");
    assert_eq!(saved(house, &path), "Saved on the tablet");
}

in_chromium!(a_double_click_signs_once);
fn a_double_click_signs_once(house: &House, window: &Window) {
    let path = writes(house, window);
    window.runs("const sign = document.querySelector('[data-sign]'); sign.click(); sign.click();");
    window.says("Signed by Paula Frei");
    let id = path.split('/').nth(2).unwrap();
    assert_eq!(house.as_(Who::Physio).get(&format!("/notes/{id}")).is(200).json["current_version"], 1);
    window.goes_back();
    window.says("Signed by Paula Frei");
}

in_chromium!(leaving_the_page_loses_nothing);
fn leaving_the_page_loses_nothing(house: &House, window: &Window) {
    let path = writes(house, window);
    window.types(SUBJECTIVE, " And off to the next patient.");
    window.goes("/");
    window.goes(&path);
    window.holds(SUBJECTIVE, "next patient");
}

in_chromium!(leaving_while_a_save_is_on_its_way_loses_nothing);
fn leaving_while_a_save_is_on_its_way_loses_nothing(house: &House, window: &Window) {
    let path = writes(house, window);
    // From now on nothing arrives, and no answer comes.
    window.runs("window.fetch = () => new Promise(() => {})");
    window.types(SUBJECTIVE, "Typed first. ");
    window.says("Saving…");
    window.types(SUBJECTIVE, "Typed while it was being sent. ");
    window.goes("/");
    window.goes(&path);
    window.says("It is kept in this browser");
    window.clicks_on("Bring it back");
    window.holds(SUBJECTIVE, "Typed first. Typed while it was being sent. ");
    assert!(saved(house, &path).contains("Typed while it was being sent."));
}

in_chromium!(whoever_is_locked_out_in_the_middle_of_a_note_goes_on_where_they_were);
fn whoever_is_locked_out_in_the_middle_of_a_note_goes_on_where_they_were(house: &House, window: &Window) {
    let path = writes(house, window);
    house.passes(16 * 60);
    window.types(SUBJECTIVE, " Typed after a long telephone call.");
    window.says("kept here and saved once you are back");
    window.goes("/unlock");
    window.types("[name=password]", crate::house::PASSWORD);
    window.clicks("main button[type=submit]");
    window.goes(&path);
    window.says("It is kept in this browser");
    window.clicks_on("Bring it back");
    window.holds(SUBJECTIVE, "long telephone call");
    assert!(saved(house, &path).contains("long telephone call"));
}

in_chromium!(whoever_is_signed_out_elsewhere_in_the_middle_of_a_note_loses_nothing);
fn whoever_is_signed_out_elsewhere_in_the_middle_of_a_note_loses_nothing(house: &House, window: &Window) {
    let path = writes(house, window);
    window.types(SUBJECTIVE, " Typed while signed in.");
    window.says("Saved at");
    // On another device she ends every session but the one there.
    let sessions = house.as_(Who::Physio).get("/auth/sessions").is(200);
    for session in sessions.json["items"].as_array().unwrap() {
        if session["current"] == false {
            house.as_(Who::Physio).delete(&format!("/auth/sessions/{}", session["id"].as_str().unwrap())).is(204);
        }
    }
    window.types(SUBJECTIVE, " Typed after that.");
    window.says("Signed out. What you typed is kept here and saved once you are back.");
    assert!(!saved(house, &path).contains("after that"));
    window.goes(&path);
    window.comes_to("/sign-in?next=");
    window.types("[name=email]", Who::Physio.email());
    window.types("[name=password]", crate::house::PASSWORD);
    window.clicks("main button[type=submit]");
    window.comes_to(&path);
    window.says("It is kept in this browser");
    window.clicks_on("Bring it back");
    window.holds(SUBJECTIVE, "Typed while signed in. Typed after that.");
    assert!(saved(house, &path).contains("Typed while signed in. Typed after that."));
}

/// Types into a note that Paula has open and that arrives nowhere, so that it is kept in the browser.
fn is_kept(house: &House, window: &Window) -> String {
    let path = writes(house, window);
    window.runs("window.fetch = () => Promise.reject(new Error())");
    window.types(SUBJECTIVE, " She fears for her job.");
    window.says("kept in this browser");
    path
}

const ENTRIES: &str = "return Object.keys(localStorage).filter((name) => name.startsWith('tandem-note/')).length";

in_chromium!(what_paula_typed_is_shown_to_nobody_who_signs_in_after_her);
fn what_paula_typed_is_shown_to_nobody_who_signs_in_after_her(house: &House, window: &Window) {
    let edit = is_kept(house, window);
    let note = edit.strip_suffix("/edit").unwrap();
    let draft = house.as_(Who::Physio).get(note).is(200);
    house.moves(Who::Physio, &draft, "sign", None).is(200);
    let sessions = house.as_(Who::Physio).get("/auth/sessions").is(200);
    for session in sessions.json["items"].as_array().unwrap().iter().filter(|session| session["current"] == false) {
        house.as_(Who::Physio).delete(&format!("/auth/sessions/{}", session["id"].as_str().unwrap())).is(204);
    }
    window.signs_in(Who::Massage);
    window.goes(note);
    window.says("Signed by Paula Frei");
    assert!(!window.text().contains("fears for her job"));
    // Nor is it hers to throw away, or to be asked about.
    window.signs_out();
    window.signs_in(Who::Physio);
    window.goes(note);
    window.says("it is not in the note");
    window.says("fears for her job");
}

in_chromium!(signing_out_leaves_nothing_in_the_browser_and_asks_before);
fn signing_out_leaves_nothing_in_the_browser_and_asks_before(house: &House, window: &Window) {
    is_kept(house, window);
    assert_eq!(window.runs(ENTRIES), 1);
    window.runs("window.confirm = () => false");
    window.clicks("details.me summary");
    window.clicks_on("Sign out");
    assert_eq!(window.runs(ENTRIES), 1, "she stays");
    window.runs("window.confirm = () => true");
    window.clicks_on("Sign out");
    window.comes_to("/sign-in");
    assert_eq!(window.runs(ENTRIES), 0);
}

in_chromium!(what_is_kept_in_the_browser_is_gone_the_next_day);
fn what_is_kept_in_the_browser_is_gone_the_next_day(house: &House, window: &Window) {
    is_kept(house, window);
    window.goes("/account");
    let ages = |hours: u32| {
        window.runs(&format!(
            "for (const [name, kept] of Object.entries(localStorage)) {{ const entry = JSON.parse(kept);
             localStorage.setItem(name, JSON.stringify({{ ...entry, at: Date.now() - {hours} * 3600e3 }})); }}"
        ));
        window.goes("/account");
        window.runs(ENTRIES)
    };
    assert_eq!(ages(11), 1);
    assert_eq!(ages(13), 0);
}
