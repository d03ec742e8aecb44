//! Mails on their way, by a real mail server in all its moods.

use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use tandem::app::App;
use tandem::audit::{By, ObjectKind};
use tandem::delivery::Worker;
use tandem::policy::Action;

use crate::house::{
    Client, House, Mail, PASSWORD, Patient, Post, Practice, Who, keys, on_both, on_both_with_post, renew_session,
    runtime,
};

/// Longer than any pause between two attempts.
const LONG: i64 = 7 * 3_600;

/// Somebody who has signed in again, however long it took.
fn back(house: &House, who: Who) -> Client<'_> {
    renew_session(&mut house.database.owner(), who, house.clock.now());
    house.as_(who)
}

/// Paula writes about Ana, whom Mara treats too; Mara gets a mail.
fn paula_writes(house: &House) {
    let path = format!("/patients/{}/messages", Patient::Ana.id());
    back(house, Who::Physio).post(&path, json!({"text": "Her shoulder kept her awake again"})).is(201);
}

/// Piet breaks the glass; Olga hears of it at once, each time by a mail of its own.
fn breaks_the_glass(house: &House) {
    let glass = json!({"reason_code": "nobody_reachable", "reason": "Collapsed", "password": PASSWORD});
    back(house, Who::OtherPhysio).post(&format!("/patients/{}/emergency-access", Patient::Ana.id()), glass).is(201);
}

/// How many mails have come so far.
fn count(house: &House, state: &str) -> i64 {
    house.count(&format!("SELECT count(*) AS n FROM outbox WHERE state = '{state}'"))
}

fn attempts(house: &House) -> i64 {
    house.count("SELECT CAST(max(attempts) AS bigint) AS n FROM outbox")
}

/// What the worker left in the log, oldest first.
fn codes(house: &House) -> Vec<String> {
    let events = house.sealed_events(Practice::Lakeside).into_iter();
    let of_mails = events.filter(|event| event.action == Action::SendMail);
    of_mails
        .map(|event| {
            assert_eq!((event.actor, event.object.unwrap().kind), (By::System, ObjectKind::Mail));
            event.code.into_owned()
        })
        .collect()
}

/// That all of them are one and the same mail.
fn are_one(mails: &[Mail]) {
    let first = mails[0].header("Message-ID");
    assert!(mails.iter().all(|mail| mail.header("Message-ID") == first && mail.to == mails[0].to), "{mails:?}");
}

on_both_with_post!(a_mail_arrives_once_and_says_nothing_of_anybody);
fn a_mail_arrives_once_and_says_nothing_of_anybody(house: &House, post: &mut Post) {
    let worker = Worker::default();
    assert_eq!(post.round(&worker, house), 0, "nothing waits yet");
    paula_writes(house);
    assert_eq!(post.round(&worker, house), 1);
    let [mail] = &post.mails()[..] else { panic!("one mail") };
    assert_eq!((mail.to.as_str(), mail.safely), (Who::Massage.email(), true));
    assert_eq!(mail.header("Subject"), "A new message awaits you");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
    assert_eq!(mail.header("From"), "Tandem <tandem@lakeside.example>");
    assert!(mail.header("Message-ID").ends_with("@lakeside.example>"), "{mail:?}");
    assert!(mail.text.contains("text/plain") && mail.text.contains("text/html"), "{mail:?}");
    for word in ["Ana", "Brunner", "Paula", "Frei", "shoulder", "awake", &Patient::Ana.id().to_string()] {
        assert!(!mail.text.contains(word), "{word} stands in {}", mail.text);
    }
    house.passes(LONG);
    assert_eq!(post.round(&worker, house), 0);
    assert_eq!((post.mails().len(), count(house, "sent")), (1, 1));
    assert_eq!(codes(house), ["sent"]);
}

on_both_with_post!(a_server_that_is_down_costs_nothing_but_time);
fn a_server_that_is_down_costs_nothing_but_time(house: &House, post: &mut Post) {
    let worker = Worker::default();
    post.goes_down();
    paula_writes(house);
    for _ in 0..40 {
        assert_eq!(post.round(&worker, house), 0);
        house.passes(600);
    }
    assert_eq!(attempts(house), 0, "the absence of the server is not held against the mail");
    let ready = house.raw("GET", "/readyz", &[]);
    assert!(ready.text.contains("outbox: a mail has been due for"), "{}", ready.text);
    post.comes_back();
    assert_eq!(post.round(&worker, house), 1);
    assert_eq!(post.has(1).len(), 1);
    assert_eq!(post.round(&worker, house), 0);
    assert!(!house.raw("GET", "/readyz", &[]).text.contains("outbox"));
}

on_both_with_post!(a_server_that_lets_nobody_in_loses_nothing);
fn a_server_that_lets_nobody_in_loses_nothing(house: &House, post: &mut Post) {
    let worker = Worker::default();
    post.is("refusing");
    paula_writes(house);
    for _ in 0..20 {
        assert_eq!(post.round(&worker, house), 0);
        house.passes(600);
    }
    assert_eq!((post.mails().len(), count(house, "waiting")), (0, 1));
    post.is("well");
    assert_eq!(post.round(&worker, house), 1);
    assert_eq!(post.mails().len(), 1);
}

on_both_with_post!(a_slow_server_is_given_time_and_asked_again);
fn a_slow_server_is_given_time_and_asked_again(house: &House, post: &mut Post) {
    let worker = Worker::default();
    post.is("slow");
    paula_writes(house);
    assert_eq!(post.round(&worker, house), 1);
    assert_eq!((count(house, "waiting"), attempts(house)), (1, 1));
    post.is("well");
    assert_eq!(post.round(&worker, house), 0, "not at once");
    house.passes(LONG);
    assert_eq!(post.round(&worker, house), 1);
    assert!(post.mails().len() <= 2, "{:?}", post.mails());
    are_one(&post.mails());
    assert_eq!(codes(house), ["failed", "sent"]);
}

on_both_with_post!(a_connection_cut_after_the_last_word_repeats_the_same_mail_once);
fn a_connection_cut_after_the_last_word_repeats_the_same_mail_once(house: &House, post: &mut Post) {
    let worker = Worker::default();
    post.is("cuts");
    paula_writes(house);
    assert_eq!(post.round(&worker, house), 1);
    assert_eq!(post.has(1).len(), 1);
    post.is("well");
    // What comes in meanwhile goes out by a mail of its own: the first may have arrived.
    paula_writes(house);
    house.passes(LONG);
    while post.round(&worker, house) > 0 {}
    let mails = post.mails();
    assert_eq!(mails.len(), 3);
    are_one(&mails[..2]);
    assert_eq!(mails[0].text.replace("a b", "ab").len(), mails[1].text.replace("a b", "ab").len(), "word for word");
    assert_ne!(mails[2].header("Message-ID"), mails[0].header("Message-ID"));
}

on_both_with_post!(a_rejected_address_is_laid_aside_until_a_manager_says_so);
fn a_rejected_address_is_laid_aside_until_a_manager_says_so(house: &House, post: &mut Post) {
    let worker = Worker::default();
    post.is("rejects");
    paula_writes(house);
    assert_eq!(post.round(&worker, house), 1);
    house.passes(LONG);
    assert_eq!(post.round(&worker, house), 0, "a lasting refusal is not tried again");
    assert!(house.raw("GET", "/readyz", &[]).text.contains("outbox: mails that could not be delivered: 1"));

    back(house, Who::Physio).get("/outbox/dead-letters").is(403).refused("role_does_not_allow");
    let list = back(house, Who::Manager).get("/outbox/dead-letters").is(200);
    let letter = &list.json["items"][0];
    assert_eq!((&letter["staff"]["name"], &letter["failure"]), (&json!("Mara Lang"), &json!("smtp 550")));
    assert!(!list.text.contains('@'), "{}", list.text);
    let again = format!("/outbox/dead-letters/{}/retry", letter["id"].as_str().unwrap());
    let version = letter["version"].as_i64().unwrap();
    back(house, Who::Manager).if_match(version - 1).post(&again, None).is(412).refused("stale_version");
    post.is("well");
    back(house, Who::Manager).if_match(version).key("again").post(&again, None).is(200);
    back(house, Who::Manager).if_match(version).key("again").post(&again, None).is(200);
    assert_eq!(post.round(&worker, house), 1);
    assert_eq!(post.mails().len(), 1);
    let sent = back(house, Who::Manager).if_match(version + 3).post(&again, None).is(409);
    sent.refused("wrong_state");
    assert_eq!(back(house, Who::Manager).get("/outbox/dead-letters").is(200).json["items"], json!([]));
    assert_eq!(codes(house), ["dead", "sent"]);
}

on_both_with_post!(a_busy_server_is_asked_less_and_less_often_and_at_last_no_more);
fn a_busy_server_is_asked_less_and_less_often_and_at_last_no_more(house: &House, post: &mut Post) {
    let worker = Worker::default();
    post.is("busy");
    paula_writes(house);
    let (mut waits, mut waited) = (Vec::new(), 0);
    while count(house, "dead") == 0 {
        if post.round(&worker, house) == 1 {
            waits.push(waited);
            waited = 0;
        }
        house.passes(30);
        waited += 30;
        assert!(waited <= LONG, "{waits:?}");
    }
    assert_eq!(waits.len(), 12, "{waits:?}");
    assert!(waits[1] <= 120 && waits[11] > 1_800, "{waits:?}");
    assert_eq!(codes(house).last().unwrap(), "dead");
    let letters = back(house, Who::Manager).get("/outbox/dead-letters").is(200);
    assert_eq!(letters.json["items"][0]["failure"], "smtp 451");
}

on_both_with_post!(a_worker_killed_before_it_could_write_down_that_it_sent_repeats_once);
fn a_worker_killed_before_it_could_write_down_that_it_sent_repeats_once(house: &House, post: &mut Post) {
    post.is("mute");
    paula_writes(house);
    post.round_is_killed(&Worker::default(), house);
    assert_eq!(count(house, "sending"), 1);
    post.is("well");
    let next = Worker::default();
    assert_eq!(post.round(&next, house), 0, "the lease of the dead one holds");
    house.passes(300);
    assert_eq!(post.round(&next, house), 1);
    house.passes(LONG);
    assert_eq!(post.round(&next, house), 0);
    let mails = post.mails();
    assert_eq!(mails.len(), 2);
    are_one(&mails);
    assert_eq!(codes(house), ["sent"]);
}

on_both_with_post!(two_workers_deliver_each_mail_once);
fn two_workers_deliver_each_mail_once(house: &House, post: &mut Post) {
    const MAILS: usize = 24;
    for _ in 0..MAILS {
        breaks_the_glass(house);
    }
    let other = App::build(&house.config(post.settings()), keys(), house.clock.clone()).unwrap();
    let (first, second) = (Worker::default(), Worker::default());
    let taken = std::thread::scope(|scope| {
        let rounds = [(&first, house.app.get_ref()), (&second, &other)].map(|(worker, app)| {
            scope.spawn(move || {
                let (mut taken, runtime) = (0, runtime());
                while let sent @ 1.. = runtime.block_on(worker.round(app)) {
                    taken += sent;
                }
                taken
            })
        });
        rounds.map(|round| round.join().unwrap())
    });
    assert_eq!(taken.iter().sum::<usize>(), MAILS);
    let mut ids: Vec<_> = post.mails().iter().map(|mail| mail.header("Message-ID")).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), post.mails().len()), (MAILS, MAILS));
    assert_eq!(codes(house).len(), MAILS);
}

on_both!(without_a_server_mails_are_files);
fn without_a_server_mails_are_files(house: &House) {
    let folder = house.database.directory().join("mail");
    let config = house.config(vec![("mail.directory", &*folder.display().to_string().leak())].leak());
    let app = App::build(&config, keys(), house.clock.clone()).unwrap();
    paula_writes(house);
    assert_eq!(runtime().block_on(Worker::default().round(&app)), 1);
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    let [file] = &files[..] else { panic!("one file: {files:?}") };
    assert_eq!(file.extension().unwrap(), "eml");
    let mail = std::fs::read_to_string(file).unwrap();
    assert!(mail.contains("Subject: A new message awaits you\r\n"), "{mail}");
    assert!(mail.contains(&format!("To: {}\r\n", Who::Massage.email())), "{mail}");
    // An invitation's token may stand in one: they are their owner's alone to read.
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(file)), (0o700, 0o600));
}
