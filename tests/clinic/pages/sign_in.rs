//! Signing in, locking, and what no page is given for.

use serde_json::json;

use crate::house::{House, PASSWORD, Patient, Who, on_both};

/// The cookie of the pages without TLS, as every house is.
const TICKET: &str = "tandem-plain";

on_both!(paula_signs_in_where_she_was_going_and_out_again);
fn paula_signs_in_where_she_was_going_and_out_again(house: &House) {
    let browser = house.browser();
    browser.get("/account").goes_to("/sign-in?next=/account");
    let page = browser.get("/sign-in?next=/account").is(200);
    let wrong = [("email", "paula@lakeside.example"), ("password", "not hers"), ("held/next", "/account")];
    let again = browser.post("/sign-in", &wrong).is(401).says("is not right").says("value=\"paula@lakeside.example\"");
    assert!(!again.text.contains("not hers"), "no password is shown again");
    let right = [("email", "Paula@Lakeside.example"), ("password", PASSWORD), ("held/next", &page.field("held/next"))];
    browser.post("/sign-in", &right).goes_to("/account");
    browser.get("/account").is(200).says("Paula Frei").says("this one");
    browser.post("/sign-out", &[]).goes_to("/sign-in");
    assert_eq!(browser.cookie(TICKET), None);
    browser.get("/sign-in").is(200).says("You are signed out.");
    browser.get("/sign-in").is(200).says_not("You are signed out.");
    browser.get("/account").goes_to("/sign-in?next=/account");
}

on_both!(nobody_is_sent_to_another_site_after_signing_in);
fn nobody_is_sent_to_another_site_after_signing_in(house: &House) {
    for next in ["//evil.example", "https://evil.example/", "/\\evil.example", "/sign-out"] {
        let fields = [("email", Who::Physio.email()), ("password", PASSWORD), ("held/next", next)];
        house.browser().post("/sign-in", &fields).goes_to("/");
    }
}

on_both!(a_session_that_ended_is_over_for_every_copy_of_its_cookie);
fn a_session_that_ended_is_over_for_every_copy_of_its_cookie(house: &House) {
    let browser = house.browser_of(Who::Physio);
    let copy = browser.copy();
    browser.post("/sign-out", &[]).goes_to("/sign-in");
    copy.get("/account").goes_to("/sign-in?next=/account");
    assert_eq!(copy.cookie(TICKET), None);
}

on_both!(pages_lock_after_a_quarter_of_an_hour_and_nothing_is_lost);
fn pages_lock_after_a_quarter_of_an_hour_and_nothing_is_lost(house: &House) {
    let browser = house.browser_of(Who::Physio);
    house.passes(899);
    browser.get("/account").is(200);
    house.passes(900);
    browser.get("/account").goes_to("/unlock?next=/account");
    browser.get("/no-such-page").is(404);
    browser.get("/account").goes_to("/unlock?next=/account");
    let typed = [("current_password", PASSWORD), ("new_password", "nine geese over & under"), ("remark", "<12> \"&")];
    let locked = browser.post("/account/password", &typed).is(403).says("Nothing is lost");
    let (next, fields) = (locked.field("held/next"), locked.field("held/sealed"));
    let held = [("held/next", next.as_str()), ("held/sealed", fields.as_str())];
    let wrong = browser.post("/unlock", &[&[("password", "not hers")], &held[..]].concat()).is(401);
    assert_eq!(wrong.field("held/sealed"), fields);
    let resumed = browser.post("/unlock", &[&[("password", PASSWORD)], &held[..]].concat()).is(200);
    assert_eq!(resumed.field("remark"), "<12> \"&");
    let resumed = resumed.says("action=\"/account/password\"");
    assert!(!resumed.text.contains("nine geese"), "a password is not put into a page");
    browser.get("/account").is(200);
}

on_both!(a_browser_cannot_say_that_it_was_used_just_now);
fn a_browser_cannot_say_that_it_was_used_just_now(house: &House) {
    let browser = house.browser_of(Who::Physio);
    let ticket = browser.cookie(TICKET).unwrap();
    for at in [0, ticket.len() / 2, ticket.len() - 30, ticket.len() - 1] {
        let mut forged = ticket.clone().into_bytes();
        forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
        browser.set_cookie(TICKET, &String::from_utf8(forged).unwrap());
        browser.get("/account").goes_to("/sign-in?next=/account");
    }
}

on_both!(locked_by_hand_pages_ask_for_the_password);
fn locked_by_hand_pages_ask_for_the_password(house: &House) {
    let browser = house.browser_of(Who::Manager);
    browser.post("/lock", &[]).goes_to("/unlock");
    browser.get("/account").goes_to("/unlock?next=/account");
    browser.post("/unlock", &[("password", PASSWORD)]).goes_to("/");
    browser.get("/account").is(200);
}

on_both!(a_session_of_the_pages_ends_after_a_day_however_busy);
fn a_session_of_the_pages_ends_after_a_day_however_busy(house: &House) {
    let browser = house.browser_of(Who::Physio);
    for _ in 0..23 {
        house.passes(3600);
        browser.post("/unlock", &[("password", PASSWORD)]).goes_to("/");
    }
    browser.get("/account").is(200);
    house.passes(3600);
    browser.post("/unlock", &[("password", PASSWORD)]).is(401).says("action=\"/sign-in\"");
    browser.get("/account").goes_to("/sign-in?next=/account");
    let idle = house.browser_of(Who::Massage);
    house.passes(8 * 3600);
    idle.get("/account").goes_to("/sign-in?next=/account");
}

on_both!(forms_of_other_sites_are_refused);
fn forms_of_other_sites_are_refused(house: &House) {
    let browser = house.browser_of(Who::Physio);
    let host = house.address.clone();
    let foreign: [&[(&str, &str)]; 5] = [
        &[],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site"), ("Origin", &host)],
        &[("Origin", "https://evil.example")],
        &[("Origin", "null")],
    ];
    for headers in foreign {
        browser.send("POST", "/sign-out", headers, Some("")).is(403).says("not sent from a page of Tandem");
        let fields = format!("email={}&password={}", Who::Physio.email(), PASSWORD.replace(' ', "+"));
        house.browser().send("POST", "/sign-in", headers, Some(&fields)).is(403);
    }
    browser.get("/account").is(200);
    browser.send("POST", "/sign-out", &[("Origin", &host)], Some("")).goes_to("/sign-in");
}

on_both!(the_api_takes_no_cookie_and_the_pages_no_token);
fn the_api_takes_no_cookie_and_the_pages_no_token(house: &House) {
    let browser = house.browser_of(Who::Physio);
    let cookie = format!("{TICKET}={}", browser.cookie(TICKET).unwrap());
    house.stranger().header("Cookie", cookie).get("/me").refused("not_signed_in");
    let tokens = house.stranger().post("/auth/login", json!({"email": Who::Physio.email(), "password": PASSWORD}));
    let bearer = format!("Bearer {}", tokens.is(200).json["access_token"].as_str().unwrap());
    let headers = [("Authorization", bearer.as_str())];
    house.browser().send("GET", "/account", &headers, None).goes_to("/sign-in?next=/account");
}

on_both!(whoever_is_deactivated_sees_no_other_page);
fn whoever_is_deactivated_sees_no_other_page(house: &House) {
    let browser = house.browser_of(Who::OtherMassage);
    browser.get("/account").is(200);
    let milo = format!("/staff/{}", Who::OtherMassage.id());
    let version = house.as_(Who::Manager).get(&milo).is(200).version();
    house.as_(Who::Manager).if_match(version).post(&format!("{milo}/deactivate"), None).is(200);
    browser.get("/account").goes_to("/sign-in?next=/account");
}

on_both!(sessions_of_the_pages_are_listed_and_ended_with_the_others);
fn sessions_of_the_pages_are_listed_and_ended_with_the_others(house: &House) {
    let (first, second) = (house.browser_of(Who::Physio), house.browser_of(Who::Physio));
    let listed = house.as_(Who::Physio).get("/auth/sessions").is(200);
    assert_eq!(listed.json["items"].as_array().unwrap().len(), 3);
    let page = second.get("/account").is(200);
    let ids = page.text.split("action=\"/account/sessions/").skip(1).map(|rest| rest.split('"').next().unwrap());
    for id in ids {
        second.post(&format!("/account/sessions/{id}"), &[]).goes_to("/account");
    }
    first.get("/account").goes_to("/sign-in?next=/account");
    second.get("/account").is(200);
    house.as_(Who::Physio).get("/me").refused("not_signed_in");
}

on_both!(a_form_with_more_in_it_than_any_of_ours_is_refused_before_it_is_put_together);
fn a_form_with_more_in_it_than_any_of_ours_is_refused_before_it_is_put_together(house: &House) {
    let from_ours = [("Sec-Fetch-Site", "same-origin")];
    let many = (0..20_000).map(|number| format!("a{number}=")).collect::<Vec<_>>().join("&");
    house.browser().send("POST", "/sign-in", &from_ours, Some(&many)).is(413);
    let rows = format!("text%40json=[{}1]", "1,".repeat(10_000));
    let paula = house.browser_of(Who::Physio);
    paula.send("POST", &format!("/patients/{}/messages", Patient::Ana.id()), &from_ours, Some(&rows)).is(413);
    house.finish();
}

on_both!(a_form_that_is_not_utf_8_is_refused_rather_than_altered);
fn a_form_that_is_not_utf_8_is_refused_rather_than_altered(house: &House) {
    let (paula, messages) = (house.browser_of(Who::Physio), format!("/patients/{}/messages", Patient::Ana.id()));
    let from_ours = [("Sec-Fetch-Site", "same-origin")];
    for latin_1 in ["text=na%EFve", "text=a&na%efve=b", "text=%E2%82", "text=%ED%A0%80"] {
        paula.send("POST", &messages, &from_ours, Some(latin_1)).is(400).says("not written in UTF-8");
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM message"), 0);
    paula.send("POST", &messages, &from_ours, Some("text=na%C3%AFve+100%+%zz+na\u{ef}ve")).goes_to(&messages);
    paula.get(&messages).is(200).says("na\u{ef}ve 100% %zz na\u{ef}ve");
}
