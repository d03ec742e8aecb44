//! The second factor from setting it up to losing it.

use serde_json::json;
use totp_rs::{Algorithm, Secret, TOTP};

use super::ANNA;
use super::house::{House, PASSWORD};
use crate::db::Backend;
use crate::db::trial::on_both;

/// The authenticator on Anna's phone.
struct Phone(TOTP);

impl Phone {
    fn code(&self, house: &House) -> String {
        self.0.generate(u64::try_from(house.clock.now().seconds()).unwrap())
    }
}

/// Sets up Anna's second factor, half a minute after which her next code is good.
async fn set_up(house: &House, token: &str) -> (Phone, Vec<String>) {
    let begun = house.post("/auth/mfa", Some(token), json!({"password": PASSWORD})).await;
    assert_eq!(begun.status, 201);
    assert!(begun.text("otpauth_url").contains("anna.berg%40example.org"));
    let secret = Secret::Encoded(begun.text("secret")).to_bytes().unwrap();
    let phone = Phone(TOTP::new_unchecked(Algorithm::SHA1, 6, 0, 30, secret, None, String::new()));
    let confirmed = house.post("/auth/mfa/confirm", Some(token), json!({"code": phone.code(house)})).await;
    assert_eq!(confirmed.status, 200);
    let codes = confirmed.json["recovery_codes"].as_array().unwrap();
    let codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    house.clock.advance(30);
    (phone, codes)
}

on_both!(a_code_is_asked_for_only_after_the_right_password_and_works_once);
async fn a_code_is_asked_for_only_after_the_right_password_and_works_once(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    let token = house.sign_in(ANNA, PASSWORD).await.text("access_token");
    let (phone, _) = set_up(&house, &token).await;
    assert_eq!(house.get("/me", &token).await.json["mfa"], true);

    assert_eq!(house.sign_in(ANNA, "not her password").await.code(), "sign_in_failed");
    assert_eq!(house.sign_in(ANNA, PASSWORD).await.code(), "second_factor_needed");
    let code = phone.code(&house);
    assert_eq!(house.sign_in_with(ANNA, "totp", &code).await.status, 200);
    assert_eq!(house.sign_in_with(ANNA, "totp", &code).await.code(), "sign_in_failed", "overlooked on her screen");
    house.clock.advance(30);
    assert_eq!(house.sign_in_with(ANNA, "totp", &phone.code(&house)).await.status, 200);
}

on_both!(leaving_the_code_out_neither_feeds_nor_clears_the_tally);
async fn leaving_the_code_out_neither_feeds_nor_clears_the_tally(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    let token = house.sign_in(ANNA, PASSWORD).await.text("access_token");
    set_up(&house, &token).await;
    for _ in 0..6 {
        assert_eq!(house.sign_in(ANNA, PASSWORD).await.code(), "second_factor_needed");
    }
    for _ in 0..5 {
        assert_eq!(house.sign_in_with(ANNA, "totp", "000000").await.code(), "sign_in_failed");
        house.clock.advance(1);
    }
    assert_eq!(house.sign_in(ANNA, PASSWORD).await.status, 429);
}

on_both!(a_recovery_code_works_once);
async fn a_recovery_code_works_once(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    let token = house.sign_in(ANNA, PASSWORD).await.text("access_token");
    let (_, codes) = set_up(&house, &token).await;
    assert_eq!(codes.len(), 10);
    let spelt = codes[3].to_uppercase();
    assert_eq!(house.sign_in_with(ANNA, "recovery_code", &spelt).await.status, 200);
    assert_eq!(house.sign_in_with(ANNA, "recovery_code", &codes[3]).await.code(), "sign_in_failed");
    assert_eq!(house.sign_in_with(ANNA, "recovery_code", &codes[4]).await.status, 200);
}

on_both!(a_factor_is_replaced_by_whoever_proves_it_and_by_nobody_else);
async fn a_factor_is_replaced_by_whoever_proves_it_and_by_nobody_else(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    let token = house.sign_in(ANNA, PASSWORD).await.text("access_token");
    let remove =
        |code: String| house.post("/auth/mfa/remove", Some(&token), json!({"password": PASSWORD, "code": code}));
    assert_eq!(remove("000000".to_owned()).await.json["allowed"], json!(["begin"]));
    let (phone, codes) = set_up(&house, &token).await;

    let again = house.post("/auth/mfa", Some(&token), json!({"password": PASSWORD})).await;
    assert_eq!((again.status, &again.json["allowed"]), (409, &json!(["remove"])));
    assert_eq!(
        house.post("/auth/reauthenticate", Some(&token), json!({"password": PASSWORD})).await.code(),
        "second_factor_needed"
    );
    assert_eq!(remove("000000".to_owned()).await.code(), "sign_in_failed");
    assert_eq!(remove(phone.code(&house)).await.status, 204);
    assert_eq!(house.sign_in(ANNA, PASSWORD).await.status, 200);

    let (_, fresh) = set_up(&house, &token).await;
    assert_eq!(house.sign_in_with(ANNA, "recovery_code", &codes[0]).await.code(), "sign_in_failed");
    assert_eq!(remove(fresh[0].clone()).await.status, 204, "the phone is lost");
}

on_both!(a_factor_counts_only_once_a_code_of_it_was_confirmed);
async fn a_factor_counts_only_once_a_code_of_it_was_confirmed(backend: Backend) {
    let house = House::new(backend).await;
    house.hire(ANNA).await;
    let token = house.sign_in(ANNA, PASSWORD).await.text("access_token");
    let confirm = || house.post("/auth/mfa/confirm", Some(&token), json!({"code": "000000"}));
    assert_eq!(confirm().await.code(), "wrong_state");
    let wrong = house.post("/auth/mfa", Some(&token), json!({"password": "not her password"})).await;
    assert_eq!(wrong.code(), "sign_in_failed");
    assert_eq!(house.post("/auth/mfa", Some(&token), json!({"password": PASSWORD})).await.status, 201);
    assert_eq!(house.sign_in(ANNA, PASSWORD).await.status, 200);
    for _ in 0..5 {
        assert_eq!(confirm().await.code(), "sign_in_failed");
    }
    assert_eq!(confirm().await.status, 429, "codes are not guessed here either");
}
