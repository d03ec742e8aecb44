//! Invitations, and new passwords for those who forgot theirs: by mail alone.

use serde_json::json;
use tandem::delivery::Worker;

use crate::house::{Client, House, Mail, PASSWORD, Post, Who, on_both, on_both_with_post, renew_session};

const NEW: &str = "eleven storks at dusk";
const DAY: i64 = 24 * 3_600;

fn manager(house: &House) -> Client<'_> {
    renew_session(&mut house.database.owner(), Who::Manager, house.clock.now());
    house.as_(Who::Manager)
}

/// The token behind the link to a page.
fn token(mail: &Mail, page: &str) -> String {
    let (_, rest) = mail.text.split_once(&format!("/{page}#")).unwrap_or_else(|| panic!("no {page} in {}", mail.text));
    rest.split(|char: char| !char.is_ascii_alphanumeric() && !"-_".contains(char)).next().unwrap().to_owned()
}

fn forgets(house: &House, email: &str) {
    house.stranger().post("/auth/reset", json!({ "email": email })).is(204);
}

fn signs_in(house: &House, who: Who, password: &str) -> u16 {
    house.stranger().post("/auth/login", json!({"email": who.email(), "password": password})).status
}

on_both_with_post!(an_invitation_comes_by_mail_and_stays_nowhere_else);
fn an_invitation_comes_by_mail_and_stays_nowhere_else(house: &House, post: &mut Post) {
    let ines = json!({"name": "Ines Weber", "email": "ines@lakeside.example", "roles": ["receptionist"]});
    let hired = house.as_(Who::Manager).post("/staff", ines).is(201);
    assert!(hired.json["invitation"]["expires_at"].is_string());
    assert_eq!(hired.json["invitation"].get("token"), None, "not even to whoever invites her");
    let sealed = "SELECT count(*) AS n FROM outbox WHERE sealed IS NOT NULL";
    assert_eq!(house.count(sealed), 1, "until it is sent it waits, under the key that is no part of the database");
    assert_eq!(post.round(&Worker::default(), house), 1);
    let [mail] = &post.mails()[..] else { panic!("one mail") };
    assert_eq!(
        (mail.to.as_str(), mail.header("Subject").as_str()),
        ("ines@lakeside.example", "You are invited to Tandem")
    );
    assert_eq!(house.count(sealed), 0);
    let accept = json!({"token": token(mail, "invitation"), "password": NEW});
    house.stranger().post("/invitations/accept", accept.clone()).is(204);
    house.stranger().post("/invitations/accept", accept).is(401).refused("sign_in_failed");
    let login = json!({"email": "ines@lakeside.example", "password": NEW});
    house.stranger().post("/auth/login", login).is(200);
}

on_both!(without_a_mail_server_whoever_invites_hands_the_token_over);
fn without_a_mail_server_whoever_invites_hands_the_token_over(house: &House) {
    let ines = json!({"name": "Ines Weber", "email": "ines@lakeside.example", "roles": ["receptionist"]});
    let hired = house.as_(Who::Manager).post("/staff", ines).is(201);
    let accept = json!({"token": hired.json["invitation"]["token"], "password": NEW});
    house.stranger().post("/invitations/accept", accept).is(204);
}

/// The code that an authenticator shows now.
fn code(secret: &str, house: &House) -> String {
    let secret = totp_rs::Secret::Encoded(secret.to_owned()).to_bytes().unwrap();
    let authenticator = totp_rs::TOTP::new_unchecked(totp_rs::Algorithm::SHA1, 6, 0, 30, secret, None, String::new());
    authenticator.generate(u64::try_from(house.clock.now().seconds()).unwrap())
}

on_both_with_post!(a_reset_keeps_the_second_factor);
fn a_reset_keeps_the_second_factor(house: &House, post: &mut Post) {
    let set_up = house.as_(Who::Physio).post("/auth/mfa", json!({"password": PASSWORD})).is(201);
    let secret = set_up.json["secret"].as_str().unwrap();
    house.as_(Who::Physio).post("/auth/mfa/confirm", json!({"code": code(secret, house)})).is(200);
    let worker = Worker::default();
    while post.round(&worker, house) > 0 {}
    forgets(house, Who::Physio.email());
    assert_eq!(post.round(&worker, house), 1);
    let confirm = json!({"token": token(&post.mails().pop().unwrap(), "reset"), "password": NEW});
    house.stranger().post("/auth/reset/confirm", confirm).is(204);
    house.passes(60);
    let login = |totp: Option<String>| {
        let login = json!({"email": Who::Physio.email(), "password": NEW, "totp": totp});
        house.stranger().post("/auth/login", login)
    };
    login(None).is(401).refused("second_factor_needed");
    login(Some("000000".to_owned())).is(401).refused("sign_in_failed");
    login(Some(code(secret, house))).is(200);
}

on_both_with_post!(whoever_forgot_their_password_chooses_another_by_mail);
fn whoever_forgot_their_password_chooses_another_by_mail(house: &House, post: &mut Post) {
    let worker = Worker::default();
    forgets(house, "nobody@lakeside.example");
    assert_eq!(post.round(&worker, house), 0);
    forgets(house, "PAULA@lakeside.example");
    assert_eq!(post.round(&worker, house), 1);
    let mail = post.mails().pop().unwrap();
    assert_eq!(
        (mail.to.as_str(), mail.header("Subject").as_str()),
        (Who::Physio.email(), "Choose a new password for Tandem")
    );
    assert_eq!(signs_in(house, Who::Physio, PASSWORD), 200, "until it is used, nothing changes");

    let confirm = json!({"token": token(&mail, "reset"), "password": NEW});
    house.stranger().post("/auth/reset/confirm", confirm.clone()).is(204);
    house.stranger().post("/auth/reset/confirm", confirm).is(401).refused("sign_in_failed");
    assert_eq!((signs_in(house, Who::Physio, PASSWORD), signs_in(house, Who::Physio, NEW)), (401, 200));
    house.as_(Who::Physio).get("/me").is(401);
    while post.round(&worker, house) > 0 {}
    let subjects: Vec<_> = post.mails().iter().map(|mail| mail.header("Subject")).collect();
    assert!(subjects.contains(&"Your sign-in details were changed".to_owned()), "{subjects:?}");
}

on_both_with_post!(a_reset_is_good_for_an_hour_and_the_newest_alone);
fn a_reset_is_good_for_an_hour_and_the_newest_alone(house: &House, post: &mut Post) {
    let worker = Worker::default();
    let asks = || {
        forgets(house, Who::Physio.email());
        assert_eq!(post.round(&worker, house), 1);
        token(&post.mails().pop().unwrap(), "reset")
    };
    let (first, second) = (asks(), asks());
    let confirm = |token: &str| house.stranger().post("/auth/reset/confirm", json!({"token": token, "password": NEW}));
    confirm(&first).is(401);
    house.passes(3_600);
    confirm(&second).is(401);
    let third = asks();
    confirm(&third).is(204);
}

on_both!(wishes_for_a_reset_are_counted_whether_there_is_an_account_or_not);
fn wishes_for_a_reset_are_counted_whether_there_is_an_account_or_not(house: &House) {
    for email in [Who::Physio.email(), "nobody@lakeside.example"] {
        for _ in 0..5 {
            forgets(house, email);
        }
        house.stranger().post("/auth/reset", json!({ "email": email })).is(429).refused("too_many_attempts");
    }
    assert_eq!(signs_in(house, Who::Physio, PASSWORD), 200, "signing in has a count of its own");
}

on_both_with_post!(a_changed_address_tells_both_and_bars_a_reset_for_a_day);
fn a_changed_address_tells_both_and_bars_a_reset_for_a_day(house: &House, post: &mut Post) {
    let worker = Worker::default();
    let mara = format!("/staff/{}", Who::Massage.id());
    let version = house.as_(Who::Manager).get(&mara).is(200).version();
    let change = json!({"email": "mara@elsewhere.example"});
    house.as_(Who::Manager).if_match(version).patch(&mara, change).is(200);
    assert_eq!(post.round(&worker, house), 2);
    let mut told: Vec<_> = post.mails().into_iter().map(|mail| (mail.to.clone(), mail.header("Subject"))).collect();
    told.sort();
    let expected = [
        ("mara@elsewhere.example", "Your sign-in details were changed"),
        (Who::Massage.email(), "Your address for Tandem was changed"),
    ];
    assert_eq!(told, expected.map(|(to, subject)| (to.to_owned(), subject.to_owned())));

    let reset = format!("{mara}/reset");
    forgets(house, "mara@elsewhere.example");
    manager(house).post(&reset, None).is(409).refused("wrong_state");
    assert_eq!(post.round(&worker, house), 0);
    house.passes(DAY);
    manager(house).key("once").post(&reset, None).is(204);
    manager(house).key("once").post(&reset, None).is(204);
    assert_eq!(post.round(&worker, house), 1);
    assert_eq!(post.mails().pop().unwrap().header("Subject"), "Choose a new password for Tandem");
}

on_both_with_post!(a_reset_that_is_on_its_way_does_not_follow_a_changed_address);
fn a_reset_that_is_on_its_way_does_not_follow_a_changed_address(house: &House, post: &mut Post) {
    let worker = Worker::default();
    let milo = format!("/staff/{}", Who::OtherMassage.id());
    manager(house).post(&format!("{milo}/reset"), None).is(204);
    // Whoever could have both would sign in as somebody else.
    let version = house.as_(Who::Manager).get(&milo).is(200).version();
    house.as_(Who::Manager).if_match(version).patch(&milo, json!({"email": "milo@elsewhere.example"})).is(200);
    while post.round(&worker, house) > 0 {}
    let mails = post.mails();
    let reset = mails.iter().find(|mail| mail.header("Subject") == "Choose a new password for Tandem").unwrap();
    assert_eq!(reset.to, Who::OtherMassage.email());
    let confirm = json!({"token": token(reset, "reset"), "password": NEW});
    house.stranger().post("/auth/reset/confirm", confirm).is(401).refused("sign_in_failed");
}
