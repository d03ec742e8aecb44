//! What happened to a patient in one order, and what of it is new to whoever reads.

use serde_json::{Value, json};

use crate::house::{Answer, House, PASSWORD, Patient, Who, on_both, renew_session, visit};

fn record(tail: &str) -> String {
    format!("/patients/{}{tail}", Patient::Ana.id())
}

fn timeline(house: &House, who: Who, query: &str) -> Answer {
    house.as_(who).get(&record(&format!("/timeline{query}"))).is(200)
}

/// What each entry is, with its id.
fn told(answer: &Answer) -> Vec<(&'static str, String)> {
    let kinds = [
        "note",
        "episode_opened",
        "episode_changed",
        "episode_joined",
        "episode_discharged",
        "episode_closed",
        "message",
        "safety_item_raised",
        "safety_item_resolved",
        "joint_review_opened",
        "joint_review_closed",
    ];
    let told = answer.json["items"].as_array().unwrap().iter().map(|item| {
        let kind = kinds.into_iter().find(|kind| item[kind].is_object()).unwrap_or_else(|| panic!("{item}"));
        (kind, item[kind]["id"].as_str().unwrap().to_owned())
    });
    told.collect()
}

fn notes(answer: &Answer) -> Vec<String> {
    told(answer).into_iter().map(|(_, id)| id).collect()
}

/// A visit of a minute ago, written and signed.
fn signs(house: &House, who: Who) -> String {
    let mut words = visit();
    if who == Who::Massage {
        words["assessment"] = json!({"clinical_impression": "Tense neck"});
        words["treatment"][0]["technique"] = json!("deep_tissue_massage");
    }
    let service_at = house.clock.now().plus_seconds(-60);
    let new = json!({"kind": "progress", "service_at": service_at, "body": words});
    let draft = house.as_(who).post(&record("/notes"), new).is(201);
    let sign = format!("/notes/{}/sign", draft.id());
    house.as_(who).if_match(1).post(&sign, None).is(200).id().to_owned()
}

fn set(house: &House, directive: Value) {
    house.as_(Who::Receptionist).post(&record("/consent-directives"), directive).is(201);
}

on_both!(both_disciplines_and_every_room_stand_in_one_order);
fn both_disciplines_and_every_room_stand_in_one_order(house: &House) {
    let joined = timeline(house, Who::Massage, "");
    assert!(joined.json["changed_since"].is_string(), "{joined}");
    house.passes(60);
    let visit = signs(house, Who::Physio);
    let complaint = json!({"complaint": "Stiff neck", "discipline": "physiotherapy"});
    let episode = house.as_(Who::Physio).post(&record("/episodes"), complaint).is(201).id().to_owned();
    house.passes(60);
    let message = house.as_(Who::Massage).post(&record("/messages"), json!({"text": "Heat helps"})).is(201);
    house.passes(120);
    let second = signs(house, Who::Massage);
    let discharge = json!({"discipline": "physiotherapy", "outcome": "Turns freely"});
    let path = format!("/episodes/{episode}/discharge");
    house.as_(Who::Physio).if_match(1).post(&path, discharge).is(200);
    let service_at = house.clock.now();
    let words = json!({"kind": "phone_contact", "service_at": service_at, "body": {"text": "Unfinished words"}});
    let draft = house.as_(Who::Physio).post(&record("/notes"), words).is(201);

    let all = timeline(house, Who::Massage, "");
    let expected = [
        ("note", draft.id()),
        ("episode_closed", &*episode),
        ("note", &*second),
        ("message", message.id()),
        ("episode_opened", &*episode),
        ("note", &*visit),
    ];
    assert_eq!(told(&all), expected.map(|(kind, id)| (kind, id.to_owned())));
    let first = &all.json["items"][0]["note"];
    assert_eq!(
        (&first["shown"], &first["state"]),
        (&json!("stub"), &json!("draft")),
        "a draft's words are its author's"
    );
    assert!(!all.text.contains("Unfinished") && !all.text.contains("Facet"), "summaries only");

    // One at a time, whatever falls on one moment, each comes once.
    let (mut paged, mut next) = (Vec::new(), String::new());
    loop {
        let page = timeline(house, Who::Massage, &format!("?limit=1{next}"));
        paged.extend(told(&page));
        let Some(cursor) = page.json["next"].as_str() else { break };
        next = format!("&cursor={cursor}");
    }
    assert_eq!(paged, told(&all));
    house.finish();
}

on_both!(what_changed_since_my_last_note_is_new_old_notes_among_it);
fn what_changed_since_my_last_note_is_new_old_notes_among_it(house: &House) {
    let mut old = Vec::new();
    for _ in 0..4 {
        house.passes(60);
        old.push(signs(house, Who::Physio));
    }
    let [amended, appended, wrong, untouched] = &old[..] else { panic!() };
    house.passes(60);
    let mine = signs(house, Who::Massage);
    let since = house.clock.now();
    let nothing = timeline(house, Who::Massage, "?since=last_note");
    assert_eq!((told(&nothing), &nothing.json["changed_since"]), (Vec::new(), &json!(since)));

    house.passes(60);
    let amendment = json!({"reason": "typo", "body": visit()});
    house.as_(Who::Physio).if_match(2).post(&format!("/notes/{amended}/amend"), amendment).is(200);
    house.as_(Who::Physio).post(&format!("/notes/{appended}/addenda"), json!({"text": "Called"})).is(201);
    let declared = json!({"reason": "Another patient's"});
    house.as_(Who::Physio).if_match(2).post(&format!("/notes/{wrong}/entered-in-error"), declared).is(200);
    let newest = signs(house, Who::Physio);

    let changed = timeline(house, Who::Massage, "?since=last_note");
    assert_eq!(notes(&changed), [&newest, wrong, appended, amended].map(Clone::clone));
    let first = timeline(house, Who::Massage, "?since=last_note&limit=2");
    let next = first.json["next"].as_str().unwrap();
    // Signing in between takes nothing off the next page.
    signs(house, Who::Massage);
    let second = timeline(house, Who::Massage, &format!("?since=last_note&limit=2&cursor={next}"));
    assert_eq!(notes(&second), [appended, amended].map(Clone::clone));

    let all = timeline(house, Who::Physio, "");
    let new: Vec<_> = all.json["items"].as_array().unwrap().iter().map(|item| item["new"] == true).collect();
    assert_eq!(new, [false; 7], "to whoever signed last of all, nothing is new");
    assert!(notes(&all).contains(untouched) && notes(&all).contains(&mine));
    house.finish();
}

on_both!(a_directive_set_between_two_pages_hides_at_once);
fn a_directive_set_between_two_pages_hides_at_once(house: &House) {
    let mut visits = Vec::new();
    for _ in 0..3 {
        house.passes(60);
        visits.push(signs(house, Who::Physio));
    }
    let complaint = json!({"complaint": "Private matter", "discipline": "physiotherapy"});
    let episode = house.as_(Who::Physio).post(&record("/episodes"), complaint).is(201);
    let first = timeline(house, Who::Massage, "?limit=2");
    assert_eq!(told(&first)[0].0, "episode_opened");
    let next = first.json["next"].as_str().unwrap();
    for (covers, id) in [("note", &*visits[1]), ("episode", episode.id())] {
        set(house, json!({"covers": covers, "covered_id": id, "bars": "discipline", "discipline": "massage"}));
    }
    let second = timeline(house, Who::Massage, &format!("?limit=2&cursor={next}"));
    assert_eq!((notes(&second), &second.json["withheld"]), (vec![visits[0].clone()], &json!(true)));
    let again = timeline(house, Who::Massage, "");
    assert_eq!(notes(&again), [visits[2].clone(), visits[0].clone()]);
    assert!(!again.text.contains("Private matter"));
    set(house, json!({"covers": "record", "bars": "person", "staff_id": Who::Massage.id()}));
    let barred = house.as_(Who::Massage).get(&record(&format!("/timeline?limit=2&cursor={next}")));
    barred.is(404).refused("not_found");
    house.finish();
}

on_both!(an_emergency_access_that_runs_out_stops_the_next_page);
fn an_emergency_access_that_runs_out_stops_the_next_page(house: &House) {
    for _ in 0..2 {
        house.passes(60);
        signs(house, Who::Physio);
    }
    house.as_(Who::OtherPhysio).get(&record("/timeline")).is(403).refused("no_relation");
    let glass = json!({"reason_code": "nobody_reachable", "reason": "Collapsed", "password": PASSWORD});
    house.as_(Who::OtherPhysio).post(&record("/emergency-access"), glass).is(201);
    let first = timeline(house, Who::OtherPhysio, "?limit=1");
    assert_eq!((&first.json["items"][0]["new"], first.json.get("changed_since")), (&json!(true), None));
    house.passes(3_600);
    let next = format!("/timeline?limit=1&cursor={}", first.json["next"].as_str().unwrap());
    house.as_(Who::OtherPhysio).get(&record(&next)).is(403).refused("no_relation");
    house.finish();
}

on_both!(what_is_dangerous_and_joint_reviews_are_told_as_they_come_and_go);
fn what_is_dangerous_and_joint_reviews_are_told_as_they_come_and_go(house: &House) {
    let item = json!({"kind": "allergy", "what": "Latex", "severity": "caution"});
    let raised = house.as_(Who::Massage).post(&record("/safety-items"), item).is(201);
    house.passes(60);
    let half = house.signs_half(Who::Massage, Patient::Ana);
    let review = house.as_(Who::Massage).post(&record("/joint-reviews"), json!({"note_id": half.id()})).is(201);
    house.passes(60);
    signs(house, Who::Physio);
    house.passes(15 * 86_400);
    for who in [Who::Physio, Who::Massage, Who::Receptionist] {
        renew_session(&mut house.database.owner(), who, house.clock.now());
    }
    let resolve = format!("/safety-items/{}/resolve", raised.id());
    house.as_(Who::Massage).if_match(1).post(&resolve, json!({"reason": "Patch test was clear"})).is(200);
    house.passes(60);
    let close = format!("/joint-reviews/{}/close", review.id());
    let reason = json!({"reason": "Paula is away for a month"});
    house.as_(Who::Massage).if_match(review.version()).post(&close, reason).is(200);

    let [item, review] = [&raised, &review].map(|answer| answer.id().to_owned());
    let (closed, resolved) = (("joint_review_closed", review.clone()), ("safety_item_resolved", item.clone()));
    let changed = timeline(house, Who::Physio, "?since=last_note");
    assert_eq!(told(&changed), [closed.clone(), resolved.clone()], "what came before the last note is not new");
    let first = &changed.json["items"][0]["joint_review_closed"];
    assert_eq!((&first["by"]["name"], &first["reason"]), (&json!("Mara Lang"), &json!("Paula is away for a month")));
    let second = &changed.json["items"][1]["safety_item_resolved"];
    assert_eq!((&second["what"], &second["reason"]), (&json!("Latex"), &json!("Patch test was clear")));
    let (opened, raised) = (("joint_review_opened", review), ("safety_item_raised", item));
    let without_notes = |answer: &Answer| told(answer).into_iter().filter(|(kind, _)| *kind != "note").collect();
    let all: Vec<_> = without_notes(&timeline(house, Who::Massage, ""));
    assert_eq!(all, [closed, resolved.clone(), opened, raised.clone()]);

    // Whatever Ana withholds from massage, what is dangerous stays; what the two disciplines settle does not.
    set(house, json!({"covers": "record", "bars": "discipline", "discipline": "massage"}));
    let withheld = timeline(house, Who::Massage, "");
    assert_eq!((told(&withheld), &withheld.json["withheld"]), (vec![resolved, raised], &json!(true)));
    house.finish();
}

on_both!(what_falls_on_one_moment_comes_once_whatever_the_page);
fn what_falls_on_one_moment_comes_once_whatever_the_page(house: &House) {
    let mut former = None;
    for what in ["Latex", "Latex gloves", "Latex and nickel"] {
        let item = json!({"kind": "allergy", "what": what, "severity": "caution", "replaces": former});
        former = Some(house.as_(Who::Massage).post(&record("/safety-items"), item).is(201).id().to_owned());
    }
    house.as_(Who::Massage).post(&record("/joint-reviews"), None).is(201);
    let all = told(&timeline(house, Who::Massage, ""));
    assert_eq!(all.len(), 6, "three raised, two of them replaced, a review begun");
    let (mut paged, mut next) = (Vec::new(), String::new());
    loop {
        let page = timeline(house, Who::Massage, &format!("?limit=1{next}"));
        paged.extend(told(&page));
        let Some(cursor) = page.json["next"].as_str() else { break };
        next = format!("&cursor={cursor}");
    }
    assert_eq!(paged, all);
    house.finish();
}

on_both!(every_change_of_an_episode_is_told_with_who_made_it);
fn every_change_of_an_episode_is_told_with_who_made_it(house: &House) {
    let complaint = json!({"complaint": "Stiff neck", "discipline": "physiotherapy"});
    let episode = house.as_(Who::Physio).post(&record("/episodes"), complaint).is(201);
    let path = |tail: &str| format!("/episodes/{}{tail}", episode.id());
    let begins = |who| {
        house.passes(60);
        let words = json!({"kind": "phone_contact", "service_at": house.clock.now(), "episode_id": episode.id(),
            "body": {"text": "Called"}});
        house.as_(who).post(&record("/notes"), words).is(201);
    };
    let discharges = |who, version: i32, discipline: &str| {
        house.passes(60);
        let discharge = json!({"discipline": discipline, "outcome": "Turns freely"});
        house.as_(who).if_match(version).post(&path("/discharge"), discharge).is(200);
    };
    house.passes(60);
    house.as_(Who::Physio).if_match(1).patch(&path(""), json!({"complaint": "Stiff, sore neck"})).is(200);
    begins(Who::Massage);
    discharges(Who::Physio, 3, "physiotherapy");
    begins(Who::Physio);
    discharges(Who::Massage, 5, "massage");
    discharges(Who::Physio, 6, "physiotherapy");

    let all = timeline(house, Who::Massage, "");
    let of_episode = all.json["items"].as_array().unwrap().iter().filter(|item| item.get("note").is_none());
    let of_episode: Vec<_> = of_episode
        .map(|item| {
            let (kind, told) = item.as_object().unwrap().iter().find(|(_, told)| told.is_object()).unwrap();
            let word = |member: &str| told[member].as_str().unwrap_or_default().to_owned();
            (kind.clone(), told["by"]["name"].as_str().unwrap().to_owned(), word("discipline"), word("complaint"))
        })
        .collect();
    let line = |kind: &str, by: &str, discipline: &str, complaint: &str| {
        (format!("episode_{kind}"), by.to_owned(), discipline.to_owned(), complaint.to_owned())
    };
    let (physio, massage, now) = ("physiotherapy", "massage", "Stiff, sore neck");
    let expected = [
        line("closed", "Paula Frei", physio, now),
        line("discharged", "Mara Lang", massage, now),
        line("joined", "Paula Frei", physio, now),
        line("discharged", "Paula Frei", physio, now),
        line("joined", "Mara Lang", massage, now),
        line("changed", "Paula Frei", "", now),
        line("opened", "Paula Frei", "", "Stiff neck"),
    ];
    assert_eq!(of_episode, expected);
}

on_both!(what_a_supervisor_signs_beside_is_new_when_they_do);
fn what_a_supervisor_signs_beside_is_new_when_they_do(house: &House) {
    let [amended, appended, untouched] = std::array::from_fn(|_| {
        house.passes(60);
        signs(house, Who::Physio)
    });
    house.supervises(Some(Who::Owner), Who::Physio).is(200);
    let amendment = json!({"reason": "typo", "body": visit()});
    let amendment = house.as_(Who::Physio).if_match(2).post(&format!("/notes/{amended}/amend"), amendment).is(200);
    let addenda = format!("/notes/{appended}/addenda");
    let addendum = house.as_(Who::Physio).post(&addenda, json!({"text": "Called"})).is(201);
    let waits = timeline(house, Who::Massage, "?since=last_note");
    assert_eq!(notes(&waits).len(), 3, "to whoever has just joined all is new");

    house.passes(60);
    signs(house, Who::Massage);
    let none = timeline(house, Who::Massage, "?since=last_note");
    assert_eq!(notes(&none), [""; 0], "both waited already");
    house.passes(60);
    for waiting in [&amendment, &addendum] {
        let id = waiting.json["pending"][0]["id"].as_str().unwrap();
        house.as_(Who::Owner).if_match(1).post(&format!("/pending-changes/{id}/cosign"), None).is(200);
    }
    let changed = timeline(house, Who::Massage, "?since=last_note");
    assert_eq!(notes(&changed), [&*appended, &*amended]);
    let now = json!(house.clock.now());
    for item in changed.json["items"].as_array().unwrap() {
        assert_eq!((&item["changed_at"], &item["new"]), (&now, &json!(true)));
    }

    house.passes(60);
    signs(house, Who::Massage);
    house.passes(60);
    house.as_(Who::Physio).post(&format!("/notes/{untouched}/addenda"), json!({"text": "Better"})).is(201);
    let changed = timeline(house, Who::Massage, "?since=last_note");
    assert_eq!(notes(&changed), [&*untouched], "what waits is there to be read");
}
