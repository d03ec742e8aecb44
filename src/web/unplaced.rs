//! What was typed into a form that its page offers no more.

use askama::Template;
use uuid::Uuid;

use super::frame::titled;
use super::held::is_secret;
use super::sheet::says;
use crate::error::{Code, Error};

/// How a page says that a form of its was refused. Nobody can type it: what people type is escaped.
pub(super) const FAULTS: &str = "id=\"faults\"";
/// Where the content of every page begins.
pub(super) const CONTENT: &str = "<main id=\"content\" tabindex=\"-1\">";

/// The refusal of a form that does not stand on the page, with the words that were typed into it.
#[derive(Template)]
#[template(path = "web/unplaced.html")]
pub(super) struct Unplaced {
    says: String,
    typed: Vec<(String, String)>,
}

impl Unplaced {
    pub(super) fn of(typed: &[(String, String)], refusal: &Error) -> Self {
        let says = match refusal.code {
            Code::StaleVersion => {
                "It has changed since you opened this page, and nothing was saved. The page shows how it stands now."
                    .to_owned()
            }
            _ => says(refusal),
        };
        // What a form carries beside the words: ids, ticks.
        let is_word = |value: &str| {
            !value.trim().is_empty() && !matches!(value, "true" | "false") && Uuid::try_parse(value).is_err()
        };
        let typed = typed.iter().filter(|(name, value)| is_word(value) && !is_secret(name));
        Self { says, typed: typed.map(|(name, value)| (in_full(name), value.clone())).collect() }
    }
}

/// How a field is called where nothing stands around it: every part of its name that says something.
fn in_full(name: &str) -> String {
    let parts = name.split('/').map(|part| part.split('@').next().unwrap_or_default());
    let parts: Vec<_> = parts.filter(|part| *part != "body" && part.parse::<u16>().is_err()).collect();
    titled(&parts.join(", "))
}
