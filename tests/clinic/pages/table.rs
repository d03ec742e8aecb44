//! The table of pages, whole: every row is visited by everyone and by nobody. What has to come of it is what the API answers
//! them: a page shows to whom the API shows, and refuses whom it refuses.

use std::collections::BTreeSet;

use actix_web::http::Method;
use strum::IntoEnumIterator;
use tandem::routes::Verb::{self, Get, Post};
use tandem::routes::pages::pages;

use super::{correspondence_cases, office_cases};
use crate::house::{Answer, House, Patient, Who, on_both};
use crate::referrals::{sent, to_milo};

/// A row, and the call of the API that answers as it does; none where the page is one's own or asks for nothing.
pub struct Case {
    verb: Verb,
    path: &'static str,
    as_api: Option<&'static str>,
}

pub const fn shows(path: &'static str, as_api: &'static str) -> Case {
    Case { verb: Get, path, as_api: Some(as_api) }
}

/// A page of one's own, or one that is the same for all.
pub const fn own(path: &'static str) -> Case {
    Case { verb: Get, path, as_api: None }
}

/// A form; sent empty, it is refused, and nothing happens.
pub const fn form(path: &'static str) -> Case {
    Case { verb: Post, path, as_api: None }
}

const CASES: &[Case] = &[
    own("/"),
    own("/account"),
    own("/account/password"),
    own("/account/second-factor"),
    own("/forgotten"),
    own("/help"),
    own("/invitation"),
    own("/patients"),
    own("/patients/new"),
    own("/patients/{id}/audit"),
    own("/patients/{id}/emergency"),
    own("/patients/{id}/treat"),
    own("/reset"),
    own("/sign-in"),
    own("/unlock"),
    shows("/notes/{note}", "/notes/{note}"),
    shows("/notes/{note}/versions?to=1", "/notes/{note}/versions/1"),
    shows("/notes/{note}/edit", "/notes/{note}"),
    shows("/notes/{note}/amend", "/notes/{note}"),
    shows("/notes/{note}/error", "/notes/{note}"),
    shows("/pending-changes/{pending}", "/pending-changes/{pending}"),
    shows("/patients/{id}/notes/new", "/patients/{id}/messages"),
    form("/patients/{id}/notes"),
    form("/notes/{note}/edit"),
    form("/notes/{note}/sign"),
    shows("/patients/{id}", "/patients/{id}"),
    shows("/patients/{id}/access", "/patients/{id}/access-report"),
    shows("/patients/{id}/consent", "/patients/{id}/consent-directives"),
    shows("/patients/{id}/contact", "/patients/{id}"),
    shows("/patients/{id}/safety", "/patients/{id}/safety-items"),
    form("/accesses/{id}/end"),
    form("/account/password"),
    form("/account/second-factor"),
    form("/account/second-factor/confirm"),
    form("/account/second-factor/remove"),
    form("/account/sessions/{id}"),
    form("/consent-directives/{id}/revoke"),
    form("/forgotten"),
    form("/invitation"),
    form("/lock"),
    form("/joint-reviews/{id}/close"),
    form("/joint-reviews/{id}/link"),
    form("/notes/{note}/addenda"),
    form("/notes/{note}/amend"),
    form("/notes/{note}/copy-forward"),
    form("/notes/{note}/cosign"),
    form("/notes/{note}/discard"),
    form("/notes/{note}/error"),
    form("/notes/{note}/joint-review"),
    form("/notes/{note}/return"),
    form("/notes/{note}/share"),
    form("/pending-changes/{pending}/cosign"),
    form("/pending-changes/{pending}/return"),
    form("/pending-changes/{pending}/withdraw"),
    form("/patients"),
    form("/patients/search"),
    form("/patients/{id}/audit"),
    form("/patients/{id}/contact"),
    form("/patients/{id}/emergency"),
    form("/patients/{id}/safety"),
    form("/patients/{id}/treat"),
    form("/reset"),
    form("/safety-items/{id}/resolve"),
    form("/sign-in"),
    form("/sign-out"),
    form("/unlock"),
];

/// The path of the row that a case is of.
fn of_row(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    ["{note}", "{staff}", "{pending}", "{referral}"].iter().fold(path.to_owned(), |path, id| path.replace(id, "{id}"))
}

/// The paths that show a page, no file and no mere number: to everyone, or to whoever is signed in.
pub fn shown(open: bool) -> impl Iterator<Item = &'static str> {
    let is_open = |path: &str| pages().any(|row| row.verb == Get && row.path == of_row(path) && row.around.open);
    let shown = cases().filter(move |case| case.verb == Get && is_open(case.path) == open);
    shown.map(|case| case.path).filter(|path| !path.contains(".csv") && *path != "/notifications/unread")
}

/// Forms that ask for nothing, so that an empty one is taken.
const TAKEN: [&str; 4] = ["/audit", "/lock", "/notes/{note}/copy-forward", "/sign-out"];

fn cases() -> impl Iterator<Item = &'static Case> {
    [CASES, office_cases::CASES, correspondence_cases::CASES].into_iter().flatten()
}

#[test]
fn every_page_has_a_case_and_every_case_a_page() {
    let line = |verb: Verb, path: &str| format!("{} {}", Method::from(verb), of_row(path));
    let table: BTreeSet<_> = pages().map(|row| line(row.verb, row.path)).collect();
    let told: BTreeSet<_> = cases().map(|case| line(case.verb, case.path)).collect();
    let missing: Vec<_> = table.difference(&told).collect();
    assert!(missing.is_empty(), "tests/clinic/pages/table.rs has no case for {missing:?}");
    let over: Vec<_> = told.difference(&table).collect();
    assert!(over.is_empty(), "the table of pages has no row for the cases {over:?}");
}

on_both!(every_page_is_open_to_whom_the_api_is);
fn every_page_is_open_to_whom_the_api_is(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana).id().to_owned();
    let pending = house.lays_pending(Who::Physio, &note).to_string();
    let referral = sent(house, &to_milo()).id().to_owned();
    let (ana, mara) = (Patient::Ana.id().to_string(), Who::Massage.id().to_string());
    let named =
        [("{id}", &ana), ("{note}", &note), ("{staff}", &mara), ("{pending}", &pending), ("{referral}", &referral)];
    let at = |path: &str| named.iter().fold(path.to_owned(), |path, (name, id)| path.replace(name, id));
    for who in Who::iter() {
        let browser = house.browser_of(who);
        for case in cases().filter(|case| case.verb == Get || !TAKEN.contains(&case.path)) {
            let path = at(case.path);
            let told = format!("{} {path} by {who:?}", Method::from(case.verb));
            match (case.verb, case.as_api) {
                (Get, Some(api)) => {
                    let expected = house.as_(who).get(&at(api)).status;
                    let page = browser.get(&path);
                    assert_eq!(page.status, expected, "{told}: {page}");
                    leads_somewhere(&page, &told);
                    if expected == 403 {
                        page.says("What you can do");
                    }
                }
                (Get, None) => leads_somewhere(&browser.get(&path).is(200), &told),
                _ => {
                    let status = browser.post(&path, &[]).status;
                    assert!([401, 403, 404, 409, 422, 428].contains(&status), "{told} answered {status}");
                }
            }
        }
        house.passes(61);
    }
}

/// Fails if a link or a form of a page leads where no page is.
fn leads_somewhere(page: &Answer, told: &str) {
    let fits = |row: &str, path: &str| {
        let (row, path) = (row.split('/'), path.split('/'));
        row.clone().count() == path.clone().count()
            && row.zip(path).all(|(row, part)| row == part || row.starts_with('{'))
    };
    for form in page.text.split("<form ").skip(1).filter(|form| form.starts_with("method=\"post\"")) {
        assert!(
            form.split("</form>").next().unwrap().contains("name=\"_session\""),
            "{told}: whose form is it? {form}"
        );
    }
    for (mark, verb) in [("href=\"/", Get), ("method=\"post\" action=\"/", Post), ("method=\"get\" action=\"/", Get)] {
        for rest in page.text.split(mark).skip(1) {
            let to = format!("/{}", rest.split(['"', '?', '#']).next().unwrap_or_default());
            let is_page = pages().any(|row| row.verb == verb && fits(row.path, &to));
            assert!(is_page || to.starts_with("/assets/"), "{told} leads to {to}, which is no page");
        }
    }
}

on_both!(nobody_is_shown_anything_without_signing_in);
fn nobody_is_shown_anything_without_signing_in(house: &House) {
    let browser = house.browser();
    for (at, row) in pages().filter(|row| !row.around.open).enumerate() {
        // Strangers who come too often in one minute are held off.
        if at % 50 == 49 {
            house.passes(61);
        }
        let path = row.path.replace("{id}", &Patient::Ana.id().to_string());
        if row.verb == Get {
            let to = browser.get(&path).is(303).location().to_owned();
            let next = if path == "/" { "/sign-in".to_owned() } else { format!("/sign-in?next={path}") };
            assert_eq!(to, next);
        } else {
            browser.post(&path, &[("reason", "typed in vain")]).is(401).says_not("held/sealed").says_not("typed");
        }
    }
    house.passes(61);
    let written = house.browser().send("POST", "/patients", &[("Sec-Fetch-Site", "same-origin")], None);
    assert_eq!(written.status, 401);
    let packed = [("Sec-Fetch-Site", "same-origin"), ("Content-Encoding", "br")];
    house.browser().send("POST", "/sign-in", &packed, Some("email=a")).is(415);
    house.browser().get("/no-such-page").is(404).says("Nothing here");
    assert_eq!(house.raw("GET", "/api/nowhere", &[]).code(), "not_found");
    house.browser().send("DELETE", "/patients", &[("Sec-Fetch-Site", "same-origin")], None).is(405);
}
