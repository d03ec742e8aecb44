//! How mails read: typed templates, as text and as HTML. None has a place for a name or for anybody's words.

use askama::Template;

use super::outbox::Taken;
use super::rules;
use super::{AlertKind, MailKind};
use crate::clock::Timestamp;
use crate::error::{Error, Result};

/// Lines that a mail about several alerts has at most.
const LINES: usize = 50;

/// Subject and both bodies of a mail. It has no `Debug`: the link of an invitation or a reset holds its token.
#[derive(Clone)]
pub struct Written {
    /// The subject.
    pub subject: String,
    /// The body as text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

struct Line {
    subject: String,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/alert.txt")]
struct AlertText<'a> {
    line: &'a Line,
    practice: &'a str,
    base: &'a str,
}

#[derive(Template)]
#[template(path = "mail/alert.html")]
struct AlertHtml<'a> {
    line: &'a Line,
    practice: &'a str,
    base: &'a str,
}

#[derive(Template)]
#[template(path = "mail/several.txt")]
struct SeveralText<'a> {
    lines: &'a [Line],
    more: usize,
    practice: &'a str,
    base: &'a str,
}

#[derive(Template)]
#[template(path = "mail/several.html")]
struct SeveralHtml<'a> {
    lines: &'a [Line],
    more: usize,
    practice: &'a str,
    base: &'a str,
}

#[derive(Template)]
#[template(path = "mail/way_in.txt")]
struct WayInText<'a> {
    is_reset: bool,
    link: &'a str,
    practice: &'a str,
}

#[derive(Template)]
#[template(path = "mail/way_in.html")]
struct WayInHtml<'a> {
    is_reset: bool,
    link: &'a str,
    practice: &'a str,
}

#[derive(Template)]
#[template(path = "mail/address.txt")]
struct AddressText<'a> {
    practice: &'a str,
}

#[derive(Template)]
#[template(path = "mail/address.html")]
struct AddressHtml<'a> {
    practice: &'a str,
}

/// Writes a mail. `base` is the address that people reach the practice by; `token` what an invitation or a reset carries.
///
/// # Errors
/// A template fails, which none does.
pub fn write(mail: &Taken, base: &str, token: Option<&str>, now: Timestamp) -> Result<Written> {
    let practice = mail.practice_name.as_str();
    let lines: Vec<Line> = mail
        .items
        .iter()
        .map(|item| Line {
            subject: rules::subject(item.kind, item.number.as_deref(), item.due, now, mail.zone),
            link: format!("{base}/notifications/{}", item.id),
        })
        .collect();
    match (mail.kind, lines.as_slice()) {
        (MailKind::AddressChanged, _) => Ok(Written {
            subject: "Your address for Tandem was changed".to_owned(),
            text: rendered(&AddressText { practice })?,
            html: rendered(&AddressHtml { practice })?,
        }),
        (MailKind::Invitation | MailKind::Reset, _) => way_in(mail, base, token.unwrap_or_default()),
        (_, [line]) => Ok(Written {
            subject: line.subject.clone(),
            text: rendered(&AlertText { line, practice, base })?,
            html: rendered(&AlertHtml { line, practice, base })?,
        }),
        (kind, lines) => {
            let (shown, more) = (&lines[..lines.len().min(LINES)], lines.len().saturating_sub(LINES));
            let subject = match kind {
                MailKind::Messages => format!("{} new messages await you", lines.len()),
                _ => format!("{} things await you", lines.len()),
            };
            Ok(Written {
                subject,
                text: rendered(&SeveralText { lines: shown, more, practice, base })?,
                html: rendered(&SeveralHtml { lines: shown, more, practice, base })?,
            })
        }
    }
}

/// The token stands behind `#`, which no browser sends to a server, so that it enters no log.
fn way_in(mail: &Taken, base: &str, token: &str) -> Result<Written> {
    let is_reset = mail.kind == MailKind::Reset;
    let (page, subject) = if is_reset {
        ("reset", "Choose a new password for Tandem")
    } else {
        ("invitation", "You are invited to Tandem")
    };
    let (practice, link) = (mail.practice_name.as_str(), format!("{base}/{page}#{token}"));
    Ok(Written {
        subject: subject.to_owned(),
        text: rendered(&WayInText { is_reset, link: &link, practice })?,
        html: rendered(&WayInHtml { is_reset, link: &link, practice })?,
    })
}

fn rendered(template: &impl Template) -> Result<String> {
    template.render().map_err(Error::internal)
}

/// The subject an alert without number and time would have: for lists of kinds.
#[must_use]
pub fn plain_subject(kind: AlertKind) -> String {
    kind.row().subject.replace("{by}", "").replace("{number}", "R-2026-0042")
}
