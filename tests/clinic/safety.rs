//! What speaks against a treatment, who decides for a patient, and what a signature answers for.

use serde_json::{Value, json};

use crate::house::{Answer, House, MORNING, PASSWORD, Patient, Who, on_both, renew_session};

const YEAR: i64 = 365 * 86_400;

fn of_ana(rest: &str) -> String {
    format!("/patients/{}/{rest}", Patient::Ana.id())
}

fn raises(house: &House, who: Who, item: Value) -> Answer {
    house.as_(who).post(&of_ana("safety-items"), item).is(201)
}

/// A warm, swollen left calf, which bars massage of the leg.
fn swollen_calf() -> Value {
    json!({"kind": "red_flag", "what": "Left calf warm and swollen since yesterday",
        "contraindication": "deep_vein_thrombosis", "bars": {"area": "lower_limb", "side": "left"}})
}

/// A massage therapist's visit with one row of treatment.
fn massage(technique: &str, region: &str) -> Value {
    json!({
        "subjective": {"text": "Heavy legs after the weekend's hike."},
        "treatment": [{"technique": technique, "region": region, "minutes": 20, "response": "Lighter"}],
        "plan": {"next_visit": "in one week"},
        "consent": {"given": true, "given_by": {"who": "patient"}}
    })
}

/// A draft about Ana, in no episode; its path and version.
fn drafts(house: &House, who: Who, body: Value) -> (String, i64) {
    drafts_in(house, who, None, body)
}

#[expect(clippy::needless_pass_by_value, reason = "read as it is written down")]
fn drafts_in(house: &House, who: Who, episode: Option<&str>, body: Value) -> (String, i64) {
    let service_at = house.clock.now().plus_seconds(-1_800);
    let new = json!({"kind": "progress", "service_at": service_at, "episode_id": episode, "body": body});
    let draft = house.as_(who).post(&of_ana("notes"), new).is(201);
    (format!("/notes/{}", draft.id()), draft.version())
}

fn signs(house: &House, who: Who, (note, version): &(String, i64), overrides: Option<Value>) -> Answer {
    let body = overrides.map(|overrides| json!({"overrides": overrides}));
    house.as_(who).if_match(version).post(&format!("{note}/sign"), body)
}

fn because(item: &Answer, reason: &str) -> Value {
    json!([{"safety_item_id": item.id(), "reason": reason}])
}

on_both!(a_red_flag_raised_between_two_visits_stops_the_next_signature);
fn a_red_flag_raised_between_two_visits_stops_the_next_signature(house: &House) {
    let before = drafts(house, Who::Massage, massage("swedish_massage", "left calf"));
    signs(house, Who::Massage, &before, None).is(200);

    let flag = raises(house, Who::Physio, swollen_calf());
    assert_eq!((&flag.json["severity"], &flag.json["raised_in"]), (&json!("absolute"), &json!("physiotherapy")));
    let page = house.as_(Who::Massage).get(&format!("/patients/{}", Patient::Ana.id())).is(200);
    assert_eq!(page.json["safety_items"], json!([flag.json]), "shown with the front page at once");

    house.passes(60);
    let visit = drafts(house, Who::Massage, massage("swedish_massage", "Left calf"));
    let refused = signs(house, Who::Massage, &visit, None).is(422).refused("override_needed");
    let barred = json!([{"safety_item_id": flag.id(), "severity": "absolute", "technique": "swedish_massage",
        "pointer": "/body/treatment/0/technique"}]);
    assert_eq!(refused.json["barred"], barred);

    let signed =
        signs(house, Who::Massage, &visit, Some(because(&flag, " Vein clinic ruled it out by phone "))).is(200);
    let told = &signed.json["overrides"][0];
    assert_eq!(
        (&told["reason"], &told["by"]["name"]),
        (&json!("Vein clinic ruled it out by phone"), &json!("Mara Lang"))
    );
    assert_eq!((&told["severity"], &told["what"]), (&json!("absolute"), &flag.json["what"]));
    let read = house.as_(Who::Physio).get(&visit.0).is(200);
    assert_eq!(read.json["overrides"], signed.json["overrides"], "shown with the note to whoever reads it");
    let listed = house.as_(Who::Physio).get(&of_ana("notes")).is(200);
    assert_eq!(listed.json["items"][0]["overrides"], signed.json["overrides"]);

    house.passes(60);
    let next = drafts(house, Who::Massage, massage("swedish_massage", "left calf"));
    signs(house, Who::Massage, &next, None).is(422).refused("override_needed");
    let neck = drafts(house, Who::Massage, massage("swedish_massage", "neck"));
    signs(house, Who::Massage, &neck, None).is(200);
    house.finish();
}

on_both!(a_relative_item_asks_once_per_episode_and_author_until_it_changes);
fn a_relative_item_asks_once_per_episode_and_author_until_it_changes(house: &House) {
    let item = json!({"kind": "precaution", "what": "Bleeds easily", "severity": "relative",
        "bars": {"techniques": ["deep_tissue_massage"]}});
    let first = raises(house, Who::Physio, item.clone());
    let back = house.as_(Who::Physio).post(&of_ana("episodes"), json!({"complaint": "Back pain"})).is(201);
    let visit = |who| drafts_in(house, who, Some(back.id()), massage("deep_tissue_massage", "upper back"));
    let wrong = visit(Who::Massage);
    signs(house, Who::Massage, &wrong, None).is(422).refused("override_needed");
    let signed = signs(house, Who::Massage, &wrong, Some(because(&first, "Light pressure only"))).is(200);

    let error = json!({"reason": "Belongs to somebody else"});
    house.as_(Who::Massage).if_match(signed.version()).post(&format!("{}/entered-in-error", wrong.0), error).is(200);
    let second = visit(Who::Massage);
    signs(house, Who::Massage, &second, None).is(422).refused("override_needed");
    signs(house, Who::Massage, &second, Some(because(&first, "Light pressure only"))).is(200);
    let once = visit(Who::Massage);
    signs(house, Who::Massage, &once, None).is(200);

    house.as_(Who::OtherMassage).post(&of_ana("start-treating"), json!({"reason": "Mara is ill"})).is(201);
    let another = visit(Who::OtherMassage);
    signs(house, Who::OtherMassage, &another, None).is(422).refused("override_needed");

    let knee = house.as_(Who::Physio).post(&of_ana("episodes"), json!({"complaint": "Knee pain"})).is(201);
    let elsewhere = visit(Who::Massage);
    let save = json!({"service_at": house.clock.now(), "episode_id": knee.id(),
        "body": massage("deep_tissue_massage", "upper back")});
    let saved = house.as_(Who::Massage).if_match(elsewhere.1).put(&elsewhere.0, save).is(200);
    let elsewhere = (elsewhere.0, saved.version());
    signs(house, Who::Massage, &elsewhere, None).is(422).refused("override_needed");
    signs(house, Who::Massage, &elsewhere, Some(because(&first, "Another complaint, light pressure"))).is(200);

    // Outside an episode nothing would ever end what was once said: it asks at every visit.
    for _ in 0..2 {
        let outside = drafts(house, Who::Massage, massage("deep_tissue_massage", "upper back"));
        signs(house, Who::Massage, &outside, None).is(422).refused("override_needed");
        signs(house, Who::Massage, &outside, Some(because(&first, "Light pressure only"))).is(200);
    }

    let mut changed = item;
    changed["what"] = json!("Bleeds easily, and takes warfarin now");
    changed["replaces"] = json!(first.id());
    let second = raises(house, Who::Massage, changed.clone());
    assert_eq!(second.json["replaces"], json!(first.id()));
    let after = visit(Who::Massage);
    let refused = signs(house, Who::Massage, &after, None).is(422).refused("override_needed");
    assert_eq!(refused.json["barred"][0]["safety_item_id"], second.id());
    signs(house, Who::Massage, &after, Some(because(&first, "Light pressure only"))).is(422).refused("invalid");
    house.as_(Who::Massage).post(&of_ana("safety-items"), changed).is(409).refused("wrong_state");
    house.finish();
}

on_both!(a_caution_is_shown_and_never_asks);
fn a_caution_is_shown_and_never_asks(house: &House) {
    let item = json!({"kind": "precaution", "what": "Osteoporosis since 2021", "contraindication": "osteoporosis"});
    let item = raises(house, Who::Massage, item);
    assert_eq!(item.json["severity"], "caution");
    let visit = drafts(house, Who::Massage, massage("deep_tissue_massage", "back"));
    signs(house, Who::Massage, &visit, None).is(200);
    let noted = drafts(house, Who::Massage, massage("deep_tissue_massage", "back"));
    let signed = signs(house, Who::Massage, &noted, Some(because(&item, "Light pressure"))).is(200);
    assert_eq!(signed.json["overrides"][0]["severity"], "caution", "whoever wants to say why may");
    house.finish();
}

on_both!(an_amendment_answers_for_what_was_known_when_the_note_was_signed);
fn an_amendment_answers_for_what_was_known_when_the_note_was_signed(house: &House) {
    let (technique, region) = ("swedish_massage", "left calf");
    let early = drafts(house, Who::Massage, massage(technique, region));
    let early = (early.0.clone(), signs(house, Who::Massage, &early, None).is(200).version());
    house.passes(60);
    let flag = raises(house, Who::Physio, swollen_calf());
    let amends = |(note, version): &(String, i64), more: Value| {
        let mut amendment = json!({"reason": "typo", "body": massage(technique, region)});
        amendment.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        house.as_(Who::Massage).if_match(version).post(&format!("{note}/amend"), amendment)
    };
    amends(&early, json!({})).is(200);

    house.passes(60);
    let late = drafts(house, Who::Massage, massage(technique, "neck"));
    let late = (late.0.clone(), signs(house, Who::Massage, &late, None).is(200).version());
    amends(&late, json!({})).is(422).refused("override_needed");
    let given = json!({"overrides": because(&flag, "It was the calf, cleared by the vein clinic")});
    let amended = amends(&late, given).is(200);
    assert_eq!(amended.json["overrides"][0]["number"], 2);
    let again = amends(&(late.0, amended.version()), json!({})).is(200);
    assert_eq!(again.json["overrides"], amended.json["overrides"], "nobody repeats what they gave with the note");
    house.finish();
}

on_both!(what_is_resolved_before_the_signature_was_in_force_at_the_visit);
fn what_is_resolved_before_the_signature_was_in_force_at_the_visit(house: &House) {
    let flag = raises(house, Who::Physio, swollen_calf());
    house.passes(3_600);
    renew_session(&mut house.database.owner(), Who::Massage, house.clock.now());
    let visit = drafts(house, Who::Massage, massage("swedish_massage", "left calf"));
    let resolve = format!("/safety-items/{}/resolve", flag.id());
    house.as_(Who::Physio).if_match(1).post(&resolve, json!({"reason": "Ultrasound without findings"})).is(200);
    signs(house, Who::Massage, &visit, None).is(422).refused("override_needed");
    house.passes(7_200);
    renew_session(&mut house.database.owner(), Who::Massage, house.clock.now());
    let next = drafts(house, Who::Massage, massage("swedish_massage", "left calf"));
    signs(house, Who::Massage, &next, None).is(200);
    house.finish();
}

on_both!(a_reason_that_is_for_nothing_is_refused_and_a_signature_sent_twice_is_one);
fn a_reason_that_is_for_nothing_is_refused_and_a_signature_sent_twice_is_one(house: &House) {
    let flag = raises(house, Who::Physio, swollen_calf());
    let neck = drafts(house, Who::Massage, massage("swedish_massage", "neck"));
    let refused = signs(house, Who::Massage, &neck, Some(because(&flag, "Cleared"))).is(422).refused("invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/overrides/0/safety_item_id");
    let calf = drafts(house, Who::Massage, massage("swedish_massage", "left calf"));
    let blank = signs(house, Who::Massage, &calf, Some(because(&flag, "  "))).is(422).refused("invalid");
    assert_eq!(blank.json["errors"][0]["pointer"], "/overrides/0/reason");
    let sign = |reason: &str| {
        let client = house.as_(Who::Massage).if_match(calf.1).key("signing");
        client.post(&format!("{}/sign", calf.0), json!({"overrides": because(&flag, reason)}))
    };
    let signed = sign("Cleared").is(200);
    assert_eq!(sign("Cleared").is(200).json, signed.json);
    sign("Cleared by phone").is(422).refused("key_reused");
    assert_eq!(house.count("SELECT COUNT(*) FROM safety_override"), 1);
    house.finish();
}

on_both!(an_absolute_item_is_resolved_by_its_discipline_or_a_physiotherapist);
fn an_absolute_item_is_resolved_by_its_discipline_or_a_physiotherapist(house: &House) {
    let resolve = |who, item: &Answer, version| {
        let path = format!("/safety-items/{}/resolve", item.id());
        house.as_(who).if_match(version).post(&path, json!({"reason": "Ultrasound without findings"}))
    };
    let physios = raises(house, Who::Physio, swollen_calf());
    resolve(Who::Massage, &physios, 1).is(403).refused("absolute_item");
    let mut softer = swollen_calf();
    softer["severity"] = json!("caution");
    softer["replaces"] = json!(physios.id());
    house.as_(Who::Massage).post(&of_ana("safety-items"), softer).is(403).refused("absolute_item");
    resolve(Who::OtherPhysio, &physios, 1).is(403).refused("no_relation");
    let ended = resolve(Who::Physio, &physios, 1).is(200);
    assert_eq!(ended.json["resolved"]["by"]["name"], "Paula Frei");
    assert_eq!(ended.header("etag"), Some("\"2\""));
    resolve(Who::Physio, &physios, 1).is(412).refused("stale_version");
    resolve(Who::Physio, &physios, 2).is(409).refused("wrong_state");

    house.passes(1);
    let massages = raises(house, Who::Massage, swollen_calf());
    let ended = resolve(Who::Physio, &massages, 1).is(200);
    let seen = house.as_(Who::Massage).get(&of_ana("safety-items?resolved=true")).is(200);
    assert_eq!(seen.json["items"][0], ended.json, "the raiser sees who resolved it and why");
    let relative = json!({"kind": "precaution", "what": "Dizzy at times", "severity": "relative"});
    let relative = raises(house, Who::Physio, relative);
    resolve(Who::Massage, &relative, 1).is(200);
    house.finish();
}

on_both!(open_items_come_first_and_newest_first);
fn open_items_come_first_and_newest_first(house: &House) {
    let mut ids = Vec::new();
    for what in ["Arnica", "Latex", "Nickel", "Pollen"] {
        let item = json!({"kind": "allergy", "what": what, "severity": "caution"});
        ids.push(raises(house, Who::Physio, item).id().to_owned());
        house.passes(1);
    }
    for gone in [&ids[3], &ids[1]] {
        let resolve = format!("/safety-items/{gone}/resolve");
        house.as_(Who::Physio).if_match(1).post(&resolve, json!({"reason": "Tested: none"})).is(200);
    }
    let names = |query: &str| -> (Vec<String>, Value) {
        let listed = house.as_(Who::Massage).get(&of_ana(&format!("safety-items{query}"))).is(200);
        let items = listed.json["items"].as_array().unwrap().iter();
        (items.map(|item| item["what"].as_str().unwrap().to_owned()).collect(), listed.json["next"].clone())
    };
    assert_eq!(names("").0, ["Nickel", "Arnica"]);
    assert_eq!(names("?resolved=true").0, ["Nickel", "Arnica", "Pollen", "Latex"]);
    let mut pages = Vec::new();
    let mut next = json!("");
    for _ in 0..4 {
        let cursor = next.as_str().filter(|cursor| !cursor.is_empty()).map(|cursor| format!("&cursor={cursor}"));
        let (page, after) = names(&format!("?resolved=true&limit=1{}", cursor.unwrap_or_default()));
        pages.extend(page);
        next = after;
    }
    assert_eq!((pages.as_slice(), next), (&["Nickel", "Arnica", "Pollen", "Latex"].map(String::from)[..], Value::Null));
    house.finish();
}

on_both!(the_front_desk_is_told_to_ask_a_clinician_and_no_more);
fn the_front_desk_is_told_to_ask_a_clinician_and_no_more(house: &House) {
    let page = format!("/patients/{}", Patient::Ana.id());
    let shown = |who| {
        let page = house.as_(who).get(&page).is(200).json;
        (page.get("safety_items").cloned(), page.get("safety_flag").cloned())
    };
    assert_eq!(shown(Who::Receptionist), (None, Some(json!(false))));
    assert_eq!(shown(Who::Physio), (Some(json!([])), None));
    let flag = raises(house, Who::Physio, swollen_calf());
    assert_eq!(shown(Who::Receptionist), (None, Some(json!(true))));
    assert_eq!(shown(Who::Physio), (Some(json!([flag.json])), None));
    for office in [Who::Manager, Who::PrivacyOfficer, Who::Owner] {
        assert_eq!(shown(office), (None, None), "{office:?}");
    }
    for (who, code) in [(Who::Receptionist, "role_does_not_allow"), (Who::Owner, "no_relation")] {
        house.as_(who).get(&of_ana("safety-items")).is(403).refused(code);
        house.as_(who).get(&of_ana("health-history")).is(403).refused(code);
    }
    let resolve = format!("/safety-items/{}/resolve", flag.id());
    house.as_(Who::Physio).if_match(1).post(&resolve, json!({"reason": "Ultrasound without findings"})).is(200);
    assert_eq!(shown(Who::Receptionist), (None, Some(json!(false))));
    house.finish();
}

on_both!(no_directive_hides_what_is_dangerous_from_whoever_may_open_the_record);
fn no_directive_hides_what_is_dangerous_from_whoever_may_open_the_record(house: &House) {
    let flag = raises(house, Who::Physio, swollen_calf());
    let private = json!({"covers": "record", "bars": "discipline", "discipline": "massage"});
    house.as_(Who::Receptionist).post(&of_ana("consent-directives"), private).is(201);
    let page = format!("/patients/{}", Patient::Ana.id());
    let items = |who: Who| house.as_(who).get(&of_ana("safety-items")).is(200).json["items"].clone();
    assert_eq!(items(Who::Massage), json!([flag.json]));
    assert_eq!(house.as_(Who::Massage).get(&page).is(200).json["safety_items"], json!([flag.json]));
    house.as_(Who::Massage).get(&of_ana("health-history")).is(403).refused("withheld_by_patient");
    house.as_(Who::Physio).get(&of_ana("health-history")).is(200);

    let glass = json!({"reason_code": "nobody_reachable", "reason": "Fainted at reception", "password": PASSWORD});
    house.as_(Who::OtherPhysio).post(&of_ana("emergency-access"), glass).is(201);
    assert_eq!(items(Who::OtherPhysio), json!([flag.json]), "whoever broke the glass is told");
    assert_eq!(house.as_(Who::OtherPhysio).get(&page).is(200).json["safety_items"], json!([flag.json]));
    house.as_(Who::OtherPhysio).post(&of_ana("safety-items"), swollen_calf()).is(403).refused("no_relation");

    house.as_(Who::Manager).post(&of_ana("audit-access"), json!({"reason": "A complaint"})).is(201);
    assert_eq!(items(Who::Manager), json!([flag.json]));
    assert_eq!(
        house.as_(Who::Manager).get(&page).is(200).json.get("safety_items"),
        None,
        "the front page is the office's"
    );
    house.finish();
}

on_both!(a_record_holds_no_more_open_items_than_every_reading_shows);
fn a_record_holds_no_more_open_items_than_every_reading_shows(house: &House) {
    let item = || json!({"kind": "allergy", "what": "Something", "severity": "caution"});
    let first = raises(house, Who::Physio, item());
    for _ in 1..100 {
        raises(house, Who::Physio, item());
    }
    house.as_(Who::Physio).post(&of_ana("safety-items"), item()).is(422).refused("invalid");
    let page = house.as_(Who::Physio).get(&format!("/patients/{}", Patient::Ana.id())).is(200);
    assert_eq!(page.json["safety_items"].as_array().unwrap().len(), 100);
    let mut in_its_place = item();
    in_its_place["replaces"] = json!(first.id());
    raises(house, Who::Physio, in_its_place);
    house.finish();
}

/// Lea, fifteen, whom Paula is to treat.
fn lea(house: &House) -> String {
    let new = json!({"given_name": "Lea", "family_name": "Brunner", "birth_date": "2010-06-01"});
    let lea = house.as_(Who::Physio).post("/patients", new).is(201).json["patient"]["id"].clone();
    format!("/patients/{}", lea.as_str().unwrap())
}

on_both!(of_two_guardians_the_one_who_may_consents);
fn of_two_guardians_the_one_who_may_consents(house: &House) {
    let lea = lea(house);
    let makers = format!("{lea}/decision-makers");
    let guardian = |name: &str, relation: &str, may_consent: bool| {
        let maker = json!({"name": name, "relation": relation, "authority": "parental responsibility",
            "may_consent": may_consent, "may_receive_records": true, "until": "2028-05-31"});
        house.as_(Who::Physio).post(&makers, maker.clone()).is(403).refused("role_does_not_allow");
        house.as_(Who::Receptionist).post(&makers, maker).is(201)
    };
    let mother = guardian("Anna Brunner", "mother", true);
    house.passes(1);
    let father = guardian("Bruno Keller", "father", false);
    let listed = house.as_(Who::Physio).get(&makers).is(200);
    assert_eq!(listed.json["items"], json!([father.json, mother.json]));

    let consented = |giver: Value| {
        let mut body = massage("soft_tissue_mobilisation", "neck");
        body["consent"]["given_by"] = giver;
        let new = json!({"kind": "progress", "service_at": MORNING.plus_seconds(-1_800), "body": body});
        let draft = house.as_(Who::Physio).post(&format!("{lea}/notes"), new).is(201);
        signs(house, Who::Physio, &(format!("/notes/{}", draft.id()), draft.version()), None)
    };
    let maker = |of: &Answer, name: &str| json!({"who": "decision_maker", "id": of.id(), "name": name, "relation": of.json["relation"]});
    let signed = consented(maker(&mother, "Anna Brunner")).is(200);
    assert_eq!(signed.json.get("warnings"), None);
    for (giver, field) in [
        (maker(&father, "Bruno Keller"), "id"),
        (maker(&mother, "Bruno Keller"), "name"),
        (json!({"who": "decision_maker", "name": "Anna Brunner", "relation": "mother"}), "id"),
        (json!({"who": "decision_maker", "id": Who::Physio.id(), "name": "Paula Frei", "relation": "friend"}), "id"),
    ] {
        let refused = consented(giver.clone()).is(422).refused("invalid");
        let pointer = format!("/body/consent/given_by/{field}");
        assert_eq!(refused.json["errors"][0]["pointer"], pointer, "{giver}");
    }
    let alone = consented(json!({"who": "patient"})).is(200);
    assert_eq!(alone.json["warnings"], json!(["minor_consented"]), "accepted, with a warning");

    let path = format!("/decision-makers/{}", father.id());
    let may = json!({"may_consent": true, "limits": "Not by phone"});
    house.as_(Who::Physio).if_match(1).patch(&path, may.clone()).is(200);
    house.as_(Who::Manager).if_match(1).patch(&path, may).is(412).refused("stale_version");
    consented(maker(&father, "Bruno Keller")).is(200);
    let ended = json!({"until": "2026-03-01"});
    house.as_(Who::Manager).if_match(2).patch(&path, ended).is(200);
    consented(maker(&father, "Bruno Keller")).is(422).refused("invalid");
    let backwards = json!({"from": "2026-03-02"});
    let refused = house.as_(Who::Manager).if_match(3).patch(&path, backwards).is(422).refused("invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/until");
    house.as_(Who::OtherPhysio).get(&makers).is(403).refused("no_relation");
    house.finish();
}

on_both!(whose_guardian_one_is_counts_for_no_other_patient);
fn whose_guardian_one_is_counts_for_no_other_patient(house: &House) {
    let mother = json!({"name": "Anna Brunner", "relation": "mother", "authority": "parental responsibility",
        "may_consent": true, "may_receive_records": true});
    let mother = house.as_(Who::Receptionist).post(&format!("{}/decision-makers", lea(house)), mother).is(201);
    let mut body = massage("swedish_massage", "neck");
    body["consent"]["given_by"] =
        json!({"who": "decision_maker", "id": mother.id(), "name": "Anna Brunner", "relation": "mother"});
    let visit = drafts(house, Who::Massage, body);
    signs(house, Who::Massage, &visit, None).is(422).refused("invalid");
    house.finish();
}

on_both!(the_age_of_majority_is_the_practices);
fn the_age_of_majority_is_the_practices(house: &House) {
    let settings = house.as_(Who::Manager).get("/settings").is(200);
    assert_eq!(settings.json["age_of_majority"], 18);
    let lea = lea(house);
    let warned = || {
        let body = massage("soft_tissue_mobilisation", "neck");
        let new = json!({"kind": "progress", "service_at": MORNING, "body": body});
        let draft = house.as_(Who::Physio).post(&format!("{lea}/notes"), new).is(201);
        let signed = signs(house, Who::Physio, &(format!("/notes/{}", draft.id()), draft.version()), None).is(200);
        signed.json.get("warnings").is_some()
    };
    assert!(warned());
    let change = json!({"age_of_majority": 15});
    let manager = || house.as_(Who::Manager).if_match(settings.version());
    assert_eq!(manager().patch("/settings", change).is(200).json["age_of_majority"], 15);
    assert!(!warned(), "she is fifteen");
    house.as_(Who::Manager).if_match(settings.version() + 1).patch("/settings", json!({"age_of_majority": 3})).is(422);
    house.finish();
}

on_both!(a_health_history_is_confirmed_yearly);
fn a_health_history_is_confirmed_yearly(house: &House) {
    let path = of_ana("health-history");
    let read = || house.as_(Who::Massage).get(&path).is(200);
    let empty = read();
    assert_eq!((&empty.json["due"], empty.version(), empty.json.get("current")), (&json!(true), 0, None));

    let words = json!({"conditions": ["Hypothyroidism"], "medications": ["Levothyroxine"], "surgeries": [],
        "implants": [], "pregnancy": "no"});
    let saves = |who, version, words: &Value| house.as_(who).if_match(version).put(&path, words.clone());
    let taken = saves(Who::Physio, 0, &words).is(200);
    assert_eq!((&taken.json["due"], &taken.json["due_on"]), (&json!(false), &json!("2027-03-02")));
    saves(Who::Massage, 0, &words).is(412).refused("stale_version");

    // It is eight in the morning in Zurich, where the day on which it is due begins a year later at midnight.
    house.passes(YEAR - 8 * 3_600 - 1);
    for who in [Who::Physio, Who::Massage] {
        renew_session(&mut house.database.owner(), who, house.clock.now());
        house.as_(who).post(&of_ana("start-treating"), json!({"reason": "Back after a year"})).is(201);
    }
    assert_eq!(read().json["due"], json!(false));
    house.passes(1);
    assert_eq!(read().json["due"], json!(true));

    let confirmed = saves(Who::Massage, 1, &words).is(200);
    assert_eq!((&confirmed.json["due"], confirmed.version()), (&json!(false), 2));
    assert_eq!(confirmed.json["current"]["confirmed_by"]["name"], "Mara Lang");
    let mut changed = words.clone();
    changed["implants"] = json!(["Hip, right, 2027"]);
    saves(Who::Physio, 2, &changed).is(200);
    let versions = house.as_(Who::Physio).get(&of_ana("health-history/versions?limit=2")).is(200);
    let numbers = |page: &Answer| -> Vec<i64> {
        page.json["items"].as_array().unwrap().iter().map(|item| item["version"].as_i64().unwrap()).collect()
    };
    assert_eq!((numbers(&versions), &versions.json["items"][0]["implants"]), (vec![3, 2], &changed["implants"]));
    let next = format!("health-history/versions?limit=2&cursor={}", versions.json["next"].as_str().unwrap());
    let rest = house.as_(Who::Physio).get(&of_ana(&next)).is(200);
    assert_eq!((numbers(&rest), &rest.json["items"][0]["confirmed_by"]["name"]), (vec![1], &json!("Paula Frei")));
    house.finish();
}
