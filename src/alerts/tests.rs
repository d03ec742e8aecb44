use std::fmt::Write;

use chrono_tz::Tz;
use strum::IntoEnumIterator;

use super::letters::{self, plain_subject};
use super::outbox::Taken;
use super::rules::{delivery, in_waking_hours, next_attempt, next_digest, subject};
use super::*;
use crate::ids::{Id, kind};

const ZURICH: Tz = chrono_tz::Europe::Zurich;

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[test]
fn the_page_shows_the_table_of_kinds() {
    let mut page = String::from(
        "\n| kind | whom | subject of its mail | arrives | may be turned off | goes to the cover | despite a directive | \
         else the managers are asked |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    let yes = |is: bool| if is { "yes" } else { "" };
    for kind in AlertKind::iter() {
        let row = kind.row();
        let subject = plain_subject(kind);
        let (optional, cover, despite) = (yes(row.optional), yes(row.represented), yes(row.despite));
        let instead = row.instead.map(|instead| format!("`{instead}`")).unwrap_or_default();
        let arrives = format!("`{}` | {optional} | {cover} | {despite} | {instead}", row.default);
        writeln!(page, "| `{kind}` | {} | {subject} | {arrives} |", row.to).unwrap();
    }
    crate::generated::stands_in("alerts.md", "alerts", &(page + "\n"));
}

#[test]
fn what_is_not_urgent_waits_for_the_morning() {
    for (raised, leaves) in [
        ("2026-03-02T05:59:59Z", "2026-03-02T06:00:00Z"),
        ("2026-03-02T06:00:00Z", "2026-03-02T06:00:00Z"),
        ("2026-03-02T18:59:59Z", "2026-03-02T18:59:59Z"),
        ("2026-03-02T19:00:00Z", "2026-03-03T06:00:00Z"),
        ("2026-03-02T23:30:00Z", "2026-03-03T06:00:00Z"),
        // The night in which summer time begins, and the one in which it ends.
        ("2026-03-28T20:00:00Z", "2026-03-29T05:00:00Z"),
        ("2026-10-24T20:00:00Z", "2026-10-25T06:00:00Z"),
    ] {
        assert_eq!(in_waking_hours(at(raised), ZURICH), at(leaves), "{raised}");
    }
}

#[test]
fn the_daily_mail_comes_at_ones_hour_on_every_day_of_the_year() {
    assert_eq!(next_digest(at("2026-03-02T06:59:59Z"), ZURICH, 8), at("2026-03-02T07:00:00Z"));
    assert_eq!(next_digest(at("2026-03-02T07:00:00Z"), ZURICH, 8), at("2026-03-03T07:00:00Z"));
    // 02:00 is left out on that day, and comes twice on the other.
    assert_eq!(next_digest(at("2026-03-28T12:00:00Z"), ZURICH, 2), at("2026-03-29T01:00:00Z"));
    assert_eq!(next_digest(at("2026-10-24T12:00:00Z"), ZURICH, 2), at("2026-10-25T00:00:00Z"));
    for hour in 0..24 {
        let mut moment = at("2026-01-01T12:34:56Z");
        let mails = std::iter::repeat_with(|| {
            moment = next_digest(moment, ZURICH, hour);
            moment
        });
        let year = mails.take_while(|mail| *mail < at("2027-01-01T12:34:56Z")).count();
        assert_eq!(year, 365, "{hour}");
    }
}

#[test]
fn nobody_turns_off_what_is_urgent_or_about_their_account() {
    let off = Some(Delivery::InApp);
    assert_eq!(delivery(AlertKind::ReferralSent, false, off), Delivery::InApp);
    assert_eq!(delivery(AlertKind::ReferralSent, true, off), Delivery::AtOnce);
    for kind in [AlertKind::EmergencyAccess, AlertKind::NewDevice, AlertKind::CredentialsChanged] {
        assert_eq!(delivery(kind, false, off), Delivery::AtOnce, "{kind}");
    }
    for kind in [AlertKind::ReferralPooled, AlertKind::UnsignedNote] {
        assert_eq!(delivery(kind, false, None), Delivery::Digest, "{kind}");
    }
}

#[test]
fn a_subject_says_until_when_as_one_speaks() {
    let now = at("2026-03-02T08:00:00Z");
    let said = |due: &str| subject(AlertKind::ReferralSent, Some("R-2026-0042"), Some(at(due)), now, ZURICH);
    assert_eq!(said("2026-03-03T10:00:00Z"), "Referral R-2026-0042 needs an answer by Tuesday, 11:00");
    assert_eq!(said("2026-03-02T13:30:00Z"), "Referral R-2026-0042 needs an answer by today, 14:30");
    assert_eq!(said("2026-03-02T23:30:00Z"), "Referral R-2026-0042 needs an answer by Tuesday, 00:30");
    assert_eq!(said("2026-03-09T10:00:00Z"), "Referral R-2026-0042 needs an answer by Monday 9 March 2026, 11:00");
    // A term that ends with a working day leaves all of that day, and none of the next.
    assert_eq!(said("2026-03-02T23:00:00Z"), "Referral R-2026-0042 needs an answer by the end of today");
    assert_eq!(said("2026-03-04T23:00:00Z"), "Referral R-2026-0042 needs an answer by the end of Wednesday");
    assert_eq!(
        said("2026-03-31T22:00:00Z"),
        "Referral R-2026-0042 needs an answer by the end of Tuesday 31 March 2026"
    );
    let without = subject(AlertKind::ReferralSent, Some("R-2026-0042"), None, now, ZURICH);
    assert_eq!(without, "Referral R-2026-0042 needs an answer");
}

#[test]
fn attempts_are_further_and_further_apart_and_never_all_at_once() {
    let now = at("2026-03-02T08:00:00Z");
    let wait = |attempts, random| next_attempt(now, attempts, random).seconds_since(now);
    assert_eq!((wait(1, 0), wait(1, 999)), (30, 89));
    assert_eq!((wait(2, 0), wait(12, 0), wait(i32::MAX, 999)), (60, 7_200, 21_585));
    for attempts in 1..12 {
        assert!(wait(attempts, 500) <= wait(attempts + 1, 500), "{attempts}");
    }
}

fn taken(kind: MailKind, kinds: &[AlertKind]) -> Taken {
    let items = kinds.iter().map(|kind| outbox::Item::of(*kind, Some("R-2026-0042"), Some(at("2026-03-03T10:00:00Z"))));
    Taken {
        id: Id::<kind::Mail>::from_uuid(uuid::Uuid::nil()),
        practice: Id::<kind::Practice>::from_uuid(uuid::Uuid::nil()),
        practice_name: "Seebad & Söhne".to_owned(),
        zone: ZURICH,
        kind,
        attempts: 1,
        message_id: "1@lakeside.example".to_owned(),
        to: "mara@lakeside.example".to_owned(),
        items: items.collect(),
        sealed: None,
        vain: false,
    }
}

fn written(mail: &Taken) -> letters::Written {
    letters::write(mail, "https://tandem.example", Some("the-token"), at("2026-03-02T08:00:00Z")).unwrap()
}

#[test]
fn every_kind_makes_a_mail_of_its_subject_and_a_link() {
    for kind in AlertKind::iter() {
        let letters::Written { subject, text, html } = written(&taken(MailKind::Alert, &[kind]));
        assert!(!subject.contains(['{', '}']) && !subject.contains("  "), "{subject}");
        for body in [&text, &html] {
            assert!(body.contains(&subject) && body.contains("https://tandem.example/notifications/"), "{body}");
            assert!(body.contains("asks you to sign in") && !body.contains("{{"), "{body}");
        }
        assert!(text.contains("Seebad & Söhne") && html.contains("Seebad &#38; Söhne"), "{html}");
    }
}

#[test]
fn a_daily_mail_lists_what_there_is_up_to_a_point() {
    let many = vec![AlertKind::UnsignedNote; 60];
    let letters::Written { subject, text, html } = written(&taken(MailKind::Digest, &many));
    assert_eq!(subject, "60 things await you");
    assert_eq!(text.matches("- A note of yours is not signed yet").count(), 50);
    assert!(text.contains("- and 10 more: https://tandem.example/notifications\n"), "{text}");
    assert!(html.contains(">and 10 more</a>"), "{html}");
    let two = written(&taken(MailKind::Messages, &[AlertKind::Message; 2]));
    assert_eq!(two.subject, "2 new messages await you");
    assert!(!two.text.contains("more:"), "{}", two.text);
}

#[test]
fn the_token_of_an_invitation_stands_where_no_server_logs_it() {
    for (kind, page, lasts) in
        [(MailKind::Invitation, "invitation", "72 hours"), (MailKind::Reset, "reset", "one hour")]
    {
        let letters::Written { subject, text, html } = written(&taken(kind, &[]));
        let link = format!("https://tandem.example/{page}#the-token");
        assert!(text.contains(&link) && html.contains(&format!("href=\"{link}\"")), "{text}{html}");
        assert!(text.contains(lasts) && html.contains(lasts), "{text}");
        assert!(!subject.contains("token"), "{subject}");
    }
}
