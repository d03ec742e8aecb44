//! How alerts reach oneself, as a page.

use askama::Template;
use serde_json::json;
use strum::IntoEnumIterator;

use super::super::{AlertPreferences, KindPreference, NewAlertPreferences, ops};
use crate::alerts::{AlertKind, Delivery};
use crate::error::{Code, Error, Result};
use crate::policy::Action;
use crate::web::{Choice, Form, Frame, Sheet, Shown, Visit};

#[derive(Template)]
#[template(path = "notifications/preferences.html")]
struct PreferencesPage {
    frame: Frame,
    /// The kinds that one may choose for, as the rows of the form are.
    optional: Vec<KindPreference>,
    /// Those that always come at once.
    always: Vec<KindPreference>,
    sheet: Sheet,
}

impl PreferencesPage {
    fn of(visit: &Visit, stands: AlertPreferences, sheet: Option<Sheet>) -> Self {
        let AlertPreferences { digest_hour, kinds, version } = stands;
        let (optional, always): (Vec<_>, Vec<_>) = kinds.into_iter().partition(|row| row.optional);
        let choice = |row: &KindPreference| json!({"kind": row.kind, "delivery": row.delivery});
        let choices: Vec<_> = optional.iter().map(choice).collect();
        let now = || Sheet::of(visit, &json!({"digest_hour": digest_hour, "choices": choices}), None);
        let sheet = sheet.unwrap_or_else(now).over(version);
        Self { frame: visit.frame("Alerts that reach you"), optional, always, sheet }
    }
}

/// `GET /me/alerts`, where mails lead.
///
/// # Errors
/// The refusal's code.
pub async fn preferences(visit: Visit) -> Result<Shown> {
    let stands = visit.read(Action::ReadAlertPreferences, ops::preferences).await?;
    visit.show(&PreferencesPage::of(&visit, stands, None))
}

/// `POST /me/alerts`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn choose(visit: Visit, mut form: Form<NewAlertPreferences>) -> Result<Shown> {
    let chosen = match form.sent.version().and_then(|version| Ok((version, form.value()?))) {
        Ok((version, new)) => {
            visit.write(Action::ChangeAlertPreferences, move |tx| ops::choose(tx, version, &new)).await
        }
        Err(error) => Err(error),
    };
    match chosen {
        Ok(_) => Ok(visit.go_saying("/me/alerts", "Kept. It holds from the next alert on.")),
        Err(error) if error.is_about_form() => refused(&visit, &form, &error).await,
        Err(error) => Err(error),
    }
}

async fn refused(visit: &Visit, form: &Form<NewAlertPreferences>, refusal: &Error) -> Result<Shown> {
    let stands = visit.read(Action::ReadAlertPreferences, ops::preferences).await?;
    let sheet = form.again(visit, refusal);
    let page = PreferencesPage::of(visit, stands, Some(sheet));
    let sheet = match refusal.code {
        Code::StaleVersion => page.sheet.saying(
            "You changed this elsewhere while you had it open. What you chose here is below; keeping it once more puts it in \
             the place of the other.",
        ),
        _ => page.sheet,
    };
    visit.show_again(&PreferencesPage { sheet, ..page }, refusal)
}

/// What an alert of this kind says, of whatever it may be about.
fn what(kind: AlertKind) -> String {
    let subject = kind.row().subject.replace("{by}", "");
    subject.replace("Referral {number}", "A referral").replace("referral {number}", "a referral")
}

const fn delivered(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::AtOnce => "A mail at once",
        Delivery::Digest => "In the daily mail",
        Delivery::InApp => "No mail",
    }
}

fn deliveries(default: Delivery) -> Vec<Choice> {
    let label = |delivery: Delivery| {
        let usual = if delivery == default { ", as for everyone" } else { "" };
        format!("{}{usual}", delivered(delivery))
    };
    Delivery::iter().map(|delivery| Choice::new(<&str>::from(delivery), label(delivery))).collect()
}

fn hours() -> Vec<Choice> {
    (0..24).map(|hour| Choice::new(hour.to_string(), format!("{hour:02}:00"))).collect()
}
