//! The second factor: codes from an authenticator (RFC 6238: SHA-1, 6 digits, 30 seconds), and codes to keep for the
//! day it is lost.

use subtle::ConstantTimeEq;
use totp_rs::{Algorithm, TOTP};

use super::keys::Keys;
use crate::clock::Timestamp;
use crate::ids::StaffId;

/// Bytes of the secret that is shared with the authenticator (RFC 4226, 4, R6 recommends 20).
pub const SECRET_BYTES: usize = 20;
/// How many recovery codes there are; each works once.
pub const RECOVERY_CODES: usize = 10;

const DIGITS: usize = 6;
const STEP_SECONDS: i64 = 30;
const RECOVERY_CHARACTERS: usize = 10;
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const ISSUER: &str = "Tandem";

fn authenticator(secret: &[u8; SECRET_BYTES], account: &str) -> TOTP {
    let step = STEP_SECONDS.unsigned_abs();
    TOTP::new_unchecked(Algorithm::SHA1, DIGITS, 0, step, secret.to_vec(), Some(ISSUER.to_owned()), account.to_owned())
}

/// What an authenticator reads, usually as a QR code: holds the secret. `account` is the e-mail address.
#[must_use]
pub fn otpauth_url(secret: &[u8; SECRET_BYTES], account: &str) -> String {
    authenticator(secret, account).get_url()
}

/// The secret in base32, for typing it in.
#[must_use]
pub fn secret_text(secret: &[u8; SECRET_BYTES]) -> String {
    authenticator(secret, "").get_secret_base32()
}

/// The step that `code` stands for, if it is right `now`, one step of 30 seconds early or late allowed. A step works
/// once: it must come after `last_step`, and the caller keeps the step given back as the next `last_step`.
#[must_use]
pub fn check(secret: &[u8; SECRET_BYTES], code: &str, now: Timestamp, last_step: Option<i64>) -> Option<i64> {
    let current = now.seconds().div_euclid(STEP_SECONDS);
    let authenticator = authenticator(secret, "");
    (current - 1..=current + 1).filter(|step| last_step.is_none_or(|last| *step > last)).find(|step| {
        u64::try_from(step * STEP_SECONDS)
            .is_ok_and(|time| authenticator.generate(time).as_bytes().ct_eq(code.as_bytes()).into())
    })
}

/// Ten recovery codes such as `k3x7q-2mwpa`, 50 bits each, from fresh randomness.
#[must_use]
pub fn recovery_codes(random: &[u8; RECOVERY_CODES * RECOVERY_CHARACTERS]) -> Vec<String> {
    let spell =
        |bytes: &[u8]| -> String { bytes.iter().map(|byte| char::from(BASE32[usize::from(byte % 32)])).collect() };
    random
        .chunks_exact(RECOVERY_CHARACTERS)
        .map(|bytes| {
            let (first, second) = bytes.split_at(RECOVERY_CHARACTERS / 2);
            format!("{}-{}", spell(first), spell(second))
        })
        .collect()
}

/// What a recovery code is kept as; none if no such code can have been given out. Capitals, spaces and hyphens do not
/// matter. It is a MAC, as 50 bits alone could be found by trying.
#[must_use]
pub fn recovery_hash(keys: &Keys, staff: StaffId, code: &str) -> Option<[u8; 32]> {
    let mut bare = Vec::with_capacity(RECOVERY_CHARACTERS);
    for byte in code.bytes().filter(|byte| !b"- ".contains(byte)) {
        let byte = byte.to_ascii_lowercase();
        if bare.len() == RECOVERY_CHARACTERS || !BASE32.contains(&byte) {
            return None;
        }
        bare.push(byte);
    }
    let whole = bare.len() == RECOVERY_CHARACTERS;
    whole.then(|| keys.hmac("recovery code", &[staff.uuid().as_bytes(), &bare[..]].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    const RFC_SECRET: &[u8; 20] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B, the SHA-1 rows; six digits are the last six of its eight.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(check(RFC_SECRET, code, at(seconds), None), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let step = 1_111_111_111 / 30;
        for (off, expected) in [(-2, None), (-1, Some(step)), (0, Some(step)), (1, Some(step)), (2, None)] {
            assert_eq!(check(RFC_SECRET, "050471", at((step + off) * 30), None), expected, "{off} steps off");
        }
    }

    #[test]
    fn a_code_works_once_and_so_does_none_before_it() {
        let now = at(1_111_111_111);
        let step = check(RFC_SECRET, "050471", now, None);
        assert_eq!(check(RFC_SECRET, "050471", now, step), None);
        assert_eq!(check(RFC_SECRET, "081804", now, step), None, "the step before");
        assert_eq!(check(RFC_SECRET, "050471", now, step.map(|step| step - 1)), step);
    }

    #[test]
    fn anything_else_is_wrong() {
        for code in ["", "050472", "50471", "0504711", " 050471", "٠٥٠٤٧١"] {
            assert_eq!(check(RFC_SECRET, code, at(1_111_111_111), None), None, "{code}");
        }
        assert_eq!(check(&[0; 20], "050471", at(1_111_111_111), None), None);
        assert_eq!(check(RFC_SECRET, "050471", at(-1_000_000), None), None);
    }

    #[test]
    fn the_authenticator_is_told_everything_it_needs() {
        let url = otpauth_url(RFC_SECRET, "ana+t@practice.example");
        assert_eq!(
            url,
            "otpauth://totp/Tandem:ana%2Bt%40practice.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tandem"
        );
        assert_eq!(secret_text(RFC_SECRET), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn recovery_codes_are_ten_and_each_is_found_again_however_it_is_typed() {
        let random = std::array::from_fn(|place| u8::try_from(place * 7 % 251).unwrap());
        let codes = recovery_codes(&random);
        assert_eq!(codes.len(), 10);
        assert_eq!(codes[0], "ahov4-dkry7");

        let keys = Keys::from_seeds([1, 2, 3].map(|byte| [byte; 32].into())).unwrap();
        let (ana, ben) = (Id::new(at(0), [1; 10]), Id::new(at(0), [2; 10]));
        let kept = recovery_hash(&keys, ana, &codes[0]).unwrap();
        assert_eq!(recovery_hash(&keys, ana, " AHOV4 dkRY7"), Some(kept));
        assert_ne!(recovery_hash(&keys, ben, &codes[0]), Some(kept));
        assert_ne!(recovery_hash(&keys, ana, &codes[1]), Some(kept));
        for wrong in ["", "ahov4-dkry", "ahov4-dkry77", "ahov4-dkry1", "ahov4-dkryé"] {
            assert_eq!(recovery_hash(&keys, ana, wrong), None, "{wrong}");
        }
    }
}
