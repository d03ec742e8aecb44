use serde_json::{Value, json};

use super::*;
use crate::ids::kind::Session;

const NINE_O_CLOCK: Timestamp = Timestamp::from_micros(1_772_355_600_500_000);
const MINUTES: i64 = 60;

fn keys(first: u8) -> Keys {
    Keys::from_seeds([first, first + 1, first + 2].map(|byte| [byte; 32].into())).unwrap()
}

fn claims() -> Claims {
    Claims::new(
        Id::new(NINE_O_CLOCK, [1; 10]),
        Id::new(NINE_O_CLOCK, [2; 10]),
        Id::new(NINE_O_CLOCK, [3; 10]),
        NINE_O_CLOCK,
        600,
    )
}

fn is_refused(keys: &Keys, token: &str, now: Timestamp) -> bool {
    read(keys, token, now)
        .is_err_and(|error| error.code == Code::NotSignedIn && error.detail == Code::NotSignedIn.title())
}

fn header(kid: &str) -> Value {
    json!({"typ": "JWT", "alg": "EdDSA", "kid": kid})
}

fn payload() -> Value {
    let claims = claims();
    json!({
        "iss": "tandem", "aud": "tandem-api", "sub": claims.staff, "practice": claims.practice, "sid": claims.session,
        "iat": claims.issued_at.seconds(), "exp": claims.expires_at.seconds(),
    })
}

/// A token with our signature, whatever it says.
fn signed(keys: &Keys, header: &Value, payload: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(payload));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &keys.jwt.signing, Algorithm::EdDSA).unwrap();
    format!("{message}.{signature}")
}

fn with(name: &str, value: Value) -> Value {
    let mut payload = payload();
    payload[name] = value;
    payload
}

#[test]
fn a_token_says_who_it_was_issued_to_until_ten_minutes_are_over() {
    let keys = keys(1);
    let token = issue(&keys, &claims()).unwrap();
    let read_at = |seconds| read(&keys, &token, claims().issued_at.plus_seconds(seconds));
    assert_eq!(read_at(0).unwrap(), claims());
    assert_eq!(read_at(10 * MINUTES - 1).unwrap(), claims());
    assert!(read_at(10 * MINUTES).is_err(), "no leeway");
    assert!(read_at(-1).is_err(), "issued in the future");
}

#[test]
fn our_own_form_by_hand_is_accepted_so_that_the_refusals_below_mean_something() {
    let keys = keys(1);
    assert_eq!(read(&keys, &signed(&keys, &header(&keys.jwt.kid), &payload()), NINE_O_CLOCK).unwrap(), claims());
}

#[test]
fn another_key_or_another_name_of_the_key_is_refused() {
    let (ours, theirs) = (keys(1), keys(9));
    assert!(is_refused(&ours, &issue(&theirs, &claims()).unwrap(), NINE_O_CLOCK));
    assert!(is_refused(&ours, &signed(&theirs, &header(&ours.jwt.kid), &payload()), NINE_O_CLOCK));
    assert!(is_refused(&ours, &signed(&ours, &header(&theirs.jwt.kid), &payload()), NINE_O_CLOCK));
    assert!(is_refused(&ours, &signed(&ours, &json!({"typ": "JWT", "alg": "EdDSA"}), &payload()), NINE_O_CLOCK));
}

#[test]
fn a_token_without_a_signature_or_with_a_shared_secret_is_refused() {
    let keys = keys(1);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    for alg in ["none", "None", "HS256", "RS256"] {
        let header = json!({"typ": "JWT", "alg": alg, "kid": keys.jwt.kid});
        let message = format!("{}.{}", part(&header), part(&payload()));
        assert!(is_refused(&keys, &format!("{message}."), NINE_O_CLOCK), "{alg}");
        assert!(is_refused(&keys, &signed(&keys, &header, &payload()), NINE_O_CLOCK), "{alg}, our signature");
    }
    // The classic confusion: our public key taken as a shared secret.
    let public = keys.jwt.verifying.try_get_as_bytes().unwrap();
    let header = Header { kid: Some(keys.jwt.kid.clone()), ..Header::new(Algorithm::HS256) };
    let forged = encode(&header, &payload(), &jsonwebtoken::EncodingKey::from_secret(public)).unwrap();
    assert!(is_refused(&keys, &forged, NINE_O_CLOCK));
}

#[test]
fn claims_that_are_not_for_us_or_not_for_now_are_refused() {
    let keys = keys(1);
    let now = NINE_O_CLOCK.seconds();
    for payload in [
        with("iss", json!("another")),
        with("aud", json!("another")),
        with("aud", json!(["tandem-api", "another"])),
        with("exp", json!(now)),
        with("exp", json!(i64::MIN)),
        with("exp", Value::Null),
        with("iat", json!(now + 1)),
        with("nbf", json!(now + 1)),
        with("sub", json!("ana")),
        with("sid", Value::Null),
        with("practice", Value::Null),
    ] {
        assert!(is_refused(&keys, &signed(&keys, &header(&keys.jwt.kid), &payload), NINE_O_CLOCK), "{payload}");
    }
    let begun = signed(&keys, &header(&keys.jwt.kid), &with("nbf", json!(now)));
    assert!(read(&keys, &begun, NINE_O_CLOCK).is_ok());
}

#[test]
fn a_token_with_any_character_changed_is_refused() {
    let keys = keys(1);
    let token = issue(&keys, &claims()).unwrap();
    for place in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(is_refused(&keys, &changed, NINE_O_CLOCK), "character {place}");
    }
}

#[test]
fn nonsense_and_oversize_are_refused() {
    let keys = keys(1);
    for token in ["", ".", "..", "a.b.c", "a.b.c.d", &"x".repeat(LONGEST + 1)] {
        assert!(is_refused(&keys, token, NINE_O_CLOCK), "{token}");
    }
    let padded = with("padding", json!("x".repeat(LONGEST)));
    let oversize = signed(&keys, &header(&keys.jwt.kid), &padded);
    assert!(is_refused(&keys, &oversize, NINE_O_CLOCK));
    assert!(TokenReader::new(Arc::new(keys)).read(&oversize, NINE_O_CLOCK).is_err());
}

#[test]
fn a_remembered_token_still_runs_out() {
    let reader = TokenReader::new(Arc::new(keys(1)));
    let token = issue(&reader.keys, &claims()).unwrap();
    for _ in 0..3 {
        assert_eq!(reader.read(&token, NINE_O_CLOCK).unwrap(), claims());
    }
    assert_eq!(reader.verified.lock().unwrap().len(), 1);
    assert!(reader.read(&token, NINE_O_CLOCK.plus_seconds(10 * MINUTES)).is_err());
    assert!(reader.read(&token, NINE_O_CLOCK.plus_seconds(-10)).is_err());
}

#[test]
fn only_verified_tokens_are_remembered_and_never_more_than_the_bound() {
    let reader = TokenReader::new(Arc::new(keys(1)));
    assert!(reader.read(&issue(&keys(9), &claims()).unwrap(), NINE_O_CLOCK).is_err());
    assert!(reader.verified.lock().unwrap().is_empty());

    let key = |number: usize| Sha256::digest(number.to_be_bytes()).into();
    for number in 0..REMEMBERED {
        reader.remember(key(number), claims(), NINE_O_CLOCK);
    }
    assert_eq!(reader.verified.lock().unwrap().len(), REMEMBERED);
    reader.remember(key(REMEMBERED), claims(), NINE_O_CLOCK);
    assert_eq!(reader.verified.lock().unwrap().len(), 1, "full of current tokens: starts anew");
}

#[test]
fn expired_tokens_make_room_before_current_ones() {
    let reader = TokenReader::new(Arc::new(keys(1)));
    let key = |number: usize| Sha256::digest(number.to_be_bytes()).into();
    let later = NINE_O_CLOCK.plus_seconds(10 * MINUTES);
    let current = Claims::new(claims().staff, claims().practice, claims().session, later, 600);
    reader.remember(key(0), current.clone(), NINE_O_CLOCK);
    for number in 1..REMEMBERED {
        reader.remember(key(number), claims(), NINE_O_CLOCK);
    }
    reader.remember(key(REMEMBERED), current, later);
    let verified = reader.verified.lock().unwrap();
    assert_eq!(verified.len(), 2);
    assert!(verified.contains_key(&key(0)));
}

#[test]
fn a_refresh_token_says_where_to_look_and_is_found_again_by_its_hash_alone() {
    let (practice, session) = (Id::new(NINE_O_CLOCK, [1; 10]), Id::new(NINE_O_CLOCK, [2; 10]));
    let keys = keys(1);
    let (token, hash) = refresh_token(&keys, practice, session, [7; 32]);
    let found = given_out(&keys, &token).unwrap();
    assert_eq!((found.practice, found.id, found.hash), (practice, session, hash));
    assert_ne!(hash, [7; 32]);
    let made_up = [&practice.as_bytes()[..], session.as_bytes(), &[7; 32], &[7; 32]].concat();
    for wrong in ["", &token[1..], &format!("{token}A"), &token.replace('B', "+"), &URL_SAFE_NO_PAD.encode(made_up)] {
        assert!(given_out(&keys, wrong).is_none(), "{wrong}");
    }
    assert!(given_out(&self::keys(9), &token).is_none(), "made elsewhere");
}

#[test]
fn an_invitation_is_found_by_its_hash_and_refreshes_nothing() {
    let (practice, staff) = (Id::new(NINE_O_CLOCK, [1; 10]), Id::new(NINE_O_CLOCK, [2; 10]));
    let (token, hash) = invitation_token(practice, staff, [7; 32]);
    let found = presented::<crate::ids::kind::Staff>(&token).unwrap();
    assert_eq!((found.practice, found.id, found.hash), (practice, staff, hash));
    assert!(given_out(&keys(1), &token).is_none());
    for wrong in ["", &token[1..], &format!("{token}A"), &token.replace('B', "+")] {
        assert!(presented::<Session>(wrong).is_none(), "{wrong}");
    }
}
