//! A record leaves the house: to Ana herself, and to her insurer.

use diesel::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tandem::audit::Outcome;
use tandem::db::schema::patient;
use tandem::policy::Action;

use crate::house::{Answer, House, MORNING, Patient, Practice, Who, on_both, visit};

fn record(tail: &str) -> String {
    format!("/patients/{}{tail}", Patient::Ana.id())
}

fn to_ana() -> Value {
    json!({"recipient": "patient", "recipient_name": "Ana Brunner", "purpose": "Her own files",
        "authority": "Her written request of 2 March 2026"})
}

fn to_the_insurer() -> Value {
    json!({"recipient": "other", "recipient_name": "Helvetia Insurance", "purpose": "Claim C-7",
        "authority": "Ana's written consent of 2 March 2026"})
}

/// Hands the record out; the document.
fn exports(house: &House, who: Who, export: Value) -> Answer {
    let made = house.as_(who).post(&record("/exports"), export).is(201);
    house.as_(who).get(&format!("/exports/{}", made.id())).is(200)
}

fn prints(house: &House, export: &str) -> Answer {
    house.as_(Who::PrivacyOfficer).header("Accept", "text/html").get(&format!("/exports/{export}")).is(200)
}

fn decides(house: &House, directive: Value) {
    house.as_(Who::Receptionist).post(&record("/consent-directives"), directive).is(201);
}

fn ids(document: &Answer, list: &str) -> Vec<String> {
    let items = document.json[list].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn sha256(text: &str) -> String {
    tandem::audit::Hash(Sha256::digest(text.as_bytes()).into()).to_string()
}

/// A signed visit whose words hold `word`.
fn signs(house: &House, word: &str) -> Answer {
    house.passes(1);
    let mut body = visit();
    body["subjective"]["text"] = json!(word);
    let new = json!({"kind": "progress", "service_at": house.clock.now(), "body": body});
    let draft = house.as_(Who::Physio).post(&record("/notes"), new).is(201);
    house.as_(Who::Physio).if_match(draft.version()).post(&format!("/notes/{}/sign", draft.id()), None).is(200)
}

/// Signed, amended and appended to by Paula, with a day between; the note.
fn grown(house: &House) -> Answer {
    let note = signs(house, "<script>alert(1)</script> & a stiff neck");
    house.passes(60);
    let mut body = visit();
    body["subjective"]["text"] = json!("Right, not left");
    let amendment = json!({"reason": "typo", "explanation": "Sides mixed up", "body": body});
    let path = |tail: &str| format!("/notes/{}{tail}", note.id());
    house.as_(Who::Physio).if_match(note.version()).post(&path("/amend"), amendment).is(200);
    house.passes(60);
    house.as_(Who::Physio).post(&path("/addenda"), json!({"text": "Called:\nbetter."})).is(201);
    note
}

on_both!(ana_is_handed_all_that_was_signed_with_every_version);
fn ana_is_handed_all_that_was_signed_with_every_version(house: &House) {
    let episode = json!({"complaint": "Stiff neck", "diagnosis": {"text": "Facet joint irritation"}});
    let episode = house.as_(Who::Physio).post(&record("/episodes"), episode).is(201);
    let change = json!({"region": "cervical spine"});
    house.as_(Who::Physio).if_match(1).patch(&format!("/episodes/{}", episode.id()), change).is(200);
    let note = grown(house);
    let massage = house.signs_a_visit(Who::Massage, Patient::Ana);
    // Among therapists it stays with physiotherapy; to Ana it is hers.
    house.sql("UPDATE note SET sharing = 'discipline' WHERE discipline = 'physiotherapy'").unwrap();
    house.as_(Who::Physio).post(&record("/messages"), json!({"text": "Mind her left shoulder"})).is(201);
    let mut draft = visit();
    draft["subjective"]["text"] = json!("quagga");
    draft["assessment"] = json!({});
    draft["treatment"] = json!([]);
    let draft = json!({"kind": "progress", "service_at": MORNING, "body": draft});
    house.as_(Who::Massage).post(&record("/notes"), draft).is(201);
    let wrong = signs(house, "okapi");
    let error = json!({"reason": "Belongs to Beat Keller"});
    let wrong_path = format!("/notes/{}/entered-in-error", wrong.id());
    house.as_(Who::Physio).if_match(wrong.version()).post(&wrong_path, error).is(200);
    decides(
        house,
        json!({"covers": "note", "covered_id": massage.id(), "bars": "person", "staff_id": Who::Owner.id()}),
    );

    let made = house.as_(Who::Manager).post(&record("/exports"), to_ana()).is(201);
    assert_eq!(made.header("location"), Some(format!("/api/v1/exports/{}", made.id()).as_str()));
    let document = house.as_(Who::Manager).get(&format!("/exports/{}", made.id())).is(200);
    assert_eq!(document.header("content-disposition"), Some("attachment; filename=\"record-P-000001.json\""));
    assert_eq!(document.json["export"]["made_by"]["name"], "Greta Moser");
    assert_eq!(document.json["export"]["authority"], "Her written request of 2 March 2026");
    assert_eq!(document.json["patient"]["record_number"], "P-000001");
    assert_eq!(document.json["care_team"].as_array().unwrap().len(), 2);
    assert_eq!(document.json["messages"][0]["text"], "Mind her left shoulder");
    let of_episode = &document.json["episodes"][0]["versions"];
    assert_eq!((&of_episode[0]["change"], &of_episode[1]["change"]), (&json!("opened"), &json!("changed")));
    assert_eq!((&of_episode[0]["region"], &of_episode[1]["region"]), (&Value::Null, &json!("cervical spine")));
    assert_eq!(document.json["consent_directives"].as_array().unwrap().len(), 1);
    assert_eq!(document.json.get("left_out"), None, "nothing is missing");

    let notes = document.json["notes"].as_array().unwrap();
    let by_id = |id: &str| notes.iter().find(|note| note["id"] == id).unwrap();
    assert_eq!(notes.len(), 3, "a draft is no part of the record");
    assert!(!document.text.contains("quagga"));
    let whole = by_id(note.id());
    let versions = whole["versions"].as_array().unwrap();
    assert_eq!(versions.len(), 2);
    for version in versions {
        assert_eq!(version["signed"]["by"]["name"], "Paula Frei");
        let words = serde_json_canonicalizer::to_string(&version["body"]).unwrap();
        assert_eq!(json!(sha256(&words)), version["hash"], "the words are those that were signed");
    }
    assert_eq!(versions[0]["hash"], note.json["hash"]);
    assert_eq!((&versions[1]["reason"], &versions[1]["explanation"]), (&json!("typo"), &json!("Sides mixed up")));
    assert_eq!(whole["addenda"][0]["text"], "Called:\nbetter.");
    assert_eq!(by_id(massage.id())["author"]["name"], "Mara Lang");
    let stub = by_id(wrong.id());
    assert_eq!((&stub["state"], stub.get("versions")), (&json!("entered_in_error"), None));
    assert_eq!(stub["entered_in_error"]["by"]["name"], "Paula Frei");
    assert!(!document.text.contains("okapi") && !document.text.contains("Keller"), "it may be somebody else's");
}

on_both!(what_is_dangerous_and_who_decides_goes_with_the_record);
fn what_is_dangerous_and_who_decides_goes_with_the_record(house: &House) {
    let maker = json!({"name": "Anna Brunner", "relation": "mother", "authority": "power of attorney",
        "may_consent": true, "may_receive_records": true});
    house.as_(Who::Receptionist).post(&record("/decision-makers"), maker).is(201);
    let item = json!({"kind": "allergy", "what": "Latex", "severity": "caution"});
    let item = house.as_(Who::Physio).post(&record("/safety-items"), item).is(201);
    let resolved = json!({"reason": "Tested: none"});
    house.as_(Who::Physio).if_match(1).post(&format!("/safety-items/{}/resolve", item.id()), resolved).is(200);
    for (version, medicine) in [(0, "Rivaroxaban"), (1, "Apixaban")] {
        let history = json!({"conditions": [], "medications": [medicine], "surgeries": [], "implants": []});
        house.as_(Who::Physio).if_match(version).put(&record("/health-history"), history).is(200);
    }
    let document = exports(house, Who::Manager, to_the_insurer());
    assert_eq!(document.json["decision_makers"][0]["name"], "Anna Brunner");
    assert_eq!(document.json["safety_items"][0]["resolved"]["reason"], "Tested: none");
    let history = &document.json["health_history"];
    assert_eq!(history[0]["medications"], json!(["Rivaroxaban"]), "what was known before stays readable");
    assert_eq!(history[1]["confirmed_by"]["name"], "Paula Frei");
    let page = prints(house, document.json["export"]["id"].as_str().unwrap());
    for words in ["Anna Brunner", "Latex", "Tested: none", "Rivaroxaban", "Apixaban"] {
        assert!(page.text.contains(words), "{words}");
    }
    decides(house, json!({"covers": "record", "bars": "discipline", "discipline": "massage"}));
    let document = exports(house, Who::Manager, to_the_insurer());
    for words in ["Anna Brunner", "Latex", "Apixaban"] {
        assert!(!document.text.contains(words), "outside the house nobody needs it to treat Ana");
    }
}

on_both!(what_was_handed_out_is_sealed_and_stays_as_it_was);
fn what_was_handed_out_is_sealed_and_stays_as_it_was(house: &House) {
    signs(house, "Better");
    let made = house.as_(Who::Manager).key("once").post(&record("/exports"), to_ana()).is(201);
    let again = house.as_(Who::Manager).key("once").post(&record("/exports"), to_ana()).is(201);
    assert_eq!(made.id(), again.id());
    let path = format!("/exports/{}", made.id());
    let document = house.as_(Who::PrivacyOfficer).get(&path).is(200);
    assert_eq!(json!(sha256(&document.text)), made.json["hash"]);
    signs(house, "Even better");
    house.passes(1);
    assert_eq!(house.as_(Who::Manager).get(&path).is(200).text, document.text);

    let events = house.sealed_events(Practice::Lakeside);
    let sealed = |action| events.iter().filter(move |event| event.action == action);
    let hash = made.json["hash"].as_str().unwrap();
    assert_eq!((sealed(Action::ExportRecord).count(), sealed(Action::ReadExport).count()), (2, 2));
    for event in sealed(Action::ExportRecord).chain(sealed(Action::ReadExport)) {
        assert_eq!((event.outcome, event.hash.unwrap().to_string().as_str()), (Outcome::Done, hash));
        assert_eq!(event.subjects.iter().collect::<Vec<_>>(), [&Patient::Ana.id()]);
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM record_export"), 1);
    house.verify_from_outside(Practice::Lakeside);
}

on_both!(the_insurer_gets_it_without_what_ana_withholds_and_is_told_so);
fn the_insurer_gets_it_without_what_ana_withholds_and_is_told_so(house: &House) {
    let (open, private, shared, of_one) =
        (signs(house, "Neck"), signs(house, "quagga"), signs(house, "okapi"), signs(house, "Shoulder"));
    let episode = house.as_(Who::Physio).post(&record("/episodes"), json!({"complaint": "ibex"})).is(201);
    let covers = |note: &Answer| json!({"covers": "note", "covered_id": note.id()});
    let with = |mut directive: Value, bars: Value| {
        directive.as_object_mut().unwrap().extend(bars.as_object().unwrap().clone());
        directive
    };
    decides(house, with(covers(&private), json!({"bars": "discipline", "discipline": "massage"})));
    decides(house, with(covers(&of_one), json!({"bars": "person", "staff_id": Who::Massage.id()})));
    decides(house, json!({"covers": "episode", "covered_id": episode.id(), "bars": "everyone"}));
    house.sql(&format!("UPDATE note SET sharing = 'discipline' WHERE {}", is(house, shared.id()))).unwrap();

    let document = exports(house, Who::Manager, to_the_insurer());
    assert_eq!(ids(&document, "notes"), [open.id(), of_one.id()], "one person's bar concerns that person");
    for word in ["quagga", "okapi", "ibex", private.id(), shared.id()] {
        assert!(!document.text.contains(word), "{word}: {document}");
    }
    assert_eq!(document.json.get("consent_directives"), None, "what Ana decided about whom is hers to tell");
    assert_eq!(
        document.json["left_out"],
        json!([
            {"of": "episodes", "because": "consent_directive"},
            {"of": "notes", "because": "consent_directive"},
            {"of": "notes", "because": "sharing"},
        ])
    );
    let page = prints(house, document.json["export"]["id"].as_str().unwrap());
    assert!(page.text.contains("consent_directive") || page.text.contains("Consent directive"), "{page}");

    // She is handed all of it herself, by whom she withholds nothing from.
    house.as_(Who::Manager).post(&record("/exports"), to_ana()).is(403).refused("withheld_by_patient");
    let document = exports(house, Who::PrivacyOfficer, to_ana());
    assert_eq!(ids(&document, "notes").len(), 4);
    let hers = format!("/exports/{}", document.json["export"]["id"].as_str().unwrap());
    house.as_(Who::Manager).get(&hers).is(403).refused("withheld_by_patient");
}

/// The condition of one row, in either database.
fn is(house: &House, id: &str) -> String {
    match house.database.backend() {
        tandem::db::Backend::Sqlite => format!("id = x'{}'", id.replace('-', "")),
        tandem::db::Backend::Postgres => format!("id = '{id}'"),
    }
}

on_both!(a_record_that_is_withheld_whole_leaves_nothing_but_who_the_patient_is);
fn a_record_that_is_withheld_whole_leaves_nothing_but_who_the_patient_is(house: &House) {
    signs(house, "quagga");
    let week = json!({"covers": "record", "bars": "everyone", "until": house.clock.now().plus_seconds(604_800)});
    decides(house, week);
    let document = exports(house, Who::Manager, to_the_insurer());
    let members: Vec<_> = document.json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["export", "left_out", "patient", "schema_version"]);
    assert_eq!(document.json["left_out"], json!([{"of": "record", "because": "consent_directive"}]));
    // Once it is over, the insurer gets more; what went out before stays as it was.
    house.passes(604_800);
    crate::house::renew_session(&mut house.database.owner(), Who::Manager, house.clock.now());
    assert_eq!(ids(&exports(house, Who::Manager, to_the_insurer()), "notes").len(), 1);
}

on_both!(only_a_privacy_officer_severs_and_ana_is_told_why);
fn only_a_privacy_officer_severs_and_ana_is_told_why(house: &House) {
    let (open, severed) = (signs(house, "Neck"), signs(house, "quagga"));
    let severing = |mut export: Value, note: &str| {
        export["severed"] = json!([{"note_id": note, "reason": "Names who told us in confidence"}]);
        export
    };
    let post = |who, export| house.as_(who).post(&record("/exports"), export);
    post(Who::Manager, severing(to_ana(), severed.id())).is(403).refused("role_does_not_allow");
    let refused = post(Who::PrivacyOfficer, severing(to_the_insurer(), severed.id())).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/severed");
    let foreign = house.signs_a_visit(Who::OtherMassage, Patient::Beat);
    let refused = post(Who::PrivacyOfficer, severing(to_ana(), foreign.id())).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/severed/0/note_id");
    let mut twice = severing(to_ana(), severed.id());
    twice["severed"] = json!([twice["severed"][0], twice["severed"][0]]);
    post(Who::PrivacyOfficer, twice).is(422);
    assert_eq!(house.count("SELECT COUNT(*) FROM record_export"), 0, "nothing left the house");

    let made = post(Who::PrivacyOfficer, severing(to_ana(), severed.id())).is(201);
    assert_eq!(made.json["severed"][0]["note_id"], json!(severed.id()));
    let document = house.as_(Who::PrivacyOfficer).get(&format!("/exports/{}", made.id())).is(200);
    assert_eq!(ids(&document, "notes"), [open.id()]);
    assert!(!document.text.contains("quagga"));
    let left_out = &document.json["left_out"][0];
    assert_eq!((&left_out["because"], &left_out["note_id"]), (&json!("severed"), &json!(severed.id())));
    assert_eq!(left_out["reason"], "Names who told us in confidence");
    assert!(prints(house, made.id()).text.contains("Names who told us in confidence"));
}

on_both!(the_page_names_every_signer_version_addendum_and_time_and_runs_nothing);
fn the_page_names_every_signer_version_addendum_and_time_and_runs_nothing(house: &House) {
    let note = grown(house);
    house.passes(60);
    let wrong = house.signs_a_visit(Who::Massage, Patient::Ana);
    let error = json!({"reason": "Somebody else's"});
    let path = format!("/notes/{}/entered-in-error", wrong.id());
    house.as_(Who::Massage).if_match(wrong.version()).post(&path, error).is(200);
    let made = house.as_(Who::PrivacyOfficer).post(&record("/exports"), to_ana()).is(201);
    let page = prints(house, made.id());
    for (header, expected) in [
        ("content-type", "text/html; charset=utf-8"),
        ("content-disposition", "attachment; filename=\"record-P-000001.html\""),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(page.header(header), Some(expected), "{header}");
    }
    for words in [
        "<h1>Record P-000001</h1>",
        "Her written request of 2 March 2026",
        "<h3>Progress (physiotherapy), visit of 2 March 2026, 08:00:01 (UTC+01:00), by Paula Frei</h3>",
        "<h4>Version 1, signed by Paula Frei at 2 March 2026, 08:00:01 (UTC+01:00)</h4>",
        "<h4>Version 2, signed by Paula Frei at 2 March 2026, 08:01:01 (UTC+01:00)</h4>",
        "<h4>Addendum 1, signed by Paula Frei at 2 March 2026, 08:02:01 (UTC+01:00)</h4>",
        "<dd>Called:<br>better.</dd>",
        "Sides mixed up",
        "<dt>Entered in error: By</dt>\n<dd>Mara Lang</dd>",
        note.json["hash"].as_str().unwrap(),
        made.json["hash"].as_str().unwrap(),
        "alert(1)",
    ] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    assert!(!page.text.contains("<script"), "{}", page.text);
    for tag in page.text.split('<').skip(1).map(|rest| rest.split(['>', ' ']).next().unwrap()) {
        let known = "!DOCTYPE html head meta title body h1 h2 h3 h4 section dl dt dd br footer p code";
        assert!(known.split(' ').any(|known| tag.trim_start_matches('/') == known), "<{tag}>");
    }
    house.as_(Who::PrivacyOfficer).header("Accept", "text/csv").get(&format!("/exports/{}", made.id())).is(406);
}

on_both!(who_hands_records_out_and_who_does_not);
fn who_hands_records_out_and_who_does_not(house: &House) {
    let made = house.as_(Who::Manager).post(&record("/exports"), to_ana()).is(201);
    let path = format!("/exports/{}", made.id());
    for who in [Who::Physio, Who::Massage, Who::Receptionist] {
        house.as_(who).post(&record("/exports"), to_ana()).is(403).refused("role_does_not_allow");
        house.as_(who).get(&path).is(403).refused("role_does_not_allow");
    }
    house.as_(Who::Elsewhere).post(&record("/exports"), to_ana()).is(404).refused("not_found");
    house.as_(Who::Elsewhere).get(&path).is(404).refused("not_found");
    for bad in [
        json!({"recipient": "press", "recipient_name": "A", "purpose": "B", "authority": "C"}),
        json!({"recipient": "other", "recipient_name": " ", "purpose": "B", "authority": "C"}),
        json!({"recipient": "other", "recipient_name": "A", "authority": "C"}),
        json!({"recipient": "other", "recipient_name": "A", "purpose": "B", "authority": ""}),
    ] {
        house.as_(Who::Manager).post(&record("/exports"), bad).is(422);
    }
    diesel::update(patient::table.find((Practice::Lakeside.id(), Patient::Ana.id())))
        .set(patient::staff_id.eq(Who::Owner.id()))
        .execute(&mut house.database.owner())
        .unwrap();
    house.as_(Who::Owner).post(&record("/exports"), to_ana()).is(403).refused("own_record");
    house.as_(Who::Owner).get(&path).is(403).refused("own_record");
    let document = exports(house, Who::PrivacyOfficer, to_the_insurer());
    assert!(
        !document.text.contains(&Who::Owner.id().to_string()),
        "whose record it is at work is nobody else's business"
    );
    decides(house, json!({"covers": "record", "bars": "person", "staff_id": Who::Manager.id()}));
    house.as_(Who::Manager).post(&record("/exports"), to_ana()).is(404).refused("not_found");
    house.as_(Who::Manager).get(&path).is(404).refused("not_found");
}

on_both!(what_awaits_a_second_signature_goes_with_the_record_marked_and_what_was_returned_does_not);
fn what_awaits_a_second_signature_goes_with_the_record_marked_and_what_was_returned_does_not(house: &House) {
    house.supervises(Some(Who::Owner), Who::Physio).is(200);
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let comments = json!({"comments": "quagga: look at the left side again"});
    let returned = house.moves(Who::Owner, &note, "return", comments).is(200);
    let signed = house.moves(Who::Physio, &returned, "sign", None).is(200);
    house.moves(Who::Owner, &signed, "cosign", None).is(200);
    let mut body = visit();
    body["subjective"]["text"] = json!("Right, not left");
    let amendment = json!({"reason": "typo", "explanation": "Sides mixed up", "body": body});
    let note = house.reads(Who::Physio, &note).is(200);
    house.moves(Who::Physio, &note, "amend", amendment).is(200);
    house.passes(1);
    let appended = house.as_(Who::Physio).post(&format!("/notes/{}/addenda", note.id()), json!({"text": "Called."}));
    let hashes: Vec<_> =
        appended.is(201).json["pending"].as_array().unwrap().iter().map(|one| one["hash"].clone()).collect();

    let document = exports(house, Who::PrivacyOfficer, to_ana());
    let note = &document.json["notes"][0];
    assert_eq!(note["versions"].as_array().unwrap().len(), 1, "the former version stands until then");
    let [amendment, addendum] = &note["awaiting_cosign"].as_array().unwrap()[..] else { panic!("{document}") };
    assert_eq!((&amendment["kind"], &amendment["reason"]), (&json!("amendment"), &json!("typo")));
    assert_eq!(amendment["body"]["subjective"]["text"], "Right, not left");
    assert_eq!(amendment["signed"]["by"]["name"], "Paula Frei");
    assert_eq!((&addendum["kind"], &addendum["text"]), (&json!("addendum"), &json!("Called.")));
    assert_eq!(hashes, [amendment["hash"].clone(), addendum["hash"].clone()]);
    assert!(
        !document.text.contains("quagga"),
        "what was returned is a draft again, and the comments are between the two"
    );
    let page = prints(house, document.json["export"]["id"].as_str().unwrap());
    for heading in ["Awaiting co-signature 1, signed by Paula Frei at", "Awaiting co-signature 2, signed by"] {
        assert!(page.text.contains(heading), "{heading}: {}", page.text);
    }

    // Once it is signed beside her, it is in force, and waits no more.
    let waiting = house.as_(Who::Owner).get("/cosignatures").is(200);
    for one in waiting.json["items"].as_array().unwrap() {
        let path = format!("/pending-changes/{}/cosign", one["id"].as_str().unwrap());
        house.as_(Who::Owner).if_match(1).post(&path, None).is(200);
    }
    let document = exports(house, Who::PrivacyOfficer, to_ana());
    let note = &document.json["notes"][0];
    assert_eq!((note["versions"].as_array().unwrap().len(), note.get("awaiting_cosign")), (2, None));
    assert_eq!(note["addenda"][0]["cosigned"]["by"]["name"], "Oskar Huber");
}

on_both!(joint_reviews_and_who_treated_before_go_with_the_record);
fn joint_reviews_and_who_treated_before_go_with_the_record(house: &House) {
    let half = |who| {
        let body = json!({"assessment": {"text": "quagga"}, "plan": {"text": "Go on."}});
        let new = json!({"kind": "joint_review", "service_at": MORNING, "body": body});
        let draft = house.begins(who, Patient::Ana, &new);
        house.moves(who, &draft, "sign", None).is(200)
    };
    let (physio, massage) = (half(Who::Physio), half(Who::Massage));
    let review = house.as_(Who::Physio).post(&record("/joint-reviews"), json!({"note_id": physio.id()})).is(201);
    let link = format!("/joint-reviews/{}/link", review.id());
    house.as_(Who::Massage).if_match(review.version()).post(&link, json!({"note_id": massage.id()})).is(200);
    house.joins(Who::OtherPhysio, Patient::Ana);
    let team = house.as_(Who::OtherPhysio).get(&record("/care-team")).is(200);
    let own = team.json["members"].as_array().unwrap().iter().find(|member| member["name"] == "Piet Jansen").unwrap();
    house.passes(60);
    house.as_(Who::OtherPhysio).delete(&format!("/care-team/{}", own["id"].as_str().unwrap())).is(204);

    let document = exports(house, Who::PrivacyOfficer, to_ana());
    let whole = &document.json["joint_reviews"][0];
    assert_eq!((&whole["state"], &whole["opened"]["by"]["name"]), (&json!("complete"), &json!("Paula Frei")));
    assert_eq!(whole["note_ids"], json!([physio.id(), massage.id()]));
    let [former] = &document.json["former_care_team"].as_array().unwrap()[..] else { panic!("{document}") };
    assert_eq!((&former["name"], &former["left_at"]), (&json!("Piet Jansen"), &json!(house.clock.now())));
    assert_eq!(document.json["care_team"].as_array().unwrap().len(), 2);
    let page = prints(house, document.json["export"]["id"].as_str().unwrap());
    assert!(page.text.contains("Joint review 1, begun by Paula Frei at"), "{}", page.text);

    // To others without the half that is withheld; that a review was held is no secret.
    decides(house, json!({"covers": "note", "covered_id": physio.id(), "bars": "discipline", "discipline": "massage"}));
    let document = exports(house, Who::PrivacyOfficer, to_the_insurer());
    assert_eq!(document.json["joint_reviews"][0]["note_ids"], json!([massage.id()]));
    assert!(!document.text.contains(physio.id()), "{document}");
}

on_both!(a_copy_goes_to_a_decision_maker_who_may_receive_records);
fn a_copy_goes_to_a_decision_maker_who_may_receive_records(house: &House) {
    let maker = |name: &str, may: bool, until: Option<&str>| {
        let maker = json!({"name": name, "relation": "mother", "authority": "guardianship", "may_consent": true,
            "may_receive_records": may, "until": until});
        house.as_(Who::Receptionist).post(&record("/decision-makers"), maker).is(201).id().to_owned()
    };
    let [anna, berta, clara] =
        [maker("Anna", true, None), maker("Berta", false, None), maker("Clara", true, Some("2026-03-01"))];
    let gives = |to: &str, name: &str, recipient: &str| {
        let export = json!({"recipient": recipient, "recipient_name": name, "decision_maker_id": to,
            "purpose": "Second opinion", "authority": "Guardianship"});
        house.as_(Who::Manager).post(&record("/exports"), export)
    };
    gives(&berta, "Berta", "patient").is(403).refused("may_not_receive_records");
    gives(&clara, "Clara", "patient").is(403).refused("may_not_receive_records");
    for (to, name, recipient, wrong) in [
        (&*anna, "Berta", "patient", "/recipient_name"),
        (&*anna, "Anna", "other", "/decision_maker_id"),
        (&*Patient::Ana.id().to_string(), "Anna", "patient", "/decision_maker_id"),
    ] {
        let refused = gives(to, name, recipient).is(422).refused("invalid");
        assert_eq!(refused.json["errors"][0]["pointer"], wrong);
    }
    let made = gives(&anna, "Anna", "patient").is(201);
    assert_eq!(made.json["decision_maker_id"], json!(anna));
    let document = house.as_(Who::Manager).get(&format!("/exports/{}", made.id())).is(200);
    assert_eq!(document.json["export"]["decision_maker_id"], json!(anna));
    assert_eq!(document.json["decision_makers"].as_array().unwrap().len(), 3);
}
