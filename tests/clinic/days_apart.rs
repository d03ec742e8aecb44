//! Days on which not everyone may see, sign or agree to everything.

use serde_json::{Value, json};
use tandem::policy::Action;

use crate::house::{Answer, House, PASSWORD, Patient, Practice, Who, new_visit, on_both, visit};

fn ana(tail: &str) -> String {
    format!("/patients/{}{tail}", Patient::Ana.id())
}

fn ids(answer: &Answer) -> Vec<&str> {
    answer.json["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

on_both!(a_student_under_supervision);
fn a_student_under_supervision(house: &House) {
    // Piet is new and treats Ana; Paula signs beside him, and would supervise no massage therapist.
    house.joins(Who::OtherPhysio, Patient::Ana);
    house.supervises(Some(Who::Massage), Who::OtherPhysio).is(422);
    house.supervises(Some(Who::Physio), Who::OtherPhysio).is(200);
    let draft = house.begins(Who::OtherPhysio, Patient::Ana, &new_visit());
    assert_eq!(house.reads(Who::Physio, &draft).is(200).json["shown"], "stub", "what he is writing is his");

    // What he signs is readable, and marked, until she has signed it too.
    let signed = house.moves(Who::OtherPhysio, &draft, "sign", None).is(200);
    assert_eq!(signed.json["state"], "awaiting_cosign");
    let read = house.reads(Who::Massage, &signed).is(200);
    assert_eq!((&read.json["state"], &read.json["shown"]), (&json!("awaiting_cosign"), &json!("full")));
    assert_eq!(ids(&house.as_(Who::Physio).get("/cosignatures").is(200)), [signed.id()]);
    house.moves(Who::Massage, &signed, "cosign", None).is(403).refused("not_the_supervisor");
    house.moves(Who::OtherPhysio, &signed, "cosign", None).is(403).refused("not_the_supervisor");

    // She returns it with a word; he looks again, and she signs. The words stay his.
    let comments = json!({"comments": "Which side did you measure?"});
    let returned = house.moves(Who::Physio, &signed, "return", comments).is(200);
    let own = house.reads(Who::OtherPhysio, &returned).is(200);
    assert_eq!(own.json["returns"][0]["comments"], "Which side did you measure?");
    let again = house.moves(Who::OtherPhysio, &returned, "sign", None).is(200);
    let stands = house.moves(Who::Physio, &again, "cosign", None).is(200);
    assert_eq!((&stands.json["state"], &stands.json["author"]["name"]), (&json!("signed"), &json!("Piet Jansen")));
    assert_eq!(stands.json["cosigned"]["by"]["name"], "Paula Frei");

    // An amendment of his waits likewise, and what stood before stands until then.
    let mut words = visit();
    words["plan"]["next_visit"] = json!("in two weeks");
    let amendment = json!({"reason": "omission", "body": words});
    let amended = house.moves(Who::OtherPhysio, &stands, "amend", amendment).is(200);
    assert_eq!(amended.json["body"]["plan"]["next_visit"], "in one week");
    let waiting = house.as_(Who::Physio).get("/cosignatures").is(200);
    let path = format!("/pending-changes/{}/cosign", ids(&waiting)[0]);
    house.as_(Who::Physio).if_match(1).post(&path, None).is(200);
    assert_eq!(house.reads(Who::Massage, &stands).is(200).json["body"]["plan"]["next_visit"], "in two weeks");
    assert_eq!(ids(&house.as_(Who::Physio).get("/cosignatures").is(200)), Vec::<&str>::new());
    house.verify_from_outside(Practice::Lakeside);
    house.finish();
}

on_both!(a_patient_who_bars_a_member_of_staff);
fn a_patient_who_bars_a_member_of_staff(house: &House) {
    // Mara treated Ana until this morning, when Ana told reception that Mara lives next door.
    let note = house.signs_a_visit(Who::Massage, Patient::Ana);
    assert_eq!(ids(&house.as_(Who::Massage).get("/patients").is(200)), [Patient::Ana.id().to_string()]);
    let next_door = json!({"covers": "record", "bars": "person", "staff_id": Who::Massage.id(), "reason": "Neighbour"});
    let directive = house.as_(Who::Receptionist).post(&ana("/consent-directives"), next_door).is(201);

    // From now on there is no such patient for her: not by name, not by id, not in her own note, not in an emergency.
    assert_eq!(ids(&house.as_(Who::Massage).get("/patients").is(200)), Vec::<&str>::new());
    let by_name = house.as_(Who::Massage).post("/patients/search", json!({"name": "brunner"})).is(200);
    assert_eq!(ids(&by_name), Vec::<&str>::new());
    for path in [ana(""), ana("/timeline"), ana("/safety-items"), format!("/notes/{}", note.id())] {
        house.as_(Who::Massage).get(&path).is(404).refused("not_found");
    }
    let words = house.as_(Who::Massage).post("/notes/search", json!({"words": "neck"})).is(200);
    assert_eq!((ids(&words), words.json.get("withheld")), (Vec::new(), None), "not even that something is withheld");
    let glass = json!({"reason_code": "serious_harm", "reason": "Collapsed at the door", "password": PASSWORD});
    house.as_(Who::Massage).post(&ana("/emergency-access"), glass).is(404).refused("not_found");
    house.as_(Who::Massage).post(&ana("/start-treating"), json!({"reason": "I know her"})).is(404);

    // The others go on; the privacy officer answers for what Mara wrote, and sees that she was turned away.
    house.reads(Who::Physio, &note).is(200);
    house.as_(Who::PrivacyOfficer).post(&ana("/audit-access"), json!({"reason": "Ana asks what Mara wrote"})).is(201);
    house.reads(Who::PrivacyOfficer, &note).is(200);
    let asked = format!("/audit/events?patient={}&actor={}&outcome=refused", Patient::Ana.id(), Who::Massage.id());
    assert_eq!(ids(&house.as_(Who::PrivacyOfficer).get(&asked).is(200)).len(), 6);

    // Ana thinks better of it, and everything is as it was.
    let revoke = format!("/consent-directives/{}/revoke", directive.id());
    house.as_(Who::Receptionist).if_match(1).post(&revoke, None).is(403).refused("role_does_not_allow");
    house.as_(Who::PrivacyOfficer).if_match(1).post(&revoke, None).is(200);
    house.reads(Who::Massage, &note).is(200);
    house.finish();
}

on_both!(a_patient_who_is_staff);
fn a_patient_who_is_staff(house: &House) {
    // Oskar, who owns the practice, has hurt his back. Reception registers him, and the privacy officer says who he is.
    let person = json!({"given_name": "Oskar", "family_name": "Huber", "birth_date": "1969-08-14"});
    let registered = house.as_(Who::Receptionist).post("/patients", person).is(201);
    let oskar = format!("/patients/{}", registered.json["patient"]["id"].as_str().unwrap());
    let own = json!({"staff_id": Who::Owner.id()});
    house.as_(Who::Manager).if_match(1).put(&format!("{oskar}/own-record"), own.clone()).is(403);
    house.as_(Who::PrivacyOfficer).if_match(1).put(&format!("{oskar}/own-record"), own).is(200);
    let booked = json!({"staff_id": Who::Physio.id(), "visit_date": "2026-03-02"});
    house.as_(Who::Receptionist).post(&format!("{oskar}/care-team"), booked).is(201);
    let draft = house.as_(Who::Physio).post(&format!("{oskar}/notes"), new_visit()).is(201);
    let note = house.moves(Who::Physio, &draft, "sign", None).is(200);

    // As manager and as physiotherapist he opens nothing of it, hands nothing out, breaks no glass, and is told so.
    for path in ["", "/notes", "/timeline", "/care-team", "/access-report"] {
        house.as_(Who::Owner).get(&format!("{oskar}{path}")).is(403).refused("own_record");
    }
    house.reads(Who::Owner, &note).is(403).refused("own_record");
    let words = house.as_(Who::Owner).post("/patients/search", json!({"name": "huber"})).is(200);
    assert_eq!(ids(&words), Vec::<&str>::new());
    for (path, body) in [
        ("audit-access", json!({"reason": "To check"})),
        ("start-treating", json!({"reason": "I know my back best"})),
        ("emergency-access", json!({"reason_code": "serious_harm", "reason": "It hurts", "password": PASSWORD})),
    ] {
        house.as_(Who::Owner).post(&format!("{oskar}/{path}"), body).is(403).refused("own_record");
    }

    // Whoever opens it is watched: of a colleague's record every opening is marked.
    house.reads(Who::Physio, &note).is(200);
    let events = house.sealed_events(Practice::Lakeside);
    let opened = events.iter().rfind(|event| event.action == Action::ReadNote).unwrap();
    assert!(opened.unusual, "{opened:?}");
    // What he is entitled to he is given like any patient, by somebody else.
    let export = json!({"recipient": "patient", "recipient_name": "Oskar Huber", "purpose": "His own files",
        "authority": "His written request of 2 March 2026"});
    let made = house.as_(Who::PrivacyOfficer).post(&format!("{oskar}/exports"), export).is(201);
    house.as_(Who::Owner).get(&format!("/exports/{}", made.id())).is(403).refused("own_record");
    let document = house.as_(Who::PrivacyOfficer).get(&format!("/exports/{}", made.id())).is(200);
    assert_eq!(document.json["notes"][0]["author"]["name"], "Paula Frei");
    house.finish();
}

on_both!(a_minor_with_two_guardians);
fn a_minor_with_two_guardians(house: &House) {
    // Lea is fifteen. Both her parents are on file; her father decides nothing about treatment, by order of the court.
    let lea = json!({"given_name": "Lea", "family_name": "Graf", "birth_date": "2010-06-01"});
    let lea = house.as_(Who::Physio).post("/patients", lea).is(201);
    let lea = format!("/patients/{}", lea.json["patient"]["id"].as_str().unwrap());
    let guardian = |name: &str, relation: &str, may_consent: bool| {
        let maker = json!({"name": name, "relation": relation, "authority": "parental responsibility",
            "may_consent": may_consent, "may_receive_records": true, "until": "2028-05-31"});
        house.as_(Who::Receptionist).post(&format!("{lea}/decision-makers"), maker).is(201)
    };
    let (mother, father) = (guardian("Anna Graf", "mother", true), guardian("Bruno Graf", "father", false));
    let signs_with = |giver: Value| {
        let mut new = new_visit();
        new["body"]["consent"]["given_by"] = giver;
        let draft = house.as_(Who::Physio).post(&format!("{lea}/notes"), new).is(201);
        house.moves(Who::Physio, &draft, "sign", None)
    };
    let says = |who: &Answer| json!({"who": "decision_maker", "id": who.id(), "name": who.json["name"], "relation": who.json["relation"]});
    let refused = signs_with(says(&father)).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/body/consent/given_by/id");
    let signed = signs_with(says(&mother)).is(200);
    assert_eq!(signed.json["body"]["consent"]["given_by"]["name"], "Anna Graf", "the note names who agreed");
    // She may understand enough to agree alone: that is the therapist's to judge, who is warned.
    assert_eq!(signs_with(json!({"who": "patient"})).is(200).json["warnings"], json!(["minor_consented"]));

    // The court gives both parents the same right: from today on the father agrees too.
    let restored = json!({"may_consent": true, "authority": "court order of 2 March 2026"});
    house.as_(Who::Receptionist).if_match(1).patch(&format!("/decision-makers/{}", father.id()), restored).is(200);
    signs_with(says(&father)).is(200);

    // Either is handed her record, which says who they are and who agreed to what.
    let export = json!({"recipient": "patient", "recipient_name": "Bruno Graf, father", "purpose": "School sports",
        "authority": "Parental responsibility, may receive records"});
    let made = house.as_(Who::Manager).post(&format!("{lea}/exports"), export).is(201);
    let document = house.as_(Who::Manager).get(&format!("/exports/{}", made.id())).is(200);
    let makers = document.json["decision_makers"].as_array().unwrap();
    assert_eq!(makers.len(), 2);
    assert_eq!(document.json["export"]["recipient_name"], "Bruno Graf, father");
    let consents: Vec<_> = document.json["notes"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|note| note["versions"][0]["body"]["consent"]["given_by"]["name"].as_str())
        .collect();
    assert!(consents.contains(&"Anna Graf") && consents.contains(&"Bruno Graf"), "{consents:?}");
    house.finish();
}
