//! Searches through the words of notes: what is found, and that nothing tells of what a reader may not read.

use std::sync::Arc;

use serde_json::{Value, json};
use tandem::actor::{Actor, Party, Request};
use tandem::audit::Outcome;
use tandem::db::{Call, Open, Tx};
use tandem::error::Code;
use tandem::policy::Action;

use crate::house::{Answer, House, MORNING, PASSWORD, Patient, Practice, Who, new_visit, on_both, visit};

fn search(house: &House, who: Who, words: &str) -> Answer {
    house.as_(who).post("/notes/search", json!({"words": words}))
}

fn search_ana(house: &House, who: Who, words: &str) -> Answer {
    house.as_(who).post("/notes/search", json!({"words": words, "patient_id": Patient::Ana.id()}))
}

fn found(answer: &Answer) -> Vec<&str> {
    let items = answer.json["items"].as_array().unwrap_or_else(|| panic!("{answer}"));
    items.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

/// Whether Ana's note is found by the word, the same among her notes and among all whom one treats.
#[track_caller]
fn finds(house: &House, who: Who, words: &str, expected: &[&str]) {
    let (ana, all) = (search_ana(house, who, words).is(200), search(house, who, words).is(200));
    assert_eq!(found(&ana), expected, "{words} in Ana's record");
    assert_eq!(found(&all), expected, "{words} among all");
}

#[expect(clippy::needless_pass_by_value, reason = "read as it is written down")]
fn amends(house: &House, note: &str, version: i32, words: Value) {
    let amendment = json!({"reason": "clinical_correction", "body": words});
    house.as_(Who::Physio).if_match(version).post(&format!("/notes/{note}/amend"), amendment).is(200);
}

on_both!(a_note_is_found_by_the_words_that_stand_now);
fn a_note_is_found_by_the_words_that_stand_now(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana).id().to_owned();
    let note = &*note;
    for who in [Who::Physio, Who::Massage] {
        for words in ["facet", "FACET stiff", "mobilisation joint", "week facet rotation", "10"] {
            finds(house, who, words, &[note]);
        }
        for words in ["zebra", "facet zebra", "face", "subjective", "diagnosis"] {
            finds(house, who, words, &[]);
        }
    }
    let one = search_ana(house, Who::Massage, "facet STIFF");
    let excerpts = json!([{"part": "assessment", "text": "Facet joint irritation"},
        {"part": "subjective", "text": "Neck eases; still stiff in the morning."}]);
    assert_eq!((&one.json["items"][0]["excerpts"], &one.json["items"][0]["shown"]), (&excerpts, &json!("full")));

    // Amended: the new words count, the former do not.
    let mut words = visit();
    words["assessment"]["diagnosis"] = json!("Épicondylalgie, Straße; O’Neil");
    amends(house, note, 2, words);
    finds(house, Who::Massage, "facet", &[]);
    for words in ["epicondylalgie", "ÉPICONDYLALGIE stiff", "strasse", "oneil", "O'Neil"] {
        finds(house, Who::Massage, words, &[note]);
    }
    // Appended, and amended once more: both stay.
    house.as_(Who::Physio).post(&format!("/notes/{note}/addenda"), json!({"text": "Called: ibuprofen"})).is(201);
    finds(house, Who::Massage, "ibuprofen epicondylalgie", &[note]);
    amends(house, note, 3, visit());
    finds(house, Who::Massage, "ibuprofen facet", &[note]);
    finds(house, Who::Massage, "epicondylalgie", &[]);
    house.finish();
}

on_both!(nothing_tells_of_a_word_that_a_reader_may_not_read);
fn nothing_tells_of_a_word_that_a_reader_may_not_read(house: &House) {
    let mut words = new_visit();
    words["body"]["subjective"]["text"] = json!("Quokka");
    let draft = house.as_(Who::Physio).post(&format!("/patients/{}/notes", Patient::Ana.id()), words).is(201);
    let (note, path) = (draft.id(), format!("/notes/{}", draft.id()));
    // Nobody finds a draft, not even whoever writes it.
    for who in [Who::Physio, Who::Massage] {
        finds(house, who, "quokka", &[]);
    }
    house.as_(Who::Physio).if_match(1).post(&format!("{path}/sign"), None).is(200);
    finds(house, Who::Massage, "quokka", &[note]);

    // Shared with its own discipline only.
    let shared = |how| house.sql(&format!("UPDATE note SET sharing = '{how}' WHERE kind = 'progress'")).unwrap();
    shared("discipline");
    finds(house, Who::Massage, "quokka", &[]);
    finds(house, Who::Physio, "quokka", &[note]);
    shared("care_team");
    finds(house, Who::Massage, "quokka", &[note]);

    // Withheld: the answer is the same whether it is looked for or not.
    let directives = format!("/patients/{}/consent-directives", Patient::Ana.id());
    let directive = json!({"covers": "note", "covered_id": note, "bars": "discipline", "discipline": "massage"});
    let directive = house.as_(Who::Receptionist).post(&directives, directive).is(201);
    finds(house, Who::Massage, "quokka", &[]);
    let (hit, miss) = (search_ana(house, Who::Massage, "quokka"), search_ana(house, Who::Massage, "zebra"));
    assert_eq!((hit.text, &miss.json["withheld"]), (miss.text.clone(), &json!(true)));
    finds(house, Who::Physio, "quokka", &[note]);
    let revoke = format!("/consent-directives/{}/revoke", directive.id());
    house.as_(Who::PrivacyOfficer).if_match(1).post(&revoke, None).is(200);
    finds(house, Who::Massage, "quokka", &[note]);

    // No relation: refused in the record, and not among those one treats.
    search_ana(house, Who::OtherPhysio, "quokka").is(403).refused("no_relation");
    search_ana(house, Who::OtherPhysio, "zebra").is(403).refused("no_relation");
    assert_eq!(found(&search(house, Who::OtherPhysio, "quokka").is(200)), Vec::<&str>::new());
    search_ana(house, Who::Elsewhere, "quokka").is(404).refused("not_found");
    for who in [Who::Manager, Who::Receptionist, Who::PrivacyOfficer] {
        search(house, who, "quokka").is(403).refused("role_does_not_allow");
    }

    // In error.
    let declared = json!({"reason": "Another patient's"});
    house.as_(Who::Physio).if_match(2).post(&format!("{path}/entered-in-error"), declared).is(200);
    for who in [Who::Physio, Who::Massage] {
        finds(house, who, "quokka", &[]);
    }
    let person = json!({"covers": "record", "bars": "person", "staff_id": Who::Massage.id()});
    house.as_(Who::Receptionist).post(&directives, person).is(201);
    search_ana(house, Who::Massage, "quokka").is(404).refused("not_found");
    house.finish();
}

on_both!(signs_and_operators_mean_nothing);
fn signs_and_operators_mean_nothing(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana).id().to_owned();
    for words in ["\"facet\"", "facet*", "^facet", "words:", "facet'); --", "(facet & joint)", "facet:*", "f\\acet"] {
        let answer = search_ana(house, Who::Physio, words).is(200);
        let expected = if words.contains("facet") { vec![&*note] } else { Vec::new() };
        assert_eq!(found(&answer), expected, "{words}");
    }
    for words in ["facet OR zebra", "NOT zebra", "NEAR(facet joint)", "facet | zebra", "!zebra"] {
        assert_eq!(found(&search(house, Who::Physio, words).is(200)), Vec::<&str>::new(), "{words}");
    }
    // Whose words they are is no word.
    for id in [Patient::Ana.id().to_string(), Patient::Ana.id().uuid().simple().to_string()] {
        assert_eq!(found(&search(house, Who::Physio, &id).is(200)), Vec::<&str>::new(), "{id}");
    }
    for words in ["", "*", "a b c d e f g h i j k"] {
        let refused = search(house, Who::Physio, words).is(422);
        assert_eq!(refused.json["errors"][0]["pointer"], "/words", "{refused}");
    }
    house.finish();
}

on_both!(all_whom_one_treats_newest_first_and_the_log_names_each_but_no_word);
fn all_whom_one_treats_newest_first_and_the_log_names_each_but_no_word(house: &House) {
    let new = json!({"given_name": "Cleo", "family_name": "Graf", "birth_date": "1990-01-01"});
    let cleo = house.as_(Who::Physio).post("/patients", new).is(201);
    let cleo = cleo.json["patient"]["id"].as_str().unwrap().to_owned();
    let mut newest_first = Vec::new();
    for turn in 0..5 {
        let patient = if turn % 2 == 0 { cleo.clone() } else { Patient::Ana.id().to_string() };
        let mut new = new_visit();
        new["service_at"] = json!(house.clock.now().plus_seconds(turn - 600));
        let draft = house.as_(Who::Physio).post(&format!("/patients/{patient}/notes"), new).is(201);
        house.as_(Who::Physio).if_match(1).post(&format!("/notes/{}/sign", draft.id()), None).is(200);
        newest_first.insert(0, draft.id().to_owned());
    }
    let mut listed = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let asked = json!({"words": "facet", "limit": 2, "cursor": cursor});
        let page = house.as_(Who::Physio).post("/notes/search", asked).is(200);
        listed.extend(found(&page).into_iter().map(str::to_owned));
        cursor = page.json["next"].clone();
        if cursor.is_null() {
            break;
        }
        let other = json!({"words": "stiff", "limit": 2, "cursor": cursor});
        house.as_(Who::Physio).post("/notes/search", other).is(400).refused("bad_cursor");
    }
    assert_eq!(listed, newest_first);
    let events = house.sealed_events(Practice::Lakeside);
    let searches: Vec<_> = events.iter().filter(|event| event.action == Action::SearchNotes).collect();
    assert!(searches.iter().any(|event| event.subjects.len() == 2), "both patients are named");
    for event in &searches {
        let said = format!("{event:?}").to_lowercase();
        assert!(!said.contains("facet") && !said.contains("stiff"), "{said}");
    }
    house.finish();
}

on_both!(whoever_breaks_the_glass_searches_for_an_hour);
fn whoever_breaks_the_glass_searches_for_an_hour(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana).id().to_owned();
    let glass = json!({"reason_code": "nobody_reachable", "reason": "Collapsed", "password": PASSWORD});
    house.as_(Who::OtherPhysio).post(&format!("/patients/{}/emergency-access", Patient::Ana.id()), glass).is(201);
    assert_eq!(found(&search_ana(house, Who::OtherPhysio, "facet").is(200)), [&*note]);
    house.passes(3_600);
    search_ana(house, Who::OtherPhysio, "facet").is(403).refused("no_relation");
    house.finish();
}

on_both!(no_version_becomes_the_newest_without_its_words);
fn no_version_becomes_the_newest_without_its_words(house: &House) {
    house.signs_a_visit(Who::Physio, Patient::Ana);
    let refused = house.sql("UPDATE note SET current_version = 2 WHERE current_version = 1").unwrap_err();
    assert!(refused.contains("together with its words"), "{refused}");
    house.finish();
}

on_both!(what_was_signed_before_there_was_an_index_is_added_to_it);
fn what_was_signed_before_there_was_an_index_is_added_to_it(house: &House) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let index = || runtime.block_on(tandem::housekeeping::index(&house.app.db)).unwrap();
    let note = house.signs_a_visit(Who::Physio, Patient::Ana).id().to_owned();
    house.as_(Who::Physio).post(&format!("/notes/{note}/addenda"), json!({"text": "Called: ibuprofen"})).is(201);
    let mut words = visit();
    words["assessment"]["diagnosis"] = json!("Epicondylitis");
    amends(house, &note, 2, words);
    house.passes(60);
    house.signs_a_visit(Who::Massage, Patient::Ana);
    house.signs_a_visit(Who::OtherMassage, Patient::Beat);
    assert_eq!(index(), 0, "nothing is missing");

    house.sql("DELETE FROM note_words").unwrap();
    finds(house, Who::Massage, "epicondylitis", &[]);
    assert_eq!(index(), 3);
    finds(house, Who::Massage, "epicondylitis ibuprofen", &[&note]);
    finds(house, Who::Massage, "facet", &[]);
    assert_eq!(index(), 0, "and it is not done twice");
    // One of many, wherever it stands.
    house.sql("DELETE FROM note_words WHERE version = 2").unwrap();
    assert_eq!(index(), 1);
    finds(house, Who::Massage, "epicondylitis ibuprofen", &[&note]);
    house.finish();
}

on_both!(a_search_among_all_says_whether_any_of_them_withholds_something);
fn a_search_among_all_says_whether_any_of_them_withholds_something(house: &House) {
    house.signs_a_visit(Who::Physio, Patient::Ana);
    let withheld = |who| search(house, who, "zebra").is(200).json.get("withheld").cloned();
    let decides = |of: Patient, directive: Value| {
        let directives = format!("/patients/{}/consent-directives", of.id());
        house.as_(Who::PrivacyOfficer).post(&directives, directive).is(201)
    };
    let against_massage = |mut more: Value| {
        more["covers"] = json!("record");
        more["bars"] = json!("discipline");
        more["discipline"] = json!("massage");
        more
    };
    // Beat, whom Mara does not treat, is none of those she searches among.
    decides(Patient::Beat, against_massage(json!({})));
    assert_eq!(withheld(Who::Massage), None);
    let from = house.clock.now().plus_seconds(600);
    let until = from.plus_seconds(600);
    decides(Patient::Ana, against_massage(json!({"from": from, "until": until})));
    assert_eq!(withheld(Who::Massage), None, "not yet");
    house.passes(600);
    assert_eq!((withheld(Who::Massage), withheld(Who::Physio)), (Some(json!(true)), None));
    assert_eq!(found(&search(house, Who::Massage, "facet").is(200)), Vec::<&str>::new());
    house.passes(600);
    assert_eq!(withheld(Who::Massage), None, "over");
    house.finish();
}

on_both!(what_a_search_found_is_not_released_once_a_directive_begins);
fn what_a_search_found_is_not_released_once_a_directive_begins(house: &House) {
    house.signs_a_visit(Who::Physio, Patient::Ana);
    let directives = format!("/patients/{}/consent-directives", Patient::Ana.id());
    let from = house.clock.now().plus_seconds(60);
    let directive = json!({"covers": "record", "bars": "discipline", "discipline": "massage", "from": from});
    house.as_(Who::PrivacyOfficer).post(&directives, directive).is(201);
    let mara = Actor {
        practice: Practice::Lakeside.id(),
        staff: Who::Massage.id(),
        session: Who::Massage.session(),
        roles: Who::Massage.roles().iter().copied().collect(),
        authenticated_at: MORNING,
        access_version: house.count("SELECT MIN(access_version) FROM staff WHERE email = 'mara@lakeside.example'"),
    };
    let searches = |lasting: i64| {
        let request = Request { id: "slow".into(), address: None, at: house.clock.now(), seed: [7; 32] };
        let call = Call::new(request, Action::SearchNotes, Arc::new(Open(Party::Staff(mara.clone()))));
        let (clock, words) = (house.clock.clone(), ["facet".to_owned()].into());
        let read = move |tx: &mut Tx| {
            let found = tandem::notes::search::ops::search(tx, None, &words, None, 25)?;
            clock.advance(lasting);
            Ok(found.notes.len())
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(house.app.db.read(&call, read))
    };
    assert_eq!(searches(59).unwrap(), 1);
    // It began while the search was at work: what was found stays inside.
    assert_eq!(searches(1).unwrap_err().code, Code::Unavailable);
}

on_both!(a_reviewer_searches_in_the_one_record_they_were_let_into);
fn a_reviewer_searches_in_the_one_record_they_were_let_into(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana).id().to_owned();
    house.signs_a_visit(Who::OtherMassage, Patient::Beat);
    search_ana(house, Who::Manager, "facet").is(403).refused("role_does_not_allow");
    let access = format!("/patients/{}/audit-access", Patient::Ana.id());
    for who in [Who::Manager, Who::Owner] {
        house.as_(who).post(&access, json!({"reason": "Complaint of 2 March"})).is(201);
        assert_eq!(found(&search_ana(house, who, "facet").is(200)), [&*note]);
    }
    search(house, Who::Manager, "facet").is(403).refused("role_does_not_allow");
    let glass = json!({"reason_code": "nobody_reachable", "reason": "Collapsed", "password": PASSWORD});
    house.as_(Who::OtherPhysio).post(&format!("/patients/{}/emergency-access", Patient::Ana.id()), glass).is(201);
    search_ana(house, Who::OtherPhysio, "facet").is(200);
    search_ana(house, Who::Physio, "facet").is(200);
    // Each is marked with what let them in, though a clinician may search among their own patients without.
    let events = house.sealed_events(Practice::Lakeside);
    let done = events.iter().filter(|event| (event.action, event.outcome) == (Action::SearchNotes, Outcome::Done));
    let grounds: Vec<_> = done.map(|event| event.code.clone()).collect();
    assert_eq!(grounds, ["audit_access", "audit_access", "emergency", "care_team"]);
    house.passes(3_600);
    search_ana(house, Who::Manager, "facet").is(403).refused("role_does_not_allow");
    house.finish();
}
