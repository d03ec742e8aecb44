//! Alerts and messages in the pages.

use serde_json::json;

use super::forms::Filled;
use crate::house::{Answer, House, Patient, Who, on_both};
use crate::referrals::{ana, sent, to_milo};

fn first(page: &Answer) -> String {
    let id = page.text.split("href=\"/notifications/").nth(1).unwrap();
    format!("/notifications/{}", id.split('"').next().unwrap())
}

pub fn unread(house: &House, who: Who) -> String {
    house.browser_of(who).get("/notifications/unread").is(200).text
}

on_both!(a_mail_leads_to_what_it_is_about);
fn a_mail_leads_to_what_it_is_about(house: &House) {
    let milo = house.browser_of(Who::OtherMassage);
    milo.get("/notifications").is(200).says("A sign-in from a new device").says_not("needs an answer");
    let before: i64 = unread(house, Who::OtherMassage).parse().unwrap();
    house.passes(1);
    let referral = sent(house, &to_milo());
    assert_eq!(unread(house, Who::OtherMassage), (before + 1).to_string());
    let page = milo.get("/notifications").is(200).says("Referral R-2026-0001 needs an answer").says("Ana Brunner");
    let told = first(&page);
    milo.get(&told).goes_to(&format!("/referrals/{}", referral.id()));
    assert_eq!(unread(house, Who::OtherMassage), before.to_string());
    milo.get(&told).goes_to(&format!("/referrals/{}", referral.id()));
    milo.get("/notifications?unread=true").is(200).says_not("needs an answer");

    // A mail that was passed on leads nobody else anywhere.
    let mara = house.browser_of(Who::Massage);
    mara.get(&told).is(404).says("This alert is no longer there").says("/notifications");
    // Nor does it lead to a record that has been barred from them meanwhile.
    let barred = json!({"covers": "record", "bars": "person", "staff_id": Who::OtherMassage.id()});
    house.as_(Who::Receptionist).post(&ana("/consent-directives"), barred).is(201);
    milo.get(&told).is(404).says("This alert is no longer there");
    milo.get("/notifications").is(200).says_not("R-2026-0001");
}

on_both!(all_are_marked_as_read_but_what_came_meanwhile);
fn all_are_marked_as_read_but_what_came_meanwhile(house: &House) {
    let mara = house.browser_of(Who::Massage);
    let write = |text: &str| house.as_(Who::Physio).post(&ana("/messages"), json!({"text": text})).is(201);
    write("First");
    write("Second");
    let seen = mara.get("/notifications").is(200).says("A new message awaits you").says("Mark all as read");
    let before: i64 = unread(house, Who::Massage).parse().unwrap();
    house.passes(1);
    write("Third");
    Filled::of(&seen, "/notifications/read").send(&mara).goes_to("/notifications");
    assert_eq!((before, unread(house, Who::Massage).as_str()), (3, "1"), "the sign-in is the third");
    let page = mara.get("/notifications").is(200);
    let told = first(&page);
    mara.post(&format!("{told}/read"), &[]).goes_to("/notifications");
    mara.get("/notifications").is(200).says_not("Mark all as read");
    mara.get(&told).goes_to(&ana("/messages"));
    mara.post("/notifications/read", &[("newest", "nonsense")]).is(422);
    // Nobody marks what somebody else was told.
    house.browser_of(Who::OtherMassage).post(&format!("{told}/read"), &[]).is(404);
}

on_both!(asking_for_the_number_keeps_nothing_open);
fn asking_for_the_number_keeps_nothing_open(house: &House) {
    let milo = house.browser_of(Who::OtherMassage);
    milo.get("/").is(200).says("data-unread=\"/notifications/unread\"");
    house.passes(600);
    milo.get("/notifications/unread").is(200);
    house.passes(400);
    milo.get("/notifications/unread").goes_to("/unlock?next=/notifications/unread");
    milo.get("/").goes_to("/unlock");
}

on_both!(therapists_write_to_each_other_about_a_patient);
fn therapists_write_to_each_other_about_a_patient(house: &House) {
    let (paula, mara) = (house.browser_of(Who::Physio), house.browser_of(Who::Massage));
    let path = ana("/messages");
    paula.get(&ana("")).is(200).says(&format!("href=\"{path}\""));
    let form = Filled::of(&paula.get(&path).is(200).says("Nobody has written yet."), &path);
    let refused = Filled::of(&paula.get(&path), &path).with("text", " ").send(&paula).is(422);
    refused.says("Please fill this in.");
    let form = form.with("text", "Start gently:\r\nshe had a bad night");
    form.send(&paula).goes_to(&path);
    form.send(&paula).goes_to(&path);
    assert_eq!(house.count("SELECT COUNT(*) AS number FROM message"), 1, "a double click writes once");
    mara.get(&path).is(200).says("Paula Frei").says("Start gently:\nshe had a bad night");
    for number in 0..50 {
        house.passes(1);
        house.as_(Who::Massage).post(&path, json!({"text": format!("Reply {number}.")})).is(201);
    }
    let page = paula.get(&path).is(200).says("Reply 49.").says_not("bad night");
    let next = page.text.split("?cursor=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    paula.get(&format!("{path}?cursor={next}")).is(200).says("bad night").says_not("Reply 0.");
    // One about a referral of somebody else's record is none.
    let other = format!("/patients/{}/messages", Patient::Beat.id());
    paula.get(&other).is(403);
    paula.post(&path, &[("text", "a"), ("referral_id", &Patient::Beat.id().to_string())]).is(422);
    house.browser_of(Who::Manager).get(&path).is(403);
}

on_both!(each_chooses_on_a_page_what_reaches_them_by_mail);
fn each_chooses_on_a_page_what_reaches_them_by_mail(house: &House) {
    let (mara, path) = (house.browser_of(Who::Massage), "/me/alerts");
    mara.get("/account").is(200).says("href=\"/me/alerts\"");
    let page = mara.get(path).is(200).says("A new message awaits you").says("A referral needs an answer");
    let row = |form: &Filled| {
        let kind = |at: &usize| form.value(&format!("choices/{at}/kind")) == Some("message");
        format!("choices/{}/delivery", (0..50).find(kind).unwrap())
    };
    let form = Filled::of(&page, path);
    let delivery = row(&form);
    assert_eq!((form.value(&delivery), form.value("digest_hour")), (Some("at_once"), Some("7")));
    form.with(&delivery, "digest").with("digest_hour", "18").send(&mara).goes_to(path);
    let kept = Filled::of(&mara.get(path).is(200).says("Kept."), path);
    assert_eq!((kept.value(&delivery), kept.value("digest_hour")), (Some("digest"), Some("18")));
    let told = house.as_(Who::Massage).get("/me/alert-preferences").is(200);
    let differs = |kind: &&serde_json::Value| kind["delivery"] != kind["default"];
    let chosen: Vec<_> = told.json["kinds"].as_array().unwrap().iter().filter(differs).collect();
    assert_eq!((chosen.len(), &chosen[0]["kind"]), (1, &json!("message")));

    // The same page in another tab: nothing is written over unseen, and nothing chosen is lost.
    let late = Filled::of(&page, path).with(&delivery, "in_app").send(&mara).is(412).says("You changed this elsewhere");
    let late = Filled::of(&late, path);
    assert_eq!(late.value(&delivery), Some("in_app"));
    late.send(&mara).goes_to(path);
    // What protects an account is not offered, and not taken.
    let page = mara.get(path).is(200);
    let always = page.text.split("What always comes at once").nth(1).unwrap();
    assert!(always.contains("A sign-in from a new device"), "{page}");
    let turned_off = [("choices/0/kind", "new_device"), ("choices/0/delivery", "in_app"), ("digest_hour", "7")];
    let version = page.field("_version");
    mara.post(path, &[&turned_off[..], &[("_version", &version)]].concat()).is(422).says("This cannot be turned off");
}

on_both!(nobody_is_asked_about_alerts_that_cannot_reach_them);
fn nobody_is_asked_about_alerts_that_cannot_reach_them(house: &House) {
    let greta = house.browser_of(Who::Manager).get("/me/alerts").is(200);
    greta.says("A referral needs to be dealt with").says("An emergency access").says_not("A co-signature is wanted");
    let mara = house.browser_of(Who::Massage).get("/me/alerts").is(200);
    mara.says("A co-signature is wanted").says_not("An emergency access").says_not("A consent directive");
    house.browser_of(Who::Receptionist).get("/me/alerts").is(200).says("A sign-in from").says_not("A new message");
    house.browser_of(Who::Massage).get("/notifications").is(200).says("href=\"/me/alerts\"");
}
