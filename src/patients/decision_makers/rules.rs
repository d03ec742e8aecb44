//! Who may consent on which day, and from which age a patient does alone.

use super::DecisionMaker;
use crate::clock::Date;
use crate::error::{Error, Result};

/// Checks what the single fields cannot tell: nobody's right ends before it begins.
///
/// # Errors
/// [`crate::error::Code::Invalid`] at `/until`.
pub fn check(of: &DecisionMaker) -> Result<()> {
    match (of.from, of.until) {
        (Some(from), Some(until)) if until < from => Err(Error::field("/until", "lies before from")),
        _ => Ok(()),
    }
}

/// Whether somebody may consent to treatment on a day; the last day counts.
#[must_use]
pub fn may_consent(of: &DecisionMaker, day: Date) -> bool {
    of.may_consent && decides_on(of, day)
}

/// Whether somebody may be given records on a day; the last day counts.
#[must_use]
pub fn may_receive_records(of: &DecisionMaker, day: Date) -> bool {
    of.may_receive_records && decides_on(of, day)
}

fn decides_on(of: &DecisionMaker, day: Date) -> bool {
    of.from.is_none_or(|from| from <= day) && of.until.is_none_or(|until| day <= until)
}

/// Whether somebody born on `born` is a minor on `day`; one comes of age at the beginning of the birthday.
#[must_use]
pub fn is_minor(born: Date, day: Date, age_of_majority: u32) -> bool {
    day < born.plus_years(age_of_majority)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn guardian(from: Option<&str>, until: Option<&str>) -> DecisionMaker {
        let words = |text: &str| text.into();
        DecisionMaker {
            name: words("Anna"),
            relation: words("mother"),
            authority: words("parental responsibility"),
            may_consent: true,
            may_receive_records: false,
            from: from.map(day),
            until: until.map(day),
            limits: None,
            phone: None,
            email: None,
        }
    }

    #[test]
    fn a_right_to_consent_holds_from_its_first_to_its_last_day() {
        let march = guardian(Some("2026-03-02"), Some("2026-03-09"));
        for (text, may) in [("2026-03-01", false), ("2026-03-02", true), ("2026-03-09", true), ("2026-03-10", false)] {
            assert_eq!(may_consent(&march, day(text)), may, "{text}");
        }
        assert!(may_consent(&guardian(None, None), day("1900-01-01")));
        assert!(!may_consent(&DecisionMaker { may_consent: false, ..march.clone() }, day("2026-03-02")));
        let receives = DecisionMaker { may_receive_records: true, may_consent: false, ..march.clone() };
        assert!(
            may_receive_records(&receives, day("2026-03-09")) && !may_receive_records(&receives, day("2026-03-10"))
        );
        assert!(!may_receive_records(&march, day("2026-03-02")));
        check(&march).unwrap();
        check(&guardian(Some("2026-03-02"), Some("2026-03-02"))).unwrap();
        assert_eq!(check(&guardian(Some("2026-03-02"), Some("2026-03-01"))).unwrap_err().errors[0].pointer, "/until");
    }

    #[test]
    fn one_comes_of_age_on_the_birthday() {
        let minor = |born: &str, on: &str| is_minor(day(born), day(on), 18);
        assert!(minor("2008-03-03", "2026-03-02") && !minor("2008-03-02", "2026-03-02"));
        assert!(minor("2008-02-29", "2026-02-27") && !minor("2008-02-29", "2026-02-28"));
        assert!(is_minor(day("2008-03-02"), day("2026-03-02"), 19));
    }
}
