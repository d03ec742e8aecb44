//! Episodes of care, as a clinic lives them: one complaint each, both disciplines in it, and an end for each of them.

use serde_json::{Value, json};
use tandem::actor::Discipline;
use tandem::audit::{ObjectKind, Outcome};
use tandem::db::Backend;
use tandem::policy::Action;

use crate::house::{Answer, House, MORNING, Patient, Practice, Who, on_both, visit};

fn episodes_of(patient: Patient) -> String {
    format!("/patients/{}/episodes", patient.id())
}

fn notes_of(patient: Patient) -> String {
    format!("/patients/{}/notes", patient.id())
}

/// Ana's right shoulder, as Paula opens it.
fn shoulder() -> Value {
    json!({"complaint": "Shoulder pain when reaching overhead", "onset": "2026-02-14", "side": "right",
        "region": "shoulder", "diagnosis": {"text": "Subacromial pain syndrome", "icd10": "m754"}})
}

fn opens(house: &House, who: Who, new: Value) -> Answer {
    house.as_(who).post(&episodes_of(Patient::Ana), new).is(201)
}

fn reads(house: &House, who: Who, episode: &Answer) -> Answer {
    house.as_(who).get(&format!("/episodes/{}", episode.id())).is(200)
}

fn changes(house: &House, who: Who, episode: &Answer, version: i64, change: Value) -> Answer {
    house.as_(who).if_match(version).patch(&format!("/episodes/{}", episode.id()), change)
}

fn discharges(house: &House, who: Who, episode: &Answer, discipline: &str) -> Answer {
    let version = reads(house, who, episode).version();
    let discharge = json!({"discipline": discipline, "outcome": "Reaches overhead without pain"});
    house.as_(who).if_match(version).post(&format!("/episodes/{}/discharge", episode.id()), discharge)
}

/// Begins a note in Ana's chart: a visit half an hour ago.
fn begins(house: &House, who: Who, episode: Option<&str>) -> Answer {
    let mut body = visit();
    if who == Who::Massage {
        body["assessment"] = json!({"clinical_impression": "Tight trapezius"});
        body["treatment"][0]["technique"] = json!("swedish_massage");
    }
    let service_at = house.clock.now().plus_seconds(-1_800);
    let new = json!({"kind": "progress", "service_at": service_at, "episode_id": episode, "body": body});
    house.as_(who).post(&notes_of(Patient::Ana), new)
}

fn signs(house: &House, who: Who, note: &Answer) -> Answer {
    house.as_(who).if_match(note.version()).post(&format!("/notes/{}/sign", note.id()), None)
}

fn ids(list: &Answer) -> Vec<&str> {
    list.json["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

/// Which disciplines take part, and whether each treats.
fn parts(episode: &Answer) -> Vec<(&str, bool)> {
    let parts = episode.json["disciplines"].as_array().unwrap();
    parts.iter().map(|part| (part["discipline"].as_str().unwrap(), part.get("discharge").is_none())).collect()
}

on_both!(a_shoulder_and_a_back_are_treated_at_once);
fn a_shoulder_and_a_back_are_treated_at_once(house: &House) {
    let shoulder = opens(house, Who::Physio, shoulder());
    house.passes(60);
    let back = opens(house, Who::Massage, json!({"complaint": "Low back pain", "clinical_impression": "Tight"}));
    assert_eq!(shoulder.json["diagnosis"]["icd10"], "M75.4", "the code is kept as ICD-10 writes it");
    assert_eq!(shoulder.json["diagnosis"]["recorded_by"]["name"], "Paula Frei");
    assert_eq!(shoulder.json["diagnosis"]["recorded_at"], json!(MORNING));
    assert_eq!(back.json["clinical_impression"]["recorded_by"]["name"], "Mara Lang");
    assert_eq!(parts(&shoulder), [("physiotherapy", true)]);
    assert_eq!(parts(&back), [("massage", true)]);

    let list = house.as_(Who::Massage).get(&episodes_of(Patient::Ana)).is(200);
    assert_eq!(ids(&list), [back.id(), shoulder.id()], "newest first");
    let first = house.as_(Who::Massage).get(&format!("{}?limit=1", episodes_of(Patient::Ana))).is(200);
    assert_eq!(ids(&first), [back.id()]);
    let next = first.json["next"].as_str().unwrap();
    let second = house.as_(Who::Massage).get(&format!("{}?limit=1&cursor={next}", episodes_of(Patient::Ana))).is(200);
    assert_eq!(ids(&second), [shoulder.id()]);
    assert_eq!(second.json.get("next"), None);

    // Each note belongs to one complaint, or to none.
    let of_shoulder = signs(house, Who::Physio, &begins(house, Who::Physio, Some(shoulder.id())).is(201)).is(200);
    let of_back = begins(house, Who::Massage, Some(back.id())).is(201);
    let of_none = begins(house, Who::Physio, None).is(201);
    assert_eq!(of_shoulder.json["episode_id"], shoulder.id());
    assert_eq!(of_none.json.get("episode_id"), None);
    let listed = |query: &str| {
        let list = house.as_(Who::Physio).get(&format!("{}{query}", notes_of(Patient::Ana))).is(200);
        let mut ids: Vec<_> = ids(&list).into_iter().map(str::to_owned).collect();
        ids.sort();
        ids
    };
    assert_eq!(listed(&format!("?episode_id={}", shoulder.id())), [of_shoulder.id()]);
    assert_eq!(listed(&format!("?episode_id={}", back.id())), [of_back.id()]);
    assert_eq!(listed("").len(), 3);
}

on_both!(each_profession_records_its_own_view_beside_the_others);
fn each_profession_records_its_own_view_beside_the_others(house: &House) {
    let opened = opens(house, Who::Physio, shoulder());
    let impression = json!({"clinical_impression": "Trigger points in the upper trapezius"});
    house.passes(3_600);
    let both = changes(house, Who::Massage, &opened, 1, impression).is(200);
    assert_eq!(both.version(), 2);
    assert_eq!(both.json["diagnosis"], opened.json["diagnosis"], "what is not named stays, with who recorded it");
    assert_eq!(both.json["clinical_impression"]["recorded_by"]["id"], json!(Who::Massage.id()));
    assert_eq!(both.json["clinical_impression"]["recorded_at"], json!(MORNING.plus_seconds(3_600)));
    assert_eq!(reads(house, Who::Physio, &opened).json, both.json);

    let diagnosis = json!({"diagnosis": {"text": "Frozen shoulder"}});
    changes(house, Who::Massage, &opened, 2, diagnosis.clone()).is(403).refused("diagnosis_not_permitted");
    let cleared = json!({"diagnosis": null});
    changes(house, Who::Massage, &opened, 2, cleared).is(403).refused("diagnosis_not_permitted");
    let new = json!({"complaint": "Neck pain", "diagnosis": {"text": "Facet joint irritation"}});
    house.as_(Who::Massage).post(&episodes_of(Patient::Ana), new).is(403).refused("diagnosis_not_permitted");
    let taken = json!({"clinical_impression": null});
    changes(house, Who::Physio, &opened, 2, taken).is(403).refused("other_discipline");
    assert_eq!(reads(house, Who::Physio, &opened).json, both.json, "nothing of it was done");

    let changed = changes(house, Who::Physio, &opened, 2, diagnosis).is(200);
    assert_eq!(changed.json["diagnosis"]["text"], "Frozen shoulder");
    assert_eq!(changed.json["diagnosis"].get("icd10"), None, "a diagnosis is replaced as a whole");
    let nowhere = changes(house, Who::Physio, &opened, 3, json!({"side": null, "onset": null})).is(200);
    assert_eq!((nowhere.json.get("side"), nowhere.json.get("onset")), (None, None));
    assert_eq!(nowhere.json["region"], "shoulder");
}

on_both!(a_code_that_icd_10_would_not_write_and_a_complaint_from_the_future_are_refused);
fn a_code_that_icd_10_would_not_write_and_a_complaint_from_the_future_are_refused(house: &House) {
    let refused = |field: &str, value: Value, pointer: &str| {
        let mut new = shoulder();
        new[field] = value;
        let answer = house.as_(Who::Physio).post(&episodes_of(Patient::Ana), new).is(422).refused("invalid");
        assert_eq!(answer.json["errors"][0]["pointer"], pointer, "{answer}");
    };
    refused("diagnosis", json!({"text": "Bursitis", "icd10": "75.1"}), "/diagnosis/icd10");
    refused("diagnosis", json!({"text": " "}), "/diagnosis/text");
    refused("onset", json!("2026-03-04"), "/onset");
    refused("side", json!("port"), "/side");
    let opened = opens(house, Who::Physio, shoulder());
    changes(house, Who::Physio, &opened, 1, json!({"onset": "2026-03-04"})).is(422);
    changes(house, Who::Physio, &opened, 1, json!({"complaint": null})).is(422);
}

on_both!(whoever_practises_both_says_which_discipline_opens_it);
fn whoever_practises_both_says_which_discipline_opens_it(house: &House) {
    let roles = json!({"roles": ["physiotherapist", "massage_therapist"]});
    let paula = format!("/staff/{}", Who::Physio.id());
    house.as_(Who::Manager).if_match(1).patch(&paula, roles).is(200);
    let unsaid = house.as_(Who::Physio).post(&episodes_of(Patient::Ana), shoulder()).is(422);
    assert_eq!(unsaid.json["errors"][0]["pointer"], "/discipline");
    let mut said = shoulder();
    said["discipline"] = json!("massage");
    said["clinical_impression"] = json!("Tight");
    assert_eq!(parts(&opens(house, Who::Physio, said.clone())), [("massage", true)]);
    house
        .as_(Who::Massage)
        .post(&episodes_of(Patient::Ana), json!({"complaint": "x", "discipline": "physiotherapy"}))
        .is(403)
        .refused("other_discipline");
}

on_both!(the_physiotherapist_discharges_and_the_massage_therapist_closes);
fn the_physiotherapist_discharges_and_the_massage_therapist_closes(house: &House) {
    let opened = opens(house, Who::Physio, shoulder());
    // The massage therapist's first note in it brings her discipline in, and her second changes nothing.
    let first = begins(house, Who::Massage, Some(opened.id())).is(201);
    begins(house, Who::Massage, Some(opened.id())).is(201);
    let both = reads(house, Who::Physio, &opened);
    assert_eq!(parts(&both), [("physiotherapy", true), ("massage", true)]);
    assert_eq!(both.json["disciplines"][1]["joined_by"]["name"], "Mara Lang");
    assert_eq!(both.version(), 2);

    discharges(house, Who::Physio, &opened, "massage").is(403).refused("other_discipline");
    let one = discharges(house, Who::Physio, &opened, "physiotherapy").is(200);
    assert_eq!(parts(&one), [("physiotherapy", false), ("massage", true)]);
    assert_eq!(one.json["disciplines"][0]["discharge"]["outcome"], "Reaches overhead without pain");
    assert_eq!(one.json["disciplines"][0]["discharge"]["discharged_by"]["name"], "Paula Frei");
    assert_eq!(one.json.get("closed_at"), None);
    let twice = discharges(house, Who::Physio, &opened, "physiotherapy").is(409).refused("wrong_state");
    assert_eq!(twice.json["allowed"], json!(["write_note", "change"]), "{twice}");

    house.passes(3_600);
    let closed = discharges(house, Who::Massage, &opened, "massage").is(200);
    assert_eq!(parts(&closed), [("physiotherapy", false), ("massage", false)]);
    assert_eq!(closed.json["closed_at"], json!(MORNING.plus_seconds(3_600)));

    // What was begun while it was open is still signed in it; nothing else is done with it.
    renewed(house, Who::Massage);
    let signed = signs(house, Who::Massage, &first).is(200);
    assert_eq!(signed.json["episode_id"], opened.id());
    assert_eq!(reads(house, Who::Physio, &opened).json, closed.json);
    let refused = begins(house, Who::Physio, Some(opened.id())).is(409).refused("wrong_state");
    assert_eq!(refused.json.get("allowed"), None, "nothing is: {refused}");
    let version = closed.version();
    changes(house, Who::Physio, &opened, version, json!({"side": "left"})).is(409).refused("wrong_state");
    discharges(house, Who::Massage, &opened, "massage").is(409).refused("wrong_state");
}

/// Enters the password of a person anew, so that they may sign.
fn renewed(house: &House, who: Who) {
    crate::house::renew_session(&mut house.database.owner(), who, house.clock.now());
}

on_both!(a_discipline_that_writes_again_takes_part_again);
fn a_discipline_that_writes_again_takes_part_again(house: &House) {
    let opened = opens(house, Who::Physio, shoulder());
    begins(house, Who::Massage, Some(opened.id())).is(201);
    discharges(house, Who::Physio, &opened, "physiotherapy").is(200);
    begins(house, Who::Physio, Some(opened.id())).is(201);
    let again = reads(house, Who::Physio, &opened);
    assert_eq!(parts(&again), [("massage", true), ("physiotherapy", true)]);
    discharges(house, Who::Massage, &opened, "massage").is(200);
    assert_eq!(discharges(house, Who::Physio, &opened, "physiotherapy").is(200).json["closed_at"], json!(MORNING));

    // Who changed what, whole and in order.
    let of = |what: &str| house.count(&format!("SELECT COUNT(*) FROM episode_version WHERE change = '{what}'"));
    assert_eq!([of("opened"), of("joined"), of("discharged"), of("changed")], [1, 2, 3, 0]);
    let overtaken = "SELECT COUNT(*) FROM episode_version WHERE number = 3 AND content LIKE '%Reaches overhead%'";
    assert_eq!(house.count(overtaken), 1, "the first discharge is kept, though it was overtaken");
}

on_both!(a_draft_moves_to_another_open_episode_and_a_signed_note_stays);
fn a_draft_moves_to_another_open_episode_and_a_signed_note_stays(house: &House) {
    let shoulder = opens(house, Who::Physio, shoulder());
    let back = opens(house, Who::Physio, json!({"complaint": "Low back pain"}));
    let over = opens(house, Who::Physio, json!({"complaint": "Ankle sprain"}));
    let draft = begins(house, Who::Physio, Some(shoulder.id())).is(201);
    discharges(house, Who::Physio, &over, "physiotherapy").is(200);
    let saves = |version: i64, episode: Option<&str>| {
        let save = json!({"service_at": MORNING, "body": visit(), "episode_id": episode});
        house.as_(Who::Physio).if_match(version).put(&format!("/notes/{}", draft.id()), save)
    };
    saves(1, Some(over.id())).is(409).refused("wrong_state");
    assert_eq!(saves(1, None).is(200).json.get("episode_id"), None);
    assert_eq!(saves(2, Some(back.id())).is(200).json["episode_id"], back.id());
    // Nothing is asked of an episode in which the draft lies already, closed or not.
    discharges(house, Who::Physio, &back, "physiotherapy").is(200);
    let last = saves(3, Some(back.id())).is(200);
    let signed = signs(house, Who::Physio, &last).is(200);
    assert_eq!(signed.json["episode_id"], back.id());
    let kept = "stays there once it is signed";
    for to in ["NULL", "(SELECT e.id FROM episode e WHERE e.id <> note.episode_id LIMIT 1)"] {
        let refused = house.sql(&format!("UPDATE note SET episode_id = {to} WHERE state = 'signed'"));
        assert!(refused.unwrap_err().contains(kept));
    }
}

on_both!(a_visit_after_the_end_is_not_signed_into_a_closed_episode);
fn a_visit_after_the_end_is_not_signed_into_a_closed_episode(house: &House) {
    let opened = opens(house, Who::Physio, shoulder());
    let draft = begins(house, Who::Physio, Some(opened.id())).is(201);
    discharges(house, Who::Physio, &opened, "physiotherapy").is(200);
    house.passes(600);
    let path = format!("/notes/{}", draft.id());
    let save = |episode: Option<&str>| json!({"service_at": MORNING.plus_seconds(300), "body": visit(), "episode_id": episode});
    let saved = house.as_(Who::Physio).if_match(1).put(&path, save(Some(opened.id()))).is(200);
    signs(house, Who::Physio, &saved).is(409).refused("wrong_state");
    let out = house.as_(Who::Physio).if_match(2).put(&path, save(None)).is(200);
    signs(house, Who::Physio, &out).is(200);
}

on_both!(a_note_stands_in_an_episode_of_its_own_patient);
fn a_note_stands_in_an_episode_of_its_own_patient(house: &House) {
    let of_beat =
        house.as_(Who::OtherMassage).post(&episodes_of(Patient::Beat), json!({"complaint": "Neck pain"})).is(201);
    let of_carla =
        house.as_(Who::Elsewhere).post(&episodes_of(Patient::Carla), json!({"complaint": "Knee pain"})).is(201);
    for foreign in [of_beat.id(), of_carla.id(), "019cadb2-0000-7000-8000-000000000000"] {
        let refused = begins(house, Who::Physio, Some(foreign)).is(422).refused("invalid");
        assert_eq!(refused.json["errors"][0]["pointer"], "/episode_id", "{refused}");
        let draft = begins(house, Who::Physio, None).is(201);
        let save = json!({"service_at": MORNING, "body": visit(), "episode_id": foreign});
        house.as_(Who::Physio).if_match(1).put(&format!("/notes/{}", draft.id()), save).is(422);
        let listed = house.as_(Who::Physio).get(&format!("{}?episode_id={foreign}", notes_of(Patient::Ana))).is(200);
        assert!(ids(&listed).is_empty(), "{listed}");
    }
    // Beat's episode is none of Paula's business, and Carla's is not there at all.
    house.as_(Who::Physio).get(&format!("/episodes/{}", of_beat.id())).is(403).refused("no_relation");
    house.as_(Who::Physio).get(&format!("/episodes/{}", of_carla.id())).is(404).refused("not_found");
    changes(house, Who::Physio, &of_carla, 1, json!({"side": "left"})).is(404);
    let refused = house.sql(&format!(
        "UPDATE note SET episode_id = (SELECT e.id FROM episode e WHERE e.patient_id <> note.patient_id LIMIT 1) \
         WHERE state = 'draft' AND '{}' <> ''",
        of_beat.id()
    ));
    assert!(refused.unwrap_err().contains("of its own patient"), "the database sees to it too");
}

/// Ana decides that an episode is withheld from a discipline from now on.
fn withholds(house: &House, episode: &Answer, discipline: Discipline) {
    let path = format!("/patients/{}/consent-directives", Patient::Ana.id());
    let directive = json!({"covers": "episode", "covered_id": episode.id(), "bars": "discipline",
        "discipline": discipline});
    house.as_(Who::PrivacyOfficer).post(&path, directive).is(201);
}

on_both!(an_episode_that_the_patient_withholds_is_left_out_and_says_so);
fn an_episode_that_the_patient_withholds_is_left_out_and_says_so(house: &House) {
    let hidden = opens(house, Who::Physio, shoulder());
    house.passes(60);
    let shown: Vec<_> =
        (0..2).map(|_| (house.passes(60), opens(house, Who::Physio, json!({"complaint": "Back"}))).1).collect();
    withholds(house, &hidden, Discipline::Massage);
    let list = |who, query: &str| house.as_(who).get(&format!("{}{query}", episodes_of(Patient::Ana))).is(200);
    let of_mara = list(Who::Massage, "?limit=2");
    assert_eq!(ids(&of_mara), [shown[1].id(), shown[0].id()]);
    assert_eq!((&of_mara.json["withheld"], of_mara.json.get("next")), (&json!(true), None), "{of_mara}");
    assert_eq!(ids(&list(Who::Physio, "")).len(), 3);
    let path = format!("/episodes/{}", hidden.id());
    house.as_(Who::Massage).get(&path).is(403).refused("withheld_by_patient");
    let stale = changes(house, Who::Massage, &hidden, 7, json!({"side": "left"})).is(403);
    assert!(!stale.refused("withheld_by_patient").text.contains("Shoulder"));
    begins(house, Who::Massage, Some(hidden.id())).is(403).refused("withheld_by_patient");
    let draft = begins(house, Who::Massage, None).is(201);
    let save = json!({"service_at": MORNING, "body": {}, "episode_id": hidden.id()});
    house.as_(Who::Massage).if_match(1).put(&format!("/notes/{}", draft.id()), save).is(403);
    reads(house, Who::Physio, &hidden);
}

on_both!(whoever_read_an_older_version_is_shown_what_stands_now);
fn whoever_read_an_older_version_is_shown_what_stands_now(house: &House) {
    let opened = opens(house, Who::Physio, shoulder());
    let path = format!("/episodes/{}", opened.id());
    house.as_(Who::Physio).patch(&path, json!({"side": "left"})).is(428);
    changes(house, Who::Physio, &opened, 1, json!({"side": "left"})).is(200);
    let stale = changes(house, Who::Massage, &opened, 1, json!({"clinical_impression": "Tight"})).is(412);
    assert_eq!(stale.json["current"], reads(house, Who::Massage, &opened).json);
    let discharge = json!({"discipline": "physiotherapy", "outcome": "Well"});
    let late = house.as_(Who::Physio).if_match(1).post(&format!("{path}/discharge"), discharge).is(412);
    assert_eq!(late.json["current"]["side"], "left");
    let events = house.sealed_events(Practice::Lakeside);
    let shown: Vec<_> = events.iter().filter(|event| event.request == stale.request_id).collect();
    let read = shown.iter().find(|event| event.action == Action::ReadEpisode).expect("what was shown was read");
    assert_eq!((read.outcome, &read.subjects), (Outcome::Done, &[Patient::Ana.id()].into()));
    assert!(shown.iter().any(|event| event.action == Action::ChangeEpisode && event.outcome == Outcome::Refused));
}

on_both!(a_repeated_request_opens_and_discharges_once);
fn a_repeated_request_opens_and_discharges_once(house: &House) {
    let opens = || house.as_(Who::Physio).key("shoulder").post(&episodes_of(Patient::Ana), shoulder());
    let opened = opens().is(201);
    assert_eq!(opens().is(201).json, opened.json);
    assert_eq!(opened.header("location"), Some(&*format!("/api/v1/episodes/{}", opened.id())));
    let discharge = || {
        let body = json!({"discipline": "physiotherapy", "outcome": "Well"});
        let client = house.as_(Who::Physio).key("well").if_match(1);
        client.post(&format!("/episodes/{}/discharge", opened.id()), body)
    };
    let closed = discharge().is(200);
    assert_eq!(discharge().is(200).json, closed.json);
    assert_eq!(house.count("SELECT COUNT(*) FROM episode_version"), 2);
}

on_both!(the_log_names_the_episode_and_never_its_words);
fn the_log_names_the_episode_and_never_its_words(house: &House) {
    let opened = opens(house, Who::Physio, shoulder());
    changes(house, Who::Physio, &opened, 1, json!({"region": "Quagga"})).is(200);
    discharges(house, Who::Physio, &opened, "physiotherapy").is(200);
    let events = house.sealed_events(Practice::Lakeside);
    for (action, version) in [(Action::OpenEpisode, 1), (Action::ChangeEpisode, 2), (Action::DischargeEpisode, 3)] {
        let event = events.iter().find(|event| event.action == action).expect("an event of it");
        let object = event.object.expect("what it was about");
        assert_eq!((object.kind, object.version), (ObjectKind::Episode, Some(version)));
        assert_eq!(object.id.to_string(), opened.id());
        assert_eq!(event.subjects, [Patient::Ana.id()].into());
    }
    let leaf = match house.database.backend() {
        Backend::Sqlite => "CAST(leaf AS TEXT)",
        Backend::Postgres => "convert_from(leaf, 'UTF8')",
    };
    for word in ["Quagga", "Subacromial", "M75", "overhead"] {
        assert_eq!(house.count(&format!("SELECT COUNT(*) FROM audit_event WHERE {leaf} LIKE '%{word}%'")), 0);
        assert_eq!(house.count(&format!("SELECT COUNT(*) FROM audit_text WHERE text LIKE '%{word}%'")), 0);
    }
}

on_both!(an_episode_keeps_its_patient_its_opening_and_its_end);
fn an_episode_keeps_its_patient_its_opening_and_its_end(house: &House) {
    opens(house, Who::Physio, json!({"complaint": "Knee pain"}));
    let kept = "an episode keeps its patient, its opening and its end";
    let is_refused = |change: &str| {
        for refused in [house.sql(change), house.sql_as_application(change)] {
            assert!(refused.expect_err(change).contains(kept), "{change}");
        }
    };
    for change in [
        "patient_id = (SELECT p.id FROM patient p WHERE p.given_name = 'Beat')",
        "opened_by = (SELECT s.id FROM staff s WHERE s.name = 'Mara Lang')",
        "opened_at = (SELECT MAX(p.created_at) FROM patient p)",
        "version = version",
    ] {
        let version = if change.starts_with("version") { "" } else { ", version = version + 1" };
        // The clock of the house stands still, so the opening is moved by hand.
        let change = change.replace("(SELECT MAX(p.created_at) FROM patient p)", one_second_on(house));
        is_refused(&format!("UPDATE episode SET {change}{version}"));
    }
    house.sql("UPDATE episode SET closed_at = opened_at, version = version + 1").unwrap();
    is_refused("UPDATE episode SET closed_at = NULL, version = version + 1");
}

fn one_second_on(house: &House) -> &'static str {
    match house.database.backend() {
        Backend::Sqlite => "opened_at + 1000000",
        Backend::Postgres => "opened_at + interval '1 second'",
    }
}

on_both!(what_only_its_author_may_read_can_still_be_opened);
fn what_only_its_author_may_read_can_still_be_opened(house: &House) {
    let path = format!("/patients/{}/consent-directives", Patient::Ana.id());
    house.as_(Who::PrivacyOfficer).post(&path, json!({"covers": "record", "bars": "everyone"})).is(201);
    let diagnosed = json!({"complaint": "Shoulder", "diagnosis": {"text": "Frozen shoulder"}});
    let episode = opens(house, Who::Physio, diagnosed);
    house.as_(Who::Physio).get(&format!("/episodes/{}", episode.id())).is(200);
    house.as_(Who::Massage).get(&format!("/episodes/{}", episode.id())).is(403).refused("withheld_by_patient");
    let by_name = json!({"covers": "record", "bars": "discipline", "discipline": "physiotherapy"});
    house.as_(Who::PrivacyOfficer).post(&path, by_name).is(201);
    let refused = house.as_(Who::Physio).post(&episodes_of(Patient::Ana), json!({"complaint": "Knee"})).is(403);
    refused.refused("withheld_by_patient");
}
