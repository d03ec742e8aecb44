//! Amendments are asked about what they change, and about nothing that was right when it was signed.

use serde_json::{Value, json};

use crate::house::{Answer, House, MORNING, Patient, Who, on_both, visit};

fn of_ana(tail: &str) -> String {
    format!("/patients/{}{tail}", Patient::Ana.id())
}

fn amends(house: &House, note: &Answer, body: &Value) -> Answer {
    let version = house.reads(Who::Physio, note).is(200).version();
    let amendment = json!({"reason": "typo", "body": body});
    house.as_(Who::Physio).if_match(version).post(&format!("/notes/{}/amend", note.id()), amendment)
}

on_both!(whoever_consented_is_not_asked_about_again_unless_it_is_said_otherwise);
fn whoever_consented_is_not_asked_about_again_unless_it_is_said_otherwise(house: &House) {
    let maker = |name: &str| {
        json!({"name": name, "relation": "mother", "authority": "guardianship",
        "may_consent": true, "may_receive_records": false})
    };
    let makers = of_ana("/decision-makers");
    let [anna, berta] = ["Anna", "Berta"].map(|name| house.as_(Who::Receptionist).post(&makers, maker(name)).is(201));
    let consents = |by: &Answer, name: &str| {
        let mut body = visit();
        body["consent"]["given_by"] = json!({"who": "decision_maker", "id": by.id(), "name": name,
            "relation": "mother"});
        body
    };
    let mut body = consents(&anna, "Anna");
    let draft =
        house.begins(Who::Physio, Patient::Ana, &json!({"kind": "progress", "service_at": MORNING, "body": body}));
    let note = house.moves(Who::Physio, &draft, "sign", None).is(200);
    // What is known of both changes afterwards: neither might consent any more.
    for by in [&anna, &berta] {
        let path = format!("/decision-makers/{}", by.id());
        house.as_(Who::Receptionist).if_match(1).patch(&path, json!({"may_consent": false})).is(200);
    }
    body["subjective"]["text"] = json!("Stiff in the evening, not in the morning.");
    amends(house, &note, &body).is(200);
    let refused = amends(house, &note, &consents(&berta, "Berta")).is(422).refused("invalid");
    assert_eq!(refused.json["errors"][0]["pointer"], "/body/consent/given_by/id");
}

on_both!(a_technique_that_comes_with_an_amendment_is_the_authors_to_use);
fn a_technique_that_comes_with_an_amendment_is_the_authors_to_use(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let mut body = visit();
    body["treatment"][0]["minutes"] = json!(20);
    let amended = amends(house, &note, &body).is(200);
    body["treatment"][0]["technique"] = json!("swedish_massage");
    amends(house, &amended, &body).is(403).refused("technique_out_of_scope");
}
