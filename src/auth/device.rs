//! Devices that are trusted for half a day: they need no code of the authenticator to sign in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use super::keys::Keys;
use crate::clock::Timestamp;

/// Seconds for which a device is trusted: 12 hours.
pub const TRUSTED_SECONDS: i64 = 12 * 3600;

/// What a browser shows to be trusted: until when, under a MAC over that and what the trust rests on.
pub(super) struct Device {
    until: Timestamp,
    mac: [u8; 32],
}

impl Device {
    /// A device that is trusted from `now` on; `basis` is whose it is and which credentials were proven on it.
    pub(super) fn trusted(keys: &Keys, basis: &[u8], now: Timestamp) -> Self {
        let until = now.plus_seconds(TRUSTED_SECONDS);
        Self { until, mac: seal(keys, basis, until) }
    }

    /// Whether the trust still stands.
    pub(super) fn is_good(&self, keys: &Keys, basis: &[u8], now: Timestamp) -> bool {
        now < self.until && bool::from(self.mac.ct_eq(&seal(keys, basis, self.until)))
    }

    /// As the cookie holds it.
    pub(super) fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode([&self.until.micros().to_be_bytes()[..], &self.mac].concat())
    }

    /// Reads what a cookie holds.
    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = (text.len() < 64).then(|| URL_SAFE_NO_PAD.decode(text).ok()).flatten()?;
        let (until, mac) = bytes.split_first_chunk::<8>()?;
        Some(Self { until: Timestamp::from_micros(i64::from_be_bytes(*until)), mac: mac.try_into().ok()? })
    }
}

fn seal(keys: &Keys, basis: &[u8], until: Timestamp) -> [u8; 32] {
    keys.hmac("trusted device", &[basis, &until.micros().to_be_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::keys::Seed;

    #[test]
    fn a_device_is_trusted_for_half_a_day_and_while_its_owner_has_the_same_credentials() {
        let keys = Keys::from_seeds([[1; 32], [2; 32], [3; 32]].map(Seed::new)).unwrap();
        let now = Timestamp::from_micros(1_772_352_000_000_000);
        let written = Device::trusted(&keys, b"paula, 7", now).write();
        let is_good =
            |basis: &[u8], seconds| Device::read(&written).unwrap().is_good(&keys, basis, now.plus_seconds(seconds));
        assert!(is_good(b"paula, 7", TRUSTED_SECONDS - 1));
        assert!(!is_good(b"paula, 7", TRUSTED_SECONDS));
        assert!(!is_good(b"paula, 8", 0));
        let later = [&now.plus_seconds(2 * TRUSTED_SECONDS).micros().to_be_bytes()[..], &[0; 32]].concat();
        assert!(!Device::read(&URL_SAFE_NO_PAD.encode(later)).unwrap().is_good(&keys, b"paula, 7", now));
        assert!(Device::read("").is_none() && Device::read(&"A".repeat(99)).is_none());
    }
}
