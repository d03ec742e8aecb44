//! The help sheet.

use askama::Template;

use super::{Frame, Shown, Visit};
use crate::error::Result;

#[derive(Template)]
#[template(path = "web/help.html")]
struct HelpPage {
    frame: Frame,
}

/// `GET /help`
///
/// # Errors
/// [`crate::error::Code::Internal`] if the template fails.
pub async fn help(visit: Visit) -> Result<Shown> {
    visit.show(&HelpPage { frame: visit.frame("Keys and help") })
}
