//! What patients decide about who may read what, and how it beats whatever else would let somebody in.

use serde_json::{Value, json};

use crate::house::{Answer, House, PASSWORD, Patient, Who, on_both};

const DAY: i64 = 86_400;

fn record(tail: &str) -> String {
    format!("/patients/{}{tail}", Patient::Ana.id())
}

/// Reception records what Ana said.
fn decides(house: &House, directive: Value) -> Answer {
    house.as_(Who::Receptionist).post(&record("/consent-directives"), directive).is(201)
}

fn listed(answer: &Answer) -> Vec<&str> {
    answer.json["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

fn finds(house: &House, who: Who) -> usize {
    let found = house.as_(who).post("/patients/search", json!({"name": "brunner"})).is(200);
    listed(&found).into_iter().filter(|id| **id == Patient::Ana.id().to_string()).count()
}

on_both!(a_patient_bars_a_member_of_staff_from_the_whole_record);
fn a_patient_bars_a_member_of_staff_from_the_whole_record(house: &House) {
    let note = house.signs_a_visit(Who::Massage, Patient::Ana);
    let own = format!("/notes/{}", note.id());
    assert_eq!(finds(house, Who::Massage), 1);
    let person =
        json!({"covers": "record", "bars": "person", "staff_id": Who::Massage.id(), "reason": "Our neighbour"});
    let directive = decides(house, person);

    // To Mara it is as if Ana did not exist, in lists, by id, by her own note, in the audit of her own doings.
    for path in [record(""), record("/notes"), record("/care-team"), own.clone(), format!("{own}/versions")] {
        house.as_(Who::Massage).get(&path).is(404).refused("not_found");
    }
    assert_eq!(finds(house, Who::Massage), 0);
    assert!(!listed(&house.as_(Who::Massage).get("/patients").is(200)).contains(&&*Patient::Ana.id().to_string()));
    let twin = json!({"given_name": "Ana", "family_name": "Brunner", "birth_date": "1984-05-23"});
    let registered = house.as_(Who::Massage).post("/patients", twin).is(201);
    assert_eq!(registered.json["possible_duplicates"], json!([]), "nor does a possible duplicate tell");
    let start = json!({"reason": "Knows me"});
    house.as_(Who::Massage).post(&record("/start-treating"), start).is(404).refused("not_found");
    let glass = json!({"reason_code": "serious_harm", "reason": "Collapsed", "password": PASSWORD});
    house.as_(Who::Massage).post(&record("/emergency-access"), glass).is(404).refused("not_found");
    let events = house.as_(Who::Massage).get("/audit/events?limit=100").is(200);
    assert!(!events.text.contains(&Patient::Ana.id().to_string()), "{events}");
    let asked = format!("/audit/events?patient={}", Patient::Ana.id());
    house.as_(Who::Massage).get(&asked).is(404).refused("not_found");

    // Everybody else goes on as before, and the privacy officer sees who was turned away.
    house.as_(Who::Physio).get(&own).is(200);
    let turned_away = house.as_(Who::PrivacyOfficer).get(&asked).is(200);
    let by_mara =
        |event: &&Value| event["outcome"] == "refused" && event["actor"]["staff_id"] == json!(Who::Massage.id());
    assert!(turned_away.json["items"].as_array().unwrap().iter().any(|event| by_mara(&event)), "{turned_away}");

    // Ana changes her mind.
    let revoke = format!("/consent-directives/{}/revoke", directive.id());
    house.as_(Who::Receptionist).if_match(1).post(&revoke, None).is(403).refused("role_does_not_allow");
    house.as_(Who::PrivacyOfficer).if_match(1).post(&revoke, None).is(200);
    house.as_(Who::PrivacyOfficer).if_match(2).post(&revoke, None).is(409).refused("wrong_state");
    house.as_(Who::Massage).get(&own).is(200);
    assert_eq!(finds(house, Who::Massage), 1);
    house.finish();
}

on_both!(a_note_withheld_from_a_discipline_is_left_out_and_that_is_said);
fn a_note_withheld_from_a_discipline_is_left_out_and_that_is_said(house: &House) {
    let private = house.signs_a_visit(Who::Physio, Patient::Ana);
    let other = house.signs_a_visit(Who::Physio, Patient::Ana);
    let private = private.id();
    decides(house, json!({"covers": "note", "covered_id": private, "bars": "discipline", "discipline": "massage"}));
    let list = house.as_(Who::Massage).get(&record("/notes")).is(200);
    assert_eq!((listed(&list), &list.json["withheld"]), (vec![other.id()], &json!(true)));
    for tail in ["", "/versions", "/versions/1", "/diff?from=1&to=1"] {
        let refused = house.as_(Who::Massage).get(&format!("/notes/{private}{tail}")).is(403);
        refused.refused("withheld_by_patient");
    }
    house.as_(Who::Massage).get(&record("")).is(200);
    let list = house.as_(Who::Physio).get(&record("/notes")).is(200);
    assert_eq!((listed(&list).len(), list.json.get("withheld")), (2, None));
    house.finish();
}

on_both!(what_everyone_but_the_author_is_barred_from_its_author_reads);
fn what_everyone_but_the_author_is_barred_from_its_author_reads(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let path = format!("/notes/{}", note.id());
    decides(house, json!({"covers": "note", "covered_id": note.id(), "bars": "everyone"}));
    house.as_(Who::Physio).get(&path).is(200);
    house.as_(Who::Massage).get(&path).is(403).refused("withheld_by_patient");
    let audit = json!({"reason": "A complaint"});
    house.as_(Who::Manager).post(&record("/audit-access"), audit).is(201);
    house.as_(Who::Manager).get(&path).is(403).refused("withheld_by_patient");
    house.finish();
}

on_both!(a_directive_binds_from_its_beginning_to_its_end);
fn a_directive_binds_from_its_beginning_to_its_end(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let path = format!("/notes/{}", note.id());
    let (from, until) = (house.clock.now().plus_seconds(60), house.clock.now().plus_seconds(120));
    let directive =
        json!({"covers": "record", "bars": "discipline", "discipline": "massage", "from": from, "until": until});
    decides(house, directive);
    house.as_(Who::Massage).get(&path).is(200);
    house.passes(60);
    house.as_(Who::Massage).get(&path).is(403).refused("withheld_by_patient");
    let list = house.as_(Who::Massage).get(&record("/notes")).is(200);
    assert_eq!((listed(&list).len(), &list.json["withheld"]), (0, &json!(true)));
    house.passes(60);
    house.as_(Who::Massage).get(&path).is(200);
    house.finish();
}

on_both!(a_directive_set_while_a_list_is_paged_hides_at_once);
fn a_directive_set_while_a_list_is_paged_hides_at_once(house: &House) {
    let notes: Vec<_> = (0..3)
        .map(|_| {
            house.passes(1);
            house.signs_a_visit(Who::Physio, Patient::Ana).id().to_owned()
        })
        .collect();
    let first = house.as_(Who::Massage).get(&record("/notes?limit=1")).is(200);
    assert_eq!(listed(&first), [&*notes[2]]);
    decides(house, json!({"covers": "note", "covered_id": notes[1], "bars": "discipline", "discipline": "massage"}));
    let next = first.json["next"].as_str().unwrap();
    let second = house.as_(Who::Massage).get(&record(&format!("/notes?limit=1&cursor={next}"))).is(200);
    assert_eq!((listed(&second), &second.json["withheld"]), (vec![&*notes[0]], &json!(true)));
    decides(house, json!({"covers": "record", "bars": "person", "staff_id": Who::Massage.id()}));
    house.as_(Who::Massage).get(&record(&format!("/notes?limit=1&cursor={next}"))).is(404).refused("not_found");
    house.finish();
}

on_both!(a_directive_says_what_it_covers_and_whom_it_bars);
fn a_directive_says_what_it_covers_and_whom_it_bars(house: &House) {
    let elsewhere = Who::Elsewhere.id();
    let foreign = house.signs_a_visit(Who::OtherMassage, Patient::Beat);
    for (directive, pointer) in [
        (json!({"covers": "note", "bars": "everyone"}), "/covered_id"),
        (json!({"covers": "note", "covered_id": foreign.id(), "bars": "everyone"}), "/covered_id"),
        (json!({"covers": "record", "bars": "person"}), "/staff_id"),
        (json!({"covers": "record", "bars": "person", "staff_id": elsewhere}), "/staff_id"),
        (json!({"covers": "record", "bars": "everyone", "discipline": "massage"}), "/discipline"),
        (json!({"covers": "record", "bars": "everyone", "from": house.clock.now().plus_seconds(-DAY)}), "/from"),
    ] {
        let refused = house.as_(Who::Receptionist).post(&record("/consent-directives"), directive).is(422);
        assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{refused}");
    }
    let none = house.as_(Who::PrivacyOfficer).get(&record("/consent-directives")).is(200);
    assert_eq!(none.json["items"], json!([]), "nothing was kept");
    house.finish();
}

on_both!(what_nobody_but_its_author_may_read_is_documented_all_the_same);
fn what_nobody_but_its_author_may_read_is_documented_all_the_same(house: &House) {
    decides(house, json!({"covers": "record", "bars": "everyone"}));
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    house.reads(Who::Physio, &note).is(200);
    house.reads(Who::Massage, &note).is(403).refused("withheld_by_patient");
}

on_both!(of_a_record_that_is_nobodys_but_the_authors_each_keeps_what_is_theirs);
fn of_a_record_that_is_nobodys_but_the_authors_each_keeps_what_is_theirs(house: &House) {
    let writes = |who, text: &str| house.as_(who).post(&record("/messages"), json!({"text": text}));
    writes(Who::Physio, "Would you look at her shoulder?").is(201);
    writes(Who::Massage, "Gladly, on Thursday.").is(201);
    decides(house, json!({"covers": "record", "bars": "everyone"}));

    // Each finds their own messages, in the list and in the timeline; nobody would read another.
    for (who, own) in [(Who::Physio, "Would you look"), (Who::Massage, "Gladly")] {
        let list = house.as_(who).get(&record("/messages")).is(200);
        assert_eq!(listed(&list).len(), 1, "{list}");
        let timeline = house.as_(who).get(&record("/timeline")).is(200);
        for told in [&list, &timeline] {
            let other = if who == Who::Physio { "Gladly" } else { "Would you look" };
            assert!(told.text.contains(own) && !told.text.contains(other), "{who:?}: {told}");
        }
    }
    writes(Who::Physio, "Are you there?").is(403).refused("withheld_by_patient");
    // The health history has an author for each version and is none of theirs.
    house.as_(Who::Physio).get(&record("/health-history")).is(403).refused("withheld_by_patient");

    // A joint review is brought together out of halves of which each reads their own.
    let half = house.signs_half(Who::Physio, Patient::Ana);
    let review = house.as_(Who::Physio).post(&record("/joint-reviews"), json!({"note_id": half.id()})).is(201);
    let other = house.signs_half(Who::Massage, Patient::Ana);
    let link = format!("/joint-reviews/{}/link", review.id());
    let whole = house.as_(Who::Massage).if_match(review.version()).post(&link, json!({"note_id": other.id()})).is(200);
    assert_eq!(whole.json["state"], "complete");
    let seen = house.as_(Who::Physio).get(&record("/joint-reviews")).is(200);
    let sides = seen.json["items"][0]["sides"].as_array().unwrap().iter();
    let withheld: Vec<_> = sides.map(|side| side["withheld"] == true).collect();
    assert_eq!(withheld, [false, true], "{seen}");
    assert!(seen.text.contains(half.id()) && !seen.text.contains(other.id()), "{seen}");

    // From whoever is barred otherwise all of it is kept, what they wrote too.
    decides(house, json!({"covers": "record", "bars": "discipline", "discipline": "massage"}));
    for page in ["/messages", "/joint-reviews"] {
        house.as_(Who::Massage).get(&record(page)).is(403).refused("withheld_by_patient");
    }
}

on_both!(why_a_review_was_closed_is_told_by_whoever_closed_it);
fn why_a_review_was_closed_is_told_by_whoever_closed_it(house: &House) {
    let half = house.signs_half(Who::Physio, Patient::Ana);
    let review = house.as_(Who::Physio).post(&record("/joint-reviews"), json!({"note_id": half.id()})).is(201);
    house.passes(14 * DAY);
    house.renews(&[Who::Physio, Who::Massage, Who::Receptionist]);
    decides(house, json!({"covers": "record", "bars": "everyone"}));
    let close = format!("/joint-reviews/{}/close", review.id());
    let reason = json!({"reason": "Mara is away for a month"});
    house.as_(Who::Physio).if_match(review.version()).post(&close, reason).is(200);
    let reasons = |who| house.as_(who).get(&record("/joint-reviews")).is(200).json["items"][0]["close_reason"].clone();
    assert_eq!((reasons(Who::Physio), reasons(Who::Massage)), (json!("Mara is away for a month"), Value::Null));
    assert!(!house.as_(Who::Massage).get(&record("/timeline")).is(200).text.contains("away for a month"));
}
