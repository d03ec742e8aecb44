//! The program killed between a mail and its mark, and two of them on one database.

use serde_json::json;
use tandem::actor::Discipline;
use tandem::chart::ReferralState;
use tandem::clock::Clock;
use tandem::ids::Id;

use crate::house::program::{passes, tandem};
use crate::house::{Database, LaidReferral, PASSWORD, Patient, Post, Practice, Program, Who, keys, lay_referral};

/// Piet breaks the glass: whatever the hour, Olga has a mail of it at once.
fn breaks_the_glass(program: &Program) {
    let glass = json!({"reason_code": "nobody_reachable", "reason": "Collapsed", "password": PASSWORD});
    let path = format!("/patients/{}/emergency-access", Patient::Ana.id());
    program.call(Some(Who::OtherPhysio), "POST", &path, &[], glass).is(201);
}

/// Waits until a query yields so much.
fn until(database: &Database, query: &str, expected: i64) {
    for _ in 0..300 {
        if database.count(query) == expected {
            return;
        }
        passes(100);
    }
    panic!("{query} yields {} instead of {expected}", database.count(query));
}

fn killed_between(database: &Database) {
    let Some(mut post) = Post::open() else { return };
    post.is("mute");
    let program = Program::serve(database, post.settings());
    breaks_the_glass(&program);
    post.has(1);
    // Dropping it is `kill -9`: the server has the mail, and nobody wrote that down.
    drop(program);
    assert_eq!(database.count("SELECT COUNT(*) FROM outbox WHERE state = 'sending'"), 1);
    post.is("well");
    // As if the five minutes of the dead worker had passed.
    tandem_owner(database, "UPDATE outbox SET next_at = created_at");
    let next = Program::start(&mut tandem(database, post.settings(), &["serve"]), keys());
    let mails = post.has(2);
    until(database, "SELECT COUNT(*) FROM outbox WHERE state = 'sent'", 1);
    passes(5_000);
    assert_eq!(post.mails().len(), 2, "once more, and no more");
    assert_eq!(mails[0].header("Message-ID"), mails[1].header("Message-ID"));
    next.stops();
}

fn tandem_owner(database: &Database, statement: &str) {
    crate::house::database::execute(&mut database.owner(), statement).unwrap();
}

#[test]
fn killed_between_a_mail_and_its_mark_on_sqlite() {
    killed_between(&Database::sqlite());
}

#[test]
fn killed_between_a_mail_and_its_mark_on_postgres() {
    if let Some(database) = Database::postgres() {
        killed_between(&database);
    }
}

#[test]
fn two_servers_on_one_database_escalate_once_and_deliver_each_mail_once() {
    const REFERRALS: u8 = 20;
    const MAILS: usize = 12;
    let (Some(database), Some(post)) = (Database::postgres(), Post::open()) else { return };
    let first = Program::serve(&database, post.settings());
    let second = Program::start(&mut tandem(&database, post.settings(), &["serve"]), keys());
    let now = Clock::System.now();
    for number in 0..REFERRALS {
        let laid = LaidReferral {
            practice: Practice::Lakeside.id(),
            patient: Patient::Ana.id(),
            referrer: Who::Physio.id(),
            discipline: Discipline::Massage,
            site: None,
            named: Some(Who::OtherMassage.id()),
            owner: None,
            state: ReferralState::Sent,
            report: None,
            at: now,
        };
        let mut random = [7; 10];
        random[9] = number;
        lay_referral(&mut database.owner(), Id::new(now, random), &laid);
    }
    // Both find all of them late in the same moment.
    let late = "UPDATE referral SET due_at = created_at, next_at = created_at, version = version + 1";
    tandem_owner(&database, late);
    until(&database, "SELECT COUNT(*) FROM referral WHERE overdue", REFERRALS.into());
    let told = "SELECT COUNT(*) FROM notification WHERE kind = 'referral_overdue'";
    // Milo, and both who manage.
    let expected = i64::from(REFERRALS) * 3;
    assert_eq!(database.count(told), expected);
    for _ in 0..MAILS / 2 {
        breaks_the_glass(&first);
        breaks_the_glass(&second);
    }
    let sent = "SELECT COUNT(*) FROM outbox o JOIN staff s ON s.id = o.staff_id WHERE s.email LIKE 'olga%' AND o.state = 'sent'";
    until(&database, sent, i64::try_from(MAILS).unwrap());
    passes(3_000);
    let mut ids: Vec<_> = post.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "no mail comes twice");
    assert!(all >= MAILS);
    assert_eq!(database.count(told), expected, "nobody is told twice");
    let delivered = "SELECT COUNT(*) FROM audit_event WHERE action = 'send_mail' AND outcome = 'done'";
    assert_eq!(database.count(delivered), i64::try_from(all).unwrap(), "one event for each");
    first.stops();
    second.stops();
}
