//! Signing in, from the outside and on both databases.

use serde_json::json;

use crate::house::{House, PASSWORD, Who, on_both, runtime};

/// The header of somebody who signed in by themselves.
fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

on_both!(paula_starts_her_day_and_ends_it);
fn paula_starts_her_day_and_ends_it(house: &House) {
    let details = json!({"email": Who::Physio.email(), "password": PASSWORD});
    let first = house.stranger().post("/auth/login", details.clone()).is(200);
    let refresh = json!({"refresh_token": first.json["refresh_token"]});
    house.passes(540);
    let second = house.stranger().post("/auth/refresh", refresh.clone()).is(200);
    let token = second.json["access_token"].as_str().unwrap();
    let paula = || house.stranger().header("Authorization", bearer(token));
    let me = paula().get("/me").is(200);
    assert_eq!(me.json["email"], Who::Physio.email());
    assert_eq!(paula().get("/auth/sessions").is(200).json["items"].as_array().unwrap().len(), 2);
    paula().post("/auth/reauthenticate", json!({"password": PASSWORD})).is(200);
    let change = json!({"current_password": PASSWORD, "new_password": "eight herons at dusk"});
    paula().post("/auth/password", change).is(204);
    house.stranger().post("/auth/login", details).refused("sign_in_failed");
    house.passes(11);
    house.stranger().post("/auth/refresh", refresh).refused("refresh_token_reused");
    paula().get("/me").refused("not_signed_in");
}

on_both!(a_guesser_is_made_to_wait_however_many_guesses_come_at_once);
fn a_guesser_is_made_to_wait_however_many_guesses_come_at_once(house: &House) {
    let guess = || {
        let details = json!({"email": Who::Massage.email(), "password": "not her password"});
        house.stranger().post("/auth/login", details).status
    };
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let guessers: Vec<_> = (0..8).map(|_| scope.spawn(guess)).collect();
        guessers.into_iter().map(|guesser| guesser.join().unwrap()).collect()
    });
    let told = statuses.iter().filter(|status| **status == 401).count();
    assert!((1..=5).contains(&told), "{statuses:?}");
    assert!(!statuses.contains(&200) && !statuses.contains(&500), "{statuses:?}");
}

on_both!(failed_sign_ins_and_sessions_long_over_are_forgotten);
fn failed_sign_ins_and_sessions_long_over_are_forgotten(house: &House) {
    let forgets = || runtime().block_on(tandem::housekeeping::forget(&house.app, house.clock.now()));
    let (tallies, sessions) = ("SELECT COUNT(*) FROM sign_in_throttle", "SELECT COUNT(*) FROM session");
    let everybody = house.count(sessions);
    for number in 0..3 {
        let invented = json!({"email": format!("nobody{number}@lakeside.example"), "password": PASSWORD});
        house.stranger().post("/auth/login", invented).refused("sign_in_failed");
    }
    assert!(house.count(tallies) >= 3);
    house.passes(899);
    forgets();
    assert!(house.count(tallies) >= 3, "they may still make somebody wait");
    house.passes(2);
    forgets();
    assert_eq!(house.count(tallies), 0);

    house.passes(181 * 86_400);
    let details = json!({"email": Who::Physio.email(), "password": PASSWORD});
    house.stranger().post("/auth/login", details).is(200);
    assert_eq!(house.count(sessions), everybody + 1);
    forgets();
    assert_eq!(house.count(sessions), everybody, "of the others the newest is kept, of Paula the new one");
    house.stranger().post("/auth/login", json!({"email": Who::Massage.email(), "password": PASSWORD})).is(200);
}

on_both!(a_second_factor_is_set_up_and_removed);
fn a_second_factor_is_set_up_and_removed(house: &House) {
    let manager = || house.as_(Who::Manager);
    manager().post("/auth/mfa", json!({"password": PASSWORD})).is(201);
    manager().post("/auth/mfa/confirm", json!({"code": "000000"})).refused("sign_in_failed");
    let remove = json!({"password": PASSWORD, "code": "000000"});
    let refused = manager().post("/auth/mfa/remove", remove).refused("wrong_state");
    assert_eq!(refused.json["allowed"], json!(["begin"]));
}
