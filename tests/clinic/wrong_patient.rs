//! A note in the wrong record: it becomes a stub there, and a draft with its words is begun in the right one.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tandem::clock::Timestamp;
use tandem::policy::Action;

use crate::house::{Answer, House, MORNING, Patient, Practice, Who, new_visit, on_both, visit};

const DAY: i64 = 86_400;

fn belongs_to(patient: Patient) -> Value {
    json!({"reason": "Beat's visit", "replacement": {"patient_id": patient.id()}})
}

/// Paula treats Ana and Beat, and wrote Beat's visit into Ana's record.
fn mistaken(house: &House) -> Answer {
    house.joins(Who::Physio, Patient::Beat);
    house.signs_a_visit(Who::Physio, Patient::Ana)
}

on_both!(the_words_move_and_both_notes_tell_of_each_other);
fn the_words_move_and_both_notes_tell_of_each_other(house: &House) {
    let wrong = mistaken(house);
    let declared = house.moves(Who::Physio, &wrong, "entered-in-error", belongs_to(Patient::Beat)).is(200);
    assert_eq!(declared.json["state"], "entered_in_error");
    let right = declared.json["replaced_by"].as_str().unwrap_or_else(|| panic!("no link: {declared}")).to_owned();
    let draft = house.as_(Who::Physio).get(&format!("/notes/{right}")).is(200);
    assert_eq!((&draft.json["state"], &draft.json["patient_id"]), (&json!("draft"), &json!(Patient::Beat.id())));
    assert_eq!(draft.json["replaces"], wrong.json["id"]);
    for kept in ["body", "service_at", "kind", "discipline"] {
        assert_eq!(draft.json[kept], wrong.json[kept], "{kept}");
    }
    let signed = house.moves(Who::Physio, &draft, "sign", None).is(200);
    assert_eq!(signed.json["replaces"], wrong.json["id"], "the link stays");

    let events = house.sealed_events(Practice::Lakeside);
    let event = events.iter().find(|event| event.action == Action::EnterInError).unwrap();
    let both = BTreeSet::from([Patient::Ana.id(), Patient::Beat.id()]);
    assert_eq!(event.subjects, both, "the event names both patients");
    assert_eq!(event.object.unwrap().id.to_string(), wrong.id());
}

on_both!(the_link_tells_nobody_whose_record_it_leads_to_who_may_not_read_there);
fn the_link_tells_nobody_whose_record_it_leads_to_who_may_not_read_there(house: &House) {
    let wrong = mistaken(house);
    let declared = house.moves(Who::Physio, &wrong, "entered-in-error", belongs_to(Patient::Beat)).is(200);
    let right = declared.json["replaced_by"].as_str().unwrap().to_owned();
    // Mara treats Ana, Milo treats Beat.
    let stub = house.reads(Who::Massage, &wrong).is(200);
    assert_eq!((&stub.json["shown"], stub.json.get("replaced_by")), (&json!("stub"), None));
    let there = house.as_(Who::OtherMassage).get(&format!("/notes/{right}")).is(200);
    assert_eq!(there.json.get("replaces"), None, "{there}");
    let list = house.as_(Who::OtherMassage).get(&format!("/patients/{}/notes", Patient::Beat.id())).is(200);
    assert!(!list.text.contains(wrong.id()), "{list}");
    // The privacy officer reads what is in error, but not the draft.
    let read = house.reads(Who::PrivacyOfficer, &wrong).is(200);
    assert_eq!((&read.json["shown"], read.json.get("replaced_by")), (&json!("full"), None));

    house.joins(Who::Massage, Patient::Beat);
    assert_eq!(house.reads(Who::Massage, &wrong).is(200).json["replaced_by"], json!(right), "who treats both may know");
    let events = house.sealed_events(Practice::Lakeside);
    let told = events.iter().filter(|event| event.action == Action::ReadNote && event.subjects.len() == 2).count();
    assert_eq!(told, 1, "whoever is shown the link is named for both");
}

on_both!(the_right_record_is_opened_by_its_own_rules);
fn the_right_record_is_opened_by_its_own_rules(house: &House) {
    let wrong = house.signs_a_visit(Who::Physio, Patient::Ana);
    let before = house.count("SELECT COUNT(*) FROM note");
    let declare = |patient| house.moves(Who::Physio, &wrong, "entered-in-error", belongs_to(patient));
    declare(Patient::Beat).is(403).refused("no_relation");
    declare(Patient::Carla).is(404).refused("not_found");
    declare(Patient::Ana).is(422).refused("invalid");
    let nowhere = json!({"reason": "x", "replacement": {"patient_id": "019cadb2-0000-7000-8000-000000000000"}});
    house.moves(Who::Physio, &wrong, "entered-in-error", nowhere).is(404).refused("not_found");
    assert_eq!(house.reads(Who::Massage, &wrong).is(200).json["state"], "signed", "nothing was done by halves");
    assert_eq!(house.count("SELECT COUNT(*) FROM note"), before);
    let events = house.sealed_events(Practice::Lakeside);
    let refused = events.iter().filter(|event| event.action == Action::EnterInError);
    for event in refused {
        assert!(event.subjects.iter().eq([&Patient::Ana.id()]), "a refusal tells of no other record: {event:?}");
    }
}

on_both!(a_manager_acts_for_a_leaver_and_writes_nothing_in_their_name);
fn a_manager_acts_for_a_leaver_and_writes_nothing_in_their_name(house: &House) {
    let wrong = mistaken(house);
    let member = format!("/staff/{}", Who::Physio.id());
    house.as_(Who::Manager).if_match(1).post(&format!("{member}/deactivate"), None).is(200);
    let refused = house.moves(Who::Manager, &wrong, "entered-in-error", belongs_to(Patient::Beat)).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/replacement");
    let declared = house.moves(Who::Manager, &wrong, "entered-in-error", json!({"reason": "Beat's visit"})).is(200);
    assert_eq!((&declared.json["shown"], declared.json.get("replaced_by")), (&json!("stub"), None));
}

on_both!(what_waits_for_a_second_signature_is_declared_wrong_and_kept_as_it_was_signed);
fn what_waits_for_a_second_signature_is_declared_wrong_and_kept_as_it_was_signed(house: &House) {
    house.joins(Who::OtherPhysio, Patient::Ana);
    house.joins(Who::OtherPhysio, Patient::Beat);
    house.supervises(Some(Who::Physio), Who::OtherPhysio).is(200);
    let wrong = house.signs_a_visit(Who::OtherPhysio, Patient::Ana);
    assert_eq!(wrong.json["state"], "awaiting_cosign");
    let declared = house.moves(Who::OtherPhysio, &wrong, "entered-in-error", belongs_to(Patient::Beat)).is(200);
    assert_eq!((&declared.json["state"], &declared.json["current_version"]), (&json!("entered_in_error"), &json!(1)));
    assert_eq!(declared.json["hash"], wrong.json["hash"]);
    assert_eq!(declared.json.get("cosigned"), None, "nobody signed it beside him");
    assert!(declared.json["replaced_by"].is_string());
    house.moves(Who::Physio, &declared, "cosign", None).is(409).refused("wrong_state");
    let list = house.as_(Who::Physio).get("/cosignatures").is(200);
    assert_eq!(list.json["items"], json!([]));
}

on_both!(what_waited_on_a_note_falls_with_it);
fn what_waited_on_a_note_falls_with_it(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    house.joins(Who::OtherPhysio, Patient::Ana);
    house.supervises(Some(Who::Owner), Who::OtherPhysio).is(200);
    let addenda = format!("/notes/{}/addenda", note.id());
    let waiting = house.as_(Who::OtherPhysio).post(&addenda, json!({"text": "Called: better."})).is(201);
    let change = format!("/pending-changes/{}", waiting.json["pending"][0]["id"].as_str().unwrap());
    house.moves(Who::Physio, &note, "entered-in-error", json!({"reason": "Another patient"})).is(200);
    house.as_(Who::Owner).if_match(2).post(&format!("{change}/cosign"), None).is(409).refused("wrong_state");
    assert_eq!(house.as_(Who::Owner).get("/cosignatures").is(200).json["items"], json!([]));
    let own = house.as_(Who::OtherPhysio).get(&change).is(200);
    assert_eq!((&own.json["state"], &own.json["text"]), (&json!("withdrawn"), &json!("Called: better.")));
    let amendment = json!({"reason": "typo", "body": visit()});
    house.moves(Who::Physio, &house.reads(Who::Physio, &note), "amend", amendment).is(409).refused("wrong_state");
}

on_both!(the_privacy_officer_answers_for_the_notes_of_whoever_is_barred);
fn the_privacy_officer_answers_for_the_notes_of_whoever_is_barred(house: &House) {
    let declare = |who, note: &Answer| {
        house.moves(who, note, "entered-in-error", json!({"reason": "Ana says it was another visit"}))
    };
    let sets = |directive: Value| {
        let path = format!("/patients/{}/consent-directives", Patient::Ana.id());
        house.as_(Who::PrivacyOfficer).post(&path, directive).is(201)
    };
    let [of_record, of_note, open] = std::array::from_fn(|_| house.signs_a_visit(Who::Physio, Patient::Ana));
    declare(Who::PrivacyOfficer, &of_note).is(403).refused("not_the_author");
    sets(json!({"covers": "note", "covered_id": of_note.id(), "bars": "discipline", "discipline": "physiotherapy"}));
    declare(Who::Physio, &of_note).is(403).refused("withheld_by_patient");
    declare(Who::PrivacyOfficer, &open).is(403).refused("not_the_author");
    let declared = declare(Who::PrivacyOfficer, &of_note).is(200);
    assert_eq!(declared.json["state"], "entered_in_error");

    sets(json!({"covers": "record", "bars": "person", "staff_id": Who::Physio.id()}));
    declare(Who::Physio, &of_record).is(404).refused("not_found");
    declare(Who::Massage, &of_record).is(403).refused("not_the_author");
    let blank = house.moves(Who::PrivacyOfficer, &of_record, "entered-in-error", json!({"reason": " "})).is(422);
    assert_eq!(blank.json["errors"][0]["pointer"], "/reason");
    let declared = declare(Who::PrivacyOfficer, &of_record).is(200);
    assert_eq!((&declared.json["state"], &declared.json["shown"]), (&json!("entered_in_error"), &json!("full")));

    house.as_(Who::Manager).if_match(1).post(&format!("/staff/{}/deactivate", Who::Physio.id()), None).is(200);
    declare(Who::PrivacyOfficer, &open).is(200);
}

/// A path about Ana.
fn ana(tail: &str) -> String {
    format!("/patients/{}{tail}", Patient::Ana.id())
}

fn is_wrong(house: &House, who: Who, note: &Answer) {
    house.moves(who, note, "entered-in-error", json!({"reason": "Beat's visit"})).is(200);
}

on_both!(a_mistaken_note_gives_no_more_time_on_the_care_team);
fn a_mistaken_note_gives_no_more_time_on_the_care_team(house: &House) {
    let days = |days: i64| {
        house.passes(days * DAY);
        house.renews(&[Who::OtherPhysio]);
    };
    let lasts = || {
        let team = house.as_(Who::OtherPhysio).get(&ana("/care-team")).is(200);
        let members = team.json["members"].as_array().unwrap();
        let piet = members.iter().find(|member| member["staff_id"] == json!(Who::OtherPhysio.id())).unwrap();
        piet["lapses_at"].clone()
    };
    let until = |days: i64| json!(MORNING.plus_seconds(days * DAY));
    house.joins(Who::OtherPhysio, Patient::Ana);
    days(30);
    let stands = house.signs_a_visit(Who::OtherPhysio, Patient::Ana);
    days(30);
    let wrong = house.signs_a_visit(Who::OtherPhysio, Patient::Ana);
    assert_eq!(lasts(), until(150), "ninety days from the last note");
    is_wrong(house, Who::OtherPhysio, &wrong);
    assert_eq!(lasts(), until(120), "from the last one that stands");
    days(1);
    is_wrong(house, Who::OtherPhysio, &stands);
    assert_eq!(lasts(), until(90), "from the day on which he joined");
    let visit = json!({"staff_id": Who::OtherPhysio.id(), "visit_date": "2026-05-11"});
    house.renews(&[Who::Receptionist]);
    house.as_(Who::Receptionist).post(&ana("/care-team"), visit).is(201);
    let wrong = house.signs_a_visit(Who::OtherPhysio, Patient::Ana);
    is_wrong(house, Who::OtherPhysio, &wrong);
    assert_eq!(lasts(), json!(Timestamp::parse("2026-08-09T00:00:00Z").unwrap()), "what reception booked stays booked");
    days(99);
    house.as_(Who::OtherPhysio).get(&ana("/episodes")).is(403).refused("no_relation");
}

on_both!(what_a_mistaken_note_opened_is_closed_from_the_next_reading);
fn what_a_mistaken_note_opened_is_closed_from_the_next_reading(house: &House) {
    house.joins(Who::OtherPhysio, Patient::Ana);
    let wrong = house.signs_a_visit(Who::OtherPhysio, Patient::Ana);
    let access = || house.count("SELECT access_version FROM patient WHERE family_name = 'Brunner'");
    let before = access();
    is_wrong(house, Who::OtherPhysio, &wrong);
    assert!(access() > before, "a reading that began before is made again");
}

/// The disciplines that treat an episode, and those that have discharged the patient from it.
fn treating(house: &House, episode: &str) -> (Vec<String>, Vec<String>) {
    let episode = house.as_(Who::Physio).get(&format!("/episodes/{episode}")).is(200);
    let parts = episode.json["disciplines"].as_array().unwrap().iter();
    let (ended, treats): (Vec<_>, Vec<_>) = parts.partition(|part| part["discharge"].is_object());
    let named = |parts: Vec<&Value>| parts.iter().map(|part| part["discipline"].as_str().unwrap().to_owned()).collect();
    (named(treats), named(ended))
}

fn signs_in(house: &House, who: Who, episode: &str) -> Answer {
    house.passes(60);
    let mut new = new_visit();
    new["episode_id"] = json!(episode);
    if who == Who::Massage {
        new["body"]["assessment"] = json!({"clinical_impression": "Tense neck"});
        new["body"]["treatment"][0]["technique"] = json!("deep_tissue_massage");
    }
    let draft = house.begins(who, Patient::Ana, &new);
    house.moves(who, &draft, "sign", None).is(200)
}

on_both!(a_discipline_that_came_by_a_mistaken_note_is_out_of_the_episode_again);
fn a_discipline_that_came_by_a_mistaken_note_is_out_of_the_episode_again(house: &House) {
    let complaint = json!({"complaint": "Stiff neck", "discipline": "physiotherapy"});
    let episode = house.as_(Who::Physio).post(&ana("/episodes"), complaint).is(201);
    let (physio, massage) = ("physiotherapy".to_owned(), "massage".to_owned());
    let [first, second] = std::array::from_fn(|_| signs_in(house, Who::Massage, episode.id()));
    is_wrong(house, Who::Massage, &first);
    assert_eq!(treating(house, episode.id()).0, [physio.clone(), massage.clone()], "another note of hers stands");
    is_wrong(house, Who::Massage, &second);
    assert_eq!(treating(house, episode.id()), (vec![physio.clone()], vec![]));
    let own = signs_in(house, Who::Physio, episode.id());
    is_wrong(house, Who::Physio, &own);
    assert_eq!(treating(house, episode.id()).0, std::slice::from_ref(&physio), "who opened it was there before");

    // What a mistaken note opened again is over again, and nothing but a discharge ends the episode.
    let third = signs_in(house, Who::Massage, episode.id());
    let discharge = |who, discipline: &str| {
        let version = house.as_(who).get(&format!("/episodes/{}", episode.id())).is(200).version();
        let path = format!("/episodes/{}/discharge", episode.id());
        let outcome = json!({"discipline": discipline, "outcome": "Turns freely"});
        house.as_(who).if_match(version).post(&path, outcome).is(200)
    };
    discharge(Who::Physio, "physiotherapy");
    let back = signs_in(house, Who::Physio, episode.id());
    is_wrong(house, Who::Physio, &back);
    assert_eq!(treating(house, episode.id()), (vec![massage.clone()], vec![physio.clone()]));
    is_wrong(house, Who::Massage, &third);
    assert_eq!(treating(house, episode.id()), (vec![massage], vec![physio]), "she discharges, or goes on");
    let events = house.sealed_events(Practice::Lakeside);
    let left = events.iter().filter(|event| event.action == Action::ChangeEpisode).count();
    assert_eq!(left, 5, "each coming and going is an event");
}

on_both!(what_a_mistaken_note_opened_again_is_discharged_again_beside_older_notes);
fn what_a_mistaken_note_opened_again_is_discharged_again_beside_older_notes(house: &House) {
    let complaint = json!({"complaint": "Stiff neck", "discipline": "physiotherapy"});
    let episode = house.as_(Who::Physio).post(&ana("/episodes"), complaint).is(201);
    let (physio, massage) = (vec!["physiotherapy".to_owned()], vec!["massage".to_owned()]);
    signs_in(house, Who::Physio, episode.id());
    signs_in(house, Who::Massage, episode.id());
    house.passes(60);
    let read = || house.as_(Who::Physio).get(&format!("/episodes/{}", episode.id())).is(200);
    let outcome = json!({"discipline": "physiotherapy", "outcome": "Turns freely"});
    let path = format!("/episodes/{}/discharge", episode.id());
    let discharged = house.as_(Who::Physio).if_match(read().version()).post(&path, outcome).is(200);
    let ending = |answer: &Answer| {
        let parts = answer.json["disciplines"].as_array().unwrap();
        parts.iter().find(|part| part["discipline"] == "physiotherapy").unwrap()["discharge"].clone()
    };
    let back = signs_in(house, Who::Physio, episode.id());
    assert_eq!(treating(house, episode.id()).1, Vec::<String>::new(), "she treats again");
    is_wrong(house, Who::Physio, &back);
    assert_eq!(treating(house, episode.id()), (massage.clone(), physio.clone()));
    assert_eq!(ending(&read()), ending(&discharged), "what she said then, and when, stands again");

    // As long as another note after the discharge stands, be it a draft, she treats.
    let [one, other] = std::array::from_fn(|_| signs_in(house, Who::Physio, episode.id()));
    let mut new = new_visit();
    new["episode_id"] = json!(episode.id());
    let draft = house.begins(Who::Physio, Patient::Ana, &new);
    is_wrong(house, Who::Physio, &one);
    let treat = |answer: (Vec<String>, Vec<String>)| answer.0.len();
    assert_eq!(treat(treating(house, episode.id())), 2, "two notes are left");
    is_wrong(house, Who::Physio, &other);
    assert_eq!(treat(treating(house, episode.id())), 2, "a draft is left");
    house.as_(Who::Physio).if_match(draft.version()).delete(&format!("/notes/{}", draft.id())).is(204);
    let last = signs_in(house, Who::Physio, episode.id());
    is_wrong(house, Who::Physio, &last);
    assert_eq!(treating(house, episode.id()), (massage, physio));
}

on_both!(who_wrote_into_the_wrong_record_has_seen_nothing_of_it);
fn who_wrote_into_the_wrong_record_has_seen_nothing_of_it(house: &House) {
    house.signs_a_visit(Who::Physio, Patient::Ana);
    let since = house.clock.now();
    house.passes(60);
    let unseen = house.signs_a_visit(Who::Massage, Patient::Ana);
    house.passes(60);
    let timeline = || house.as_(Who::Physio).get(&ana("/timeline?since=last_note")).is(200);
    let new = || {
        let timeline = timeline();
        let told = timeline.json["items"].as_array().unwrap().iter().any(|item| item.to_string().contains(unseen.id()));
        (timeline.json["changed_since"].clone(), told)
    };
    let wrong = house.signs_a_visit(Who::Physio, Patient::Ana);
    assert_eq!(new(), (json!(house.clock.now()), false));
    is_wrong(house, Who::Physio, &wrong);
    assert_eq!(new(), (json!(since), true), "what Mara wrote meanwhile is new to her still");
}

on_both!(a_leavers_note_that_nobody_may_read_is_declared_wrong_unread);
fn a_leavers_note_that_nobody_may_read_is_declared_wrong_unread(house: &House) {
    let notes: [Answer; 2] = std::array::from_fn(|_| house.signs_a_visit(Who::Physio, Patient::Ana));
    for note in &notes {
        let everyone = json!({"covers": "note", "covered_id": note.id(), "bars": "everyone"});
        house.as_(Who::PrivacyOfficer).post(&ana("/consent-directives"), everyone).is(201);
    }
    let declare = |who, note: &Answer| house.moves(who, note, "entered-in-error", json!({"reason": "Beat's visit"}));
    declare(Who::Manager, &notes[0]).is(403).refused("withheld_by_patient");
    house.as_(Who::Manager).if_match(1).post(&format!("/staff/{}/deactivate", Who::Physio.id()), None).is(200);
    declare(Who::Massage, &notes[0]).is(403).refused("withheld_by_patient");
    for (who, note) in [(Who::Manager, &notes[0]), (Who::PrivacyOfficer, &notes[1])] {
        let declared = declare(who, note).is(200);
        assert_eq!((&declared.json["state"], &declared.json["shown"]), (&json!("entered_in_error"), &json!("stub")));
        assert!(!declared.text.contains("Facet joint"), "no word of it: {declared}");
        house.reads(who, note).is(403).refused("withheld_by_patient");
    }
}
