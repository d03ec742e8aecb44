//! Finding, registering and reading, as a therapist does it all day.

use serde_json::json;

use crate::house::{House, PASSWORD, Patient, Who, on_both};

fn chart(of: Patient) -> String {
    format!("/patients/{}", of.id())
}

on_both!(paula_finds_ana_and_reads_what_is_new);
fn paula_finds_ana_and_reads_what_is_new(house: &House) {
    let note = house.signs_a_visit(Who::Massage, Patient::Ana);
    let item = json!({"kind": "allergy", "what": "Latex gloves", "severity": "absolute"});
    house.as_(Who::Massage).post(&format!("{}/safety-items", chart(Patient::Ana)), item).is(201);
    let paula = house.browser_of(Who::Physio);
    for words in ["brun", "23.5.1984", "P-000001", "1"] {
        paula.post("/patients/search", &[("words", words)]).is(200).says(&chart(Patient::Ana)).says("Brunner, Ana");
    }
    paula.post("/patients/search", &[("words", " ")]).is(422);
    paula.post("/patients/search", &[("by/name", "nobody"), ("by/birth_date", "")]).is(200).says("Nobody fits");
    let page = paula.get(&chart(Patient::Ana)).is(200).says("Ana Brunner").says("absolute: Latex gloves");
    let page = page.says("mark massage").says("Massage").says("New note").says(&format!("/notes/{}", note.id()));
    assert!(!page.text.contains("<title>Ana"), "no name in the browser's history");
    paula
        .get(&format!("/notes/{}", note.id()))
        .is(200)
        .says("Deep tissue massage")
        .says("Tense neck")
        .says("Signed by");
}

on_both!(who_does_not_treat_is_told_what_to_do);
fn who_does_not_treat_is_told_what_to_do(house: &House) {
    let piet = house.browser_of(Who::OtherPhysio);
    let treat = format!("{}/treat", chart(Patient::Ana));
    let refused = piet.get(&chart(Patient::Ana)).is(403).says(&treat).says("emergency access");
    refused.says("Piet Jansen").says_not("Brunner");
    let page = piet.get(&treat).is(200);
    let key = page.field("_key");
    piet.post(&treat, &[("_key", &key), ("reason", "")]).is(422).says("Please fill this in.").says(&key);
    let fields = [("_key", key.as_str()), ("reason", "Stands in for Paula today")];
    piet.post(&treat, &fields).goes_to(&chart(Patient::Ana));
    piet.post(&treat, &fields).goes_to(&chart(Patient::Ana));
    piet.get(&chart(Patient::Ana)).is(200).says("on the care team now");
    let memberships = "SELECT COUNT(*) AS number FROM care_team WHERE reason = 'Stands in for Paula today'";
    assert_eq!(house.count(memberships), 1, "a double click joins once");
}

on_both!(in_an_emergency_the_record_opens_for_an_hour);
fn in_an_emergency_the_record_opens_for_an_hour(house: &House) {
    let piet = house.browser_of(Who::OtherPhysio);
    let emergency = format!("{}/emergency", chart(Patient::Ana));
    piet.get(&emergency).is(200).says("Ana Brunner");
    let asked = |password| {
        let fields = [("reason_code", "serious_harm"), ("reason", "Collapsed in the gym"), ("password", password)];
        piet.post(&emergency, &fields)
    };
    asked("not his").is(401).says("Collapsed in the gym");
    asked(PASSWORD).goes_to(&chart(Patient::Ana));
    let page = piet.get(&chart(Patient::Ana)).is(200).says("Emergency access").says("every look is recorded");
    // Whoever only reads is not let write what could not be saved.
    piet.get(&format!("{}/notes/new", chart(Patient::Ana))).is(403);
    let access = page.text.split("action=\"/accesses/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let patient = Patient::Ana.id().to_string();
    piet.post(&format!("/accesses/{access}/end"), &[("patient", &patient)]).goes_to("/");
    piet.get(&chart(Patient::Ana)).is(403);
    let greta = house.browser_of(Who::Manager);
    greta.get(&format!("{}/access", chart(Patient::Ana))).is(200).says("Piet Jansen").says("emergency");
}

on_both!(a_patient_is_registered_once_and_look_alikes_are_shown);
fn a_patient_is_registered_once_and_look_alikes_are_shown(house: &House) {
    let rita = house.browser_of(Who::Receptionist);
    let key = rita.get("/patients/new").is(200).field("_key");
    let with = |family: &'static str, born: &'static str, key: &str| {
        let fields = [("_key", key), ("given_name", "Anna"), ("family_name", family), ("birth_date", born)];
        let contact = [("emergency_contact/name", ""), ("emergency_contact/phone", ""), ("sex", "")];
        rita.post("/patients", &[&fields[..], &contact[..], &[("emergency_contact/relation", "")]].concat())
    };
    with("Brunner", "1984-13-40", &key).is(422).says("id=\"f-birth_date-error\"").says("value=\"Brunner\"");
    with("Brunner", "1984-05-23", &key).is(200).says("Look twice").says(&chart(Patient::Ana));
    with("Brunner", "1984-05-23", &key).is(200);
    let registered = "SELECT COUNT(*) AS number FROM patient WHERE given_name = 'Anna'";
    assert_eq!(house.count(registered), 1);
    let other = rita.get("/patients/new").field("_key");
    let location = with("Zwahlen", "2001-01-02", &other).is(303).location().to_owned();
    rita.get(&location).is(200).says("The patient is registered.").says_not("Timeline");
}

on_both!(contact_details_are_changed_over_what_was_read);
fn contact_details_are_changed_over_what_was_read(house: &House) {
    let rita = house.browser_of(Who::Receptionist);
    let path = format!("{}/contact", chart(Patient::Ana));
    let version = rita.get(&path).is(200).says("value=\"Brunner\"").field("_version");
    let with = |phone: &'static str| {
        let fields = [("_version", version.as_str()), ("given_name", "Ana"), ("family_name", "Brunner")];
        rita.post(&path, &[&fields[..], &[("birth_date", "1984-05-23"), ("phone", phone), ("gp", "")]].concat())
    };
    with("+41 44 555 01 02").goes_to(&chart(Patient::Ana));
    with("+41 44 555 09 09").is(412).says("Somebody changed this").says("+41 44 555 09 09");
    rita.get(&chart(Patient::Ana)).is(200).says("+41 44 555 01 02");
}

on_both!(hostile_words_are_shown_as_words);
fn hostile_words_are_shown_as_words(house: &House) {
    let paula = house.browser_of(Who::Physio);
    let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    let names =
        [("given_name", hostile), ("family_name", "\u{202b}</title>\u{202c}\u{1f600}"), ("birth_date", "1990-01-01")];
    let patient = paula.post("/patients", &names).is(303).location().to_owned();
    let id = patient.rsplit('/').next().unwrap();
    let words = format!("{hostile} {}", "lang ".repeat(3_000));
    let body = json!({"subjective": {"text": words, "pain": {"now": 1}}, "plan": {"text": hostile},
        "treatment": [{"technique": "education", "response": hostile}],
        "consent": {"given": true, "given_by": {"who": "patient"}}});
    let new = json!({"kind": "progress", "service_at": "2026-03-02T06:30:00Z", "body": body});
    let draft = house.as_(Who::Physio).post(&format!("/patients/{id}/notes"), new).is(201);
    house.moves(Who::Physio, &draft, "sign", None).is(200);
    let item = json!({"kind": "precaution", "what": hostile, "severity": "caution"});
    house.as_(Who::Physio).post(&format!("/patients/{id}/safety-items"), item).is(201);
    for page in
        [patient.clone(), format!("{patient}/safety"), format!("{patient}/contact"), format!("/notes/{}", draft.id())]
    {
        let shown = paula.get(&page).is(200);
        assert!(!shown.text.contains("<script>alert") && !shown.text.contains("<img"), "{page}");
        assert!(shown.text.contains("&#60;script&#62;alert(1)"), "{page}");
    }
    paula.post("/patients/search", &[("by/name", hostile)]).is(200).says("&#60;script&#62;").says_not("<script>alert");
}

on_both!(a_signed_note_shows_its_versions_and_what_was_added);
fn a_signed_note_shows_its_versions_and_what_was_added(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let path = format!("/notes/{}", note.id());
    let mut body = note.json["body"].clone();
    body["plan"]["next_visit"] = json!("in two weeks");
    house.moves(Who::Physio, &note, "amend", json!({"reason": "typo", "body": body})).is(200);
    let paula = house.browser_of(Who::Physio);
    paula.post(&format!("{path}/addenda"), &[("text", "")]).is(422);
    paula.post(&format!("{path}/addenda"), &[("text", "Telephoned:\r\nno pain since")]).goes_to(&path);
    let page = paula.get(&path).is(200).says("in two weeks").says("Telephoned:\nno pain since").says("Version 1");
    assert!(page.text.contains("what changed"));
    paula.get(&format!("{path}/versions?to=1")).is(200).says("in one week");
    let diff = paula.get(&format!("{path}/versions?from=1&to=2")).is(200);
    diff.says("<del>one").says("<ins>two");
    paula.get(&format!("{path}/versions?to=7")).is(404);
    house.browser_of(Who::Manager).get(&path).is(403).says_not("in two weeks");
}

on_both!(the_worklist_names_what_awaits_each);
fn the_worklist_names_what_awaits_each(house: &House) {
    house.lays_draft(Who::Physio, Patient::Ana, house.clock.now().plus_seconds(-30 * 3_600), 9);
    let home = house.browser_of(Who::Physio).get("/").is(200).says("Notes to sign").says("Progress: Ana Brunner");
    home.says("30 h unsigned").says("/edit");
    for who in [Who::Manager, Who::Receptionist, Who::PrivacyOfficer] {
        // Whose draft it is they are told; it is not theirs to open.
        house.browser_of(who).get("/").is(200).says("At the desk").says_not("Brunner").says_not("/edit");
        let chart = house.browser_of(who).get(&format!("/patients/{}", Patient::Ana.id())).is(200);
        chart.says_not("Episodes of care");
        let asked = "SELECT COUNT(*) AS number FROM audit_event WHERE outcome = 'refused'";
        assert_eq!(house.count(asked), 0, "nothing is asked that is known to be refused");
    }
    let chart = house.browser_of(Who::Physio).get(&format!("/patients/{}", Patient::Ana.id())).is(200);
    chart.says("Episodes of care").says("None yet.");
}

on_both!(paulas_last_note_is_at_hand_however_much_happened_since);
fn paulas_last_note_is_at_hand_however_much_happened_since(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    for number in 0..41 {
        house.passes(1);
        let message = json!({"text": format!("Message {number}")});
        house.as_(Who::Massage).post(&format!("{}/messages", chart(Patient::Ana)), message).is(201);
    }
    let page = house.browser_of(Who::Physio).get(&chart(Patient::Ana)).is(200);
    page.says(&format!("action=\"/notes/{}/copy-forward\"", note.id()));
}
