//! Messages between therapists about a patient.

use serde_json::json;
use tandem::audit::ObjectKind;
use tandem::policy::Action;

use crate::house::{Answer, House, MORNING, Patient, Practice, Who, on_both};

fn path() -> String {
    format!("/patients/{}/messages", Patient::Ana.id())
}

fn writes(house: &House, who: Who, text: &str) -> Answer {
    house.passes(60);
    house.as_(who).post(&path(), json!({"text": text}))
}

fn texts(list: &Answer) -> Vec<&str> {
    list.json["items"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap()).collect()
}

on_both!(both_disciplines_write_to_each_other_about_a_patient);
fn both_disciplines_write_to_each_other_about_a_patient(house: &House) {
    let asked = writes(house, Who::Physio, "  Would you look at her left shoulder on Thursday? ").is(201);
    assert_eq!(asked.json["text"], "Would you look at her left shoulder on Thursday?");
    assert_eq!(asked.json["author"], json!({"id": Who::Physio.id(), "name": "Paula Frei"}));
    assert_eq!(asked.json["written_at"], json!(MORNING.plus_seconds(60)));
    assert_eq!(asked.json["patient_id"], json!(Patient::Ana.id()));
    writes(house, Who::Massage, "Gladly.\nBring the ultrasound.").is(201);
    let read = house.as_(Who::Physio).get(&path()).is(200);
    assert_eq!(texts(&read), ["Gladly.\nBring the ultrasound.", "Would you look at her left shoulder on Thursday?"]);
    assert_eq!(house.as_(Who::Massage).get(&path()).is(200).json, read.json);
}

on_both!(messages_come_in_pages_newest_first);
fn messages_come_in_pages_newest_first(house: &House) {
    for number in 1..=5 {
        writes(house, Who::Massage, &format!("Message {number}")).is(201);
    }
    let first = house.as_(Who::Physio).get(&format!("{}?limit=3", path())).is(200);
    assert_eq!(texts(&first), ["Message 5", "Message 4", "Message 3"]);
    writes(house, Who::Massage, "Message 6").is(201);
    let next = first.json["next"].as_str().unwrap();
    let second = house.as_(Who::Physio).get(&format!("{}?limit=3&cursor={next}", path())).is(200);
    assert_eq!(texts(&second), ["Message 2", "Message 1"], "what came meanwhile moves no page");
    assert_eq!(second.json.get("next"), None);
    house.as_(Who::Massage).get(&format!("{}?limit=3&cursor={next}", path())).is(400).refused("bad_cursor");
}

on_both!(whoever_stands_in_reads_and_writes_and_the_office_does_neither);
fn whoever_stands_in_reads_and_writes_and_the_office_does_neither(house: &House) {
    writes(house, Who::Physio, "She is afraid of needles").is(201);
    for (who, why) in [
        (Who::OtherPhysio, "no_relation"),
        (Who::OtherMassage, "no_relation"),
        (Who::Owner, "no_relation"),
        (Who::Manager, "role_does_not_allow"),
        (Who::Receptionist, "role_does_not_allow"),
        (Who::PrivacyOfficer, "role_does_not_allow"),
        (Who::Elsewhere, "not_found"),
    ] {
        for refused in [house.as_(who).get(&path()), writes(house, who, "Hello")] {
            let refused = refused.refused(why);
            assert!(!refused.text.contains("needles"), "{who:?}: {refused}");
        }
    }
    let now = house.clock.now();
    let cover = json!({"from_staff": Who::Massage.id(), "to_staff": Who::OtherMassage.id(), "from": now,
        "until": now.plus_seconds(86_400)});
    house.as_(Who::Manager).post("/cover", cover).is(201);
    writes(house, Who::OtherMassage, "Seen her today instead of Mara").is(201);
    let read = house.as_(Who::OtherMassage).get(&path()).is(200);
    assert_eq!(texts(&read), ["Seen her today instead of Mara", "She is afraid of needles"]);
}

on_both!(a_message_is_something_and_not_a_book);
fn a_message_is_something_and_not_a_book(house: &House) {
    for text in [String::new(), " \n ".to_owned(), "ä".repeat(4_001)] {
        let refused = writes(house, Who::Physio, &text).is(422).refused("invalid");
        assert_eq!(refused.json["errors"][0]["pointer"], "/text", "{refused}");
    }
    writes(house, Who::Physio, &"ä".repeat(4_000)).is(201);
    for unknown in [json!({"text": "Hello", "about": null}), json!({"text": "Hello", "referral_id": Patient::Ana.id()})]
    {
        house.as_(Who::Physio).post(&path(), unknown).is(422).refused("invalid");
    }
}

on_both!(a_repeated_message_is_written_once_and_the_log_names_it);
fn a_repeated_message_is_written_once_and_the_log_names_it(house: &House) {
    let write = || house.as_(Who::Physio).key("hello").post(&path(), json!({"text": "The quagga is back"}));
    let written = write().is(201);
    assert_eq!(write().is(201).json, written.json);
    assert_eq!(house.count("SELECT COUNT(*) FROM message"), 1);
    let events = house.sealed_events(Practice::Lakeside);
    let event = events.iter().find(|event| event.action == Action::WriteMessage).expect("an event of it");
    let object = event.object.expect("what it was about");
    assert_eq!((object.kind, object.id.to_string().as_str()), (ObjectKind::Message, written.id()));
    assert_eq!(event.subjects, [Patient::Ana.id()].into());
    assert_eq!(event.text, None);
    assert_eq!(house.count("SELECT COUNT(*) FROM audit_text"), 0);
}

on_both!(no_message_turns_around_what_is_written_beside_it);
fn no_message_turns_around_what_is_written_beside_it(house: &House) {
    let turned = "seen by \u{202e}aluaP";
    let refused = writes(house, Who::Physio, turned).is(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/text");
    writes(house, Who::Physio, "call \u{202a}+41 79 000 00 00\u{202c}").is(201);
    let paula = house.browser_of(Who::Physio);
    let again = paula.post(&path(), &[("text", turned)]).is(422);
    again.says("turns the direction of what is written").says("seen by \u{202e}aluaP</textarea>");
    assert_eq!(house.count("SELECT COUNT(*) AS number FROM message"), 1);
}
