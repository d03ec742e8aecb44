use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

/// A directory for keys that is gone when the test is over.
struct KeyDir(PathBuf);

impl KeyDir {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("tandem-keys-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }

    fn with_keys() -> Self {
        let dir = Self::new();
        Keys::create(&dir.0, counting()).unwrap();
        dir
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }

    fn refusal(&self) -> String {
        Keys::load(&self.0).expect_err("these keys should be refused").detail.into_owned()
    }
}

impl Drop for KeyDir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Bytes that are all different, in place of randomness.
fn counting() -> impl FnMut(&mut [u8]) {
    let mut next = 0;
    move |bytes| {
        for byte in bytes {
            *byte = next;
            next += 1;
        }
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

#[test]
fn set_up_makes_keys_for_their_owner_alone_and_they_load_again() {
    let dir = KeyDir::new();
    let made = Keys::create(&dir.0, counting()).unwrap();
    assert_eq!(mode(&dir.0), 0o700);
    for name in FILES {
        assert_eq!(mode(&dir.0.join(name)), 0o600, "{name}");
    }
    assert_eq!(fs::read_dir(&dir.0).unwrap().count(), 3, "nothing but the keys stays behind");

    let loaded = Keys::load(&dir.0).unwrap();
    assert_eq!(made.jwt.kid, loaded.jwt.kid);
    assert_eq!(made.audit().to_bytes(), loaded.audit().to_bytes());
    assert_eq!(made.hmac("d", b"x"), loaded.hmac("d", b"x"));
}

#[test]
fn a_key_is_never_overwritten() {
    let dir = KeyDir::with_keys();
    fs::remove_file(dir.0.join("jwt.key")).unwrap();
    let before = fs::read(dir.0.join("data.key")).unwrap();
    let error = Keys::create(&dir.0, |bytes| bytes.copy_from_slice(&[1; 32])).unwrap_err();
    assert_eq!(error.code, Code::AlreadyExists);
    assert_eq!(fs::read(dir.0.join("data.key")).unwrap(), before);
    assert!(!dir.0.join("jwt.key").exists());

    let error = write_new(&dir.0, "data.key", &Zeroizing::new([7; 32])).unwrap_err();
    assert_eq!(error.code, Code::Unavailable);
    assert_eq!(fs::read(dir.0.join("data.key")).unwrap(), before);
}

#[test]
fn a_file_half_written_by_a_set_up_that_was_cut_off_is_in_nobodys_way() {
    let dir = KeyDir::new();
    fs::create_dir(&dir.0).unwrap();
    dir.put(".jwt.key.partial", "half");
    Keys::create(&dir.0, counting()).unwrap();
    assert!(Keys::load(&dir.0).is_ok());
    assert_eq!(fs::read_dir(&dir.0).unwrap().count(), 3);
}

#[test]
fn no_key_is_made_without_randomness() {
    let dir = KeyDir::new();
    assert!(Keys::create(&dir.0, |_| {}).is_err());
    assert!(FILES.iter().all(|name| !dir.0.join(name).exists()));
}

#[test]
fn keys_that_can_be_replaced_are_made_anew_and_no_other() {
    let dir = KeyDir::with_keys();
    assert_eq!(Keys::create_missing(&dir.0, |bytes| bytes[0] = 7).unwrap(), [""; 0]);
    for name in FILES {
        fs::remove_file(dir.0.join(name)).unwrap();
    }
    assert!(Keys::create_missing(&dir.0, |_| {}).is_err(), "without randomness");
    let mut drawn = 0;
    let made = Keys::create_missing(&dir.0, |bytes| {
        drawn += 1;
        bytes[0] = drawn;
    });
    assert_eq!(made.unwrap(), ["jwt.key", "data.key"]);
    assert!(dir.refusal().contains("audit.key is missing"));
}

#[test]
fn a_missing_key_is_named_with_what_to_do() {
    let dir = KeyDir::new();
    assert!(dir.refusal().contains("jwt.key is missing; restore it"));
    let dir = KeyDir::with_keys();
    fs::remove_file(dir.0.join("data.key")).unwrap();
    assert!(dir.refusal().contains("data.key is missing"));
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    for open in [0o640, 0o604, 0o620] {
        let dir = KeyDir::with_keys();
        fs::set_permissions(dir.0.join("audit.key"), fs::Permissions::from_mode(open)).unwrap();
        let said = dir.refusal();
        assert!(said.contains("audit.key is open to others") && said.contains("chmod 600"), "{said}");
    }
}

#[test]
fn a_file_without_a_secret_is_refused() {
    let zeros = STANDARD.encode([0; 32]);
    let ones = STANDARD.encode([0x11; 32]);
    let short = STANDARD.encode([1, 2, 3]);
    let long = STANDARD.encode((0..48).collect::<Vec<u8>>());
    for text in ["", "changeme", &zeros, &ones, &short, &long, "not base64 !"] {
        let dir = KeyDir::with_keys();
        dir.put("data.key", text);
        let said = dir.refusal();
        assert!(said.contains("data.key holds no key"), "{text}: {said}");
    }
}

#[test]
fn one_key_may_not_serve_as_two() {
    let dir = KeyDir::with_keys();
    dir.put("data.key", &fs::read_to_string(dir.0.join("audit.key")).unwrap());
    assert!(dir.refusal().contains("are the same"));
}

#[test]
fn a_sealed_secret_opens_for_its_owner_alone() {
    let dir = KeyDir::with_keys();
    let keys = Keys::load(&dir.0).unwrap();
    let sealed = keys.seal(b"ana", [9; 12], b"totp secret").unwrap();
    assert_eq!(*keys.open(b"ana", &sealed).unwrap(), b"totp secret");
    assert!(keys.open(b"ben", &sealed).is_err());
    assert!(keys.open(b"ana", &sealed[..11]).is_err());
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert!(keys.open(b"ana", &changed).is_err(), "byte {place} was changed unnoticed");
    }
}

#[test]
fn each_domain_has_a_mac_of_its_own() {
    let dir = KeyDir::with_keys();
    let keys = Keys::load(&dir.0).unwrap();
    assert_ne!(keys.hmac("cursor", b"x"), keys.hmac("recovery", b"x"));
    assert_ne!(keys.hmac("cursor", b"x"), keys.hmac("cursor", b"y"));
    assert_ne!(keys.derived("hmac", "")[..], keys.derived("seal", "")[..]);
}

#[test]
fn the_mac_is_the_one_of_rfc_4231() {
    let mut key = [0; 32];
    key[..4].copy_from_slice(b"Jefe");
    let mac = hmac(&key, &[b"what do ya want ", b"for nothing?"]);
    let expected = 0x5bdc_c146_bf60_754e_6a04_2426_0895_75c7_u128;
    assert_eq!(mac[..16], expected.to_be_bytes());
}

#[test]
fn printing_the_keys_shows_no_secret() {
    let dir = KeyDir::with_keys();
    let keys = Keys::load(&dir.0).unwrap();
    assert_eq!(format!("{keys:?}"), format!("Keys {{ kid: {:?}, .. }}", keys.jwt.kid));
}
