//! Referrals, from the note that gives rise to one to the review that closes it.

use serde_json::{Value, json};
use tandem::policy::Action;

use crate::house::{Answer, House, MORNING, Patient, Practice, Who, new_visit, on_both};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

pub fn ana(rest: &str) -> String {
    format!("/patients/{}{rest}", Patient::Ana.id())
}

fn site(house: &House) -> String {
    house.as_(Who::Manager).get("/sites").is(200).json["items"][0]["id"].as_str().unwrap().to_owned()
}

/// Paula's note on Ana's neck, signed within an episode of care.
pub fn assesses(house: &House) -> Answer {
    let episode = house.as_(Who::Physio).post(&ana("/episodes"), json!({"complaint": "Tension headache"})).is(201);
    let mut new = new_visit();
    new["episode_id"] = json!(episode.id());
    let draft = house.begins(Who::Physio, Patient::Ana, &new);
    house.moves(Who::Physio, &draft, "sign", None).is(200)
}

pub fn composes(house: &House, note: &Answer, target: &Value) -> Answer {
    let draft = json!({"from_note": note.id(), "target": target, "urgency": "soon",
        "reason": "Headache twice a week, tight upper trapezius",
        "question": "Does soft tissue work make the headache rarer?",
        "requested": {"kind": "course", "sessions": 3}, "agreement": {}});
    house.as_(Who::Physio).post(&ana("/referrals"), draft).is(201)
}

pub fn moves(house: &House, who: Who, on: &Answer, step: &str, body: impl Into<Option<Value>>) -> Answer {
    house.as_(who).if_match(on.version()).post(&format!("/referrals/{}/{step}", on.id()), body)
}

pub fn reads(house: &House, who: Who, referral: &Answer) -> Answer {
    house.as_(who).get(&format!("/referrals/{}", referral.id()))
}

pub fn to_pool(house: &House) -> Value {
    json!({"discipline": "massage", "site_id": site(house)})
}

pub fn to_milo() -> Value {
    json!({"discipline": "massage", "staff_id": Who::OtherMassage.id()})
}

pub fn said(words: &str) -> Value {
    json!({"words": words})
}

pub fn sent(house: &House, target: &Value) -> Answer {
    let draft = composes(house, &assesses(house), target);
    moves(house, Who::Physio, &draft, "send", None).is(200)
}

/// A massage, written for a referral.
pub fn massages(house: &House, who: Who, referral: &Answer) -> Answer {
    let mut new = new_visit();
    new["service_at"] = json!(house.clock.now().plus_seconds(-1_800));
    new["referral_id"] = json!(referral.id());
    new["body"]["assessment"] = json!({"clinical_impression": "Tense neck", "progress": "Less often"});
    new["body"]["treatment"][0]["technique"] = json!("deep_tissue_massage");
    house.begins(who, Patient::Ana, &new)
}

fn steps(house: &House, who: Who, referral: &Answer) -> Vec<String> {
    let events = house.as_(who).get(&format!("/referrals/{}/events", referral.id())).is(200);
    let events = events.json["items"].as_array().unwrap();
    events.iter().map(|event| event["move"].as_str().unwrap().to_owned()).collect()
}

on_both!(from_a_note_to_the_review_that_closes_the_loop);
fn from_a_note_to_the_review_that_closes_the_loop(house: &House) {
    // Paula has assessed Ana's headache, and wants to know whether massage helps.
    let note = assesses(house);
    let draft = composes(house, &note, &to_pool(house));
    assert_eq!(draft.json["number"], "R-2026-0001");
    assert_eq!(draft.json["attachments"][0]["note_id"], note.json["id"], "the note it is composed from goes with it");
    assert_eq!(draft.json["episode_id"], note.json["episode_id"]);
    reads(house, Who::Massage, &draft).is(403).refused("draft_is_private");
    let referral = moves(house, Who::Physio, &draft, "send", None).is(200);
    assert_eq!((&referral.json["state"], &referral.json["overdue"]), (&json!("sent"), &json!(false)));
    assert_eq!(referral.json["due_at"], json!(MORNING.plus_seconds(3 * DAY)), "three working days from Monday");

    // Milo finds it in the pool of his site: reason and question, and that a note goes with it, not the note.
    let pool = house.as_(Who::OtherMassage).get("/referrals?box=pool").is(200);
    assert_eq!(pool.json["items"][0]["id"], referral.json["id"]);
    let seen = reads(house, Who::OtherMassage, &referral).is(200);
    assert_eq!((&seen.json["attached"], seen.json.get("attachments")), (&json!(1), None));
    assert!(seen.json["question"].is_string());
    house.reads(Who::OtherMassage, &note).is(403).refused("no_relation");
    let received = moves(house, Who::OtherMassage, &referral, "receive", None).is(200);
    assert_eq!(house.reads(Who::OtherMassage, &note).is(200).json["shown"], "full");

    // He asks first; the clock stands still until Paula has answered.
    let asked = moves(house, Who::OtherMassage, &received, "request-info", said("Any dizziness?")).is(200);
    house.passes(DAY);
    house.renews(&[Who::Physio, Who::OtherMassage, Who::Receptionist]);
    let answered = moves(house, Who::Physio, &asked, "answer", said("None")).is(200);
    assert_eq!(answered.json["state"], "received");
    assert_eq!(answered.json["due_at"], json!(MORNING.plus_seconds(4 * DAY)));
    let accepted = moves(house, Who::OtherMassage, &answered, "accept", None).is(200);
    let team = house.as_(Who::Physio).get(&ana("/care-team")).is(200);
    assert!(team.text.contains(&Who::OtherMassage.id().to_string()), "accepting joins the care team: {team}");

    // Reception books the first visit; Ana comes, and signing the note on it starts the referral by itself.
    let visit_at = house.clock.now().plus_seconds(2 * DAY);
    let booked = json!({"first_visit_at": visit_at, "last_session_on": "2026-03-20"});
    let booked = moves(house, Who::Receptionist, &accepted, "schedule", booked).is(200);
    assert_eq!((&booked.json["state"], &booked.json["shown"]), (&json!("scheduled"), &json!("stub")));
    assert!(!booked.text.contains("Headache"), "the front desk sees no words of it");
    house.passes(2 * DAY + HOUR);
    house.renews(&[Who::Physio, Who::OtherMassage]);
    let first = massages(house, Who::OtherMassage, &referral);
    house.moves(Who::OtherMassage, &first, "sign", None).is(200);
    assert_eq!(reads(house, Who::Physio, &referral).is(200).json["state"], "in_progress");

    // The last note answers it: signing it returns the report, which closes nothing yet.
    let last = massages(house, Who::OtherMassage, &referral);
    let last = house.moves(Who::OtherMassage, &last, "sign", json!({"answers_referral": "answered"})).is(200);
    let reported = reads(house, Who::Physio, &referral).is(200);
    assert_eq!(reported.json["state"], "report_returned");
    assert_eq!(reported.json["report"]["note_id"], last.json["id"]);
    let episode = format!("/episodes/{}", reported.json["episode_id"].as_str().unwrap());
    let treated = house.as_(Who::Physio).get(&episode).is(200);
    let massaged = json!({"discipline": "massage", "outcome": "Neck at ease"});
    let ended = house.as_(Who::OtherMassage).if_match(treated.version());
    let version = ended.post(&format!("{episode}/discharge"), massaged).is(200).version();
    let discharge = json!({"discipline": "physiotherapy", "outcome": "Headache gone"});
    let early = house.as_(Who::Physio).if_match(version).post(&format!("{episode}/discharge"), discharge.clone());
    early.is(409).refused("wrong_state");

    // Paula reviews it and says what happens next; only now can the episode be closed.
    let closed = moves(house, Who::Physio, &reported, "close", said("Exercises at home")).is(200);
    assert_eq!((&closed.json["state"], &closed.json["what_next"]), (&json!("closed"), &json!("Exercises at home")));
    for moment in ["sent_at", "accepted_at", "first_visit_at", "reported_at", "closed_at"] {
        assert!(closed.json["milestones"][moment].is_string(), "{moment}: {closed}");
    }
    let told = ["send", "receive", "request_info", "answer", "accept", "schedule", "start", "return_report", "close"];
    assert_eq!(steps(house, Who::Physio, &referral), told);
    house.renews(&[Who::PrivacyOfficer]);
    house.as_(Who::Physio).if_match(version).post(&format!("{episode}/discharge"), discharge).is(200);

    // It stands in the course of the treatment, and in the record that is handed out.
    let course = house.as_(Who::Physio).get(&ana("/timeline?limit=50")).is(200);
    let told = course.json["items"].as_array().unwrap().iter().find_map(|entry| entry.get("referral")).unwrap();
    assert_eq!((&told["number"], &told["state"]), (&json!("R-2026-0001"), &json!("closed")));
    let wish =
        json!({"recipient": "patient", "recipient_name": "Ana Brunner", "purpose": "Moves", "authority": "Request"});
    let export = house.as_(Who::PrivacyOfficer).post(&ana("/exports"), wish).is(201);
    let document = house.as_(Who::PrivacyOfficer).get(&format!("/exports/{}", export.id())).is(200);
    assert_eq!(document.json["referrals"][0]["events"].as_array().unwrap().len(), 9);
    assert_eq!(document.json["referrals"][0]["question"], "Does soft tissue work make the headache rarer?");
    house.verify_from_outside(Practice::Lakeside);
}

on_both!(a_referral_party_who_is_not_on_the_care_team);
fn a_referral_party_who_is_not_on_the_care_team(house: &House) {
    let item = json!({"kind": "allergy", "what": "Arnica", "severity": "caution"});
    house.as_(Who::Physio).post(&ana("/safety-items"), item).is(201);
    let other = house.signs_a_visit(Who::Physio, Patient::Ana);
    let note = assesses(house);
    let milo = || house.as_(Who::OtherMassage);
    milo().get(&ana("")).is(403).refused("no_relation");
    let draft = composes(house, &note, &to_milo());
    assert_eq!(draft.json["precautions"], "Arnica", "what is known to be dangerous is filled in");
    milo().get(&ana("")).is(403).refused("no_relation");
    let referral = moves(house, Who::Physio, &draft, "send", None).is(200);

    // Milo sees the referral, the note that goes with it, how Ana is reached, and what is dangerous for her.
    let seen = reads(house, Who::OtherMassage, &referral).is(200);
    assert_eq!(seen.json["attachments"][0]["note_id"], note.json["id"]);
    assert_eq!(seen.json["safety_items"][0]["what"], "Arnica");
    assert_eq!(house.reads(Who::OtherMassage, &note).is(200).json["shown"], "full");
    let front = milo().get(&ana("")).is(200);
    assert_eq!(front.json["family_name"], "Brunner");
    for more in ["insurer", "claim_number", "health_number", "gp"] {
        assert_eq!(front.json.get(more), None, "{more} is no contact detail");
    }
    milo().get(&ana("/safety-items")).is(200);

    // And nothing else.
    house.reads(Who::OtherMassage, &other).is(403).refused("no_relation");
    for closed in ["/notes", "/timeline", "/episodes", "/messages", "/care-team", "/health-history", "/referrals"] {
        milo().get(&ana(closed)).is(403).refused("no_relation");
    }
    milo().post(&ana("/notes"), new_visit()).is(403).refused("no_relation");
    let search = json!({"words": "morning", "patient_id": Patient::Ana.id()});
    let found = milo().post("/notes/search", search);
    assert!(found.status == 403 || found.json["items"] == json!([]), "{found}");

    // Declining ends it all.
    let no = json!({"reason": "no_capacity"});
    let declined = moves(house, Who::OtherMassage, &seen, "decline", no).is(200);
    assert_eq!(declined.json["because"], "no_capacity");
    house.reads(Who::OtherMassage, &note).is(403).refused("no_relation");
    milo().get(&ana("")).is(403).refused("no_relation");
    milo().get(&ana("/safety-items")).is(403).refused("no_relation");
    let grounds: Vec<_> =
        house.sealed_events(Practice::Lakeside).into_iter().filter(|event| event.code == "party").collect();
    assert!(grounds.iter().any(|event| event.action == Action::ReadNote), "the log says on what ground he read");
}

on_both!(of_two_who_reach_into_the_pool_one_gets_it_and_the_other_learns_who);
fn of_two_who_reach_into_the_pool_one_gets_it_and_the_other_learns_who(house: &House) {
    let referral = sent(house, &to_pool(house));
    let answers: Vec<(Who, Answer)> = std::thread::scope(|scope| {
        let reach = |who| {
            scope.spawn({
                let referral = &referral;
                move || (who, moves(house, who, referral, "accept", None))
            })
        };
        let both = [reach(Who::Massage), reach(Who::OtherMassage)];
        both.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let winner = answers.iter().find(|(_, answer)| answer.status == 200).expect("somebody gets it");
    let (_, late) = answers.iter().find(|(who, _)| *who != winner.0).unwrap();
    assert_eq!(late.status, 409, "{late}");
    assert_eq!((late.code(), &late.json["current"]["id"]), ("already_taken", &json!(winner.0.id())));
    assert_eq!(steps(house, Who::Physio, &referral), ["send", "accept"]);
}

on_both!(a_report_that_is_amended_or_wrong_opens_the_referral_again);
fn a_report_that_is_amended_or_wrong_opens_the_referral_again(house: &House) {
    let referral = sent(house, &to_milo());
    moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
    let draft = massages(house, Who::OtherMassage, &referral);
    let report = house.moves(Who::OtherMassage, &draft, "sign", json!({"answers_referral": "partly"})).is(200);
    assert_eq!(reads(house, Who::Physio, &referral).json["report"]["result"], "partly");
    let mut words = report.json["body"].clone();
    words["plan"] = json!({"next_visit": "in two weeks"});
    let amendment = json!({"reason": "omission", "body": words});
    let amended = house.moves(Who::OtherMassage, &report, "amend", amendment).is(200);
    let reopened = reads(house, Who::Physio, &referral).is(200);
    assert_eq!((&reopened.json["state"], reopened.json.get("report")), (&json!("in_progress"), None));
    let again = json!({"note_id": report.id(), "result": "answered"});
    let returned = moves(house, Who::OtherMassage, &reopened, "return-report", again.clone()).is(200);
    house.moves(Who::OtherMassage, &amended, "entered-in-error", json!({"reason": "Not Ana's"})).is(200);
    let reopened = reads(house, Who::Physio, &referral).is(200);
    assert_eq!(reopened.json["state"], "in_progress");
    assert!(reopened.version() > returned.version());
    moves(house, Who::OtherMassage, &reopened, "return-report", again).is(422);
    let told = ["send", "accept", "start", "return_report", "reopen", "return_report", "reopen"];
    assert_eq!(steps(house, Who::Physio, &referral), told);
}

on_both!(a_note_entered_in_error_goes_with_no_referral_any_more);
fn a_note_entered_in_error_goes_with_no_referral_any_more(house: &House) {
    let note = assesses(house);
    let draft = composes(house, &note, &to_milo());
    let referral = moves(house, Who::Physio, &draft, "send", None).is(200);
    house.moves(Who::Physio, &note, "entered-in-error", json!({"reason": "Somebody else's"})).is(200);
    assert_eq!(reads(house, Who::OtherMassage, &referral).is(200).json["attached"], 0);
    house.reads(Who::OtherMassage, &note).is(403);
}

on_both!(the_clock_reminds_and_lets_expire_what_nobody_answers);
fn the_clock_reminds_and_lets_expire_what_nobody_answers(house: &House) {
    let soon = sent(house, &to_milo());
    let mut urgent = composes(house, &assesses(house), &to_milo());
    let mut words = json!({"episode_id": urgent.json["episode_id"], "target": to_milo(), "urgency": "urgent",
        "reason": "Numb hand", "question": "Can you see her today?", "agreement": {}});
    words["attachments"] = json!([]);
    urgent = house.as_(Who::Physio).if_match(1).put(&format!("/referrals/{}", urgent.id()), words).is(200);
    let urgent = moves(house, Who::Physio, &urgent, "send", None).is(200);
    let stands = |referral: &Answer| {
        house.seals();
        house.renews(&[Who::Physio]);
        let now = reads(house, Who::Physio, referral).is(200);
        (now.json["state"].as_str().unwrap().to_owned(), now.json["overdue"] == true)
    };
    house.passes(2 * DAY);
    assert_eq!(stands(&soon), ("sent".into(), false), "half the time is gone, nothing is late");
    assert_eq!(stands(&urgent), ("sent".into(), true), "24 hours by the clock");
    house.passes(DAY + 1);
    assert_eq!(stands(&soon), ("sent".into(), true));
    house.renews(&[Who::Manager]);
    let late = house.as_(Who::Manager).get("/referrals?box=overdue").is(200);
    assert_eq!(late.json["items"].as_array().unwrap().len(), 2, "the manager sees what is late");
    house.passes(7 * DAY + 1);
    assert_eq!(stands(&soon), ("expired".into(), false), "five working days after its limit");
    assert_eq!(stands(&urgent), ("sent".into(), true), "an urgent one never expires");
    let moves_then = steps(house, Who::Physio, &soon);
    house.seals();
    assert_eq!(steps(house, Who::Physio, &soon), moves_then, "once is enough");
    let resent = moves(house, Who::Physio, &reads(house, Who::Physio, &soon), "resend", None).is(200);
    assert_eq!((&resent.json["state"], &resent.json["overdue"]), (&json!("sent"), &json!(false)));
}

on_both!(a_directive_beats_a_referral);
fn a_directive_beats_a_referral(house: &House) {
    let note = assesses(house);
    let draft = composes(house, &note, &to_milo());
    let referral = moves(house, Who::Physio, &draft, "send", None).is(200);
    let episode = json!({"covers": "episode", "covered_id": note.json["episode_id"], "bars": "person",
        "staff_id": Who::OtherMassage.id()});
    let directive = house.as_(Who::Receptionist).post(&ana("/consent-directives"), episode).is(201);
    reads(house, Who::OtherMassage, &referral).is(403).refused("withheld_by_patient");
    moves(house, Who::OtherMassage, &referral, "accept", None).is(403).refused("withheld_by_patient");
    house.reads(Who::OtherMassage, &note).is(403).refused("withheld_by_patient");
    let revoke = format!("/consent-directives/{}/revoke", directive.id());
    house.as_(Who::PrivacyOfficer).if_match(1).post(&revoke, None).is(200);
    reads(house, Who::OtherMassage, &referral).is(200);
    // Barred from the whole record, he finds nothing, and nobody refers Ana to him any more.
    let record = json!({"covers": "record", "bars": "person", "staff_id": Who::OtherMassage.id()});
    house.as_(Who::Receptionist).post(&ana("/consent-directives"), record).is(201);
    reads(house, Who::OtherMassage, &referral).is(404);
    assert_eq!(house.as_(Who::OtherMassage).get("/referrals").is(200).json["items"], json!([]));
    let again = composes_refused(house, &note);
    again.is(422);
    // A manager is asked to put somebody else in his place.
    let told = house.as_(Who::Manager).get("/notifications").is(200);
    assert!(told.text.contains("referral_to_reassign") && told.text.contains("R-2026-0001"), "{told}");
    let mara = json!({"owner_id": Who::Massage.id(), "words": "As the patient wishes"});
    let reassigned = moves(house, Who::Manager, &referral, "reassign", mara).is(200);
    assert_eq!(reassigned.json["target"]["staff_id"], json!(Who::Massage.id()));
    moves(house, Who::Massage, &reassigned, "accept", None).is(200);
}

fn composes_refused(house: &House, note: &Answer) -> Answer {
    let draft = json!({"from_note": note.id(), "target": to_milo()});
    house.as_(Who::Physio).post(&ana("/referrals"), draft)
}

on_both!(what_is_barred_asks_whoever_accepts_for_a_reason);
fn what_is_barred_asks_whoever_accepts_for_a_reason(house: &House) {
    let item = json!({"kind": "red_flag", "what": "Swollen calf", "severity": "absolute",
        "bars": {"disciplines": ["massage"]}});
    let item = house.as_(Who::Physio).post(&ana("/safety-items"), item).is(201);
    let referral = sent(house, &to_milo());
    let refused = moves(house, Who::OtherMassage, &referral, "accept", None).is(422);
    assert_eq!(refused.code(), "override_needed");
    assert_eq!(refused.json["barred"][0]["safety_item_id"], item.json["id"]);
    let reason = json!({"overrides": [{"safety_item_id": item.id(), "reason": "Neck only, calf seen by physician"}]});
    moves(house, Who::OtherMassage, &referral, "accept", reason).is(200);
    let events = house.as_(Who::OtherMassage).get(&format!("/referrals/{}/events", referral.id())).is(200);
    assert!(events.text.contains("calf seen by physician"), "the reason is shown: {events}");
}

on_both!(declining_ends_the_membership_unless_the_owner_has_written);
fn declining_ends_the_membership_unless_the_owner_has_written(house: &House) {
    let no = || json!({"reason": "patient_declined"});
    let is_member = || {
        let team = house.as_(Who::Physio).get(&ana("/care-team")).is(200);
        team.text.contains(&Who::OtherMassage.id().to_string())
    };
    let first = sent(house, &to_milo());
    let accepted = moves(house, Who::OtherMassage, &first, "accept", None).is(200);
    assert!(is_member());
    moves(house, Who::OtherMassage, &accepted, "decline", no()).is(200);
    assert!(!is_member());
    let second = sent(house, &to_milo());
    let accepted = moves(house, Who::OtherMassage, &second, "accept", None).is(200);
    house.signs_a_visit(Who::OtherMassage, Patient::Ana);
    moves(house, Who::OtherMassage, &accepted, "decline", no()).is(200);
    assert!(is_member(), "whoever wrote a note stays");
}

on_both!(what_a_referral_says_is_frozen_once_it_is_sent);
fn what_a_referral_says_is_frozen_once_it_is_sent(house: &House) {
    let draft = composes(house, &assesses(house), &to_milo());
    let path = format!("/referrals/{}", draft.id());
    let lacking = json!({"episode_id": draft.json["episode_id"], "target": to_milo()});
    let bare = house.as_(Who::Physio).if_match(1).put(&path, lacking).is(200);
    let refused = moves(house, Who::Physio, &bare, "send", None).is(422);
    assert_eq!(refused.code(), "parts_missing");
    let pointers: Vec<_> = refused.json["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/reason", "/question", "/agreement"]);
    let whole = json!({"episode_id": draft.json["episode_id"], "target": to_milo(), "reason": "Pain",
        "question": "Why?", "agreement": {}});
    let whole = house.as_(Who::Physio).if_match(2).put(&path, whole.clone()).is(200);
    let referral = moves(house, Who::Physio, &whole, "send", None).is(200);
    let late = house.as_(Who::Physio).if_match(referral.version()).put(&path, json!({"target": to_milo()}));
    late.is(409).refused("wrong_state");
    house.as_(Who::Physio).if_match(referral.version()).delete(&path).is(409).refused("wrong_state");
    for statement in [
        "UPDATE referral SET content = '{}', version = version + 1",
        "DELETE FROM referral",
        "UPDATE referral_event SET words = 'x'",
        "DELETE FROM referral_event",
    ] {
        assert!(house.sql_as_application(statement).is_err(), "{statement}");
    }
}
