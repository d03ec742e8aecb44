//! What a patient keeps from somebody is no news to them either; and where it was theirs to act, a manager is asked.

use serde_json::{Value, json};
use tandem::delivery::Worker;

use crate::house::{Answer, House, Patient, Post, Who, new_visit, on_both, on_both_with_post};
use crate::referrals::{ana, assesses, composes, massages, moves, sent, to_milo, to_pool};

const STUDENT: Who = Who::OtherPhysio;
const SUPERVISOR: Who = Who::Physio;

/// Ana withholds something.
fn withholds(house: &House, directive: Value) -> Answer {
    house.as_(Who::PrivacyOfficer).post(&ana("/consent-directives"), directive).is(201)
}

fn revokes(house: &House, directive: &Answer) {
    let revoke = format!("/consent-directives/{}/revoke", directive.id());
    house.as_(Who::PrivacyOfficer).if_match(1).post(&revoke, None).is(200);
}

fn from(who: Who, what: &str, covered: &Value) -> Value {
    json!({"covers": what, "covered_id": covered, "bars": "person", "staff_id": who.id()})
}

/// What somebody is told of one kind, and how much of all is not marked as read.
fn told(house: &House, who: Who, kind: &str) -> Vec<Value> {
    let list = house.as_(who).get("/notifications?limit=100").is(200);
    list.json["items"].as_array().unwrap().iter().filter(|told| told["kind"] == kind).cloned().collect()
}

/// Piet treats Ana, and Paula signs beside him.
fn under_supervision(house: &House) {
    house.joins(STUDENT, Patient::Ana);
    house.supervises(Some(SUPERVISOR), STUDENT).is(200);
}

fn sign(house: &House, draft: &Answer) -> Answer {
    house.moves(STUDENT, draft, "sign", None).is(200)
}

on_both!(whoever_is_kept_from_a_note_or_its_episode_is_not_told_of_it);
fn whoever_is_kept_from_a_note_or_its_episode_is_not_told_of_it(house: &House) {
    under_supervision(house);
    let episode = house.as_(STUDENT).post(&ana("/episodes"), json!({"complaint": "Stiff neck"})).is(201);
    let mut new = new_visit();
    let by_note = house.begins(STUDENT, Patient::Ana, &new);
    new["episode_id"] = json!(episode.id());
    let by_episode = house.begins(STUDENT, Patient::Ana, &new);
    withholds(house, from(SUPERVISOR, "note", &by_note.json["id"]));
    withholds(house, from(SUPERVISOR, "episode", &episode.json["id"]));
    sign(house, &by_note);
    sign(house, &by_episode);
    assert_eq!(told(house, SUPERVISOR, "cosign_wanted"), Vec::<Value>::new());
    let other = sign(house, &house.begins(STUDENT, Patient::Ana, &new_visit()));
    let news = told(house, SUPERVISOR, "cosign_wanted");
    assert_eq!((news.len(), &news[0]["object_id"]), (1, &other.json["id"]), "of what she may read she is told");

    // For each of the two a manager is asked to name somebody else beside Piet.
    let asked = told(house, Who::Manager, "cosign_to_reassign");
    assert_eq!(asked.len(), 2);
    let object = (&asked[0]["object_kind"], &asked[0]["object_id"]);
    assert_eq!(object, (&json!("staff"), &json!(STUDENT.id())));
    house.supervises(Some(Who::Owner), STUDENT).is(200);
    let waits = house.as_(Who::Owner).get("/cosignatures").is(200);
    assert_eq!(waits.json["items"].as_array().unwrap().len(), 3, "what waits follows");
}

on_both_with_post!(what_is_withheld_later_leaves_the_list_and_the_mail);
fn what_is_withheld_later_leaves_the_list_and_the_mail(house: &House, post: &mut Post) {
    let worker = Worker::default();
    under_supervision(house);
    let signed = sign(house, &house.begins(STUDENT, Patient::Ana, &new_visit()));
    house.as_(Who::Physio).post(&ana("/messages"), json!({"text": "Her neck is stiff again"})).is(201);
    let unread = |who| house.as_(who).get("/notifications?unread=true").is(200).json["items"].as_array().unwrap().len();
    let news = told(house, SUPERVISOR, "cosign_wanted");
    assert_eq!((news.len(), told(house, Who::Massage, "message").len()), (1, 1));
    let before = (unread(SUPERVISOR), unread(Who::Massage));
    let of_note = withholds(house, from(SUPERVISOR, "note", &signed.json["id"]));
    let massage = json!({"covers": "record", "bars": "discipline", "discipline": "massage"});
    let of_record = withholds(house, massage);
    assert_eq!(told(house, SUPERVISOR, "cosign_wanted"), Vec::<Value>::new());
    assert_eq!(told(house, Who::Massage, "message"), Vec::<Value>::new());
    assert_eq!((unread(SUPERVISOR), unread(Who::Massage)), (before.0 - 1, before.1 - 1 - 1), "nor is it counted");
    let read = format!("/notifications/{}/read", news[0]["id"].as_str().unwrap());
    house.as_(SUPERVISOR).post(&read, None).is(404).refused("not_found");
    while post.round(&worker, house) > 0 {}
    let subjects: Vec<_> = post.mails().iter().map(|mail| (mail.to.clone(), mail.header("Subject"))).collect();
    let kept = |who: Who, subject: &str| !subjects.contains(&(who.email().to_owned(), subject.to_owned()));
    assert!(kept(SUPERVISOR, "A co-signature is wanted") && kept(Who::Massage, "A new message awaits you"));
    assert!(!kept(Who::Manager, "A co-signature needs another supervisor"), "{subjects:?}");

    revokes(house, &of_note);
    revokes(house, &of_record);
    assert_eq!((told(house, SUPERVISOR, "cosign_wanted").len(), told(house, Who::Massage, "message").len()), (1, 1));
}

on_both!(a_directive_that_bars_a_supervisor_asks_the_managers_for_another);
fn a_directive_that_bars_a_supervisor_asks_the_managers_for_another(house: &House) {
    under_supervision(house);
    let own = sign(house, &house.begins(STUDENT, Patient::Ana, &new_visit()));
    let of_another = house.signs_a_visit(Who::Physio, Patient::Ana);
    let done = house.signs_a_visit(Who::Physio, Patient::Ana);
    let addendum = json!({"text": "Called: better."});
    house.as_(STUDENT).post(&format!("/notes/{}/addenda", of_another.id()), addendum).is(201);
    let asked = || told(house, Who::Manager, "cosign_to_reassign").len();
    withholds(house, from(SUPERVISOR, "note", &done.json["id"]));
    withholds(house, from(Who::Massage, "note", &own.json["id"]));
    assert_eq!(asked(), 0, "nothing of what waits is kept from whoever signs it");
    withholds(house, from(SUPERVISOR, "note", &own.json["id"]));
    assert_eq!(asked(), 1);
    // By an addendum that waits, from a beginning that lies ahead, and once for all that Piet has waiting.
    let mut later = from(SUPERVISOR, "note", &of_another.json["id"]);
    later["from"] = json!(house.clock.now().plus_seconds(86_400));
    withholds(house, later);
    assert_eq!(asked(), 2);
    let physios = json!({"covers": "record", "bars": "discipline", "discipline": "physiotherapy"});
    withholds(house, physios);
    assert_eq!(asked(), 3);
    assert_eq!(told(house, SUPERVISOR, "cosign_to_reassign"), Vec::<Value>::new());
    assert_eq!(
        told(house, Who::Owner, "cosign_to_reassign").len(),
        3,
        "a manager is asked though he is barred himself"
    );
}

on_both!(a_pool_that_is_barred_as_a_whole_and_a_referrer_who_has_to_act_are_put_before_the_managers);
fn a_pool_that_is_barred_as_a_whole_and_a_referrer_who_has_to_act_are_put_before_the_managers(house: &House) {
    let asked = |referral: &Answer| {
        let told = told(house, Who::Manager, "referral_to_reassign");
        told.iter().filter(|told| told["object_id"] == referral.json["id"]).count()
    };
    let in_pool = sent(house, &to_pool(house));
    let episode = &in_pool.json["episode_id"];
    let bars = |discipline| json!({"covers": "episode", "covered_id": episode, "bars": "discipline", "discipline": discipline});
    withholds(house, bars("physiotherapy"));
    assert_eq!(asked(&in_pool), 0, "massage therapists can take it still");
    withholds(house, bars("massage"));
    assert_eq!(asked(&in_pool), 1);

    let asking = sent(house, &to_milo());
    let other = sent(house, &to_milo());
    let question = json!({"words": "Any numbness?"});
    moves(house, Who::OtherMassage, &asking, "request-info", question).is(200);
    for referral in [&asking, &other] {
        withholds(house, from(Who::Physio, "episode", &referral.json["episode_id"]));
    }
    assert_eq!((asked(&asking), asked(&other)), (1, 0), "where it is Paula's turn, and she may not see it");

    // It becomes her turn later: nobody tells her, and the managers are asked.
    let before = told(house, Who::Physio, "referral_declined").len();
    moves(house, Who::OtherMassage, &other, "decline", json!({"reason": "no_capacity"})).is(200);
    assert_eq!((asked(&other), told(house, Who::Physio, "referral_declined").len()), (1, before));
}

on_both!(a_report_that_its_referrer_may_not_read_is_put_before_the_managers);
fn a_report_that_its_referrer_may_not_read_is_put_before_the_managers(house: &House) {
    let note = assesses(house);
    let draft = composes(house, &note, &to_milo());
    let sent = moves(house, Who::Physio, &draft, "send", None).is(200);
    let accepted = moves(house, Who::OtherMassage, &sent, "accept", None).is(200);
    let massage = massages(house, Who::OtherMassage, &accepted);
    let answers = json!({"answers_referral": "answered"});
    house.moves(Who::OtherMassage, &massage, "sign", answers).is(200);
    assert_eq!(told(house, Who::Manager, "referral_to_reassign"), Vec::<Value>::new());
    withholds(house, json!({"covers": "record", "bars": "person", "staff_id": Who::Physio.id()}));
    assert_eq!(told(house, Who::Manager, "referral_to_reassign").len(), 1, "somebody else reviews it");
}

on_both!(of_what_nobody_but_its_author_may_see_no_manager_is_told_and_the_worklist_says_that_it_is_late);
fn of_what_nobody_but_its_author_may_see_no_manager_is_told_and_the_worklist_says_that_it_is_late(house: &House) {
    let referral = sent(house, &to_milo());
    let episode = &referral.json["episode_id"];
    withholds(house, json!({"covers": "episode", "covered_id": episode, "bars": "everyone"}));
    let asked = told(house, Who::Manager, "referral_to_reassign");
    assert_eq!(asked.len(), 1, "at once, since Milo cannot act: {asked:?}");
    house.passes(3 * 86_400 + 1);
    house.renews(&[Who::Manager, Who::OtherMassage]);
    house.seals();
    house.seals();
    for who in [Who::Manager, Who::OtherMassage] {
        assert_eq!(told(house, who, "referral_overdue"), Vec::<Value>::new(), "{who:?}");
    }
    let late = house.as_(Who::Manager).get("/referrals?box=overdue").is(200);
    assert_eq!((&late.json["items"][0]["id"], &late.json["items"][0]["overdue"]), (&referral.json["id"], &json!(true)));
    assert!(!late.text.contains("soft tissue work"), "where it stands, and no words: {late}");
}
