//! Days in the clinic, from the door to the evening.

use serde_json::json;

use crate::house::{Answer, House, MORNING, PASSWORD, Patient, Practice, Who, new_visit, on_both};

fn ids(answer: &Answer) -> Vec<String> {
    answer.json["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

on_both!(a_new_therapists_first_morning);
fn a_new_therapists_first_morning(house: &House) {
    // The manager takes Nora on; she chooses a password by her invitation and signs in.
    let nora = json!({"name": "Nora Blum", "email": "nora@lakeside.example", "roles": ["physiotherapist"]});
    let hired = house.as_(Who::Manager).post("/staff", nora).is(201);
    let accept = json!({"token": hired.json["invitation"]["token"], "password": "nine wrens in the reeds"});
    house.stranger().post("/invitations/accept", accept.clone()).is(204);
    house.stranger().post("/invitations/accept", accept).is(401).refused("sign_in_failed");
    let login = json!({"email": "nora@lakeside.example", "password": "nine wrens in the reeds"});
    let tokens = house.stranger().post("/auth/login", login).is(200);
    let nora = || {
        house.stranger().header("authorization", format!("Bearer {}", tokens.json["access_token"].as_str().unwrap()))
    };
    assert_eq!(nora().get("/me").is(200).json["roles"], json!(["physiotherapist"]));

    // She treats nobody yet, finds Ana, and reads nothing of her before reception has booked her.
    assert_eq!(nora().get("/patients").is(200).json["items"], json!([]));
    let found = nora().post("/patients/search", json!({"name": "brunner"})).is(200);
    assert_eq!(ids(&found), [Patient::Ana.id().to_string()]);
    let (page, notes) = (format!("/patients/{}", Patient::Ana.id()), format!("/patients/{}/notes", Patient::Ana.id()));
    nora().get(&page).is(403).refused("no_relation");
    let written = house.signs_a_visit(Who::Massage, Patient::Ana);
    let booked = json!({"staff_id": hired.json["id"], "visit_date": "2026-03-02"});
    house.as_(Who::Receptionist).post(&format!("{page}/care-team"), booked).is(201);

    // Now she reads what the massage therapist wrote, and writes and signs her own first note.
    assert_eq!(ids(&nora().get("/patients").is(200)), [Patient::Ana.id().to_string()]);
    assert_eq!(ids(&nora().get(&notes).is(200)), [written.id()]);
    let draft = nora().post(&notes, new_visit()).is(201);
    nora().if_match(1).post(&format!("/notes/{}/sign", draft.id()), None).is(200);
    assert_eq!(
        house.as_(Who::Massage).get(&format!("/notes/{}", draft.id())).is(200).json["author"]["name"],
        "Nora Blum"
    );
    house.verify_from_outside(Practice::Lakeside);
    house.finish();
}

on_both!(a_walk_in_is_registered_treated_and_written_up_within_the_hour);
fn a_walk_in_is_registered_treated_and_written_up_within_the_hour(house: &House) {
    let person = json!({"given_name": "Ana", "family_name": "Bruner", "birth_date": "1984-05-23"});
    let registered = house.as_(Who::OtherPhysio).post("/patients", person).is(201);
    // Somebody born that day has nearly that name: the therapist is told before there are two records of one person.
    let alike = registered.json["possible_duplicates"].as_array().unwrap();
    assert_eq!(alike.iter().map(|other| &other["id"]).collect::<Vec<_>>(), [&json!(Patient::Ana.id())]);
    let patient = registered.json["patient"]["id"].as_str().unwrap();
    let draft = house.as_(Who::OtherPhysio).post(&format!("/patients/{patient}/notes"), new_visit()).is(201);
    let sign = format!("/notes/{}/sign", draft.id());
    let signed = house.as_(Who::OtherPhysio).if_match(1).post(&sign, None).is(200);
    assert_eq!(signed.json["late_entry"], false);
    house.as_(Who::Physio).get(&format!("/notes/{}", draft.id())).is(403).refused("no_relation");
    house.finish();
}

on_both!(a_manager_who_also_treats_may_do_what_either_may_and_no_more);
fn a_manager_who_also_treats_may_do_what_either_may_and_no_more(house: &House) {
    let page = format!("/patients/{}", Patient::Ana.id());
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let note = format!("/notes/{}", note.id());
    // As a manager the owner sees the front page and the staff; as a therapist who does not treat Ana, no note.
    house.as_(Who::Owner).get(&page).is(200);
    house.as_(Who::Owner).get("/staff").is(200);
    house.as_(Who::Owner).get(&note).is(403).refused("no_relation");
    house.as_(Who::Owner).post(&format!("{page}/start-treating"), json!({"reason": "Paula is away"})).is(201);
    house.as_(Who::Owner).get(&note).is(200);
    // The log tells in which role each was done, the narrowest that sufficed.
    let roles = |action: &str| {
        let asked = format!("/audit/events?actor={}&action={action}&outcome=done", Who::Owner.id());
        house.as_(Who::Manager).get(&asked).is(200).json["items"][0]["actor"]["role"].clone()
    };
    assert_eq!((roles("list_staff"), roles("read_note")), (json!("manager"), json!("physiotherapist")));
    // They change nobody's roles but others', and review nobody's accesses, being no privacy officer.
    let own = json!({"roles": ["manager", "privacy_officer"]});
    house.as_(Who::Owner).if_match(1).patch(&format!("/staff/{}", Who::Owner.id()), own).is(403).refused("own_record");
    house.finish();
}

on_both!(a_therapist_who_leaves_hands_over_and_what_they_signed_stays);
fn a_therapist_who_leaves_hands_over_and_what_they_signed_stays(house: &House) {
    let signed = house.signs_a_visit(Who::Physio, Patient::Ana);
    let notes = format!("/patients/{}/notes", Patient::Ana.id());
    let draft = house.as_(Who::Physio).post(&notes, new_visit()).is(201);
    let left = format!("/staff/{}", Who::Physio.id());
    let handed = house.as_(Who::Manager).if_match(1).post(&format!("{left}/deactivate"), None).is(200);
    assert_eq!(handed.json["patients"][0]["patient_id"], json!(Patient::Ana.id()));
    assert_eq!(handed.json["drafts"][0]["note_id"], draft.id());
    house.as_(Who::Physio).get("/me").is(401).refused("not_signed_in");
    // What was signed stays; the draft can be read, marked as what it is, and never be signed.
    house.as_(Who::Massage).get(&format!("/notes/{}", signed.id())).is(200);
    let unsigned = house.as_(Who::Massage).get(&format!("/notes/{}", draft.id())).is(200);
    assert_eq!(unsigned.json["state"], "left_unsigned");
    assert!(unsigned.json["body"].is_object());
    for (recipient, goes) in [("patient", true), ("other", false)] {
        let export =
            json!({"recipient": recipient, "recipient_name": "Ana", "purpose": "Claim", "authority": "Consent"});
        let exports = format!("/patients/{}/exports", Patient::Ana.id());
        let made = house.as_(Who::Manager).post(&exports, export).is(201);
        let document = house.as_(Who::Manager).get(&format!("/exports/{}", made.id())).is(200);
        let notes = document.json["notes"].as_array().unwrap();
        let unsigned = notes.iter().find(|note| note["id"] == draft.id()).unwrap();
        assert_eq!(unsigned.get("body").is_some(), goes, "others are handed no words that nobody signed: {recipient}");
    }
    let booked = json!({"staff_id": Who::OtherPhysio.id(), "visit_date": "2026-03-04"});
    house.as_(Who::Receptionist).post(&format!("/patients/{}/care-team", Patient::Ana.id()), booked).is(201);
    let sign = format!("/notes/{}/sign", draft.id());
    house.as_(Who::OtherPhysio).if_match(2).post(&sign, None).is(403).refused("not_the_author");
    // A manager acts where the author cannot: a note that turns out to be wrong is declared so.
    let wrong = json!({"reason": "Written into the wrong record"});
    let declare = format!("/notes/{}/entered-in-error", signed.id());
    house.as_(Who::Manager).if_match(2).post(&declare, wrong).is(200);

    // Who comes back a year later signs in as before, and is on nobody's care team.
    house.as_(Who::Manager).if_match(2).patch(&left, json!({"active": false})).is(422);
    house.as_(Who::Manager).if_match(2).patch(&left, json!({"active": true})).is(200);
    let sign_in = json!({"email": Who::Physio.email(), "password": PASSWORD});
    let tokens = house.stranger().post("/auth/login", sign_in).is(200);
    let token = tokens.json["access_token"].as_str().unwrap();
    let paula = house.stranger().header("Authorization", format!("Bearer {token}"));
    assert_eq!(paula.get("/patients").is(200).json["items"], json!([]));
    house.verify_from_outside(Practice::Lakeside);
    house.finish();
}

on_both!(an_expired_hour_in_the_middle_of_an_emergency_is_over);
fn an_expired_hour_in_the_middle_of_an_emergency_is_over(house: &House) {
    let note = house.signs_a_visit(Who::Massage, Patient::Ana);
    let path = format!("/notes/{}", note.id());
    let glass = json!({"reason_code": "unable_to_consent", "reason": "Fainted on the way in", "password": PASSWORD});
    house.as_(Who::OtherPhysio).post(&format!("/patients/{}/emergency-access", Patient::Ana.id()), glass).is(201);
    house.as_(Who::OtherPhysio).get(&path).is(200);
    // Who breaks the glass reads; who treats from now on says so, and then may write.
    let start = format!("/patients/{}/start-treating", Patient::Ana.id());
    house.as_(Who::OtherPhysio).post(&start, json!({"reason": "I was next door when she fainted"})).is(201);
    let new = json!({"kind": "phone_contact", "service_at": MORNING, "body": {"text": "Her husband was called."}});
    house.as_(Who::OtherPhysio).post(&format!("/patients/{}/notes", Patient::Ana.id()), new).is(201);
    house.passes(3_600);
    house.as_(Who::OtherPhysio).get(&path).is(200);
    house.finish();
}

on_both!(what_is_written_up_more_than_a_day_later_says_so_wherever_it_is_read);
fn what_is_written_up_more_than_a_day_later_says_so_wherever_it_is_read(house: &House) {
    let signs = |seconds: i64| {
        let mut new = new_visit();
        new["service_at"] = json!(MORNING.plus_seconds(-seconds));
        let draft = house.begins(Who::Physio, Patient::Ana, &new);
        house.moves(Who::Physio, &draft, "sign", None).is(200)
    };
    let notes = [signs(86_400), signs(86_401)];
    assert_eq!(notes.each_ref().map(|note| note.json["late_entry"].clone()), [json!(false), json!(true)]);
    let of_ana = |tail: &str| format!("/patients/{}{tail}", Patient::Ana.id());
    let export = json!({"recipient": "patient", "recipient_name": "Ana", "purpose": "Claim", "authority": "Consent"});
    let export = house.as_(Who::Manager).post(&of_ana("/exports"), export).is(201);
    let document = house.as_(Who::Manager).get(&format!("/exports/{}", export.id())).is(200);
    let list = house.as_(Who::Massage).get(&of_ana("/notes")).is(200);
    for (note, is_late) in notes.iter().zip([false, true]) {
        assert_eq!(house.reads(Who::Massage, note).is(200).json["late_entry"], is_late);
        for (items, told) in [(&list.json["items"], &list), (&document.json["notes"], &document)] {
            let told_of = items.as_array().unwrap().iter().find(|item| item["id"] == note.json["id"]);
            assert_eq!(told_of.unwrap()["late_entry"], is_late, "{told}");
        }
    }
    let print = house.as_(Who::Manager).header("Accept", "text/html").get(&format!("/exports/{}", export.id())).is(200);
    assert_eq!(print.text.matches("<dt>Late entry</dt>\n<dd>yes</dd>").count(), 1, "{print}");
}
