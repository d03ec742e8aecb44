//! What holds a referral together when something changes beside it: the report, the patient's wishes, who is here.

use serde_json::{Value, json};

use crate::house::{Answer, House, Patient, Who, new_visit, on_both};
use crate::referrals::{ana, assesses, composes, massages, moves, reads, said, sent, to_milo, to_pool};

const DAY: i64 = 24 * 3_600;

/// Of what somebody was told, in the order of the kinds' names.
fn told(house: &House, who: Who) -> Vec<String> {
    house.renews(&[who]);
    let told = house.as_(who).get("/notifications?limit=100").is(200);
    let mut kinds: Vec<_> =
        told.json["items"].as_array().unwrap().iter().map(|told| told["kind"].as_str().unwrap().to_owned()).collect();
    kinds.sort_unstable();
    kinds
}

fn count(kinds: &[String], kind: &str) -> usize {
    kinds.iter().filter(|told| *told == kind).count()
}

/// Ana withholds something from somebody.
fn withholds(house: &House, directive: Value) -> Answer {
    house.as_(Who::Receptionist).post(&ana("/consent-directives"), directive).is(201)
}

fn episode(of: &Answer) -> Value {
    json!({"covers": "episode", "covered_id": of.json["episode_id"]})
}

fn with(mut directive: Value, mut more: Value) -> Value {
    directive.as_object_mut().unwrap().append(more.as_object_mut().unwrap());
    directive
}

/// A referral to Milo on which he has reported with the note that is answered.
pub fn reported(house: &House) -> (Answer, Answer) {
    let referral = sent(house, &to_milo());
    moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
    let draft = massages(house, Who::OtherMassage, &referral);
    let report = house.moves(Who::OtherMassage, &draft, "sign", json!({"answers_referral": "answered"})).is(200);
    (referral, report)
}

fn now(house: &House, who: Who, referral: &Answer) -> Answer {
    reads(house, who, referral).is(200)
}

on_both!(who_went_by_a_report_hears_when_it_changes_after_the_review);
fn who_went_by_a_report_hears_when_it_changes_after_the_review(house: &House) {
    let (referral, report) = reported(house);
    moves(house, Who::Physio, &now(house, Who::Physio, &referral), "close", said("Exercises at home")).is(200);
    assert_eq!(count(&told(house, Who::Physio), "report_changed"), 0);
    let mut words = report.json["body"].clone();
    words["plan"] = json!({"next_visit": "in two weeks"});
    let amendment = json!({"reason": "clinical_correction", "body": words});
    let amended = house.moves(Who::OtherMassage, &report, "amend", amendment).is(200);
    assert_eq!(count(&told(house, Who::Physio), "report_changed"), 1);
    house.moves(Who::OtherMassage, &amended, "entered-in-error", json!({"reason": "Not Ana's"})).is(200);
    assert_eq!(count(&told(house, Who::Physio), "report_changed"), 2);
    assert_eq!(now(house, Who::Physio, &referral).json["state"], "closed", "what is closed stays closed");

    // One that was asked about further is told of too, although it is no longer the report.
    let (referral, report) = reported(house);
    moves(house, Who::Physio, &now(house, Who::Physio, &referral), "ask-further", said("And sleep?")).is(200);
    house.moves(Who::OtherMassage, &report, "entered-in-error", json!({"reason": "Not Ana's"})).is(200);
    assert_eq!(count(&told(house, Who::Physio), "report_changed"), 3);
    assert_eq!(count(&told(house, Who::Physio), "report_reopened"), 0);
}

on_both!(nobody_is_sent_what_the_patient_keeps_from_them);
fn nobody_is_sent_what_the_patient_keeps_from_them(house: &House) {
    let note = assesses(house);
    let named = composes(house, &note, &to_milo());
    let pooled = composes(house, &note, &to_pool(house));
    let from_milo = json!({"bars": "person", "staff_id": Who::OtherMassage.id()});
    let directive = withholds(house, with(episode(&note), from_milo));
    let refused = moves(house, Who::Physio, &named, "send", None).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/target/staff_id");

    // The pool has others; he alone finds nothing in it, and hears of nothing.
    let waiting = moves(house, Who::Physio, &pooled, "send", None).is(200);
    let pool = |who| house.as_(who).get("/referrals?box=pool").is(200).json["items"].as_array().unwrap().len();
    assert_eq!((pool(Who::Massage), pool(Who::OtherMassage)), (1, 0));
    assert_eq!(count(&told(house, Who::Massage), "referral_pooled"), 1);
    assert_eq!(count(&told(house, Who::OtherMassage), "referral_pooled"), 0);
    reads(house, Who::OtherMassage, &waiting).is(403).refused("withheld_by_patient");
    let him = json!({"owner_id": Who::OtherMassage.id(), "words": "Has time"});
    let refused = moves(house, Who::Manager, &waiting, "reassign", him).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/owner_id");
    let revoke = format!("/consent-directives/{}/revoke", directive.id());
    house.as_(Who::PrivacyOfficer).if_match(1).post(&revoke, None).is(200);
    assert_eq!(pool(Who::OtherMassage), 1);

    // From the whole discipline: a pool in which nobody may see it is no place to send it.
    let from_massage = json!({"bars": "discipline", "discipline": "massage"});
    withholds(house, with(episode(&note), from_massage));
    assert_eq!((pool(Who::Massage), pool(Who::OtherMassage)), (0, 0));
    let again = json!({"from_note": note.id(), "target": to_pool(house)});
    let refused = house.as_(Who::Physio).post(&ana("/referrals"), again).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/target/site_id");
    let mara = json!({"owner_id": Who::Massage.id(), "words": "Has time"});
    moves(house, Who::Manager, &waiting, "reassign", mara).is(422);
}

on_both!(whoever_takes_the_referrers_place_is_not_its_author);
fn whoever_takes_the_referrers_place_is_not_its_author(house: &House) {
    let (referral, report) = reported(house);
    house.joins(Who::OtherPhysio, Patient::Ana);
    let piet = || json!({"referrer_id": Who::OtherPhysio.id(), "words": "Paula is on leave"});
    let directive = withholds(house, with(episode(&referral), json!({"bars": "everyone"})));
    let waiting = now(house, Who::Physio, &referral);
    let refused = moves(house, Who::Manager, &waiting, "reassign", piet()).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/referrer_id");
    let revoke = format!("/consent-directives/{}/revoke", directive.id());
    house.as_(Who::PrivacyOfficer).if_match(1).post(&revoke, None).is(200);

    // Nor does anybody take it who may not read the report that waits for them.
    let note = json!({"covers": "note", "covered_id": report.json["id"], "bars": "person",
        "staff_id": Who::OtherPhysio.id()});
    let directive = withholds(house, note);
    let refused = moves(house, Who::Manager, &now(house, Who::Manager, &referral), "reassign", piet()).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/referrer_id");
    let revoke = format!("/consent-directives/{}/revoke", directive.id());
    house.as_(Who::PrivacyOfficer).if_match(1).post(&revoke, None).is(200);
    moves(house, Who::Manager, &now(house, Who::Manager, &referral), "reassign", piet()).is(200);
    assert_eq!(now(house, Who::OtherPhysio, &referral).json["shown"], "full");
    withholds(house, with(episode(&referral), json!({"bars": "everyone"})));
    reads(house, Who::OtherPhysio, &referral).is(403).refused("withheld_by_patient");
}

on_both!(sending_again_takes_what_sending_takes);
fn sending_again_takes_what_sending_takes(house: &House) {
    house.joins(Who::OtherPhysio, Patient::Ana);
    let note = assesses(house);
    let draft = composes(house, &note, &to_milo());
    let referral = moves(house, Who::Physio, &draft, "send", None).is(200);
    let declined = moves(house, Who::OtherMassage, &referral, "decline", json!({"reason": "no_capacity"})).is(200);
    let piet = json!({"referrer_id": Who::OtherPhysio.id(), "words": "Paula is on leave"});
    let handed = moves(house, Who::Manager, &declined, "reassign", piet).is(200);
    let kept = json!({"covers": "note", "covered_id": note.json["id"], "bars": "person",
        "staff_id": Who::OtherPhysio.id()});
    let directive = withholds(house, kept);
    let refused = moves(house, Who::OtherPhysio, &handed, "resend", None).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/attachments/0");
    let revoke = format!("/consent-directives/{}/revoke", directive.id());
    house.as_(Who::PrivacyOfficer).if_match(1).post(&revoke, None).is(200);
    let milo = format!("/staff/{}", Who::OtherMassage.id());
    let himself = json!({"target": {"discipline": "physiotherapy", "staff_id": Who::OtherPhysio.id()}});
    moves(house, Who::OtherPhysio, &handed, "resend", himself).is(422);
    assert_eq!(house.as_(Who::Manager).get(&milo).is(200).json["active"], json!(true));
    moves(house, Who::OtherPhysio, &handed, "resend", None).is(200);
}

on_both!(what_is_late_stays_late_until_it_has_happened);
fn what_is_late_stays_late_until_it_has_happened(house: &House) {
    let people = [Who::Physio, Who::OtherMassage, Who::Manager];
    let referral = sent(house, &to_milo());
    house.passes(3 * DAY + 60);
    house.seals();
    house.renews(&people);
    let late = now(house, Who::OtherMassage, &referral);
    assert_eq!(late.json["overdue"], json!(true));
    let told_then = count(&told(house, Who::Manager), "referral_overdue");
    assert_eq!(told_then, 1);
    let asked = moves(house, Who::OtherMassage, &late, "request-info", said("Any dizziness?")).is(200);
    assert_eq!(asked.json["overdue"], json!(true), "the answer is late still");
    let list = house.as_(Who::Manager).get("/referrals?box=overdue").is(200);
    assert_eq!(list.json["items"][0]["id"], referral.json["id"]);
    let answered = moves(house, Who::Physio, &asked, "answer", said("None")).is(200);
    house.seals();
    let answered = now(house, Who::OtherMassage, &answered);
    assert_eq!((&answered.json["overdue"], &answered.json["due_at"]), (&json!(true), &late.json["due_at"]));
    assert_eq!(count(&told(house, Who::Manager), "referral_overdue"), told_then, "nobody is told twice");
    let accepted = moves(house, Who::OtherMassage, &answered, "accept", None).is(200);
    assert_eq!(accepted.json["overdue"], json!(false), "what was due has happened");
}

on_both!(what_was_reported_stays_the_referrers_to_read);
fn what_was_reported_stays_the_referrers_to_read(house: &House) {
    let (referral, report) = reported(house);
    let narrow = |note: &Answer| house.moves(Who::OtherMassage, note, "share", json!({"sharing": "discipline"}));
    let refused = narrow(&report).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/sharing");
    let review = now(house, Who::Physio, &referral);
    house.reads(Who::Physio, &report).is(200);
    moves(house, Who::Physio, &review, "close", said("Exercises at home")).is(200);
    narrow(&report).is(422);
    let other = house.signs_a_visit(Who::OtherMassage, Patient::Ana);
    narrow(&other).is(200);
}

/// Milo is away, and Mara stands in for him.
fn mara_covers_for_milo(house: &House) {
    let now = house.clock.now();
    let cover = json!({"from_staff": Who::OtherMassage.id(), "to_staff": Who::Massage.id(), "from": now,
        "until": now.plus_seconds(5 * DAY)});
    house.as_(Who::Manager).post("/cover", cover).is(201);
    let milo = format!("/staff/{}", Who::OtherMassage.id());
    let version = house.as_(Who::Manager).get(&milo).is(200).version();
    house.as_(Who::Manager).if_match(version).patch(&milo, json!({"away_until": "2026-03-06"})).is(200);
}

on_both!(a_stand_in_takes_the_place_of_whoever_is_away);
fn a_stand_in_takes_the_place_of_whoever_is_away(house: &House) {
    let beats = |rest: &str| format!("/patients/{}{rest}", Patient::Beat.id());
    house.joins(Who::Physio, Patient::Beat);
    let episode = house.as_(Who::Physio).post(&beats("/episodes"), json!({"complaint": "Back pain"})).is(201);
    let mut visit = new_visit();
    visit["episode_id"] = json!(episode.id());
    let note = house.begins(Who::Physio, Patient::Beat, &visit);
    let note = house.moves(Who::Physio, &note, "sign", None).is(200);
    let refers = || {
        let draft = json!({"from_note": note.id(), "target": {"discipline": "massage",
            "staff_id": Who::OtherMassage.id()}, "reason": "Tight back", "question": "Does massage help?",
            "agreement": {}});
        let draft = house.as_(Who::Physio).post(&beats("/referrals"), draft).is(201);
        moves(house, Who::Physio, &draft, "send", None).is(200)
    };
    let before = refers();
    reads(house, Who::Massage, &before).is(403).refused("no_relation");
    mara_covers_for_milo(house);
    let referral = refers();
    assert_eq!(count(&told(house, Who::Massage), "referral_sent"), 1, "she is told in his place");
    assert_eq!(count(&told(house, Who::OtherMassage), "referral_sent"), 2, "he finds it when he is back");
    assert_eq!(
        house.count("SELECT count(*) AS n FROM notification WHERE kind = 'referral_sent' AND mail_id IS NULL"),
        1
    );

    // It is open to her: the words, what goes with it, and what he could do.
    let seen = now(house, Who::Massage, &referral);
    assert_eq!((&seen.json["shown"], &seen.json["attachments"][0]["note_id"]), (&json!("full"), &note.json["id"]));
    assert_eq!(house.reads(Who::Massage, &note).is(200).json["shown"], "full");
    let inbox = house.as_(Who::Massage).get("/referrals?box=inbox").is(200);
    assert_eq!(inbox.json["items"].as_array().unwrap().len(), 2);
    let asked = moves(house, Who::Massage, &seen, "request-info", said("Since when?")).is(200);
    assert_eq!(count(&told(house, Who::OtherMassage), "referral_asked"), 1, "he hears what was done in his place");
    let answered = moves(house, Who::Physio, &asked, "answer", said("March")).is(200);
    let accepted = moves(house, Who::Massage, &answered, "accept", None).is(200);
    assert_eq!(accepted.json["owner"]["id"], json!(Who::Massage.id()), "whoever accepts treats");
    let events = house.as_(Who::Physio).get(&format!("/referrals/{}/events", referral.id())).is(200);
    assert_eq!(events.json["items"][1]["by"]["id"], json!(Who::Massage.id()), "under her own name");
    moves(house, Who::Massage, &before, "decline", json!({"reason": "no_capacity"})).is(200);
    moves(house, Who::Massage, &accepted, "decline", json!({"reason": "no_capacity"})).is(200);
    let after = refers();
    now(house, Who::Massage, &after);
    house.passes(5 * DAY);
    house.renews(&[Who::Massage]);
    reads(house, Who::Massage, &after).is(403).refused("no_relation");
    house.reads(Who::Massage, &note).is(403).refused("no_relation");
}

on_both!(messages_about_a_referral_are_its_conversation);
fn messages_about_a_referral_are_its_conversation(house: &House) {
    let note = assesses(house);
    let draft = composes(house, &note, &to_milo());
    let about = |referral: &Answer, text: &str| json!({"text": text, "referral_id": referral.id()});
    let early = house.as_(Who::Physio).post(&ana("/messages"), about(&draft, "Too early")).is(422);
    assert_eq!(early.json["errors"][0]["pointer"], "/referral_id");
    let referral = moves(house, Who::Physio, &draft, "send", None).is(200);
    let message = house.as_(Who::Physio).post(&ana("/messages"), about(&referral, "She dreads the stairs")).is(201);
    assert_eq!(message.json["referral_id"], referral.json["id"]);
    house.as_(Who::Physio).post(&ana("/messages"), json!({"text": "About nothing"})).is(201);
    house.passes(60);
    moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
    house.as_(Who::OtherMassage).post(&ana("/messages"), about(&referral, "We begin lying down")).is(201);
    let seen = now(house, Who::Physio, &referral);
    let texts: Vec<_> =
        seen.json["conversation"].as_array().unwrap().iter().map(|said| said["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["She dreads the stairs", "We begin lying down"]);
    let elsewhere = json!({"text": "Another's", "referral_id": referral.id()});
    house.as_(Who::OtherMassage).post(&format!("/patients/{}/messages", Patient::Beat.id()), elsewhere).is(422);

    // What is withheld of the episode is withheld of what was written about its referral.
    let before = house.as_(Who::Massage).get(&ana("/messages")).is(200).json["items"].as_array().unwrap().len();
    assert_eq!(before, 3);
    assert_eq!(count(&told(house, Who::Massage), "message"), 3);
    withholds(house, with(episode(&note), json!({"bars": "person", "staff_id": Who::Massage.id()})));
    let left = house.as_(Who::Massage).get(&ana("/messages")).is(200);
    assert!(left.json["items"].as_array().unwrap().len() == 1 && !left.text.contains("stairs"), "{left}");
    assert!(!house.as_(Who::Massage).get(&ana("/timeline?limit=50")).is(200).text.contains("stairs"));
    house.as_(Who::Massage).post(&ana("/messages"), about(&referral, "May I?")).is(422);
    house.as_(Who::Physio).post(&ana("/messages"), about(&referral, "Not for Mara")).is(201);
    assert_eq!(count(&told(house, Who::Massage), "message"), 1, "nor is she told of it, or was before");
}

on_both!(whoever_leaves_leaves_a_list_of_their_referrals);
fn whoever_leaves_leaves_a_list_of_their_referrals(house: &House) {
    let referral = sent(house, &to_milo());
    let closed = sent(house, &to_milo());
    moves(house, Who::Physio, &closed, "cancel", json!({"reason": "duplicate"})).is(200);
    let leaves = |who: Who| {
        let list = house.as_(Who::Manager).get(&format!("/staff/{}/hand-over", who.id())).is(200);
        let told = list.json["referrals"].as_array().unwrap().clone();
        told.iter().map(|left| (left["number"].clone(), left["part"].clone())).collect::<Vec<_>>()
    };
    let number = referral.json["number"].clone();
    assert_eq!(leaves(Who::Physio), [(number.clone(), json!("referrer"))]);
    assert_eq!(leaves(Who::OtherMassage), [(number.clone(), json!("named"))]);
    moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
    assert_eq!(leaves(Who::OtherMassage), [(number, json!("owner"))]);
    assert_eq!(leaves(Who::Massage), []);
}

on_both!(notes_that_nobody_signs_and_reviews_that_are_due_are_remembered_once);
fn notes_that_nobody_signs_and_reviews_that_are_due_are_remembered_once(house: &House) {
    house.begins(Who::Physio, Patient::Ana, &new_visit());
    let signed = house.begins(Who::Physio, Patient::Ana, &new_visit());
    house.moves(Who::Physio, &signed, "sign", None).is(200);
    house.as_(Who::Massage).post(&ana("/joint-reviews"), None).is(201);
    let reminded = || {
        house.seals();
        house.seals();
        (count(&told(house, Who::Physio), "unsigned_note"), count(&told(house, Who::Physio), "joint_review_due"))
    };
    assert_eq!(reminded(), (0, 0));
    house.passes(DAY - 1);
    assert_eq!(reminded(), (0, 0));
    house.passes(1);
    assert_eq!(reminded(), (1, 0));
    house.passes(DAY);
    assert_eq!(reminded(), (2, 0));
    house.passes(10 * DAY);
    assert_eq!(reminded(), (2, 0));
    house.passes(2 * DAY);
    assert_eq!(reminded(), (2, 1), "one discipline is waited for for two weeks");
    house.passes(14 * DAY);
    assert_eq!(reminded(), (2, 2), "four weeks after the last one the next is due");
    house.passes(14 * DAY);
    assert_eq!(reminded(), (2, 2));
}

on_both!(a_report_that_needs_a_second_signature_is_returned_once_that_is_given);
fn a_report_that_needs_a_second_signature_is_returned_once_that_is_given(house: &House) {
    house.supervises(Some(Who::Massage), Who::OtherMassage).is(200);
    let answers = || json!({"answers_referral": "partly"});
    let treats = || {
        let referral = sent(house, &to_milo());
        moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
        let draft = massages(house, Who::OtherMassage, &referral);
        (referral, house.moves(Who::OtherMassage, &draft, "sign", answers()).is(200))
    };
    let state = |referral: &Answer| now(house, Who::Physio, referral).json["state"].clone();
    let (referral, note) = treats();
    assert_eq!((&note.json["state"], &note.json["answers_referral"]), (&json!("awaiting_cosign"), &json!("partly")));
    assert_eq!(state(&referral), "accepted", "nothing counts before Mara has signed it too");
    assert_eq!(house.reads(Who::Massage, &note).is(200).json["answers_referral"], "partly", "she sees what she signs");
    let signed = house.moves(Who::Massage, &note, "cosign", None).is(200);
    assert_eq!(signed.json.get("answers_referral"), None);
    let reported = now(house, Who::Physio, &referral);
    assert_eq!(reported.json["state"], "report_returned");
    let report = &reported.json["report"];
    assert_eq!((&report["note_id"], &report["result"]), (&note.json["id"], &json!("partly")));
    assert_eq!(count(&told(house, Who::Physio), "report_returned"), 1);
    let events = house.as_(Who::Physio).get(&format!("/referrals/{}/events", referral.id())).is(200);
    assert_eq!(events.json["items"][3]["by"]["id"], json!(Who::OtherMassage.id()), "it is his report");

    // A note that came back, and is signed anew without it, starts the referral and reports nothing.
    let (referral, note) = treats();
    let back = house.moves(Who::Massage, &note, "return", json!({"comments": "Not yet"})).is(200);
    let again = house.moves(Who::OtherMassage, &back, "sign", None).is(200);
    house.moves(Who::Massage, &again, "cosign", None).is(200);
    assert_eq!(state(&referral), "in_progress");

    // What has become of the referral meanwhile keeps nobody from signing.
    let (referral, note) = treats();
    let withdrawn = json!({"reason": "no_longer_needed"});
    moves(house, Who::Physio, &now(house, Who::Physio, &referral), "cancel", withdrawn).is(200);
    house.moves(Who::Massage, &note, "cosign", None).is(200);
    assert_eq!(state(&referral), "cancelled");
    let late = massages(house, Who::OtherMassage, &sent_and_accepted(house));
    let narrow = json!({"service_at": late.json["service_at"], "body": late.json["body"], "sharing": "discipline",
        "referral_id": late.json["referral_id"], "episode_id": late.json["episode_id"]});
    let path = format!("/notes/{}", late.id());
    let narrow = house.as_(Who::OtherMassage).if_match(late.version()).put(&path, narrow).is(200);
    let refused = house.moves(Who::OtherMassage, &narrow, "sign", answers()).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/answers_referral", "Paula could not read it: {refused}");
}

fn sent_and_accepted(house: &House) -> Answer {
    let referral = sent(house, &to_milo());
    moves(house, Who::OtherMassage, &referral, "accept", None).is(200)
}

on_both!(whoever_declines_leaves_the_care_team_unless_a_note_of_theirs_stands);
fn whoever_declines_leaves_the_care_team_unless_a_note_of_theirs_stands(house: &House) {
    let declines_having_written = |wrong: bool| {
        let referral = sent(house, &to_milo());
        let accepted = moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
        let note = house.signs_a_visit(Who::OtherMassage, Patient::Ana);
        if wrong {
            house.moves(Who::OtherMassage, &note, "entered-in-error", json!({"reason": "Beat's visit"})).is(200);
        }
        house.as_(Who::OtherMassage).get(&ana("")).is(200);
        moves(house, Who::OtherMassage, &accepted, "decline", json!({"reason": "no_capacity"})).is(200);
        house.as_(Who::OtherMassage).get(&ana("")).status
    };
    assert_eq!(declines_having_written(true), 403, "a note that was entered in error is none");
    assert_eq!(declines_having_written(false), 200, "he has treated her");
}
