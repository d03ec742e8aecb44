//! Who is told what, when, and what nobody is told.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Value, json};
use strum::IntoEnumIterator;
use tandem::actor::{Party, Request};
use tandem::alerts::{self, Alert, AlertKind, letters};
use tandem::audit::{Log, Object, ObjectKind};
use tandem::db::{Call, Open};
use tandem::delivery::Worker;
use tandem::policy::Action;

use crate::house::{
    Answer, Client, House, PASSWORD, Patient, Post, Practice, Who, on_both, on_both_with_post, renew_session, runtime,
};

/// Seconds of an hour.
const HOUR: i64 = 3_600;

/// Somebody who has signed in again, however long it took.
fn back(house: &House, who: Who) -> Client<'_> {
    renew_session(&mut house.database.owner(), who, house.clock.now());
    house.as_(who)
}

fn of_ana(tail: &str) -> String {
    format!("/patients/{}/{tail}", Patient::Ana.id())
}

fn writes(house: &House, who: Who, text: &str) -> Answer {
    back(house, who).post(&of_ana("messages"), json!({ "text": text })).is(201)
}

fn breaks_the_glass(house: &House) {
    let glass = json!({"reason_code": "nobody_reachable", "reason": "Collapsed in the hall", "password": PASSWORD});
    back(house, Who::OtherPhysio).post(&of_ana("emergency-access"), glass).is(201);
}

/// What somebody was told, newest first.
fn told(house: &House, who: Who) -> Vec<Value> {
    back(house, who).get("/notifications?limit=100").is(200).json["items"].as_array().unwrap().clone()
}

/// Of which kinds, in the order of their names: what happens while the clock stands still has no order.
fn kinds(told: &[Value]) -> Vec<&str> {
    let mut kinds: Vec<_> = told.iter().map(|told| told["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    kinds
}

on_both!(colleagues_are_told_and_mark_what_they_read);
fn colleagues_are_told_and_mark_what_they_read(house: &House) {
    let message = writes(house, Who::Physio, "Her neck is stiff again");
    assert_eq!(told(house, Who::Physio), Vec::<Value>::new(), "whoever acts knows it");
    for stranger in [Who::OtherPhysio, Who::Manager, Who::Elsewhere] {
        assert_eq!(told(house, stranger), Vec::<Value>::new(), "{stranger:?}");
    }
    let [news] = &told(house, Who::Massage)[..] else { panic!("one notification") };
    assert_eq!(news["kind"], "message");
    assert_eq!((&news["object_kind"], &news["object_id"]), (&json!("message"), &message.json["id"]));
    assert_eq!(news["patient_id"], json!(Patient::Ana.id()));
    assert!(!news.to_string().contains("Brunner") && !news.to_string().contains("neck"), "{news}");

    let read = format!("/notifications/{}/read", news["id"].as_str().unwrap());
    house.as_(Who::Physio).post(&read, None).is(404);
    let marked = house.as_(Who::Massage).post(&read, None).is(200);
    house.passes(60);
    let again = house.as_(Who::Massage).post(&read, None).is(200);
    assert_eq!(again.json["read_at"], marked.json["read_at"], "read once, read for good");
    assert_eq!(house.as_(Who::Massage).get("/notifications?unread=true").is(200).json["items"], json!([]));
    assert_eq!(told(house, Who::Massage).len(), 1);
}

on_both!(whoever_is_away_is_represented_by_their_cover);
fn whoever_is_away_is_represented_by_their_cover(house: &House) {
    let now = house.clock.now();
    let cover = json!({"from_staff": Who::Massage.id(), "to_staff": Who::OtherMassage.id(), "from": now,
        "until": now.plus_seconds(72 * HOUR)});
    house.as_(Who::Manager).post("/cover", cover).is(201);
    writes(house, Who::Physio, "First");
    assert_eq!(kinds(&told(house, Who::Massage)), ["message"], "she is here still");

    let mara = format!("/staff/{}", Who::Massage.id());
    let version = house.as_(Who::Manager).get(&mara).is(200).version();
    house.as_(Who::Manager).if_match(version).patch(&mara, json!({"away_until": "2026-03-03"})).is(200);
    writes(house, Who::Physio, "Second");
    assert_eq!(told(house, Who::Massage).len(), 2, "when she is back she finds it in her list");
    assert_eq!(house.count("SELECT count(*) AS n FROM notification WHERE mail_id IS NULL"), 1, "but no mail");
    let [instead] = &told(house, Who::OtherMassage)[..] else { panic!("one notification") };
    assert_eq!(instead["instead_of"], json!(Who::Massage.id()));
    writes(house, Who::OtherMassage, "Third, by the stand-in");
    assert_eq!(told(house, Who::OtherMassage).len(), 1, "whoever acts is not told in anybody's place");
    assert_eq!(told(house, Who::Physio).len(), 1);

    house.passes(48 * HOUR);
    writes(house, Who::Physio, "Fourth");
    assert_eq!((told(house, Who::Massage).len(), told(house, Who::OtherMassage).len()), (4, 1), "she is back");
}

/// Ana withholds her whole record from somebody.
fn withholds(house: &House, from: &Value) {
    let mut directive = json!({"covers": "record"});
    directive.as_object_mut().unwrap().extend(from.as_object().unwrap().clone());
    back(house, Who::PrivacyOfficer).post(&of_ana("consent-directives"), directive).is(201);
}

on_both_with_post!(whoever_may_not_know_is_told_nothing_not_even_afterwards);
fn whoever_may_not_know_is_told_nothing_not_even_afterwards(house: &House, post: &mut Post) {
    let worker = Worker::default();
    writes(house, Who::Physio, "Before she said so");
    withholds(house, &json!({"bars": "person", "staff_id": Who::Massage.id()}));
    assert_eq!(told(house, Who::Massage), Vec::<Value>::new(), "what came before is out of her list");
    assert_eq!(post.round(&worker, house), 1);
    assert_eq!(post.mails().len(), 0, "and out of the mail that had not left");
    assert_eq!(house.count("SELECT count(*) AS n FROM outbox WHERE state = 'dropped'"), 1);
    writes(house, Who::Physio, "After she said so");
    assert_eq!(house.count("SELECT count(*) AS n FROM notification WHERE kind = 'message'"), 1, "nothing new is laid");
}

on_both!(a_discipline_kept_from_the_record_still_hears_of_red_flags);
fn a_discipline_kept_from_the_record_still_hears_of_red_flags(house: &House) {
    withholds(house, &json!({"bars": "discipline", "discipline": "massage"}));
    writes(house, Who::Physio, "Not for massage therapists");
    assert_eq!(told(house, Who::Massage), Vec::<Value>::new());
    let flag = json!({"kind": "red_flag", "what": "Numb legs", "severity": "absolute", "bars": {"techniques": []}});
    house.as_(Who::Physio).post(&of_ana("safety-items"), flag).is(201);
    assert_eq!(kinds(&told(house, Who::Massage)), ["red_flag"]);
}

on_both!(everyone_hears_of_what_is_theirs_to_know);
fn everyone_hears_of_what_is_theirs_to_know(house: &House) {
    house.as_(Who::OtherPhysio).post(&of_ana("start-treating"), json!({"reason": "Walked in"})).is(201);
    breaks_the_glass(house);
    house.supervises(Some(Who::Physio), Who::OtherPhysio).is(200);
    let note = house.signs_a_visit(Who::OtherPhysio, Patient::Ana);
    let comments = json!({"comments": "Say which side"});
    let path = format!("/notes/{}/return", note.id());
    house.as_(Who::Physio).if_match(note.version()).post(&path, comments).is(200);
    assert_eq!(kinds(&told(house, Who::Physio)), ["cosign_wanted", "started_treating"]);
    assert_eq!(kinds(&told(house, Who::Massage)), ["started_treating"]);
    assert_eq!(kinds(&told(house, Who::OtherPhysio)), ["cosign_returned"]);
    let [access] = &told(house, Who::PrivacyOfficer)[..] else { panic!("one notification") };
    assert_eq!(access["sentence"], "An emergency access was opened and needs a review by Thursday, 08:00");

    let new = json!({"current_password": PASSWORD, "new_password": "eleven storks at dusk"});
    house.as_(Who::Receptionist).post("/auth/password", new).is(204);
    assert_eq!(kinds(&told(house, Who::Receptionist)), ["credentials_changed"], "it may not have been her");
}

on_both_with_post!(messages_make_one_mail_in_half_an_hour);
fn messages_make_one_mail_in_half_an_hour(house: &House, post: &mut Post) {
    let worker = Worker::default();
    writes(house, Who::Physio, "One");
    assert_eq!(post.round(&worker, house), 1);
    writes(house, Who::Physio, "Two");
    writes(house, Who::Physio, "Three");
    for _ in 0..29 {
        assert_eq!(post.round(&worker, house), 0);
        house.passes(60);
    }
    house.passes(60);
    assert_eq!(post.round(&worker, house), 1);
    let subjects: Vec<_> = post.mails().iter().map(|mail| mail.header("Subject")).collect();
    assert_eq!(subjects, ["A new message awaits you", "2 new messages await you"]);
    assert_eq!(told(house, Who::Massage).len(), 3);
}

on_both_with_post!(the_night_is_quiet_but_for_what_cannot_wait);
fn the_night_is_quiet_but_for_what_cannot_wait(house: &House, post: &mut Post) {
    let worker = Worker::default();
    house.passes(13 * HOUR);
    writes(house, Who::Physio, "Written at nine in the evening");
    breaks_the_glass(house);
    assert_eq!(post.round(&worker, house), 1);
    assert_eq!(post.mails()[0].to, Who::PrivacyOfficer.email());
    house.passes(10 * HOUR - 1);
    assert_eq!(post.round(&worker, house), 0);
    house.passes(1);
    assert_eq!(post.round(&worker, house), 1, "at seven in the morning");
    assert_eq!(post.mails()[1].to, Who::Massage.email());
}

on_both_with_post!(each_chooses_how_alerts_arrive);
fn each_chooses_how_alerts_arrive(house: &House, post: &mut Post) {
    let worker = Worker::default();
    let path = "/me/alert-preferences";
    let before = house.as_(Who::Massage).get(path).is(200);
    let of = |answer: &Answer, kind: &str| {
        let kinds = answer.json["kinds"].as_array().unwrap();
        kinds.iter().find(|row| row["kind"] == kind).unwrap()["delivery"].clone()
    };
    assert_eq!((of(&before, "message"), of(&before, "unsigned_note")), (json!("at_once"), json!("digest")));
    let wish =
        |kind: &str, delivery: &str| json!({"digest_hour": 18, "choices": [{"kind": kind, "delivery": delivery}]});
    for kind in ["emergency_access", "new_device", "credentials_changed"] {
        let refused = house.as_(Who::Massage).if_match(1).put(path, wish(kind, "in_app")).is(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/choices/0/delivery");
    }
    house.as_(Who::Massage).put(path, wish("message", "digest")).is(428);
    let chosen = house.as_(Who::Massage).if_match(1).put(path, wish("message", "digest")).is(200);
    assert_eq!((of(&chosen, "message"), chosen.version()), (json!("digest"), 2));
    let stale = house.as_(Who::Massage).if_match(1).put(path, wish("message", "in_app")).is(412);
    assert_eq!(stale.json["current"]["version"], 2);

    writes(house, Who::Physio, "One");
    house.passes(HOUR);
    writes(house, Who::Physio, "Two");
    house.passes(9 * HOUR - 1);
    assert_eq!(post.round(&worker, house), 0);
    house.passes(1);
    assert_eq!(post.round(&worker, house), 1, "at six in the evening");
    let [mail] = &post.mails()[..] else { panic!("one mail") };
    assert_eq!(mail.header("Subject"), "2 things await you");

    back(house, Who::Massage).if_match(2).put(path, wish("message", "in_app")).is(200);
    writes(house, Who::Physio, "Three");
    house.passes(48 * HOUR);
    assert_eq!(post.round(&worker, house), 0);
    assert_eq!(told(house, Who::Massage).len(), 3, "in the program all of it stands");
}

on_both_with_post!(no_mail_holds_a_name_or_a_word_of_the_record);
fn no_mail_holds_a_name_or_a_word_of_the_record(house: &House, post: &mut Post) {
    let worker = Worker::default();
    writes(house, Who::Physio, "Her migraine came back with the thunderstorm");
    let flag = json!({"kind": "red_flag", "what": "Saddle anaesthesia", "severity": "absolute",
        "bars": {"techniques": []}});
    house.as_(Who::Physio).post(&of_ana("safety-items"), flag).is(201);
    house.as_(Who::OtherPhysio).post(&of_ana("start-treating"), json!({"reason": "Fell off a ladder"})).is(201);
    withholds(house, &json!({"bars": "discipline", "discipline": "massage", "reason": "Her cousin works there"}));
    breaks_the_glass(house);
    house.supervises(Some(Who::Physio), Who::OtherPhysio).is(200);
    let note = house.signs_a_visit(Who::OtherPhysio, Patient::Ana);
    let path = format!("/notes/{}/return", note.id());
    house.as_(Who::Physio).if_match(note.version()).post(&path, json!({"comments": "Which shoulder blade?"})).is(200);
    house.stranger().post("/auth/login", json!({"email": Who::Massage.email(), "password": PASSWORD})).is(200);
    let (names, sentences) = (of_the_demo(), said_in_the_demo());
    for ((given, family), words) in names.iter().zip(sentences.chunks(sentences.len() / names.len())) {
        comes_and_is_talked_about(house, given, family, &words.join(" "));
    }
    raises_every_kind(house);
    house.passes(24 * HOUR);
    while post.round(&worker, house) > 0 {}

    let mails = post.mails();
    for kind in AlertKind::iter() {
        let subject = letters::plain_subject(kind);
        assert!(mails.iter().any(|mail| mail.text.contains(&subject)), "no mail says {subject:?}");
    }
    let note = back(house, Who::OtherPhysio).get(&format!("/notes/{}", note.id())).is(200);
    let mut words =
        "Ana Brunner Beat Keller Carla Vogt 1984 P-000001 migraine thunderstorm Saddle anaesthesia Fell ladder \
                     cousin Collapsed hall shoulder blade"
            .split(' ')
            .map(str::to_owned)
            .collect::<Vec<_>>();
    words.push(Patient::Ana.id().to_string());
    words.extend(names.iter().flat_map(|(given, family)| [given, family]).flat_map(|name| split(name)));
    let mut of_notes: Vec<_> = sentences.iter().flat_map(|words| split(words)).filter(|word| word.len() > 4).collect();
    assert!(of_notes.len() > 3_000, "the demo has words: {}", of_notes.len());
    words_in(&note.json["body"], &mut of_notes);
    let fixed = said_by_every_mail();
    words.extend(of_notes.into_iter().filter(|word| !fixed.contains(&word.to_lowercase())));
    let of_mails: HashSet<String> = mails.iter().flat_map(|mail| body_words(&mail.text)).collect();
    for word in &words {
        assert!(!of_mails.contains(&word.to_lowercase()), "{word:?} stands in a mail");
    }
}

/// The program alerts Piet of everything there is, about Ana.
fn raises_every_kind(house: &House) {
    let request = Request { id: String::new(), address: None, at: house.clock.now(), seed: house.app.random() };
    let call = Call::new(request, Action::RaiseReminder, Arc::new(Open(Party::System)));
    let practice = Practice::Lakeside.id();
    let raised = house.app.db.write(&call, move |tx| {
        tx.own_permit()?;
        tx.record_own(Log::Practice(practice), "reminded");
        for kind in AlertKind::iter() {
            let object = Object { kind: ObjectKind::Referral, id: Patient::Ana.id().retype(), version: None };
            let alert = Alert::new(kind, object, vec![Who::OtherPhysio.id()]).about(Patient::Ana.id()).due(tx.now());
            alerts::raise_in(tx, practice, Alert { number: Some("R-2026-0042".to_owned()), ..alert })?;
        }
        Ok(())
    });
    runtime().block_on(raised).unwrap();
}

/// Every text file in a folder of the sources.
fn texts(folder: &str) -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

/// What therapists of the demo say and write.
fn said_in_the_demo() -> Vec<String> {
    fn sentences(value: &toml::Value, into: &mut Vec<String>) {
        match value {
            toml::Value::String(text) => into.push(text.clone()),
            toml::Value::Array(items) => items.iter().for_each(|item| sentences(item, into)),
            toml::Value::Table(fields) => fields.values().for_each(|value| sentences(value, into)),
            _ => {}
        }
    }
    let mut all = Vec::new();
    for text in texts("src/cli/demo/words") {
        sentences(&toml::Value::Table(text.parse().unwrap()), &mut all);
    }
    all
}

/// The words that mails have of their own, whatever they are about.
fn said_by_every_mail() -> HashSet<String> {
    let subjects = AlertKind::iter().map(letters::plain_subject);
    let days = "things messages today Monday Tuesday Wednesday Thursday Friday Saturday Sunday March";
    let said = texts("templates/mail").into_iter().chain(subjects).chain([days.to_owned()]);
    said.flat_map(|text| split(&text)).map(|word| word.to_lowercase()).collect()
}

/// What the patients of the demo are called.
fn of_the_demo() -> Vec<(String, String)> {
    let patients = include_str!("../../src/cli/demo/patients.toml");
    let people = patients.split("{ name = \"").skip(1).filter_map(|rest| rest.split('"').next()?.split_once(' '));
    let names: Vec<_> = people.map(|(given, family)| (given.to_owned(), family.to_owned())).collect();
    assert!(names.len() >= 60, "{names:?}");
    names
}

/// Somebody of this name is registered, is treated by Mara too, and is written and referred about in these words.
fn comes_and_is_talked_about(house: &House, given: &str, family: &str, words: &str) {
    let new = json!({"given_name": given, "family_name": family, "birth_date": "1931-07-09"});
    let patient = back(house, Who::Physio).post("/patients", new).is(201);
    let of = |rest: &str| format!("/patients/{}/{rest}", patient.json["patient"]["id"].as_str().unwrap());
    house.as_(Who::Massage).post(&of("start-treating"), json!({"reason": format!("{given} walked in")})).is(201);
    let words: String = words.chars().take(1_900).collect();
    let text = format!("{given} {family} will be late. {words}");
    house.as_(Who::Physio).post(&of("messages"), json!({ "text": text })).is(201);
    let episode =
        house.as_(Who::Physio).post(&of("episodes"), json!({"complaint": format!("{family}'s knee")})).is(201);
    let referral = json!({"episode_id": episode.id(), "target": {"discipline": "massage",
        "staff_id": Who::OtherMassage.id()}, "reason": format!("{given} limps. {words}"), "question": words,
        "agreement": {}});
    let referral = house.as_(Who::Physio).post(&of("referrals"), referral).is(201);
    let send = format!("/referrals/{}/send", referral.id());
    house.as_(Who::Physio).if_match(1).post(&send, None).is(200);
}

/// The longer words of every text in a document.
fn words_in(document: &Value, words: &mut Vec<String>) {
    match document {
        Value::String(text) => words.extend(split(text).filter(|word| word.len() > 4)),
        Value::Array(items) => items.iter().for_each(|item| words_in(item, words)),
        Value::Object(fields) => fields.values().for_each(|value| words_in(value, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The words of a mail, but for the head's lines that say by what ways it came.
fn body_words(mail: &str) -> impl Iterator<Item = String> {
    let lines = mail
        .lines()
        .filter(|line| !line.starts_with("Message-ID") && !line.contains("boundary") && !line.contains("<html"))
        .filter(|line| !line.starts_with("Content-") && !line.starts_with("MIME-"));
    let words = split(&lines.collect::<Vec<_>>().join("\n")).map(|word| word.to_lowercase());
    words.collect::<Vec<_>>().into_iter()
}

fn split(text: &str) -> impl Iterator<Item = String> + use<> {
    let words = text.split(|char: char| !char.is_alphanumeric() && char != '-').filter(|word| !word.is_empty());
    words.map(str::to_owned).collect::<Vec<_>>().into_iter()
}
