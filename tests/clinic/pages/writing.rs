//! Notes are written and signed in the pages, without a script.

use serde_json::json;

use crate::house::{Answer, House, MORNING, Patient, Who, new_visit, on_both};

fn plain(html: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .iter()
        .fold(html.to_owned(), |text, (escaped, bare)| text.replace(escaped, bare))
}

/// The fields of the note's form as a browser would send them.
fn fields(page: &Answer) -> Vec<(String, String)> {
    let form = page.text.split("class=\"stack\">").nth(1).unwrap().split("</form>").next().unwrap();
    let of = |tag: &str, name: &str| {
        let begin = format!(" {name}=\"");
        tag.split(&begin).nth(1).map(|rest| plain(rest.split('"').next().unwrap()))
    };
    let mut fields = Vec::new();
    for (at, _) in form.match_indices('<') {
        let (tag, rest) = form[at..].split_once('>').unwrap();
        let Some(name) = of(tag, "name") else { continue };
        let value = match tag.split(' ').next().unwrap() {
            "<input" if tag.contains("checkbox") && !tag.contains(" checked") => continue,
            "<input" => of(tag, "value").unwrap_or_default(),
            "<textarea" => plain(rest.split("</textarea>").next().unwrap().trim_start_matches('\n')),
            "<select" => {
                let options = rest.split("</select>").next().unwrap().split("<option").skip(1);
                let chosen = options.filter(|option| option.split('>').next().unwrap().contains(" selected"));
                chosen.last().and_then(|option| of(option, "value")).unwrap_or_default()
            }
            _ => continue,
        };
        fields.push((name, value));
    }
    fields
}

/// The same fields with something else in some of them.
fn with(mut fields: Vec<(String, String)>, typed: &[(&str, &str)]) -> Vec<(String, String)> {
    for (name, value) in typed {
        let field = fields.iter_mut().rev().find(|(field, _)| field == name);
        field.unwrap_or_else(|| panic!("no field {name}")).1 = (*value).to_owned();
    }
    fields
}

fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

const TYPED: [(&str, &str); 8] = [
    ("body/subjective/text", "Slept <b>well</b>; \"stiff\" at 6 o'clock & tired 🙂"),
    ("body/subjective/pain/now", "3"),
    ("body/treatment/0/technique", "joint_mobilisation"),
    ("body/treatment/0/minutes", "15"),
    ("body/treatment/0/response", "10 degrees more"),
    ("body/consent/given", "true"),
    ("body/consent/given_by/who", "patient"),
    ("body/plan/text", "Once more on Friday."),
];

on_both!(a_note_is_begun_saved_and_signed_without_a_script);
fn a_note_is_begun_saved_and_signed_without_a_script(house: &House) {
    let paula = house.browser_of(Who::Physio);
    let new = format!("/patients/{}/notes/new", Patient::Ana.id());
    let form = fields(&paula.get(&new).is(200));
    let begin = format!("/patients/{}/notes", Patient::Ana.id());
    let typed = with(form, &TYPED[..2]);
    let edit = paula.post(&begin, &pairs(&typed)).is(303).location().to_owned();
    assert_eq!(paula.post(&begin, &pairs(&typed)).is(303).location(), edit, "a double click begins one note");
    let note = edit.trim_end_matches("/edit").to_owned();

    // What is missing is said in its place, and what was typed is saved all the same.
    let page = paula.get(&edit).is(200).says("Slept &#60;b&#62;well&#60;/b&#62;");
    let refused = paula.post(&format!("{note}/sign"), &pairs(&fields(&page))).is(422).says("id=\"faults\"");
    let refused = refused.says("Slept &#60;b&#62;well");
    let whole = with(fields(&refused), &TYPED[2..]);
    paula.post(&edit, &pairs(&whole)).goes_to(&edit);
    let saved = fields(&paula.get(&edit).is(200).says("Saved."));
    for (name, value) in TYPED {
        assert!(saved.contains(&(name.to_owned(), value.to_owned())), "{name}: {saved:?}");
    }
    paula.post(&format!("{note}/sign"), &pairs(&saved)).goes_to(&note);
    paula.post(&format!("{note}/sign"), &pairs(&saved)).goes_to(&note);
    paula.get(&note).is(200).says("Signed by").says("Slept &#60;b&#62;well").says("Joint mobilisation");
    assert_eq!(house.count("SELECT COUNT(*) AS number FROM note_version"), 1, "a double click signs once");
    // Milo does not treat Ana, and reads neither the note nor a form for one.
    house.browser_of(Who::OtherMassage).get(&edit).is(403);
}

on_both!(what_the_form_does_not_offer_is_not_lost);
fn what_the_form_does_not_offer_is_not_lost(house: &House) {
    let mut new = new_visit();
    new["body"]["objective"]["body_chart"] =
        json!([{"view": "back", "x": 480, "y": 210, "kind": "pain", "intensity": 6}]);
    new["body"]["subjective"]["goals"] = json!(["Swim a kilometre"]);
    let draft = house.begins(Who::Physio, Patient::Ana, &new);
    let paula = house.browser_of(Who::Physio);
    let edit = format!("/notes/{}/edit", draft.id());
    let typed = with(fields(&paula.get(&edit).is(200)), &[("body/plan/text", "Swims again.")]);
    paula.post(&edit, &pairs(&typed)).goes_to(&edit);
    let mut expected = draft.json["body"].clone();
    expected["plan"]["text"] = json!("Swims again.");
    assert_eq!(house.reads(Who::Physio, &draft).is(200).json["body"], expected);
}

on_both!(a_draft_that_was_saved_elsewhere_shows_both_texts);
fn a_draft_that_was_saved_elsewhere_shows_both_texts(house: &House) {
    let draft = house.begins(Who::Physio, Patient::Ana, &new_visit());
    let paula = house.browser_of(Who::Physio);
    let edit = format!("/notes/{}/edit", draft.id());
    let here = with(fields(&paula.get(&edit).is(200)), &[("body/plan/text", "Written on the tablet")]);
    let mut elsewhere = new_visit()["body"].clone();
    elsewhere["plan"]["text"] = json!("Written at the desk");
    let save = json!({"service_at": MORNING, "body": elsewhere});
    house.as_(Who::Physio).if_match(1).put(&format!("/notes/{}", draft.id()), save).is(200);
    let page = paula.post(&edit, &pairs(&here)).is(412);
    let page = page.says("Written on the tablet").says("What was saved meanwhile").says("Written at the desk");
    paula.post(&edit, &pairs(&fields(&page))).goes_to(&edit);
    let now = house.reads(Who::Physio, &draft).is(200);
    assert_eq!(now.json["body"]["plan"]["text"], "Written on the tablet");
}

on_both!(a_massage_therapist_is_told_to_write_an_impression);
fn a_massage_therapist_is_told_to_write_an_impression(house: &House) {
    let mara = house.browser_of(Who::Massage);
    let form = fields(&mara.get(&format!("/patients/{}/notes/new", Patient::Ana.id())).is(200));
    let typed = with(form, &[("body/assessment/diagnosis", "Facet joint irritation")]);
    let begin = format!("/patients/{}/notes", Patient::Ana.id());
    let refused = mara.post(&begin, &pairs(&typed)).is(403).says("Write a clinical impression instead");
    refused.says("Facet joint irritation");
    assert_eq!(house.count("SELECT COUNT(*) AS number FROM note"), 0);
}
