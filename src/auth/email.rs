//! The e-mail address that somebody signs in with.

/// The longest address that mail carries, in characters (RFC 5321, section 4.5.3.1.3, less the angle brackets).
const LONGEST: usize = 254;

/// The one spelling that an address is kept and looked up in: trimmed, in lower case.
#[must_use]
pub fn fold(address: &str) -> String {
    address.trim().to_lowercase()
}

/// Whether it looks like an address; only a message that arrives would prove it.
#[must_use]
pub fn is_plausible(address: &str) -> bool {
    let address = address.trim();
    let printable = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control());
    address.chars().count() <= LONGEST
        && address.split_once('@').is_some_and(|(local, domain)| {
            printable(local) && domain.contains('.') && !domain.contains('@') && domain.split('.').all(printable)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_it_is_typed_it_is_the_same_address() {
        assert_eq!(fold(" Anna.Berg@Example.ORG\n"), "anna.berg@example.org");
    }

    #[test]
    fn what_cannot_be_an_address_is_told_apart() {
        for good in ["anna@example.org", " anna.berg+work@mail.example.org ", "änne@müller.example"] {
            assert!(is_plausible(good), "{good}");
        }
        let long = format!("{}@example.org", "a".repeat(250));
        for bad in ["", "anna", "@example.org", "anna@", "anna@example", "a@b@example.org", "an na@example.org", &long]
        {
            assert!(!is_plausible(bad), "{bad}");
        }
        assert!(!is_plausible("anna@example..org"));
    }
}
