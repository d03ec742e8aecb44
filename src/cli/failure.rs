//! How a command says that it could not do what it was asked.

use std::borrow::Cow;
use std::error::Error as _;
use std::fmt;

use crate::error::Error;

/// It could not be done.
const NOT_DONE: u8 = 1;
/// The command line or the settings are not right.
pub const WRONG_SETTINGS: u8 = 2;

/// The audit log is not as it was sealed.
const NOT_WHOLE: u8 = 3;

/// Why a command ended, and what to do next.
#[derive(Debug)]
pub struct Failure {
    what: Cow<'static, str>,
    /// Lines that say more.
    because: String,
    next: Cow<'static, str>,
    pub(super) exit: u8,
}

impl Failure {
    /// What is wrong, and what to do next.
    pub fn new(what: impl Into<Cow<'static, str>>, next: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), because: String::new(), next: next.into(), exit: NOT_DONE }
    }

    /// Settings that cannot be used; the error names each with what is wrong.
    #[expect(clippy::needless_pass_by_value, reason = "given to map_err")]
    pub fn of_settings(error: Error) -> Self {
        let next = "Correct the settings; config/default.toml lists them all with their meaning.";
        Self { exit: WRONG_SETTINGS, ..Self::new("the settings cannot be used", next).because(&error) }
    }

    /// An audit log that is not as it was sealed.
    pub fn not_whole(what: impl Into<Cow<'static, str>>, next: impl Into<Cow<'static, str>>) -> Self {
        Self { exit: NOT_WHOLE, ..Self::new(what, next) }
    }

    fn because(self, error: &Error) -> Self {
        let mut lines: Vec<String> = error
            .errors
            .iter()
            .map(|field| format!("{}: {}", field.pointer.trim_start_matches('/'), field.message))
            .collect();
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        let says_only_its_title = error.detail == error.code.title();
        if lines.is_empty() && (cause.is_empty() || !says_only_its_title) {
            lines.push(error.detail.to_string());
        }
        if !error.detail.contains(cause.trim_end()) {
            lines.push(format!("because: {}", cause.trim_end()));
        }
        Self { because: lines.join("\n"), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "tandem: {}", self.what)?;
        for line in self.because.lines() {
            writeln!(f, "  {}", line.trim())?;
        }
        f.write_str(&self.next)
    }
}

/// Turns an error into the failure of a command.
pub trait OrSay<T> {
    /// Says what could not be done, and what to do next.
    ///
    /// # Errors
    /// The error as a [`Failure`].
    fn or_say(self, what: impl Into<Cow<'static, str>>, next: impl Into<Cow<'static, str>>) -> Result<T, Failure>;
}

impl<T, E: Into<Error>> OrSay<T> for Result<T, E> {
    fn or_say(self, what: impl Into<Cow<'static, str>>, next: impl Into<Cow<'static, str>>) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(what, next).because(&error.into()))
    }
}
