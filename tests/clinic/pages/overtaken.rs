//! What was typed into a form that its page takes no more, since somebody was faster: nothing of it is lost, and nobody is
//! written over unseen.

use serde_json::json;

use super::forms::Filled;
use crate::house::{Answer, Browser, House, Patient, Who, new_visit, on_both};
use crate::referrals::{assesses, composes, to_milo};

const STANDS_NOW: &str = "The page shows how it stands now";

fn chart(below: &str) -> String {
    format!("/patients/{}{below}", Patient::Ana.id())
}

on_both!(an_addendum_to_a_note_that_was_entered_in_error_meanwhile_is_not_lost);
fn an_addendum_to_a_note_that_was_entered_in_error_meanwhile_is_not_lost(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let (paula, path) = (house.browser_of(Who::Physio), format!("/notes/{}", note.id()));
    let key = paula.get(&path).is(200).says("Sign the addendum").field("_key");
    house
        .as_(Who::Physio)
        .if_match(note.version())
        .post(&format!("{path}/entered-in-error"), json!({"reason": "Wrong leg"}))
        .is(200);
    let late = paula.post(&format!("{path}/addenda"), &[("_key", &key), ("text", "She called: <b>better</b>")]).is(409);
    late.says("id=\"faults\"")
        .says("What you typed was not saved")
        .says("She called: &#60;b&#62;better")
        .says("entered in error");
    house.finish();
}

on_both!(a_diagnosis_for_an_episode_that_was_closed_meanwhile_is_not_lost);
fn a_diagnosis_for_an_episode_that_was_closed_meanwhile_is_not_lost(house: &House) {
    let paula = house.browser_of(Who::Physio);
    let opened = house.as_(Who::Physio).post(&chart("/episodes"), json!({"complaint": "Neck pain"})).is(201);
    let page = format!("/episodes/{}", opened.id());
    let version = paula.get(&page).is(200).says("Record it").field("_version");
    let end = json!({"discipline": "physiotherapy", "outcome": "Well again"});
    house.as_(Who::Physio).if_match(opened.version()).post(&format!("{page}/discharge"), end).is(200);
    let typed = [("_version", version.as_str()), ("diagnosis/text", "Cervical strain"), ("diagnosis/icd10", "M54.2")];
    let late = paula.post(&page, &typed).is(412).says("Cervical strain").says("M54.2").says(STANDS_NOW);
    late.says("closed").says_not("Record it");
    house.finish();
}

on_both!(of_two_who_amend_neither_writes_over_the_other_unseen);
fn of_two_who_amend_neither_writes_over_the_other_unseen(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let (paula, path) = (house.browser_of(Who::Physio), format!("/notes/{}/amend", note.id()));
    let page = paula.get(&path).is(200);
    let (key, version) = (page.field("_key"), page.field("_version"));
    let mut body = new_visit()["body"].clone();
    body["plan"]["text"] = json!("Twice a week, written on the tablet");
    let amendment = json!({"reason": "typo", "body": body});
    house.as_(Who::Physio).if_match(note.version()).post(&path, amendment).is(200);
    let typed =
        [("_key", key.as_str()), ("_version", &version), ("reason", "typo"), ("body/plan/text", "Once a month")];
    let late = paula.post(&path, &typed).is(412).says("Once a month").says("What was saved meanwhile");
    late.says("written on the tablet");
    house.finish();
}

on_both!(a_second_click_on_sign_is_the_same_note_and_other_words_are_shown);
fn a_second_click_on_sign_is_the_same_note_and_other_words_are_shown(house: &House) {
    let draft = house.begins(Who::Physio, Patient::Ana, &new_visit());
    let (paula, path) = (house.browser_of(Who::Physio), format!("/notes/{}", draft.id()));
    let page = paula.get(&format!("{path}/edit")).is(200);
    let (key, version, at) = (page.field("_key"), page.field("_version"), page.field("service_at@local"));
    let sign = |key: &str, subjective: &str| -> Answer {
        let typed =
            [("_key", key), ("_version", version.as_str()), ("_zone", "Europe/Zurich"), ("service_at@local", &at)];
        let words = [("body/subjective/text", subjective), ("body/plan/text", "Again in a week")];
        let consent = [("body/consent@json", r#"{"given":true,"given_by":{"who":"patient"}}"#)];
        let treated = [("body/treatment/0/technique", "education"), ("body/treatment/0/minutes@json", "20")];
        let response = [("body/treatment/0/response", "Understood")];
        paula.post(&format!("{path}/sign"), &[&typed[..], &words, &consent, &treated, &response].concat())
    };
    sign(&key, "Better").goes_to(&path);
    sign(&key, "Better").goes_to(&path);
    let late = sign("another-tab", "Better, but stiff in the morning");
    assert!(matches!(late.status, 409 | 412), "{late}");
    late.says("stiff in the morning").says("What you typed was not saved").says("Signed by");
    house.finish();
}

/// Sends the form of a page as a browser does that shows it: with all that the page put into it.
fn sends_as_shown(browser: &Browser<'_>, page: &Answer, to: &str, typed: &[(&str, &str)]) -> Answer {
    let own: Vec<_> = ["_key", "_zone"].map(|name| (name, page.field(name))).into();
    let own = own.iter().map(|(name, value)| (*name, value.as_str()));
    browser.post(to, &own.chain(typed.iter().copied()).collect::<Vec<_>>())
}

on_both!(times_are_typed_by_the_practices_clock_on_every_form);
fn times_are_typed_by_the_practices_clock_on_every_form(house: &House) {
    let olga = house.browser_of(Who::PrivacyOfficer);
    let page = olga.get(&chart("/consent/new")).is(200);
    let mara = Who::Massage.id().to_string();
    let whom = [("covers", "record"), ("bars", "person"), ("staff_id", mara.as_str()), ("reason", "Her wish")];
    let times = [("from@local", "2026-07-01T09:00"), ("until@local", "2026-08-01T09:00")];
    // Refused once: the form that is shown again goes by the same clock.
    let wrong = sends_as_shown(&olga, &page, &chart("/consent"), &[&whom[..1], &times].concat()).is(422);
    sends_as_shown(&olga, &wrong, &chart("/consent"), &[&whom[..], &times].concat()).goes_to(&chart("/consent"));
    let set = house.as_(Who::PrivacyOfficer).get(&chart("/consent-directives")).is(200);
    assert_eq!(set.json["items"][0]["from"], "2026-07-01T07:00:00.000000Z");
    assert_eq!(set.json["items"][0]["until"], "2026-08-01T07:00:00.000000Z");
    // No clock, no time.
    olga.post(&chart("/consent"), &[&whom[..], &times].concat()).is(422).says("id=\"f-from-error\"");
    house.finish();
}

on_both!(a_list_beside_a_refused_form_leads_to_pages_that_are_there);
fn a_list_beside_a_refused_form_leads_to_pages_that_are_there(house: &House) {
    let greta = house.browser_of(Who::Manager);
    let page = greta.get("/sites").is(200);
    let site =
        page.text.split("href=\"/sites?site=").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let refused = greta.post(&format!("/sites/{site}"), &[("_version", "1"), ("name", &"x".repeat(300))]).is(422);
    let heads: Vec<_> = refused.text.split("<a href=\"").skip(1).map(|link| link.split('"').next().unwrap()).collect();
    let sorting = heads.iter().filter(|link| link.contains("sort=")).collect::<Vec<_>>();
    assert!(!sorting.is_empty() && sorting.iter().all(|link| link.starts_with("/sites?")), "{sorting:?}");
    house.finish();
}

on_both!(everybody_who_started_without_a_note_is_listed_page_after_page);
fn everybody_who_started_without_a_note_is_listed_page_after_page(house: &House) {
    let long_ago = house.clock.now().plus_seconds(-30 * 24 * 3_600);
    for minute in 0..60 {
        house.lays_started_treating(Who::OtherPhysio, Patient::Ana, long_ago.plus_seconds(minute * 60));
    }
    let olga = house.browser_of(Who::PrivacyOfficer);
    let first = olga.get("/started-without-note").is(200);
    assert_eq!(first.text.matches("none yet").count(), 50);
    let more = first.text.split("href=\"/started-without-note?cursor=").nth(1).and_then(|rest| rest.split('"').next());
    let next = olga.get(&format!("/started-without-note?cursor={}", more.unwrap())).is(200);
    assert_eq!(next.text.matches("none yet").count(), 10);
    olga.get("/started-without-note?cursor=nonsense").is(200);
    let csv = olga.get("/started-without-note.csv").is(200);
    assert_eq!(csv.text.lines().count(), 61);
}

on_both!(a_draft_that_was_sent_in_another_tab_loses_nothing_of_what_was_typed_in_this_one);
fn a_draft_that_was_sent_in_another_tab_loses_nothing_of_what_was_typed_in_this_one(house: &House) {
    let draft = composes(house, &assesses(house), &to_milo());
    let (paula, path) = (house.browser_of(Who::Physio), format!("/referrals/{}", draft.id()));
    let (edit, send) = (format!("{path}/edit"), format!("{path}/send"));
    let page = paula.get(&edit).is(200);
    let first = Filled::of(&page, &edit).to(&send);
    first.send(&paula).goes_to(&path);
    first.send(&paula).goes_to(&path);
    let late = Filled::of(&page, &edit).with("question", "And does heat help her?").to(&send).send(&paula).is(412);
    late.says("What you typed was not saved").says("And does heat help her?").says("Withdraw");
    let saved = Filled::of(&page, &edit).with("reason", "Worse since Sunday").send(&paula).is(412);
    saved.says("What you typed was not saved").says("Worse since Sunday");
    house.finish();
}

on_both!(a_note_that_was_thrown_away_in_another_tab_is_begun_anew_with_what_was_typed_in_this_one);
fn a_note_that_was_thrown_away_in_another_tab_is_begun_anew_with_what_was_typed_in_this_one(house: &House) {
    let draft = house.begins(Who::Physio, Patient::Ana, &new_visit());
    let (paula, edit) = (house.browser_of(Who::Physio), format!("/notes/{}/edit", draft.id()));
    let page = paula.get(&edit).is(200);
    house.as_(Who::Physio).if_match(draft.version()).delete(&format!("/notes/{}", draft.id())).is(204);
    let (notes, sign) = (format!("/patients/{}/notes", Patient::Ana.id()), format!("/notes/{}/sign", draft.id()));
    let typed = |to: &str| {
        let form = Filled::of(&page, &edit).with("body/subjective/text", "Slept through at last").to(to);
        form.send(&paula).is(404).says("thrown away meanwhile").says("Slept through at last")
    };
    for to in [&edit, &sign] {
        assert_eq!(Filled::of(&typed(to), &notes).value("body/subjective/text"), Some("Slept through at last"));
    }
    let begun = Filled::of(&typed(&edit), &notes).send(&paula).is(303).location().to_owned();
    paula.get(&begun).is(200).says("Slept through at last");
    assert_eq!(house.count("SELECT COUNT(*) AS n FROM note"), 1);
}
