//! A student under supervision: Piet is new, and what he signs waits for Paula's signature.

use serde_json::{Value, json};
use tandem::policy::Action;

use crate::house::{Answer, House, MORNING, Patient, Practice, Who, new_visit, on_both, visit};

const STUDENT: Who = Who::OtherPhysio;
const SUPERVISOR: Who = Who::Physio;

/// Piet treats Ana beside Paula, who signs beside him.
fn under_supervision(house: &House) {
    house.joins(STUDENT, Patient::Ana);
    house.supervises(Some(SUPERVISOR), STUDENT).is(200);
}

/// A visit with these words.
fn visit_of(text: &str) -> Value {
    let mut body = visit();
    body["subjective"]["text"] = json!(text);
    body
}

fn saves(house: &House, who: Who, note: &Answer, text: &str) -> Answer {
    let save = json!({"service_at": MORNING, "body": visit_of(text)});
    house.as_(who).if_match(note.version()).put(&format!("/notes/{}", note.id()), save)
}

fn signs(house: &House) -> Answer {
    let draft = house.begins(STUDENT, Patient::Ana, &new_visit());
    house.moves(STUDENT, &draft, "sign", None).is(200)
}

/// What waits for somebody, as `what by whom`.
fn waits_for(house: &House, who: Who) -> Vec<String> {
    let list = house.as_(who).get("/cosignatures").is(200);
    let what = |item: &Value| item["pending"].as_str().unwrap_or("note").to_owned();
    list.json["items"].as_array().unwrap().iter().map(what).collect()
}

on_both!(a_student_signs_and_the_supervisor_signs_beside_them);
fn a_student_signs_and_the_supervisor_signs_beside_them(house: &House) {
    under_supervision(house);
    let signed = signs(house);
    assert_eq!((&signed.json["state"], &signed.json["current_version"]), (&json!("awaiting_cosign"), &json!(0)));
    let hash = signed.json["hash"].clone();
    assert!(hash.is_string(), "what was signed is hashed at once: {signed}");

    // It is readable and marked, for the other discipline too.
    let read = house.reads(Who::Massage, &signed).is(200);
    assert_eq!((&read.json["shown"], &read.json["state"]), (&json!("full"), &json!("awaiting_cosign")));
    assert_eq!(waits_for(house, SUPERVISOR), ["note"]);
    let whose = &house.as_(SUPERVISOR).get("/cosignatures").is(200).json["items"][0]["patient"];
    assert_eq!((&whose["id"], &whose["family_name"]), (&json!(Patient::Ana.id()), &json!("Brunner")));
    assert_eq!(waits_for(house, STUDENT), [""; 0]);

    // Nobody signs beside him but his supervisor, and the words stand still meanwhile.
    house.moves(Who::Massage, &signed, "cosign", None).is(403).refused("not_the_supervisor");
    house.moves(STUDENT, &signed, "cosign", None).is(403).refused("not_the_supervisor");
    saves(house, STUDENT, &signed, "Second thoughts").is(409).refused("wrong_state");
    let amendment = json!({"reason": "typo", "body": visit()});
    house.moves(STUDENT, &signed, "amend", amendment).is(409).refused("wrong_state");

    house.passes(60);
    let cosigned = house.moves(SUPERVISOR, &signed, "cosign", None).is(200);
    assert_eq!((&cosigned.json["state"], &cosigned.json["current_version"]), (&json!("signed"), &json!(1)));
    assert_eq!(cosigned.json["author"]["name"], "Piet Jansen", "the words stay the author's");
    assert_eq!(cosigned.json["signed_at"], signed.json["signed_at"], "and so does the time of signing");
    assert_eq!(cosigned.json["cosigned"]["by"]["name"], "Paula Frei");
    assert_eq!(cosigned.json["hash"], hash);
    assert_eq!(waits_for(house, SUPERVISOR), [""; 0]);

    let version = house.as_(Who::Massage).get(&format!("/notes/{}/versions/1", signed.id())).is(200);
    assert_eq!(version.json["signed_by"]["name"], "Piet Jansen");
    assert_eq!(version.json["cosigned"]["by"]["name"], "Paula Frei");
    assert_ne!(version.json["cosigned"]["at"], version.json["signed_at"]);

    let events = house.sealed_events(Practice::Lakeside);
    for action in [Action::SignNote, Action::CosignNote] {
        let event = events.iter().find(|event| event.action == action && event.hash.is_some()).unwrap();
        assert_eq!(json!(event.hash.unwrap()), hash, "{action}");
    }
}

on_both!(a_returned_note_is_a_draft_again_and_what_was_signed_is_kept);
fn a_returned_note_is_a_draft_again_and_what_was_signed_is_kept(house: &House) {
    under_supervision(house);
    let signed = signs(house);
    let blank = json!({"comments": "  "});
    house.moves(SUPERVISOR, &signed, "return", blank).is(422).refused("invalid");
    let comments = json!({"comments": "Which side was stiff?"});
    house.moves(Who::Massage, &signed, "return", comments.clone()).is(403).refused("not_the_supervisor");
    let back = house.moves(SUPERVISOR, &signed, "return", comments).is(200);
    assert_eq!((&back.json["state"], &back.json["shown"]), (&json!("draft"), &json!("stub")));
    assert_eq!(waits_for(house, SUPERVISOR), [""; 0]);

    let own = house.reads(STUDENT, &signed).is(200);
    let returned = &own.json["returns"][0];
    assert_eq!(returned["comments"], "Which side was stiff?");
    assert_eq!(returned["returned_by"]["name"], "Paula Frei");
    assert_eq!((&returned["hash"], &returned["body"]), (&signed.json["hash"], &signed.json["body"]));
    assert_eq!(own.json.get("signed_at"), None, "a draft is not signed");
    let to_others = house.reads(Who::Massage, &signed).is(200);
    assert!(!to_others.text.contains("Which side"), "comments are between the two: {to_others}");

    // What others have read is not thrown away.
    house
        .as_(STUDENT)
        .if_match(own.version())
        .delete(&format!("/notes/{}", signed.id()))
        .is(409)
        .refused("wrong_state");

    let better = saves(house, STUDENT, &own, "Stiff on the left.").is(200);
    let again = house.moves(STUDENT, &better, "sign", None).is(200);
    assert_ne!(again.json["hash"], signed.json["hash"]);
    let read = house.reads(SUPERVISOR, &again).is(200);
    assert_eq!(read.json["returns"][0]["body"], signed.json["body"], "the supervisor compares");
    assert_eq!(house.reads(Who::Massage, &again).is(200).json.get("returns"), None);
    house.moves(SUPERVISOR, &again, "cosign", None).is(200);
}

on_both!(an_amendment_leaves_the_former_version_current_until_it_is_co_signed);
fn an_amendment_leaves_the_former_version_current_until_it_is_co_signed(house: &House) {
    under_supervision(house);
    let signed = signs(house);
    let note = house.moves(SUPERVISOR, &signed, "cosign", None).is(200);
    let amendment = json!({"reason": "omission", "explanation": "The side", "body": visit_of("Left side.")});
    let own = house.reads(STUDENT, &note).is(200);
    let amended = house.moves(STUDENT, &own, "amend", amendment.clone()).is(200);
    assert_eq!((&amended.json["current_version"], &amended.json["body"]), (&json!(1), &note.json["body"]));
    let pending = amended.json["pending"][0].clone();
    assert_eq!((&pending["kind"], &pending["state"]), (&json!("amendment"), &json!("waiting")));
    assert_eq!(pending["body"]["subjective"]["text"], "Left side.");
    house.moves(STUDENT, &amended, "amend", amendment).is(409).refused("wrong_state");
    assert_eq!(house.reads(Who::Massage, &note).is(200).json["pending"][0]["state"], "waiting", "marked for all");
    assert_eq!(waits_for(house, SUPERVISOR), ["amendment"]);

    let change = format!("/pending-changes/{}", pending["id"].as_str().unwrap());
    let seen = house.as_(SUPERVISOR).get(&change).is(200);
    house.as_(STUDENT).if_match(1).post(&format!("{change}/cosign"), None).is(403).refused("not_the_supervisor");
    let stale = house.as_(SUPERVISOR).if_match(7).post(&format!("{change}/cosign"), None).is(412);
    assert_eq!(stale.json["current"]["hash"], pending["hash"]);
    let cosign = || house.as_(SUPERVISOR).if_match(seen.version()).key("k").post(&format!("{change}/cosign"), None);
    let done = cosign().is(200);
    assert_eq!((&done.json["state"], &done.json["ended_by"]["name"]), (&json!("cosigned"), &json!("Paula Frei")));
    assert_eq!(cosign().is(200).text, done.text, "sent again, it is done once");
    house.as_(SUPERVISOR).if_match(2).post(&format!("{change}/cosign"), None).is(409).refused("wrong_state");

    let now = house.reads(Who::Massage, &note).is(200);
    assert_eq!(now.json["current_version"], 2);
    assert_eq!((&now.json["hash"], now.json.get("pending")), (&pending["hash"], None));
    let version = house.as_(Who::Massage).get(&format!("/notes/{}/versions/2", note.id())).is(200);
    assert_eq!(
        (&version.json["signed_by"]["name"], &version.json["reason"]),
        (&json!("Piet Jansen"), &json!("omission"))
    );
    assert_eq!(version.json["cosigned"]["by"]["name"], "Paula Frei");
}

on_both!(an_addendum_comes_back_is_sent_again_and_another_is_withdrawn);
fn an_addendum_comes_back_is_sent_again_and_another_is_withdrawn(house: &House) {
    under_supervision(house);
    // On a colleague's note: whose second signature it needs is told by who appends.
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let addenda = format!("/notes/{}/addenda", note.id());
    let append = |text: &str| {
        let answer = house.as_(STUDENT).post(&addenda, json!({"text": text})).is(201);
        let pending =
            answer.json["pending"].as_array().unwrap().iter().find(|one| one["text"] == text).unwrap().clone();
        format!("/pending-changes/{}", pending["id"].as_str().unwrap())
    };
    let first = append("Called: better.");
    assert_eq!(house.reads(Who::Massage, &note).is(200).json.get("addenda"), None, "it does not stand yet");
    let comments = json!({"comments": "Better than when?"});
    let back = house.as_(SUPERVISOR).if_match(1).post(&format!("{first}/return"), comments).is(200);
    assert_eq!((&back.json["state"], &back.json["comments"]), (&json!("returned"), &json!("Better than when?")));
    let own = house.reads(STUDENT, &note).is(200);
    assert_eq!(own.json["pending"][0]["comments"], "Better than when?");
    let others = house.reads(Who::Massage, &note).is(200);
    assert_eq!(others.json.get("pending"), None, "what came back is between the two: {others}");
    let anybody = house.as_(Who::Massage).get(&first).is(200);
    assert_eq!(anybody.json.get("comments"), None, "{anybody}");

    let second = append("Called: better than on Monday.");
    let third = append("Slipped.");
    house.as_(Who::Massage).if_match(1).post(&format!("{third}/withdraw"), None).is(403).refused("not_the_author");
    house.as_(STUDENT).if_match(1).post(&format!("{third}/withdraw"), None).is(200);
    house.as_(STUDENT).if_match(2).post(&format!("{third}/withdraw"), None).is(409).refused("wrong_state");
    assert_eq!(waits_for(house, SUPERVISOR), ["addendum"]);
    house.as_(SUPERVISOR).if_match(1).post(&format!("{second}/cosign"), None).is(200);

    let read = house.reads(Who::Massage, &note).is(200);
    let addenda = read.json["addenda"].as_array().unwrap();
    assert_eq!(addenda.len(), 1, "{read}");
    assert_eq!(addenda[0]["text"], "Called: better than on Monday.");
    assert_eq!(addenda[0]["author"]["name"], "Piet Jansen");
    assert_eq!(addenda[0]["cosigned"]["by"]["name"], "Paula Frei");
}

on_both!(a_supervisor_signs_for_patients_they_do_not_treat_and_their_successor_takes_over);
fn a_supervisor_signs_for_patients_they_do_not_treat_and_their_successor_takes_over(house: &House) {
    house.joins(STUDENT, Patient::Beat);
    house.supervises(Some(SUPERVISOR), STUDENT).is(200);
    let draft = house.begins(STUDENT, Patient::Beat, &new_visit());
    house.reads(SUPERVISOR, &draft).is(403).refused("no_relation");
    let signed = house.moves(STUDENT, &draft, "sign", None).is(200);
    assert_eq!(house.reads(SUPERVISOR, &signed).is(200).json["shown"], "full");
    house.reads(Who::Owner, &signed).is(403).refused("no_relation");

    // A manager replaces her, and what waits follows.
    house.supervises(Some(Who::Owner), STUDENT).is(200);
    house.reads(SUPERVISOR, &signed).is(403).refused("no_relation");
    house.moves(SUPERVISOR, &signed, "cosign", None).is(403).refused("no_relation");
    assert_eq!((waits_for(house, SUPERVISOR), waits_for(house, Who::Owner)), (vec![], vec!["note".to_owned()]));
    let ends = house.supervises(None, STUDENT).is(409).refused("wrong_state");
    assert!(ends.text.contains("second signature"), "{ends}");
    house.moves(Who::Owner, &signed, "cosign", None).is(200);
    house.supervises(None, STUDENT).is(200);
    let alone = house.begins(STUDENT, Patient::Beat, &new_visit());
    assert_eq!(house.moves(STUDENT, &alone, "sign", None).is(200).json["state"], "signed");
}

on_both!(who_supervises_whom_has_to_hold);
fn who_supervises_whom_has_to_hold(house: &House) {
    let refused = |supervisor, student| {
        let answer = house.supervises(Some(supervisor), student).is(422).refused("invalid");
        assert_eq!(answer.json["errors"][0]["pointer"], "/supervisor_id");
    };
    refused(STUDENT, STUDENT);
    refused(Who::Massage, STUDENT);
    refused(Who::Manager, STUDENT);
    refused(Who::Elsewhere, STUDENT);
    refused(SUPERVISOR, Who::Receptionist);
    house.supervises(Some(SUPERVISOR), STUDENT).is(200);
    refused(STUDENT, Who::Owner);
    refused(Who::Owner, SUPERVISOR);
    let student = house.as_(Who::Manager).get(&format!("/staff/{}", STUDENT.id())).is(200);
    assert_eq!(student.json["cosign_required"], true);

    // Whoever is needed stays what they are, until somebody else takes over.
    let supervisor = house.as_(Who::Manager).get(&format!("/staff/{}", SUPERVISOR.id())).is(200);
    let member = format!("/staff/{}", SUPERVISOR.id());
    let roles = json!({"roles": ["massage_therapist"]});
    let change = house.as_(Who::Manager).if_match(supervisor.version()).patch(&member, roles).is(422);
    assert_eq!(change.json["errors"][0]["pointer"], "/roles");
    let new = json!({"name": "Nora Blum", "email": "nora@lakeside.example", "roles": ["massage_therapist"],
        "supervisor_id": SUPERVISOR.id()});
    house.as_(Who::Manager).post("/staff", new).is(422).refused("invalid");
    let gone =
        house.as_(Who::Manager).if_match(supervisor.version()).post(&format!("{member}/deactivate"), None).is(200);
    assert_eq!(gone.json["supervised"][0]["staff_id"], json!(STUDENT.id()), "the manager learns who needs another");
    house.supervises(Some(SUPERVISOR), Who::Owner).is(422);
}

on_both!(whoever_leaves_has_their_notes_signed_beside_them_still);
fn whoever_leaves_has_their_notes_signed_beside_them_still(house: &House) {
    under_supervision(house);
    let (kept, returned) = (signs(house), signs(house));
    let draft = house.begins(STUDENT, Patient::Ana, &new_visit());
    let member = format!("/staff/{}", STUDENT.id());
    let version = house.as_(Who::Manager).get(&member).is(200).version();
    house.as_(Who::Manager).if_match(version).post(&format!("{member}/deactivate"), None).is(200);
    assert_eq!(house.reads(SUPERVISOR, &draft).is(200).json["state"], "left_unsigned");
    let cosigned = house.moves(SUPERVISOR, &kept, "cosign", None).is(200);
    assert_eq!(cosigned.json["state"], "signed");
    let back = house.moves(SUPERVISOR, &returned, "return", json!({"comments": "Which side?"})).is(200);
    assert_eq!(back.json["state"], "left_unsigned", "there is nobody to write it anew");
    assert_eq!(back.json.get("signed_at"), None);
}

on_both!(what_waits_is_told_of_nobody_who_barred_the_supervisor);
fn what_waits_is_told_of_nobody_who_barred_the_supervisor(house: &House) {
    under_supervision(house);
    let signed = signs(house);
    house.as_(STUDENT).post(&format!("/notes/{}/addenda", signed.id()), json!({"text": "x"})).is(409);
    let directives = format!("/patients/{}/consent-directives", Patient::Ana.id());
    let directive = json!({"covers": "record", "bars": "person", "staff_id": SUPERVISOR.id()});
    house.as_(Who::PrivacyOfficer).post(&directives, directive).is(201);
    assert_eq!(waits_for(house, SUPERVISOR), [""; 0]);
    house.moves(SUPERVISOR, &signed, "cosign", None).is(404);
    // Somebody else signs it.
    house.supervises(Some(Who::Owner), STUDENT).is(200);
    assert_eq!(waits_for(house, Who::Owner), ["note"]);
    let directive = json!({"covers": "note", "covered_id": signed.id(), "bars": "person", "staff_id": Who::Owner.id()});
    let withheld = house.as_(Who::PrivacyOfficer).post(&directives, directive).is(201);
    assert_eq!(waits_for(house, Who::Owner), [""; 0], "{withheld}");
    house.moves(Who::Owner, &signed, "cosign", None).is(403).refused("withheld_by_patient");
}

on_both!(what_is_open_for_long_is_listed_for_its_author_and_for_the_manager);
fn what_is_open_for_long_is_listed_for_its_author_and_for_the_manager(house: &House) {
    let hours = |hours: i64| MORNING.plus_seconds(-3_600 * hours);
    let young = house.lays_draft(Who::Physio, Patient::Ana, hours(23), 1);
    let day = house.lays_draft(Who::Physio, Patient::Ana, hours(30), 2);
    let old = house.lays_draft(Who::OtherMassage, Patient::Beat, hours(80), 3);
    house.signs_a_visit(Who::Physio, Patient::Ana);
    let listed = |who, query: &str| {
        let list = house.as_(who).get(&format!("/unsigned-notes{query}")).is(200);
        assert!(!list.text.contains("body"), "no word of a note: {list}");
        let items = list.json["items"].as_array().unwrap().clone();
        items.iter().map(|item| (item["note_id"].clone(), item["hours"].as_i64().unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(listed(Who::Physio, ""), [(json!(day), 30)]);
    assert_eq!(listed(Who::Physio, "?hours=1"), [(json!(day), 30), (json!(young), 23)]);
    assert_eq!(listed(Who::Physio, "?hours=48"), []);
    assert_eq!(listed(Who::Massage, ""), [], "nobody is reminded of a colleague's");
    assert_eq!(listed(Who::Manager, "?hours=72"), [(json!(old), 80)]);
    assert_eq!(listed(Who::Manager, ""), [(json!(old), 80)], "three days on, unless they ask for more");
    assert_eq!(listed(Who::Manager, "?hours=24"), [(json!(old), 80), (json!(day), 30)]);
    house.as_(Who::Receptionist).get("/unsigned-notes").is(403).refused("role_does_not_allow");
    let first = house.as_(Who::Manager).get("/unsigned-notes?hours=24&limit=1").is(200);
    let next = first.json["next"].as_str().unwrap();
    let second = house.as_(Who::Manager).get(&format!("/unsigned-notes?hours=24&limit=1&cursor={next}")).is(200);
    assert_eq!(second.json["items"][0]["note_id"], json!(day));

    let directives = format!("/patients/{}/consent-directives", Patient::Beat.id());
    let directive = json!({"covers": "record", "bars": "person", "staff_id": Who::Manager.id()});
    house.as_(Who::PrivacyOfficer).post(&directives, directive).is(201);
    assert_eq!(listed(Who::Manager, "?hours=24"), [(json!(day), 30)], "nothing tells that Beat is there");
}
