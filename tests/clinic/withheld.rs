//! What lists leave out, when they say so, and whom their events name.

use serde_json::{Value, json};
use tandem::policy::Action;

use crate::house::{Answer, House, MORNING, PASSWORD, Patient, Practice, Who, on_both};
use crate::referrals::{sent, to_milo};

fn of_ana(tail: &str) -> String {
    format!("/patients/{}{tail}", Patient::Ana.id())
}

fn decides(house: &House, directive: Value) -> Answer {
    house.as_(Who::PrivacyOfficer).post(&of_ana("/consent-directives"), directive).is(201)
}

fn revokes(house: &House, directive: &Answer) {
    let revoke = format!("/consent-directives/{}/revoke", directive.id());
    house.as_(Who::PrivacyOfficer).if_match(1).post(&revoke, None).is(200);
}

on_both!(drafts_that_a_patient_withholds_stand_in_no_list_of_what_is_left);
fn drafts_that_a_patient_withholds_stand_in_no_list_of_what_is_left(house: &House) {
    let hours = |hours: i64| MORNING.plus_seconds(-3_600 * hours);
    let withheld = house.lays_draft(Who::Physio, Patient::Ana, hours(80), 1);
    let other = house.lays_draft(Who::Physio, Patient::Ana, hours(79), 2);
    let unsigned = |who| {
        let list = house.as_(who).get("/unsigned-notes").is(200);
        list.json["items"].as_array().unwrap().iter().map(|item| item["note_id"].clone()).collect::<Vec<_>>()
    };
    let left = |who| {
        let list = house.as_(who).get(&format!("/staff/{}/hand-over", Who::Physio.id())).is(200);
        list.json["drafts"].as_array().unwrap().iter().map(|item| item["note_id"].clone()).collect::<Vec<_>>()
    };
    let (both, one) = ([json!(withheld), json!(other)], [json!(other)]);
    let by_name = json!({"covers": "note", "covered_id": withheld, "bars": "person", "staff_id": Who::Manager.id()});
    let from_physios =
        json!({"covers": "note", "covered_id": withheld, "bars": "discipline", "discipline": "physiotherapy"});
    let from_all = json!({"covers": "note", "covered_id": withheld, "bars": "everyone"});
    for (directive, manager, owner, author) in [
        (by_name, &one[..], &both[..], &both[..]),
        (from_physios, &both[..], &one[..], &one[..]),
        (from_all, &one[..], &one[..], &both[..]),
    ] {
        let said = directive.to_string();
        let set = decides(house, directive);
        assert_eq!((unsigned(Who::Manager), left(Who::Manager)), (manager.to_vec(), manager.to_vec()), "{said}");
        assert_eq!((unsigned(Who::Owner), left(Who::Owner)), (owner.to_vec(), owner.to_vec()), "{said}");
        assert_eq!(unsigned(Who::Physio), author, "{said}");
        revokes(house, &set);
    }
    assert_eq!((unsigned(Who::Manager), left(Who::Manager)), (both.to_vec(), both.to_vec()));
}

on_both!(a_page_names_those_whom_it_answers_and_nobody_more);
fn a_page_names_those_whom_it_answers_and_nobody_more(house: &House) {
    let hours = |hours: i64| MORNING.plus_seconds(-3_600 * hours);
    house.lays_draft(Who::Physio, Patient::Ana, hours(80), 1);
    house.lays_draft(Who::OtherMassage, Patient::Beat, hours(79), 2);
    house.joins(Who::Massage, Patient::Beat);
    house.supervises(Some(Who::OtherMassage), Who::Massage).is(200);
    house.signs_a_visit(Who::Massage, Patient::Ana);
    house.passes(1);
    house.signs_a_visit(Who::Massage, Patient::Beat);
    let glass = json!({"reason_code": "nobody_reachable", "reason": "Collapsed", "password": PASSWORD});
    for patient in [Patient::Ana, Patient::Beat] {
        house.passes(1);
        let access = format!("/patients/{}/emergency-access", patient.id());
        house.as_(Who::OtherPhysio).post(&access, glass.clone()).is(201);
    }
    let lists = [
        (Who::Manager, "/unsigned-notes", Action::ListUnsignedNotes, Patient::Ana),
        (Who::OtherMassage, "/cosignatures", Action::ListCosignatures, Patient::Ana),
        (Who::Manager, "/emergency-accesses", Action::ListEmergencyAccesses, Patient::Beat),
    ];
    for (who, path, ..) in lists {
        let page = house.as_(who).get(&format!("{path}?limit=1")).is(200);
        assert!(page.json["next"].is_string(), "{path} has a second page: {page}");
    }
    let events = house.sealed_events(Practice::Lakeside);
    for (_, path, action, first) in lists {
        let event = events.iter().find(|event| event.action == action).unwrap();
        assert!(event.subjects.iter().eq([&first.id()]), "{path} names {:?}", event.subjects);
    }
}

on_both!(withheld_is_said_where_something_is);
fn withheld_is_said_where_something_is(house: &House) {
    let visit = house.signs_a_visit(Who::Physio, Patient::Ana);
    let complaint = json!({"complaint": "Stiff neck", "discipline": "physiotherapy"});
    let episode = house.as_(Who::Physio).post(&of_ana("/episodes"), complaint).is(201);
    let said = |who| {
        let pages = ["/notes", "/timeline", "/episodes"].map(|page| house.as_(who).get(&of_ana(page)).is(200));
        let search = |patient: Value| {
            house.as_(who).post("/notes/search", json!({"words": "stiff", "patient_id": patient})).is(200)
        };
        let [notes, timeline, episodes] = pages;
        let pages = [notes, timeline, episodes, search(json!(Patient::Ana.id())), search(Value::Null)];
        pages.map(|page| page.json.get("withheld").is_some())
    };
    let nothing = [false; 5];
    let of_note = json!({"covers": "note", "covered_id": visit.id(), "bars": "everyone"});
    let set = decides(house, of_note);
    assert_eq!(said(Who::Physio), nothing, "to its author nothing is withheld");
    assert_eq!(said(Who::Massage), [true, true, false, true, true]);
    revokes(house, &set);
    let of_episode =
        json!({"covers": "episode", "covered_id": episode.id(), "bars": "discipline", "discipline": "massage"});
    let set = decides(house, of_episode);
    assert_eq!(said(Who::Physio), nothing);
    assert_eq!(said(Who::Massage), [false, true, true, false, false], "the episode holds no note");
    revokes(house, &set);
    decides(house, json!({"covers": "note", "covered_id": visit.id(), "bars": "discipline", "discipline": "massage"}));
    assert_eq!(said(Who::Massage), [true, true, false, true, true]);
    let glass = json!({"reason_code": "serious_harm", "reason": "Collapsed", "password": PASSWORD});
    house.as_(Who::Massage).post(&of_ana("/emergency-access"), glass).is(201);
    assert_eq!(said(Who::Massage), [false, false, false, false, true], "what the glass was broken for is shown");
}

on_both!(what_was_written_about_a_withheld_referral_is_not_handed_out);
fn what_was_written_about_a_withheld_referral_is_not_handed_out(house: &House) {
    let referral = sent(house, &to_milo());
    let writes = |text: &str, referral_id: Value| {
        let message = json!({"text": text, "referral_id": referral_id});
        house.as_(Who::Physio).post(&of_ana("/messages"), message).is(201);
    };
    writes("quagga", referral.json["id"].clone());
    writes("okapi", Value::Null);
    let export = || {
        let to =
            json!({"recipient": "other", "recipient_name": "Helvetia", "purpose": "Claim", "authority": "Consent"});
        let made = house.as_(Who::Manager).post(&of_ana("/exports"), to).is(201);
        let document = house.as_(Who::Manager).get(&format!("/exports/{}", made.id())).is(200);
        ["quagga", "okapi", "Does soft tissue work"].map(|words| document.text.contains(words))
    };
    assert_eq!(export(), [true; 3]);
    let episode = json!({"covers": "episode", "covered_id": referral.json["episode_id"], "bars": "everyone"});
    decides(house, episode);
    assert_eq!(export(), [false, true, false], "the message goes where its referral goes");
}
