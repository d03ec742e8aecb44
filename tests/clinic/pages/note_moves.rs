//! What becomes of notes, in the pages: copied forward, barred, amended, co-signed, entered in error, discarded.

use serde_json::json;

use super::form::{fields, pairs, typed};
use crate::house::{Answer, House, MORNING, Patient, Who, new_visit, on_both};

const BY_PATIENT: (&str, &str) = ("body/consent@json", r#"{"given":true,"given_by":{"who":"patient"}}"#);

fn path(note: &Answer) -> String {
    format!("/notes/{}", note.id())
}

on_both!(a_routine_visit_begins_with_the_last_one_and_every_part_of_it_is_confirmed_or_changed);
fn a_routine_visit_begins_with_the_last_one_and_every_part_of_it_is_confirmed_or_changed(house: &House) {
    let last = house.signs_a_visit(Who::Physio, Patient::Ana);
    let theirs = house.signs_a_visit(Who::Massage, Patient::Ana);
    let paula = house.browser_of(Who::Physio);
    let forward = format!("{}/copy-forward", path(&last));
    let chart = paula.get(&format!("/patients/{}", Patient::Ana.id())).is(200).says(&forward);
    let key = chart.text.split(&forward).nth(1).unwrap().split("value=\"").nth(1).unwrap().split('"').next().unwrap();
    let edit = paula.post(&forward, &[("_key", key)]).is(303).location().to_owned();
    assert_eq!(paula.post(&forward, &[("_key", key)]).is(303).location(), edit, "a double click copies once");

    // One's own last visit and what the other discipline did stand beside the form.
    let page = paula.get(&edit).is(200).says("Your last visit").says("What the other discipline did last");
    let page = page.says(&format!("href=\"{}\"", path(&theirs))).says("Tense neck").says("Still so today");
    let changed = [("body/subjective/text", "Sleeps through."), ("body/plan/text", "Once more."), BY_PATIENT];
    let sign = format!("{}/sign", edit.trim_end_matches("/edit"));
    let refused = paula.post(&sign, &pairs(&typed(&page, &changed))).is(422);
    let refused = refused.says("Confirm or change what was copied").says("Sleeps through.");
    assert_eq!(refused.text.matches("Still so today").count(), 3, "what was changed is the author's own");
    let names: Vec<_> = ["/objective", "/assessment", "/treatment"]
        .map(|part| {
            let before = refused.text.split(&format!("\" value=\"{part}\"")).next().unwrap();
            before.rsplit("name=\"").next().unwrap().to_owned()
        })
        .to_vec();
    let ticks: Vec<_> = names.iter().map(String::as_str).zip(["/objective", "/assessment", "/treatment"]).collect();
    // What is ticked stays ticked while something else is refused.
    let half = paula.post(&sign, &pairs(&typed(&refused, &ticks[..1]))).is(422);
    assert_eq!(half.text.matches("value=\"/objective\" checked").count(), 1);
    paula.post(&sign, &pairs(&typed(&half, &ticks[1..]))).goes_to(edit.trim_end_matches("/edit"));
}

on_both!(what_is_barred_asks_for_its_reason_in_the_form);
fn what_is_barred_asks_for_its_reason_in_the_form(house: &House) {
    let item = json!({"kind": "contraindication", "what": "Clot in <b>neck</b> vein", "severity": "absolute",
        "bars": {"techniques": ["joint_mobilisation"]}});
    let items = format!("/patients/{}/safety-items", Patient::Ana.id());
    let item = house.as_(Who::Massage).post(&items, item).is(201).id().to_owned();
    let draft = house.begins(Who::Physio, Patient::Ana, &new_visit());
    let paula = house.browser_of(Who::Physio);
    let sign = format!("{}/sign", path(&draft));
    let page = paula.get(&format!("{}/edit", path(&draft))).is(200).says_not("Barred, and done");
    let refused =
        paula.post(&sign, &pairs(&fields(&page))).is(422).says("Clot in &#60;b&#62;neck&#60;/b&#62; vein (absolute)");
    let refused = refused.says("A safety item bars this").says("Why it is right all the same");
    assert_eq!(refused.field("signing/overrides/0/safety_item_id"), item);
    let blank = paula.post(&sign, &pairs(&fields(&refused))).is(422).says("Please fill this in.");
    // A half-filled reason keeps nobody from saving.
    paula.post(&format!("{}/edit", path(&draft)), &pairs(&fields(&blank))).is(303);
    let page = paula.get(&format!("{}/edit", path(&draft))).is(200);
    let refused = paula.post(&sign, &pairs(&fields(&page))).is(422);
    let reason = [("signing/overrides/0/reason", "Cleared by her physician today")];
    paula.post(&sign, &pairs(&typed(&refused, &reason))).goes_to(&path(&draft));
    paula.get(&path(&draft)).is(200).says("Treated all the same").says("Cleared by her physician today");
}

on_both!(a_decision_maker_is_chosen_as_who_consented);
fn a_decision_maker_is_chosen_as_who_consented(house: &House) {
    let maker = |name: &str, may: bool| {
        json!({"name": name, "relation": "mother", "authority": "parental responsibility", "may_consent": may,
            "may_receive_records": true})
    };
    let makers = format!("/patients/{}/decision-makers", Patient::Ana.id());
    house.as_(Who::Receptionist).post(&makers, maker("Maria \"Mia\" Brunner", true)).is(201);
    house.as_(Who::Receptionist).post(&makers, maker("Aunt Olga", false)).is(201);
    let draft = house.begins(Who::Physio, Patient::Ana, &new_visit());
    let paula = house.browser_of(Who::Physio);
    let page = paula.get(&format!("{}/edit", path(&draft))).is(200).says_not("Aunt Olga");
    let (begin, end) = ("value=\"", "\"> <span>Given by Maria &#34;Mia&#34; Brunner (mother)");
    let value = page.text.split(end).next().unwrap().rsplit(begin).next().unwrap();
    let value = value.replace("&#34;", "\"").replace("&#38;", "&");
    let sent = typed(&page, &[("body/consent@json", &value)]);
    paula.post(&format!("{}/edit", path(&draft)), &pairs(&sent)).is(303);
    let by = house.reads(Who::Physio, &draft).is(200).json["body"]["consent"]["given_by"].clone();
    assert_eq!((&by["who"], &by["name"]), (&json!("decision_maker"), &json!("Maria \"Mia\" Brunner")));
    let again = paula.get(&format!("{}/edit", path(&draft))).is(200);
    assert!(fields(&again).contains(&("body/consent@json".to_owned(), value)), "it is chosen still");
    paula.post(&format!("{}/sign", path(&draft)), &pairs(&fields(&again))).goes_to(&path(&draft));
}

on_both!(a_signed_note_is_written_anew_with_a_reason);
fn a_signed_note_is_written_anew_with_a_reason(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let paula = house.browser_of(Who::Physio);
    let amend = format!("{}/amend", path(&note));
    paula.get(&path(&note)).is(200).says(&amend);
    let page = paula.get(&amend).is(200).says("to become version 2").says_not("Save the draft");
    let new = [("body/plan/text", "Twice a week."), ("body/treatment/0/response", "")];
    let refused = paula.post(&amend, &pairs(&typed(&page, &new))).is(422).says("Twice a week.");
    let refused = refused.says("f-reason-error");
    let more = [("reason", "omission"), ("explanation", "Forgot the plan"), ("body/assessment/response", "Looser")];
    paula.post(&amend, &pairs(&typed(&refused, &more))).goes_to(&path(&note));
    let page = paula.get(&path(&note)).is(200).says("Twice a week.").says("version 2").says("omission");
    page.says(&format!("{}/versions?from=1&amp;to=2", path(&note)));
    paula.get(&format!("{}/versions?from=1&to=2", path(&note))).is(200).says("Twice a week.");
    // Whoever is not its author is shown the note.
    house.browser_of(Who::Massage).get(&amend).is(200).says_not("to become version");
}

on_both!(a_note_for_the_wrong_patient_goes_on_as_a_draft_in_the_right_record);
fn a_note_for_the_wrong_patient_goes_on_as_a_draft_in_the_right_record(house: &House) {
    house.joins(Who::Physio, Patient::Beat);
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let paula = house.browser_of(Who::Physio);
    let error = format!("{}/error", path(&note));
    let page = paula.get(&error).is(200).says(&Patient::Beat.id().to_string());
    let (key, version) = (page.field("_key"), page.field("_version"));
    let beat = Patient::Beat.id().to_string();
    let form = |reason: &str| {
        let fields =
            [("_key", key.as_str()), ("_version", &version), ("reason", reason), ("replacement/patient_id", &beat)];
        paula.post(&error, &fields)
    };
    form("").is(422).says("Say what is wrong");
    form("Beat's visit").goes_to(&path(&note));
    let page = paula.get(&path(&note)).is(200).says("the note in its place");
    let right = page.text.split("It stood in the wrong record; <a href=\"").nth(1).unwrap().split('"').next().unwrap();
    paula.get(&format!("{right}/edit")).is(200).says("Neck eases");
}

on_both!(a_students_note_is_returned_and_co_signed_in_the_pages);
fn a_students_note_is_returned_and_co_signed_in_the_pages(house: &House) {
    house.joins(Who::OtherPhysio, Patient::Ana);
    house.supervises(Some(Who::Physio), Who::OtherPhysio).is(200);
    let draft = house.begins(Who::OtherPhysio, Patient::Ana, &new_visit());
    let piet = house.browser_of(Who::OtherPhysio);
    let (edit, sign) = (format!("{}/edit", path(&draft)), format!("{}/sign", path(&draft)));
    piet.post(&sign, &pairs(&fields(&piet.get(&edit).is(200)))).goes_to(&path(&draft));
    piet.get(&path(&draft)).is(200).says("it waits for the second signature").says_not("Your signature is asked for");
    let paula = house.browser_of(Who::Physio);
    let page = paula.get(&path(&draft)).is(200).says("Your signature is asked for");
    let version = page.field("_version");
    let back = format!("{}/return", path(&draft));
    paula.post(&back, &[("_version", &version), ("comments", " ")]).is(422).says("Say what the author is to look at");
    paula.post(&back, &[("_version", &version), ("comments", "Which side?")]).goes_to(&path(&draft));
    let page = piet.get(&edit).is(200).says("Which side?");
    piet.post(&sign, &pairs(&fields(&page))).goes_to(&path(&draft));
    let version = paula.get(&path(&draft)).is(200).field("_version");
    paula.post(&format!("{}/cosign", path(&draft)), &[("_version", &version)]).goes_to(&path(&draft));
    paula.get(&path(&draft)).is(200).says("Co-signed by");

    // What he amends waits on a page of its own.
    let page = piet.get(&format!("{}/amend", path(&draft))).is(200);
    let new = [("reason", "typo"), ("body/plan/text", "Weekly.")];
    piet.post(&format!("{}/amend", path(&draft)), &pairs(&typed(&page, &new))).goes_to(&path(&draft));
    let page = paula.get(&path(&draft)).is(200).says("Second signatures").says_not("Weekly.");
    let pending = page.text.split("href=\"/pending-changes/").nth(1).unwrap().split('"').next().unwrap();
    let pending = format!("/pending-changes/{pending}");
    piet.get(&pending).is(200).says("Ana Brunner").says("Withdraw it").says_not("Your signature");
    let page = paula.get(&pending).is(200).says("Weekly.").says("Your signature");
    paula.post(&format!("{pending}/return"), &[("_version", &page.field("_version"))]).is(422);
    paula.post(&format!("{pending}/cosign"), &[("_version", &page.field("_version"))]).goes_to(&path(&draft));
    paula.get(&path(&draft)).is(200).says("Weekly.").says("version 2");
}

on_both!(who_does_not_treat_the_patient_co_signs_what_they_are_to_and_reads_on_what_they_wrote);
fn who_does_not_treat_the_patient_co_signs_what_they_are_to_and_reads_on_what_they_wrote(house: &House) {
    house.supervises(Some(Who::OtherPhysio), Who::Physio).is(200);
    let draft = house.begins(Who::Physio, Patient::Ana, &new_visit());
    house.moves(Who::Physio, &draft, "sign", None).is(200);
    let only_the_note = "The note is open to you, the rest of the record is not.";

    let piet = house.browser_of(Who::OtherPhysio);
    piet.get("/").is(200).says("Waiting for your co-signature").says("Ana Brunner");
    piet.get(&format!("/patients/{}", Patient::Ana.id())).is(403);
    let page = piet.get(&path(&draft)).is(200).says("Your signature is asked for").says("Neck eases");
    let page = page.says(only_the_note).says("Ana Brunner").says_not("Back to the chart");
    piet.post(&format!("{}/cosign", path(&draft)), &[("_version", &page.field("_version"))]).goes_to(&path(&draft));

    let paula = house.browser_of(Who::Physio);
    paula.get(&path(&draft)).is(200).says("Brunner").says("Co-signed by").says_not(only_the_note);
    let team = house.as_(Who::Physio).get(&format!("/patients/{}/care-team", Patient::Ana.id())).is(200);
    let members = team.json["members"].as_array().unwrap();
    let own = members.iter().find(|member| member["name"] == "Paula Frei").unwrap();
    house.as_(Who::Physio).delete(&format!("/care-team/{}", own["id"].as_str().unwrap())).is(204);
    paula.get(&path(&draft)).is(200).says("Co-signed by").says(only_the_note);
    paula.get(&format!("{}/error", path(&draft))).is(200).says("What is wrong with it").says(only_the_note);
}

on_both!(a_draft_is_discarded_and_a_note_is_shared_within_the_discipline);
fn a_draft_is_discarded_and_a_note_is_shared_within_the_discipline(house: &House) {
    let draft = house.begins(Who::Physio, Patient::Ana, &new_visit());
    let paula = house.browser_of(Who::Physio);
    let page = paula.get(&format!("{}/edit", path(&draft))).is(200).says("Discard it for good");
    paula
        .post(&format!("{}/discard", path(&draft)), &pairs(&fields(&page)))
        .goes_to(&format!("/patients/{}", Patient::Ana.id()));
    assert_eq!(house.count("SELECT COUNT(*) AS number FROM note"), 0);

    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let share = format!("{}/share", path(&note));
    let version = paula.get(&path(&note)).is(200).field("_version");
    paula.post(&share, &[("_version", &version), ("sharing", "discipline")]).goes_to(&path(&note));
    house.browser_of(Who::Massage).get(&path(&note)).is(200).says("not open to you").says_not("Neck eases");
}

on_both!(the_halves_of_a_joint_review_find_each_other);
fn the_halves_of_a_joint_review_find_each_other(house: &House) {
    let (half, other) = (house.signs_half(Who::Physio, Patient::Ana), house.signs_half(Who::Massage, Patient::Ana));
    let (paula, mara) = (house.browser_of(Who::Physio), house.browser_of(Who::Massage));
    let begin = format!("{}/joint-review", path(&half));
    let page = paula.get(&path(&half)).is(200).says(&begin);
    paula.post(&begin, &[("_key", &page.field("_key"))]).goes_to(&path(&half));
    paula.get(&path(&half)).is(200).says("not there yet").says("may be closed with one side");
    let page = mara.get(&path(&other)).is(200).says("Make this note your half of it");
    let link = page.text.split("action=\"/joint-reviews/").nth(1).unwrap();
    let (id, rest) = link.split_once('/').unwrap();
    let version = rest.split("name=\"_version\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let fields = [("_version", version), ("note_id", other.id())];
    mara.post(&format!("/joint-reviews/{id}/link"), &fields).goes_to(&path(&other));
    mara.get(&path(&other)).is(200).says("complete").says(&path(&half));
}

on_both!(a_half_is_found_in_its_review_however_many_were_begun_since);
fn a_half_is_found_in_its_review_however_many_were_begun_since(house: &House) {
    let half = house.signs_half(Who::Physio, Patient::Ana);
    let reviews = format!("/patients/{}/joint-reviews", Patient::Ana.id());
    house.as_(Who::Physio).post(&reviews, json!({"note_id": half.id()})).is(201);
    for _ in 0..25 {
        house.passes(1);
        house.as_(Who::Massage).post(&reviews, None).is(201);
    }
    let page = house.browser_of(Who::Physio).get(&path(&half)).is(200);
    page.says("may be closed with one side").says_not("Make this note your half of it");
}

on_both!(what_was_entered_in_error_makes_room_for_another_half);
fn what_was_entered_in_error_makes_room_for_another_half(house: &House) {
    let wrong = house.signs_half(Who::Physio, Patient::Ana);
    let reviews = format!("/patients/{}/joint-reviews", Patient::Ana.id());
    house.as_(Who::Physio).post(&reviews, json!({"note_id": wrong.id()})).is(201);
    house.passes(1);
    let right = house.signs_half(Who::Physio, Patient::Ana);
    let paula = house.browser_of(Who::Physio);
    paula.get(&path(&right)).is(200).says("None waits for this note.");
    house.moves(Who::Physio, &wrong, "entered-in-error", json!({"reason": "Another week"})).is(200);
    paula.get(&path(&right)).is(200).says("Make this note your half of it");
}

on_both!(a_new_note_goes_into_the_one_open_episode);
fn a_new_note_goes_into_the_one_open_episode(house: &House) {
    let episodes = format!("/patients/{}/episodes", Patient::Ana.id());
    let episode = house.as_(Who::Physio).post(&episodes, json!({"complaint": "Stiff neck"})).is(201).id().to_owned();
    let paula = house.browser_of(Who::Physio);
    let new = format!("/patients/{}/notes/new", Patient::Ana.id());
    let form = fields(&paula.get(&new).is(200).says("Stiff neck"));
    assert!(form.contains(&("episode_id".to_owned(), episode)));
    // Mara does not take part in it, and chooses for herself.
    let form = fields(&house.browser_of(Who::Massage).get(&new).is(200).says("Stiff neck"));
    assert!(form.contains(&("episode_id".to_owned(), String::new())));
    house.as_(Who::Physio).post(&episodes, json!({"complaint": "Knee"})).is(201);
    let form = fields(&paula.get(&new).is(200));
    assert!(form.contains(&("episode_id".to_owned(), String::new())), "of two, none is chosen for her");
    assert!(form.contains(&("service_at@local".to_owned(), "2026-03-02T08:00".to_owned())), "{form:?} {MORNING}");
}
