//! What the chart and the note's form say without a click.

use serde_json::json;

use super::forms::Filled;
use crate::house::{House, Patient, Who, new_visit, on_both};
use crate::referrals::{ana, assesses, massages, moves, sent, to_milo};

const DAY: i64 = 86_400;

on_both!(a_note_for_a_referral_begins_with_what_is_known_of_it);
fn a_note_for_a_referral_begins_with_what_is_known_of_it(house: &House) {
    let referral = sent(house, &to_milo());
    let accepted = moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
    let milo = house.browser_of(Who::OtherMassage);
    let page = milo.get(&format!("{}?referral={}", ana("/notes/new"), referral.id())).is(200);
    let form = Filled::of(&page, &ana("/notes"));
    assert_eq!(form.value("episode_id"), referral.json["episode_id"].as_str());
    assert_eq!(form.value("sharing"), Some("care_team"));
    page.says("Does soft tissue work make the headache rarer?").says("shared with the care team");

    // Its note leads back to it, before it is the report and after.
    let note = massages(house, Who::OtherMassage, &accepted);
    let signed = house.moves(Who::OtherMassage, &note, "sign", None).is(200);
    let page = format!("/notes/{}", signed.id());
    let link = format!("href=\"/referrals/{}\"", referral.id());
    milo.get(&page).is(200).says("Written for referral R-2026-0001").says(&link);
    let last = massages(house, Who::OtherMassage, &accepted);
    let last = house.moves(Who::OtherMassage, &last, "sign", json!({"answers_referral": "answered"})).is(200);
    milo.get(&format!("/notes/{}", last.id())).is(200).says("Answers referral R-2026-0001").says(&link);
    // Whoever takes no part in the referral reads the note without it.
    house.browser_of(Who::Massage).get(&page).is(200).says_not("Answers referral R");
}

on_both!(the_chart_tells_what_the_other_discipline_did_and_no_more_than_may_be_read);
fn the_chart_tells_what_the_other_discipline_did_and_no_more_than_may_be_read(house: &House) {
    let signs = |impression: &str, sharing: &str| {
        let mut new = new_visit();
        new["sharing"] = json!(sharing);
        new["body"]["assessment"] = json!({"clinical_impression": impression, "progress": "Less often"});
        new["body"]["treatment"][0]["technique"] = json!("deep_tissue_massage");
        let draft = house.begins(Who::Massage, Patient::Ana, &new);
        house.moves(Who::Massage, &draft, "sign", None).is(200);
    };
    signs("Upper trapezius lets go", "care_team");
    signs("For massage eyes alone", "discipline");
    let paula = house.browser_of(Who::Physio).get(&ana("")).is(200);
    paula.says("Upper trapezius lets go").says_not("For massage eyes alone");
    house.browser_of(Who::Massage).get(&ana("")).is(200).says("For massage eyes alone");
    // Nor to who runs the practice.
    house.browser_of(Who::Manager).get(&ana("")).is(200).says_not("Upper trapezius lets go");
}

on_both!(what_one_is_writing_oneself_is_nothing_new);
fn what_one_is_writing_oneself_is_nothing_new(house: &House) {
    house.passes(60);
    let signed = house.signs_a_visit(Who::Physio, Patient::Ana);
    house.passes(60);
    let draft = house.begins(Who::Physio, Patient::Ana, &new_visit());
    let news = |who: Who| {
        let news = house.as_(who).get(&ana("/timeline?since=last_note")).is(200);
        let items = news.json["items"].as_array().unwrap().clone();
        items.iter().filter_map(|item| item["note"]["id"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(news(Who::Physio), [""; 0], "neither what she signed nor what she writes");
    let all = house.as_(Who::Physio).get(&ana("/timeline")).is(200);
    let mine = all.json["items"].as_array().unwrap().iter().find(|item| item["note"]["id"] == draft.json["id"]);
    assert_eq!(mine.unwrap()["new"], json!(false));
    assert!(news(Who::Massage).contains(&signed.id().to_owned()));
}

on_both!(what_is_late_is_called_by_its_name);
fn what_is_late_is_called_by_its_name(house: &House) {
    let asked = sent(house, &to_milo());
    house.passes(4 * DAY);
    house.seals();
    house.seals();
    let back = |who: Who| {
        crate::house::renew_session(&mut house.database.owner(), who, house.clock.now());
        house.browser_of(who)
    };
    back(Who::OtherMassage).get("/").is(200).says("answer overdue");
    let late = house.as_(Who::OtherMassage).get(&format!("/referrals/{}", asked.id())).is(200);
    moves(house, Who::OtherMassage, &late, "request-info", json!({"words": "Any dizziness?"})).is(200);
    // The referrer has until later; what is late is the answer to them.
    let page = back(Who::Physio).get(&format!("/referrals/{}", asked.id())).is(200);
    page.says("answer overdue").says("information due");
}

on_both!(a_chart_calls_whoever_reads_it_you);
fn a_chart_calls_whoever_reads_it_you(house: &House) {
    let referral = sent(house, &to_milo());
    house.browser_of(Who::Physio).get(&ana("")).is(200).says("from <bdi>you</bdi>");
    house.joins(Who::OtherMassage, Patient::Ana);
    house.browser_of(Who::OtherMassage).get(&ana("")).is(200).says("from <bdi>Paula Frei</bdi>").says(" to you");
    moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
    house.browser_of(Who::Physio).get(&ana("")).is(200).says("to <bdi>Milo Weber</bdi>");
    // A second file goes on where the first ended.
    house.browser_of(Who::Physio).get("/referrals.csv?box=outbox&cursor=made-up").is(400);
    let csv = house.browser_of(Who::Physio).get("/referrals.csv?box=outbox").is(200);
    assert!(csv.text.contains("R-2026-0001,") && csv.text.contains(",Milo Weber,"), "{csv}");
}

on_both!(what_is_urgent_comes_first);
fn what_is_urgent_comes_first(house: &House) {
    sent(house, &to_milo());
    let note = assesses(house);
    let draft = json!({"from_note": note.id(), "target": to_milo(), "urgency": "urgent", "reason": "Night pain",
        "question": "Is it muscular?", "requested": {"kind": "assessment"}, "agreement": {}});
    let draft = house.as_(Who::Physio).post(&ana("/referrals"), draft).is(201);
    moves(house, Who::Physio, &draft, "send", None).is(200);
    let milo = house.browser_of(Who::OtherMassage);
    for path in ["/", "/referrals"] {
        let page = milo.get(path).is(200);
        let at = |number: &str| page.text.find(&format!("{number}</span>")).unwrap();
        assert!(at("R-2026-0002") < at("R-2026-0001"), "{path}: {page}");
    }
}
