//! Tokens that were forged, taken, kept too long or used twice, and guesses at passwords.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use strum::IntoEnumIterator;
use tandem::auth::token::{Claims, issue};
use tandem::routes::rows;

use crate::bad_input::good::method;
use crate::bad_input::refusal::{is_told, kept, nothing_was_written};
use crate::house::{Client, House, PASSWORD, Patient, Practice, Who, on_both, seeds};

/// A caller with this token.
fn bearing<'h>(house: &'h House, token: &str) -> Client<'h> {
    // Failures at the door are throttled by the minute.
    house.passes(1);
    house.stranger().header("Authorization", format!("Bearer {token}"))
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&seeds()[0])
}

fn header() -> Value {
    let kid = BASE64.encode(&Sha256::digest(key().verifying_key().as_bytes())[..12]);
    json!({"typ": "JWT", "alg": "EdDSA", "kid": kid})
}

fn payload(house: &House) -> Value {
    let now = house.clock.now().seconds();
    json!({"iss": "tandem", "aud": "tandem-api", "sub": Who::Physio.id(), "practice": Practice::Lakeside.id(),
        "sid": Who::Physio.session(), "iat": now, "exp": now + 3_000})
}

fn joined(header: &Value, payload: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let text = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(payload.to_string()));
    let signature = BASE64.encode(sign(text.as_bytes()));
    format!("{text}.{signature}")
}

fn signed_by(key: &SigningKey, header: &Value, payload: &Value) -> String {
    joined(header, payload, |text| key.sign(text).to_vec())
}

fn with(mut value: Value, name: &str, changed: Value) -> Value {
    value[name] = changed;
    value
}

/// The public key in every form in which somebody may hold it.
fn shared_secrets() -> Vec<Vec<u8>> {
    let raw = key().verifying_key().to_bytes();
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00], &raw[..]].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&der));
    let base64 = [STANDARD.encode(raw), BASE64.encode(raw)].map(String::into_bytes);
    [raw.to_vec(), der, pem.into_bytes(), Vec::new()].into_iter().chain(base64).collect()
}

fn forged(house: &House) -> Vec<(String, String)> {
    let (header, payload) = (header(), payload(house));
    let now = house.clock.now().seconds();
    let mut tokens: Vec<(String, String)> = Vec::new();
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let unsigned = with(header.clone(), "alg", json!(alg));
        tokens.push((format!("alg {alg:?}"), joined(&unsigned, &payload, |_| Vec::new())));
        tokens.push((format!("alg {alg:?}, signed"), signed_by(&key(), &unsigned, &payload)));
    }
    for (at, secret) in shared_secrets().into_iter().enumerate() {
        for alg in ["HS256", "EdDSA"] {
            let shared = with(header.clone(), "alg", json!(alg));
            let mac = |text: &[u8]| {
                let mut mac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
                mac.update(text);
                mac.finalize().into_bytes().to_vec()
            };
            tokens.push((format!("{alg} with the public key in form {at}"), joined(&shared, &payload, mac)));
        }
    }
    for other in [SigningKey::from_bytes(&[9; 32]), SigningKey::from_bytes(&seeds()[1])] {
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": BASE64.encode(other.verifying_key().as_bytes())});
        tokens.push(("another key".to_owned(), signed_by(&other, &header, &payload)));
        let brought = with(header.clone(), "jwk", jwk);
        tokens.push(("another key, which it brings".to_owned(), signed_by(&other, &brought, &payload)));
    }
    let claims = [
        ("exp", json!(now)),
        ("exp", json!(now - 1)),
        ("exp", json!("9999999999")),
        ("exp", json!(null)),
        ("exp", json!(1e300)),
        ("iat", json!(now + 2_000)),
        ("iat", json!(null)),
        ("nbf", json!(now + 2_000)),
        ("iss", json!("tandem2")),
        ("iss", json!("")),
        ("aud", json!("tandem")),
        ("aud", json!(["tandem-api", "other"])),
        ("sub", json!(Who::Manager.id())),
        ("sub", json!("*")),
        ("sid", json!(Who::Manager.session())),
        ("sid", json!("019cadb2-0000-7000-8000-000000000000")),
        ("sid", json!(null)),
        ("practice", json!(Practice::Hillside.id())),
        ("practice", json!("019cadb2-0000-7000-8000-000000000000")),
    ];
    for (name, value) in claims {
        let changed = with(payload.clone(), name, value.clone());
        tokens.push((format!("{name} {value}"), signed_by(&key(), &header, &changed)));
    }
    let kid = with(header.clone(), "kid", json!("../../dev/null"));
    tokens.push(("another kid".to_owned(), signed_by(&key(), &kid, &payload)));
    let good = signed_by(&key(), &header, &payload);
    let (unsigned, _) = good.rsplit_once('.').unwrap();
    tokens.extend(
        [
            ("no signature", format!("{unsigned}.")),
            ("no last part", unsigned.to_owned()),
            ("a part too many", format!("{good}.e30")),
            ("something behind it", format!("{good}A")),
            ("two tokens", format!("{good}, {good}")),
            ("nothing", String::new()),
            ("much", "a.".repeat(3_000)),
        ]
        .map(|(fault, token)| (fault.to_owned(), token)),
    );
    tokens
}

on_both!(a_forged_token_opens_no_door);
fn a_forged_token_opens_no_door(house: &House) {
    // So that the refusals mean something: by hand, and made as ours are, it opens the door.
    bearing(house, &signed_by(&key(), &header(), &payload(house))).get("/me").is(200);
    let page = format!("/patients/{}", Patient::Ana.id());
    let before = kept(house);
    for (fault, token) in forged(house) {
        for path in ["/me", page.as_str()] {
            let answer = bearing(house, &token).get(path);
            is_told(&answer, &[401], &format!("{path} with a token of {fault}"));
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"), "{fault}");
        }
        let site = json!({"name": "Harbour"});
        is_told(&bearing(house, &token).post("/sites", site), &[401], &format!("/sites with a token of {fault}"));
    }
    nothing_was_written(house, &before, "a forged token");
}

on_both!(a_token_counts_in_its_header_alone);
fn a_token_counts_in_its_header_alone(house: &House) {
    let token = Who::Physio.token(&house.keys, house.clock.now());
    for header in [
        ("Authorization", token.clone()),
        ("Authorization", format!("Basic {token}")),
        ("Authorization", format!("Bearer: {token}")),
        ("Cookie", format!("access_token={token}; session={token}")),
        ("X-Authorization", format!("Bearer {token}")),
        ("Proxy-Authorization", format!("Bearer {token}")),
    ] {
        is_told(&house.stranger().header(header.0, header.1).get("/me"), &[401], header.0);
    }
    is_told(&house.stranger().get(&format!("/me?access_token={token}")), &[401], "in the query");
    house.stranger().header("Authorization", format!("bearer {token}")).get("/me").is(200);
}

on_both!(whoever_claims_another_practice_is_nobody_there);
fn whoever_claims_another_practice_is_nobody_there(house: &House) {
    let before = kept(house);
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let forge = |staff: Who, practice: Practice, session: Who| {
        let claims = Claims::new(staff.id(), practice.id(), session.session(), house.clock.now(), 600);
        issue(&house.keys, &claims).unwrap()
    };
    for row in rows().filter(|row| !row.open && row.takes.is_none()) {
        let id = if row.path.starts_with("/notes") { note.id().to_owned() } else { Patient::Ana.id().to_string() };
        let path = row.path.replace("{id}", &id).replace("{seq}", "0").replace("{number}", "1");
        let path = if path.ends_with("/consistency") { format!("{path}?from=1&to=1") } else { path };
        let path = if path.ends_with("/diff") { format!("{path}?from=1&to=1") } else { path };
        for (staff, practice, session) in [
            (Who::Elsewhere, Practice::Lakeside, Who::Elsewhere),
            (Who::Elsewhere, Practice::Lakeside, Who::Owner),
            (Who::Owner, Practice::Lakeside, Who::Elsewhere),
            (Who::Owner, Practice::Hillside, Who::Owner),
        ] {
            let client = bearing(house, &forge(staff, practice, session)).if_match(1);
            let answer = client.send(method(row), &path, None);
            is_told(&answer, &[401], &format!("{} of {practice:?} for {staff:?}", row.path));
        }
    }
    assert!(before["note"].is_empty() && !kept(house)["note"].contains("entered_in_error"));
}

on_both!(a_session_that_ended_stops_at_once);
fn a_session_that_ended_stops_at_once(house: &House) {
    let details = json!({"email": Who::Physio.email(), "password": PASSWORD});
    let tokens = house.stranger().post("/auth/login", details).is(200);
    let token = tokens.json["access_token"].as_str().unwrap();
    bearing(house, token).get("/me").is(200);
    bearing(house, token).post("/auth/logout", None).is(204);
    let page = format!("/patients/{}", Patient::Ana.id());
    for path in ["/me", page.as_str(), "/patients", "/directory"] {
        is_told(&bearing(house, token).get(path), &[401], path);
    }
    let refresh = json!({"refresh_token": tokens.json["refresh_token"]});
    is_told(&house.stranger().post("/auth/refresh", refresh), &[401], "refreshing a session that ended");

    let left = || house.as_(Who::OtherMassage);
    left().get("/me").is(200);
    let milo = format!("/staff/{}", Who::OtherMassage.id());
    house.as_(Who::Manager).if_match(1).post(&format!("{milo}/deactivate"), None).is(200);
    is_told(&left().get("/me"), &[401], "somebody who left");
    is_told(&left().post("/sites", json!({"name": "x"})), &[401, 403], "somebody who left");
    let details = json!({"email": Who::OtherMassage.email(), "password": PASSWORD});
    is_told(&house.stranger().post("/auth/login", details), &[401], "somebody who left signs in");

    house.passes(8 * 3_600);
    is_told(&house.as_(Who::Receptionist).get("/me"), &[401], "a session that nobody used");
}

on_both!(a_refresh_token_is_good_once_and_for_nothing_else);
fn a_refresh_token_is_good_once_and_for_nothing_else(house: &House) {
    let details = json!({"email": Who::Massage.email(), "password": PASSWORD});
    let first = house.stranger().post("/auth/login", details.clone()).is(200);
    let (access, opaque) =
        (first.json["access_token"].as_str().unwrap(), first.json["refresh_token"].as_str().unwrap());
    let refresh = |token: &str| {
        house.passes(1);
        house.stranger().post("/auth/refresh", json!({"refresh_token": token}))
    };
    is_told(&bearing(house, opaque).get("/me"), &[401], "a refresh token at the door");

    let bytes = BASE64.decode(opaque).unwrap();
    let hillside = [Practice::Hillside.id().as_bytes(), &bytes[16..]].concat();
    let paulas = [&bytes[..16], Who::Physio.session().as_bytes(), &bytes[32..]].concat();
    let guessed = [&bytes[..32], &[0; 32], &bytes[64..]].concat();
    let kept_before = kept(house);
    for (fault, token) in [
        ("an access token", access.to_owned()),
        ("another practice", BASE64.encode(hillside)),
        ("another session", BASE64.encode(paulas)),
        ("half a token", opaque[..43].to_owned()),
        ("padding", format!("{opaque}==")),
        ("nothing", String::new()),
        ("200 characters", "A".repeat(200)),
    ] {
        is_told(&refresh(&token), &[401, 422], &format!("refreshing with {fault}"));
    }
    nothing_was_written(house, &kept_before, "a bad refresh token");

    let second = refresh(opaque).is(200);
    house.passes(60);
    // Whoever comes with the old one now is not the one who went on: both lose the session.
    is_told(&refresh(opaque), &[401], "a refresh token used twice");
    is_told(&refresh(second.json["refresh_token"].as_str().unwrap()), &[401], "its successor");
    is_told(&bearing(house, second.json["access_token"].as_str().unwrap()).get("/me"), &[401], "its access token");

    let again = house.stranger().post("/auth/login", details).is(200);
    is_told(&refresh(&BASE64.encode(guessed)), &[401], "a guessed secret");

    let mut tokens = vec![again];
    for _ in 0..3 {
        let newest = tokens.last().unwrap().json["refresh_token"].as_str().unwrap();
        tokens.push(refresh(newest).is(200));
    }
    let newest = tokens[3].json["refresh_token"].as_str().unwrap();
    // A thief has gone on with it more than once before its owner comes back.
    let oldest = tokens[0].json["refresh_token"].as_str().unwrap();
    refresh(oldest).refused("refresh_token_reused");
    is_told(&refresh(newest), &[401], "the newest of a session that two held");
}

on_both!(a_sign_in_that_fails_tells_nothing_of_who_there_is);
fn a_sign_in_that_fails_tells_nothing_of_who_there_is(house: &House) {
    let hired = json!({"name": "Nora Blum", "email": "nora@lakeside.example", "roles": ["physiotherapist"]});
    house.as_(Who::Manager).post("/staff", hired).is(201);
    let milo = format!("/staff/{}/deactivate", Who::OtherMassage.id());
    house.as_(Who::Manager).if_match(1).post(&milo, None).is(200);
    let mut told = Vec::new();
    for (email, password, practice) in [
        ("nobody@lakeside.example", PASSWORD, None),
        (Who::Physio.email(), "not her password", None),
        (Who::OtherMassage.email(), PASSWORD, None),
        ("nora@lakeside.example", PASSWORD, None),
        (Who::Physio.email(), PASSWORD, Some(Practice::Hillside.id())),
        (Who::Physio.email(), "", None),
        ("paula@lakeside.example%", PASSWORD, None),
        ("_aula@lakeside.example", PASSWORD, None),
        ("' OR 1=1 --", "' OR 1=1 --", None),
    ] {
        let details = json!({"email": email, "password": password, "practice": practice});
        let answer = house.stranger().post("/auth/login", details);
        is_told(&answer, &[401], email);
        told.push(answer.text.replace(&answer.request_id, ""));
    }
    assert!(told.iter().all(|text| *text == told[0]), "{told:#?}");
}

on_both!(
    an_account_that_does_not_exist_takes_as_long,
    &[("auth.argon2.memory_kib", "65536"), ("auth.argon2.iterations", "4")]
);
fn an_account_that_does_not_exist_takes_as_long(house: &House) {
    let seconds = |email: &str, password: &str, status: u16| {
        let began = std::time::Instant::now();
        house.stranger().post("/auth/login", json!({"email": email, "password": password})).is(status);
        began.elapsed().as_secs_f64()
    };
    // The first sign-in hashes the password anew, at these costs.
    seconds(Who::Physio.email(), PASSWORD, 200);
    let fastest = |email: &str| (0..3).map(|_| seconds(email, "wrong", 401)).fold(f64::MAX, f64::min);
    let (known, unknown) = (fastest(Who::Physio.email()), fastest("nobody@lakeside.example"));
    assert!(unknown > known / 3.0 && known > unknown / 3.0, "known {known} s, unknown {unknown} s");
}

on_both!(a_guesser_does_not_get_round_the_wait);
fn a_guesser_does_not_get_round_the_wait(house: &House) {
    let guess = |email: &str, from: &str| {
        let client = house.stranger().header("X-Forwarded-For", from).header("Forwarded", format!("for={from}"));
        let client = client.header("X-Real-IP", from).header("X-Client-IP", from);
        client.post("/auth/login", json!({"email": email, "password": "wrong"})).status
    };
    let spellings = [
        "mara@lakeside.example",
        "MARA@lakeside.example",
        "Mara@Lakeside.Example",
        " mara@lakeside.example",
        "mara@lakeside.example ",
    ];
    let told: Vec<u16> = (0..20).map(|at| guess(spellings[at % 5], &format!("203.0.113.{at}"))).collect();
    assert_eq!(told.iter().filter(|status| **status == 401).count(), 5, "{told:?}");
    assert!(told[5..].iter().all(|status| *status == 429), "{told:?}");
    let right = json!({"email": Who::Massage.email(), "password": PASSWORD});
    let refused = house.stranger().post("/auth/login", right.clone()).is(429).refused("too_many_attempts");
    assert!(refused.header("retry-after").is_some());
    // Other accounts, from ever other addresses as it says: the address that counts is the one that calls.
    let many: Vec<u16> =
        (0..40).map(|at| guess(&format!("g{at}@lakeside.example"), &format!("198.51.100.{at}"))).collect();
    assert!(many.iter().filter(|status| **status == 401).count() <= 20, "{many:?}");
    assert_eq!(many.last(), Some(&429), "{many:?}");
    house.passes(3_600);
    house.stranger().post("/auth/login", right).is(200);
}

on_both!(behind_a_proxy_the_address_counts_that_the_proxy_saw, &[("server.proxy.trusted", "[\"127.0.0.1/32\"]")]);
fn behind_a_proxy_the_address_counts_that_the_proxy_saw(house: &House) {
    // What comes before the proxy's own entry was written by the caller.
    let lies = ["", "203.0.113.7, ", "nonsense, ", "127.0.0.1, ", "for=203.0.113.8, ", "203.0.113.9, unknown, "];
    for lie in lies {
        let client = house.stranger().header("X-Forwarded-For", format!("{lie}198.51.100.4"));
        client.post("/auth/login", json!({"email": Who::Physio.email(), "password": "wrong"}));
    }
    let events = house.sealed_events(Practice::Lakeside);
    let from: Vec<_> = events.iter().filter_map(|event| event.address).map(|address| address.to_string()).collect();
    assert_eq!(from, vec!["198.51.100.4"; lies.len()]);
}

on_both!(a_stranger_who_hammers_at_the_door_does_not_lock_out_those_inside);
fn a_stranger_who_hammers_at_the_door_does_not_lock_out_those_inside(house: &House) {
    let details = json!({"email": Who::Physio.email(), "password": PASSWORD});
    let inside = house.stranger().post("/auth/login", details).is(200);
    let statuses: Vec<u16> = (0..130).map(|_| house.stranger().get("/me").status).collect();
    assert_eq!((statuses[0], statuses[129]), (401, 429));
    // They share the practice's address with the stranger.
    for who in Who::iter() {
        house.as_(who).get("/me").is(200);
    }
    let token = inside.json["refresh_token"].as_str().unwrap();
    house.stranger().post("/auth/refresh", json!({"refresh_token": token})).is(200);
    // What a stranger makes up is told as much, and counted.
    house.stranger().post("/auth/refresh", json!({"refresh_token": "made up"})).is(401);
}
