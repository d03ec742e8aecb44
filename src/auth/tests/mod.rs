//! Signing in as the practice lives it, through the routes.

mod house;
mod second_factor;

use serde_json::json;

use super::ops::{self, Begun, Gate, Proof};
use crate::actor::Party;
use crate::audit::{By, Log};
use crate::db::trial::on_both;
use crate::db::{Backend, Call, Open};
use crate::error::Code;
use crate::policy::Action;
use house::{House, NOON, PASSWORD};

const ANNA: &str = "anna.berg@example.org";

on_both!(anna_signs_in_sees_who_she_is_and_signs_out);
async fn anna_signs_in_sees_who_she_is_and_signs_out(backend: Backend) {
    let house = House::new(backend).await;
    let anna = house.hire(ANNA).await;
    let tokens = house.sign_in(" Anna.Berg@Example.org", PASSWORD).await;
    assert_eq!((tokens.status, tokens.json["expires_in"].as_i64()), (200, Some(600)));
    let token = tokens.text("access_token");

    house.clock.advance(60);
    let me = house.get("/me", &token).await;
    assert_eq!(me.status, 200);
    assert_eq!(me.json["staff_id"], json!(anna));
    assert_eq!(me.json["roles"], json!(["physiotherapist"]));
    assert_eq!(me.json["practice"]["time_zone"], "Europe/Lisbon");
    assert_eq!(me.json["fresh_until"], json!(NOON.plus_seconds(30 * 60)));
    assert_eq!(me.json["mfa"], false);

    house.clock.advance(60);
    assert_eq!(house.post("/auth/logout", Some(&token), json!({})).await.status, 204);
    assert_eq!(house.get("/me", &token).await.code(), "not_signed_in");

    let events = house.events().await;
    let actions: Vec<_> = events.iter().map(|event| event.action).collect();
    assert_eq!(actions, [Action::SignIn, Action::ReadSelf, Action::SignOut], "one event a call");
    assert!(events.iter().all(|event| event.log == Log::Practice(house.practice)));
    assert!(events.iter().all(|event| matches!(event.actor, By::Staff { staff, .. } if staff == anna)));
}

on_both!(five_wrong_passwords_make_anna_wait_half_a_minute);
async fn five_wrong_passwords_make_anna_wait_half_a_minute(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    for _ in 0..5 {
        assert_eq!(house.sign_in(ANNA, "not her password").await.code(), "sign_in_failed");
    }
    house.clock.advance(1);
    let waiting = house.sign_in(ANNA, PASSWORD).await;
    assert_eq!((waiting.status, waiting.retry_after), (429, Some(29)));
    assert_eq!(house.recorded_now().await, [("refused".to_owned(), "too_many_attempts".to_owned())]);

    house.clock.advance(29);
    assert_eq!(house.sign_in(ANNA, PASSWORD).await.status, 200);
    for _ in 0..4 {
        house.sign_in(ANNA, "not her password").await;
    }
    assert_eq!(house.sign_in(ANNA, PASSWORD).await.status, 200, "a success starts the tally anew");
}

on_both!(guesses_made_at_once_do_not_slip_past_the_tally);
async fn guesses_made_at_once_do_not_slip_past_the_tally(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    let guess = || house.sign_in(ANNA, "not her password");
    let answers = tokio::join!(guess(), guess(), guess(), guess(), guess(), guess(), guess(), guess());
    let statuses = <[_; 8]>::from(answers).map(|answered| answered.status);
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 3, "{statuses:?}");
}

on_both!(whether_an_address_is_known_does_not_show_but_is_recorded_where_it_belongs);
async fn whether_an_address_is_known_does_not_show_but_is_recorded_where_it_belongs(backend: Backend) {
    let house = House::new(backend).await;
    let anna = house.hire(ANNA).await;
    let gone = house.hire("gone@example.org").await;
    house.dismiss(gone).await;
    let known = house.sign_in(ANNA, "not her password").await;
    house.clock.advance(1);
    let unknown = house.sign_in("nobody@example.org", "not her password").await;
    house.clock.advance(1);
    let dismissed = house.sign_in("gone@example.org", PASSWORD).await;
    for answered in [&unknown, &dismissed] {
        assert_eq!((answered.status, answered.code()), (known.status, known.code()));
        assert_eq!(answered.json["detail"], known.json["detail"]);
    }
    let events = house.events().await;
    let logs: Vec<_> = events.iter().map(|event| event.log).collect();
    let here = Log::Practice(house.practice);
    assert_eq!(logs, [here, Log::Installation, here]);
    assert_eq!(events[0].object.map(|object| object.id), Some(anna.retype()));
    assert!(events.iter().all(|event| event.actor == By::Stranger && event.code == "sign_in_failed"));
}

on_both!(who_works_in_two_practices_says_which);
async fn who_works_in_two_practices_says_which(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    let other = house.another_practice(2).await;
    house.hire_at(other, ANNA, Some(PASSWORD)).await;
    assert_eq!(house.sign_in(ANNA, PASSWORD).await.code(), "sign_in_failed");
    let body = json!({"email": ANNA, "password": PASSWORD, "practice": other});
    let tokens = house.post("/auth/login", None, body).await;
    let me = house.get("/me", &tokens.text("access_token")).await;
    assert_eq!(me.json["practice"]["id"], json!(other));
}

on_both!(a_password_changed_while_somebody_signs_in_with_the_old_one_shuts_them_out);
async fn a_password_changed_while_somebody_signs_in_with_the_old_one_shuts_them_out(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    let token = house.sign_in(ANNA, PASSWORD).await.text("access_token");
    let gate = Gate { keys: house.app.keys.clone(), throttle: house.app.throttle, limits: house.app.sessions.limits };
    let call = Call::new(house.request(), Action::SignIn, std::sync::Arc::new(Open(Party::Stranger)));
    let at = gate.clone();
    let begun = house.app.db.prepare(&call, move |tx| ops::begin_sign_in(tx, &at, ANNA, None)).await.unwrap();
    let Begun::Counted(attempt) = begun else { panic!("there is nothing to wait for") };

    let new = json!({"current_password": PASSWORD, "new_password": "an even quieter evening"});
    assert_eq!(house.post("/auth/password", Some(&token), new).await.status, 204);

    let proof = Proof { password_is_right: true, code: None, device: None };
    let judged = house.app.db.write(&call, move |tx| ops::sign_in(tx, &gate, &attempt, &proof, None)).await.unwrap();
    assert_eq!(judged.err(), Some(Code::SignInFailed));
}

on_both!(changing_the_password_ends_every_other_session);
async fn changing_the_password_ends_every_other_session(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    let here = house.sign_in(ANNA, PASSWORD).await.text("access_token");
    let elsewhere = house.sign_in(ANNA, PASSWORD).await.text("access_token");
    let change = |current, new| json!({"current_password": current, "new_password": new});

    let short = house.post("/auth/password", Some(&here), change(PASSWORD, "short")).await;
    assert_eq!(short.json["errors"][0]["pointer"], "/new_password");
    let wrong = house.post("/auth/password", Some(&here), change("not her password", "an even quieter evening")).await;
    assert_eq!(wrong.code(), "sign_in_failed");
    assert_eq!(house.get("/me", &elsewhere).await.status, 200);

    let changed = house.post("/auth/password", Some(&here), change(PASSWORD, "an even quieter evening")).await;
    assert_eq!(changed.status, 204);
    assert_eq!(house.get("/me", &here).await.status, 200);
    assert_eq!(house.get("/me", &elsewhere).await.status, 401);
    assert_eq!(house.sign_in(ANNA, PASSWORD).await.status, 401);
    assert_eq!(house.sign_in(ANNA, "an even quieter evening").await.status, 200);
}

on_both!(a_refresh_token_that_comes_twice_ends_the_session);
async fn a_refresh_token_that_comes_twice_ends_the_session(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    let signed_in = house.sign_in(ANNA, PASSWORD).await;
    let refresh = |token: String| house.post("/auth/refresh", None, json!({"refresh_token": token}));
    let first = signed_in.text("refresh_token");

    house.clock.advance(600);
    let second = refresh(first.clone()).await;
    assert_eq!(second.status, 200);
    let me = house.get("/me", &second.text("access_token")).await;
    assert_eq!(me.json["authenticated_at"], json!(NOON), "refreshing proves nothing anew");

    house.clock.advance(11);
    let reused = refresh(first).await;
    assert_eq!((reused.status, reused.code()), (401, "refresh_token_reused"));
    assert_eq!(house.recorded_now().await, [("refused".to_owned(), "refresh_token_reused".to_owned())]);
    assert_eq!(house.get("/me", &second.text("access_token")).await.status, 401);
    assert_eq!(refresh(second.text("refresh_token")).await.code(), "not_signed_in");
}

on_both!(an_answer_lost_on_its_way_costs_no_session);
async fn an_answer_lost_on_its_way_costs_no_session(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    let first = house.sign_in(ANNA, PASSWORD).await.text("refresh_token");
    let refresh = |token: &str| house.post("/auth/refresh", None, json!({"refresh_token": token}));
    assert_eq!(refresh(&first).await.status, 200);
    house.clock.advance(5);
    let again = refresh(&first).await;
    assert_eq!(again.status, 200);
    assert_eq!(refresh(&again.text("refresh_token")).await.status, 200);
    assert_eq!(refresh("no token at all").await.code(), "not_signed_in");
}

on_both!(a_session_is_ended_by_its_owner_and_by_nobody_else);
async fn a_session_is_ended_by_its_owner_and_by_nobody_else(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    house.hire("ben@example.org").await;
    let anna = house.sign_in(ANNA, PASSWORD).await.text("access_token");
    house.clock.advance(60);
    let phone = house.sign_in(ANNA, PASSWORD).await.text("access_token");
    let ben = house.sign_in("ben@example.org", PASSWORD).await.text("access_token");

    let listed = house.get("/auth/sessions", &anna).await;
    let items = listed.json["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!((&items[0]["current"], &items[1]["current"]), (&json!(false), &json!(true)), "newest first");
    assert_eq!(items[0]["address"], "192.0.2.7");

    let path = format!("/auth/sessions/{}", items[0]["id"].as_str().unwrap());
    assert_eq!(house.delete(&path, &ben).await.status, 404);
    assert_eq!(house.get("/me", &phone).await.status, 200);
    assert_eq!(house.delete(&path, &anna).await.status, 204);
    assert_eq!(house.get("/me", &phone).await.status, 401);
    assert_eq!(house.delete(&path, &anna).await.status, 404);
}

on_both!(the_password_entered_again_makes_a_session_fresh_and_shares_the_tally_of_signing_in);
async fn the_password_entered_again_makes_a_session_fresh_and_shares_the_tally_of_signing_in(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    let token = house.sign_in(ANNA, PASSWORD).await.text("access_token");
    house.clock.advance(300);
    let enter = |password| house.post("/auth/reauthenticate", Some(&token), json!({"password": password}));
    let fresh = enter(PASSWORD).await;
    assert_eq!(fresh.json["authenticated_at"], json!(NOON.plus_seconds(300)));
    let me = house.get("/me", &token).await;
    assert_eq!(me.json["fresh_until"], json!(NOON.plus_seconds(300 + 30 * 60)));

    for _ in 0..5 {
        assert_eq!(enter("not her password").await.code(), "sign_in_failed");
    }
    assert_eq!(enter(PASSWORD).await.status, 429);
    assert_eq!(house.sign_in(ANNA, PASSWORD).await.status, 429);
}

on_both!(an_invitation_is_taken_up_once_and_within_three_days);
async fn an_invitation_is_taken_up_once_and_within_three_days(backend: Backend) {
    let house = House::new(backend).await;
    let anna = house.hire_at(house.practice, ANNA, None).await;
    let ben = house.hire_at(house.practice, "ben@example.org", None).await;
    let (for_anna, for_ben) = (house.invite(anna).await, house.invite(ben).await);
    let accept = |token: &str, password: &str| {
        house.post("/invitations/accept", None, json!({"token": token, "password": password}))
    };
    assert_eq!(house.sign_in(ANNA, PASSWORD).await.status, 401, "nobody signs in without a password");
    assert_eq!(accept(&for_anna, ANNA).await.json["errors"][0]["pointer"], "/password");
    assert_eq!(accept(&for_anna, PASSWORD).await.status, 204);
    house.clock.advance(1);
    assert_eq!(accept(&for_anna, "an even quieter evening").await.code(), "sign_in_failed");
    assert_eq!(house.recorded_now().await, [("refused".to_owned(), "sign_in_failed".to_owned())]);
    assert_eq!(house.sign_in(ANNA, PASSWORD).await.status, 200);

    house.clock.advance(72 * 60 * 60);
    assert_eq!(accept(&for_ben, PASSWORD).await.code(), "sign_in_failed");
    assert_eq!(accept("no token at all", PASSWORD).await.code(), "sign_in_failed");
}
