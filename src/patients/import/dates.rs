//! Dates as other programs write them. Which of two numbers is the day is never guessed.

use super::mapping::DateForm;
use crate::clock::Date;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Reads a date in one of `forms`.
///
/// # Errors
/// A sentence saying what is wrong, without the date.
pub fn read(text: &str, forms: &[DateForm]) -> Result<Date, String> {
    let parts: Vec<&str> = day_of(text).split([' ', ',', '-', '/', '.']).filter(|part| !part.is_empty()).collect();
    let [first, second, third] = parts.as_slice() else { return Err(expected(forms)) };
    let (year, month, day) = if first.len() == 4 && forms.contains(&DateForm::Iso) {
        (first, number(second), number(third))
    } else if forms.contains(&DateForm::NamedMonth) && month_named(first).or(month_named(second)).is_some() {
        let day = if month_named(first).is_some() { second } else { first };
        (third, month_named(first).or(month_named(second)), number(day))
    } else if number(first).and(number(second)).and(number(third)).is_some() {
        match forms.iter().find(|form| matches!(form, DateForm::DayFirst | DateForm::MonthFirst)) {
            Some(DateForm::DayFirst) => (third, number(second), number(first)),
            Some(_) => (third, number(first), number(second)),
            None => return Err("is the day or the month first? --dates day-first or --dates month-first says".into()),
        }
    } else {
        return Err(expected(forms));
    };
    if year.len() != 4 {
        return Err("the year needs four digits".into());
    }
    let (Some(month), Some(day)) = (month, day) else { return Err(expected(forms)) };
    Date::parse(&format!("{year}-{month:02}-{day:02}")).map_err(|_| "there is no such day between 1900 and 2199".into())
}

/// The date of a moment at midnight; any other time may belong to the day before or after, and is left for refusal.
fn day_of(text: &str) -> &str {
    let text = text.trim();
    match text.split_at_checked(10) {
        Some((day, time)) if day.ends_with(|last: char| last.is_ascii_digit()) => {
            let midnight = time.starts_with(['T', ' ']) && time.chars().skip(1).all(|char| "0:.Z+".contains(char));
            if midnight { day } else { text }
        }
        _ => text,
    }
}

fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A month by its English name, or by three letters of it or more.
fn month_named(text: &str) -> Option<u32> {
    let text = text.to_lowercase();
    let at = MONTHS.iter().position(|month| text.len() >= 3 && month.starts_with(&text))?;
    u32::try_from(at + 1).ok()
}

fn expected(forms: &[DateForm]) -> String {
    let examples: Vec<&str> = forms
        .iter()
        .map(|form| match form {
            DateForm::Iso => "1984-05-23",
            DateForm::NamedMonth => "23 May 1984",
            DateForm::DayFirst => "23/05/1984",
            DateForm::MonthFirst => "05/23/1984",
        })
        .collect();
    format!("not a date such as {}", examples.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::{DateForm, read};

    #[test]
    fn a_birth_date_is_read_in_the_forms_that_are_said_and_never_guessed() {
        use DateForm::{DayFirst, Iso, MonthFirst, NamedMonth};
        let forms: [&[DateForm]; 3] = [&[Iso, NamedMonth], &[Iso, NamedMonth, DayFirst], &[Iso, MonthFirst]];
        for (written, expected) in [
            ("1984-05-03", ["1984-05-03"; 3]),
            ("1984/5/3", ["1984-05-03"; 3]),
            ("1984-05-03T00:00:00Z", ["1984-05-03"; 3]),
            ("1984-05-03T22:00:00Z", ["not"; 3]),
            ("3 May 1984", ["1984-05-03", "1984-05-03", "not"]),
            ("May 3, 1984", ["1984-05-03", "1984-05-03", "not"]),
            ("03-Sept-1984", ["1984-09-03", "1984-09-03", "not"]),
            ("05/03/1984", ["is the day", "1984-03-05", "1984-05-03"]),
            ("5.3.1984", ["is the day", "1984-03-05", "1984-05-03"]),
            ("25/12/1984", ["is the day", "1984-12-25", "there is no such day"]),
            ("1984-02-30", ["there is no such day"; 3]),
            ("0084-02-20", ["there is no such day"; 3]),
            ("3 May 84", ["the year", "the year", "not"]),
            ("05/03/84", ["is the day", "the year", "the year"]),
            ("x", ["not"; 3]),
            ("1984", ["not"; 3]),
            ("1984-+5-03", ["not"; 3]),
        ] {
            for (forms, expected) in forms.into_iter().zip(expected) {
                let read = read(written, forms).map_or_else(|error| error, |date| date.to_string());
                assert!(read.starts_with(expected), "{written} as {forms:?}: {read}");
            }
        }
    }
}
