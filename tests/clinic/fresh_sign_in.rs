//! What asks for more than a token: a password entered within half an hour, and of some a second factor.

use actix_web::http::Method;
use serde_json::json;
use tandem::policy::Action;
use tandem::routes::rows;
use totp_rs::{Algorithm, Secret, TOTP};

use crate::house::{Answer, House, MORNING, PASSWORD, Patient, Who, new_visit, on_both, visit};

on_both!(whoever_signs_has_entered_their_password_within_half_an_hour);
fn whoever_signs_has_entered_their_password_within_half_an_hour(house: &House) {
    let details = json!({"email": Who::Physio.email(), "password": PASSWORD});
    let refresh = house.stranger().post("/auth/login", details).is(200).json["refresh_token"].clone();
    house.supervises(Some(Who::OtherMassage), Who::Massage).is(200);
    let words = json!({"kind": "phone_contact", "service_at": MORNING, "body": {"text": "Called, is well."}});
    let waiting = house.begins(Who::Massage, Patient::Ana, &words);
    let waiting = house.moves(Who::Massage, &waiting, "sign", None).is(200);
    let (signed, draft) =
        (house.signs_a_visit(Who::Physio, Patient::Ana), house.begins(Who::Physio, Patient::Ana, &new_visit()));
    house.passes(1_801);

    let path = |step: &str| format!("/notes/{}/{step}", signed.id());
    let addendum = || house.as_(Who::Physio).post(&path("addenda"), json!({"text": "Called again."}));
    let amendment = json!({"reason": "typo", "explanation": "Right, not left", "body": visit()});
    let amends = |on: &Answer| house.moves(Who::Physio, on, "amend", amendment.clone());
    let declares = |on: &Answer| house.moves(Who::Physio, on, "entered-in-error", json!({"reason": "Not hers"}));
    let stale = [
        house.moves(Who::Physio, &draft, "sign", None),
        amends(&signed),
        addendum(),
        declares(&signed),
        house.moves(Who::OtherMassage, &waiting, "cosign", None),
    ];
    for refused in stale {
        refused.is(403).refused("fresh_sign_in_needed");
    }
    // A token that was traded in is new; the password behind it is not.
    let newer = house.stranger().post("/auth/refresh", json!({"refresh_token": refresh})).is(200);
    let bearer = format!("Bearer {}", newer.json["access_token"].as_str().unwrap());
    let paula = || house.stranger().header("Authorization", bearer.clone());
    let sign = format!("/notes/{}/sign", draft.id());
    paula().if_match(draft.version()).post(&sign, None).is(403).refused("fresh_sign_in_needed");
    paula().get(&format!("/notes/{}", draft.id())).is(200);

    for who in [Who::Physio, Who::OtherMassage] {
        house.as_(who).post("/auth/reauthenticate", json!({"password": PASSWORD})).is(200);
    }
    paula().if_match(draft.version()).post(&sign, None).is(403).refused("fresh_sign_in_needed");
    house.moves(Who::Physio, &draft, "sign", None).is(200);
    amends(&signed).is(200);
    addendum().is(201);
    declares(&house.reads(Who::Physio, &signed)).is(200);
    house.moves(Who::OtherMassage, &waiting, "cosign", None).is(200);
}

on_both!(managers_and_privacy_officers_have_a_second_factor, &[("auth.mfa_required", "true")]);
fn managers_and_privacy_officers_have_a_second_factor(house: &House) {
    let leads_there =
        [Action::ChangeMfa, Action::ReadSelf, Action::Reauthenticate, Action::ChangePassword, Action::SignOut];
    for who in [Who::Manager, Who::PrivacyOfficer, Who::Owner] {
        let rows = rows().filter(|row| !row.open && row.takes.is_none() && !leads_there.contains(&row.action));
        for row in rows.filter(|row| !row.if_match && !row.path.contains('{') && row.query.is_empty()) {
            let answer = house.as_(who).send(Method::from(row.verb).as_str(), row.path, None);
            assert_eq!((answer.status, answer.code()), (403, "second_factor_set_up_needed"), "{}: {answer}", row.path);
        }
        house.as_(who).get("/patients").is(403).refused("second_factor_set_up_needed");
        house.as_(who).get("/audit/events").is(403).refused("second_factor_set_up_needed");
        house.as_(who).get("/me").is(200);
        house.as_(who).post("/auth/reauthenticate", json!({"password": PASSWORD})).is(200);
    }
    house.as_(Who::Physio).get("/patients").is(200);
    house.as_(Who::Receptionist).get("/sites").is(200);

    let greta = || house.as_(Who::Manager);
    let begun = greta().post("/auth/mfa", json!({"password": PASSWORD})).is(201);
    let secret = Secret::Encoded(begun.json["secret"].as_str().unwrap().to_owned()).to_bytes().unwrap();
    let phone = TOTP::new_unchecked(Algorithm::SHA1, 6, 0, 30, secret, None, String::new());
    let code = || phone.generate(u64::try_from(house.clock.now().seconds()).unwrap());
    greta().get("/staff").is(403).refused("second_factor_set_up_needed");
    let confirmed = greta().post("/auth/mfa/confirm", json!({"code": code()})).is(200);
    assert_eq!(confirmed.json["recovery_codes"].as_array().unwrap().len(), 10);
    greta().get("/staff").is(200);
    greta().get("/audit/events").is(200);
    house.as_(Who::Owner).get("/staff").is(403).refused("second_factor_set_up_needed");

    house.passes(30);
    greta().post("/auth/mfa/remove", json!({"password": PASSWORD, "code": code()})).is(204);
    greta().get("/staff").is(403).refused("second_factor_set_up_needed");
}
