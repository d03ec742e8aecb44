//! What somebody was sending when they were locked out goes on to them, whoever comes to the browser in between.

use tandem::routes::Verb;
use tandem::routes::pages::pages;

use super::forms::Filled;
use crate::house::{Answer, Browser, House, PASSWORD, Patient, Who, on_both};

const WORDS: &str = "She felt dizzy after the last massage";

fn messages() -> String {
    format!("/patients/{}/messages", Patient::Ana.id())
}

/// A message to Ana's care team, typed and not sent yet.
fn typed(browser: &Browser) -> Filled {
    Filled::of(&browser.get(&messages()).is(200), &messages()).with("text", WORDS)
}

/// Enters a password at the door that holds something.
fn enters(browser: &Browser, door: &Answer, who: Who) -> Answer {
    let (next, sealed) = (door.field("held/next"), door.field("held/sealed"));
    let held = [("held/next", next.as_str()), ("held/sealed", &sealed), ("password", PASSWORD)];
    if door.text.contains("action=\"/unlock\"") {
        return browser.post("/unlock", &held);
    }
    browser.post("/sign-in", &[&held[..], &[("email", who.email())]].concat())
}

/// Mara is let in at the door where Paula's message waits, and neither reads nor sends it; Paula does.
fn goes_on_to_paula_alone(house: &House, browser: &Browser, door: Answer) {
    let door = door.says("kept for whoever filled it in").says_not("dizzy");
    enters(browser, &door, Who::Massage).goes_to("/");
    browser.get("/").is(200).says("was somebody else&#39;s").says_not("dizzy").says("Mara Lang");
    assert_eq!(house.count("SELECT COUNT(*) AS number FROM message"), 0);
    browser.post("/sign-out", &[]).goes_to("/sign-in");
    let on = enters(browser, &door_of_sign_in(door), Who::Physio).is(200).says("Send it now").says(WORDS);
    Filled::of(&on, &messages()).send(browser).goes_to(&messages());
    browser.get(&messages()).is(200).says(WORDS);
}

/// The same as it waits for whoever signs in.
fn door_of_sign_in(mut door: Answer) -> Answer {
    door.text = door.text.replace("action=\"/unlock\"", "action=\"/sign-in\"");
    door
}

on_both!(what_met_the_end_of_paulas_session_waits_for_her_and_for_nobody_else);
fn what_met_the_end_of_paulas_session_waits_for_her_and_for_nobody_else(house: &House) {
    let tablet = house.browser_of(Who::Physio);
    let form = typed(&tablet);
    house.passes(8 * 3600);
    let door = form.send(&tablet).is(401);
    goes_on_to_paula_alone(house, &tablet, door);
}

on_both!(what_paula_sends_after_signing_out_in_another_tab_is_still_hers);
fn what_paula_sends_after_signing_out_in_another_tab_is_still_hers(house: &House) {
    let tablet = house.browser_of(Who::Physio);
    let form = typed(&tablet);
    tablet.post("/sign-out", &[]).goes_to("/sign-in");
    let door = form.send(&tablet).is(401);
    goes_on_to_paula_alone(house, &tablet, door);
}

on_both!(what_paula_left_in_a_tab_is_not_unlocked_by_who_signed_in_after_her);
fn what_paula_left_in_a_tab_is_not_unlocked_by_who_signed_in_after_her(house: &House) {
    let tablet = house.browser_of(Who::Physio);
    let form = typed(&tablet);
    tablet.post("/sign-out", &[]).goes_to("/sign-in");
    let tablet = tablet.signed_in(Who::Massage);
    house.passes(900);
    let door = form.send(&tablet).is(403).says("action=\"/unlock\"");
    goes_on_to_paula_alone(house, &tablet, door);
}

on_both!(what_paula_typed_is_not_sent_in_the_name_of_mara_who_signed_in_after_her);
fn what_paula_typed_is_not_sent_in_the_name_of_mara_who_signed_in_after_her(house: &House) {
    let tablet = house.browser_of(Who::Physio);
    let form = typed(&tablet);
    tablet.post("/sign-out", &[]).goes_to("/sign-in");
    let tablet = tablet.signed_in(Who::Massage);
    let door = form.send(&tablet).is(401).says("A colleague signed in in this browser");
    assert_eq!(house.count("SELECT COUNT(*) AS number FROM message"), 0);
    // Mara works on meanwhile.
    tablet.get(&messages()).is(200);
    goes_on_to_paula_alone(house, &tablet, door);
}

on_both!(a_button_of_paulas_page_does_nothing_in_the_name_of_mara);
fn a_button_of_paulas_page_does_nothing_in_the_name_of_mara(house: &House) {
    let tablet = house.browser_of(Who::Physio);
    let note = house.signs_a_visit(Who::Physio, Patient::Ana).id().to_owned();
    let button = Filled::of(&tablet.get(&format!("/notes/{note}")).is(200), &format!("/notes/{note}/copy-forward"));
    let tablet = tablet.signed_in(Who::Massage);
    button.send(&tablet).is(401).says("A colleague signed in");
    assert_eq!(house.count("SELECT COUNT(*) AS number FROM note"), 1);
}

on_both!(no_form_of_paulas_is_taken_from_mara_whatever_is_wrong_with_it);
fn no_form_of_paulas_is_taken_from_mara_whatever_is_wrong_with_it(house: &House) {
    let tablet = house.browser_of(Who::Physio);
    let mark = tablet.get(&messages()).is(200).field("_session");
    let tablet = tablet.signed_in(Who::Massage);
    let own = tablet.get(&messages()).is(200).field("_session");
    let id = Patient::Ana.id().to_string();
    for row in pages().filter(|row| row.verb == Verb::Post && !row.around.open) {
        if ["/lock", "/sign-out"].contains(&row.path) {
            continue;
        }
        let path = row.path.replace("{id}", &id);
        for marks in [vec![mark.as_str()], vec![&own, &mark], vec![&mark, &own], vec!["made up"]] {
            let fields: Vec<_> = marks.into_iter().map(|mark| ("_session", mark)).chain([("text", WORDS)]).collect();
            tablet.post(&path, &fields).is(401).says_not("dizzy");
        }
        house.passes(1);
    }
    tablet.get(&messages()).is(200).says("Mara Lang");
}

on_both!(paulas_password_at_a_page_that_locked_is_no_attempt_on_maras_account);
fn paulas_password_at_a_page_that_locked_is_no_attempt_on_maras_account(house: &House) {
    let tablet = house.browser_of(Who::Physio);
    let form = typed(&tablet);
    house.passes(900);
    let door = form.send(&tablet).is(403);
    let locked = Filled::of(&door, "/unlock").with("password", "not the one of either");
    let tablet = tablet.signed_in(Who::Massage);
    for _ in 0..8 {
        locked.send(&tablet).is(401).says("A colleague signed in");
    }
    house.browser().signed_in(Who::Massage);
    let door = locked.with("password", PASSWORD).send(&tablet).is(401);
    goes_on_to_paula_alone(house, &tablet, door);
}

on_both!(paula_goes_on_with_what_she_typed_once_she_has_signed_in_anew_in_another_tab);
fn paula_goes_on_with_what_she_typed_once_she_has_signed_in_anew_in_another_tab(house: &House) {
    let tablet = house.browser_of(Who::Physio);
    let form = typed(&tablet);
    tablet.post("/sign-out", &[]).goes_to("/sign-in");
    let tablet = tablet.signed_in(Who::Physio);
    form.send(&tablet).goes_to(&messages());
    tablet.get(&messages()).is(200).says(WORDS);
}

on_both!(nobody_has_words_held_in_the_name_of_a_colleague_whose_session_they_know);
fn nobody_has_words_held_in_the_name_of_a_colleague_whose_session_they_know(house: &House) {
    let tablet = house.browser_of(Who::Physio);
    let mark = tablet.get(&messages()).is(200).field("_session");
    tablet.post("/sign-out", &[]).goes_to("/sign-in");
    let (id, mac) = mark.split_once('.').unwrap();
    let other = mac.chars().rev().collect::<String>();
    for made_up in [id.to_owned(), format!("{id}."), format!("{id}.{other}")] {
        let door = tablet.post(&messages(), &[("_session", made_up.as_str()), ("text", WORDS)]).is(401);
        assert!(!door.text.contains("held/sealed"), "{made_up}");
    }
    let door = tablet.post(&messages(), &[("_session", mark.as_str()), ("text", WORDS)]).is(401);
    // What is held goes where it was going, whatever else is said at the door.
    let held = [("held/next", "/staff/new"), ("held/sealed", &door.field("held/sealed")), ("password", PASSWORD)];
    let on = tablet.post("/sign-in", &[&held[..], &[("email", Who::Physio.email())]].concat()).is(200);
    on.says(&format!("action=\"{}\"", messages())).says_not("/staff/new");
}

on_both!(what_was_altered_on_its_way_is_let_go);
fn what_was_altered_on_its_way_is_let_go(house: &House) {
    let tablet = house.browser_of(Who::Physio);
    let form = typed(&tablet);
    house.passes(900);
    let door = form.send(&tablet).is(403);
    let sealed = door.field("held/sealed");
    let forged = sealed.replace(&sealed[40..42], if &sealed[40..42] == "AA" { "BB" } else { "AA" });
    let fields = [("password", PASSWORD), ("held/next", &messages()), ("held/sealed", &forged)];
    tablet.post("/unlock", &fields).goes_to("/");
    house.finish();
}
