//! The rest of a chart's pages: who treats and who decides, what else is known, what is withheld, what is handed out.

use sha2::{Digest, Sha256};

use crate::house::{Answer, Browser, House, Patient, Who, on_both};

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

fn chart(tail: &str) -> String {
    format!("/patients/{}{tail}", Patient::Ana.id())
}

/// What stands after `begin` in a page, up to the next quotation mark.
fn after(page: &Answer, begin: &str) -> String {
    let rest = page.text.split(begin).nth(1).unwrap_or_else(|| panic!("no {begin:?}: {page}"));
    rest.split(['"', '/']).next().unwrap().to_owned()
}

on_both!(rita_assigns_piet_who_leaves_again);
fn rita_assigns_piet_who_leaves_again(house: &House) {
    let (rita, piet) = (house.browser_of(Who::Receptionist), house.browser_of(Who::OtherPhysio));
    let (team, id) = (chart("/care-team"), Who::OtherPhysio.id().to_string());
    piet.get(&team).is(403).says(&chart("/treat"));
    let assign = |day: &str| {
        let reason = "Paula is on leave";
        rita.post(&team, &[("staff_id", id.as_str()), ("visit_date", day), ("reason", reason)])
    };
    assign("2036-01-01").is(422).says("Paula is on leave").says("id=\"f-visit_date-error\"");
    assign("").is(422).says("Please fill this in.");
    assign("2026-03-05").goes_to(&team);
    let page = piet.get(&team).is(200).says("Piet Jansen").says("assigned for a visit, 5 Mar 2026");
    page.says("Leave the care team").says_not("Assign somebody");
    piet.get(&chart("")).is(200).says(&team);
    let membership = after(&piet.get(&team), "action=\"/care-team/");
    house.browser_of(Who::Physio).post(&format!("/care-team/{membership}/leave"), &[]).is(404);
    piet.post(&format!("/care-team/{membership}/leave"), &[]).goes_to("/");
    piet.get(&chart("")).is(403);
    house.finish();
}

on_both!(a_cover_opens_the_record_until_it_ends);
fn a_cover_opens_the_record_until_it_ends(house: &House) {
    let (greta, milo) = (house.browser_of(Who::Manager), house.browser_of(Who::OtherMassage));
    let (from, to) = (Who::Massage.id().to_string(), Who::OtherMassage.id().to_string());
    let grant = |until: &str| {
        let people = [("_zone", "Europe/Zurich"), ("from_staff", from.as_str()), ("to_staff", to.as_str())];
        greta.post("/cover", &[&people[..], &[("from@local", "2026-03-01T00:00"), ("until@local", until)]].concat())
    };
    milo.get(&chart("")).is(403);
    grant("2026-02-01T00:00").is(422).says("id=\"f-until-error\"").says("value=\"2026-02-01T00:00\"");
    grant("2026-03-20T00:00").goes_to("/cover");
    milo.get(&chart("")).is(200);
    milo.get(&chart("/care-team")).is(200).says("Milo Weber</strong></bdi> for <bdi>Mara Lang");
    let page = greta.get("/cover").is(200).says("Milo Weber").says("19 Mar 2026, 24:00");
    let cover = after(&page, "action=\"/cover/");
    milo.get("/cover").is(200).says("Mara Lang").says_not("End it");
    milo.post(&format!("/cover/{cover}/end"), &[]).is(403);
    greta.post(&format!("/cover/{cover}/end"), &[]).goes_to("/cover");
    milo.get(&chart("")).is(403);
    house.finish();
}

fn names(rita: &Browser<'_>, name: &str, until: &str) -> Answer {
    let who = [("name", name), ("relation", "mother"), ("authority", "Parental responsibility")];
    let may = [("may_consent", "false"), ("may_consent", "true"), ("may_receive_records", "false")];
    let more = [("from", "2026-03-01"), ("until", until), ("limits", ""), ("phone", ""), ("email", "")];
    rita.post(&chart("/decision-makers"), &[&who[..], &may, &more].concat())
}

on_both!(a_mother_is_named_and_one_day_decides_no_longer);
fn a_mother_is_named_and_one_day_decides_no_longer(house: &House) {
    let (rita, paula) = (house.browser_of(Who::Receptionist), house.browser_of(Who::Physio));
    let list = chart("/decision-makers");
    rita.get(&list).is(200).says("the patient decides alone");
    names(&rita, "Eva Brunner", "2026-02-01").is(422).says("id=\"f-until-error\"").says("value=\"Eva Brunner\"");
    names(&rita, "", "").is(422).says("Please fill this in.");
    names(&rita, "Eva Brunner", "").goes_to(&list);
    let page = paula.get(&list).is(200).says("Eva Brunner").says("may consent").says_not("may be given records");
    let page = page.says_not("Name somebody");
    let maker = format!("/decision-makers/{}", after(&page, "<a href=\"/decision-makers/"));
    let form = paula.get(&maker).is(200).says("value=\"Parental responsibility\"");
    let version = form.field("_version");
    let change = [("_version", version.as_str()), ("relation", ""), ("limits", "No surgery")];
    paula.post(&maker, &change).is(422).says("No surgery");
    paula.post(&maker, &[("_version", &version), ("limits", "No surgery")]).goes_to(&list);
    paula.post(&maker, &[("_version", &version), ("limits", "None")]).is(412).says("Somebody changed this");
    let page = rita.get(&list).is(200).says("Not: No surgery").says("Today is the last day");
    let (version, until) = (page.field("_version"), page.field("until"));
    rita.post(&maker, &[("_version", &version), ("until", &until)]).goes_to(&list);
    rita.get(&list).is(200).says("Eva Brunner").says_not("no longer").says_not("Today is the last day");
    house.passes(24 * 3_600);
    house.browser_of(Who::Receptionist).get(&list).is(200).says("no longer");
    house.finish();
}

on_both!(a_directive_bites_at_once);
fn a_directive_bites_at_once(house: &House) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    let (rita, paula, mara) =
        (house.browser_of(Who::Receptionist), house.browser_of(Who::Physio), house.browser_of(Who::Massage));
    let (form, mara_id) = (chart("/consent"), Who::Massage.id().to_string());
    let note_page = format!("/notes/{}", note.id());
    mara.get(&note_page).is(200);

    // Paula, who treats, withholds the one note from the other discipline.
    let page = paula.get(&chart("/consent/new")).is(200).says("Note: Progress").says("Record it");
    assert!(page.text.contains(&format!("value=\"{}\"", note.id())), "the note can be chosen");
    let against = |browser: &Browser<'_>, what: &[(&str, &str)], whom: &[(&str, &str)]| {
        browser.post(&form, &[what, whom, &[("from@local", ""), ("until@local", ""), ("reason", "Her wish")]].concat())
    };
    let (one_note, massage) = ([("covers", "note"), ("covered_id", note.id())], [("bars", "discipline")]);
    against(&paula, &one_note, &massage).is(422).says("id=\"f-discipline-error\"").says("Her wish");
    against(&paula, &one_note, &[("bars", "discipline"), ("discipline", "massage")]).goes_to(&chart(""));
    mara.get(&note_page).is(403).says("The patient decided this");

    // Rita, at the desk, withholds the whole record from Mara.
    rita.get(&chart("/consent/new")).is(200).says("The whole record").says_not("Note: Progress");
    let whole = [("covers", "record"), ("covered_id", "")];
    against(&rita, &whole, &[("bars", "person"), ("staff_id", "")]).is(422).says("id=\"f-staff_id-error\"");
    mara.get(&chart("")).is(200);
    against(&rita, &whole, &[("bars", "person"), ("staff_id", &mara_id)]).goes_to(&chart(""));
    mara.get(&chart("")).is(404).says("Nothing here").says_not("Brunner");
    let olga = house.browser_of(Who::PrivacyOfficer);
    olga.get(&form).is(200).says("Her wish").says("Record a directive");
    house.browser_of(Who::Manager).get(&chart("/consent/new")).is(200).says_not("Record it");
    house.finish();
}

on_both!(an_episode_is_opened_diagnosed_and_closed);
fn an_episode_is_opened_diagnosed_and_closed(house: &House) {
    let (paula, mara) = (house.browser_of(Who::Physio), house.browser_of(Who::Massage));
    let list = chart("/episodes");
    let open = |complaint: &str, onset: &str| {
        let words = [("complaint", complaint), ("region", "neck"), ("side", "left"), ("onset", onset)];
        paula.post(&list, &[&words[..], &[("diagnosis/text", ""), ("diagnosis/icd10", "")]].concat())
    };
    paula.get(&list).is(200).says("Open an episode").says("ICD-10").says_not("Clinical impression");
    open("Neck pain", "2036-01-01").is(422).says("id=\"f-onset-error\"").says("value=\"Neck pain\"");
    let episode = open("Neck pain", "2026-02-01").is(303).location().to_owned();
    let page = paula.get(&episode).is(200).says("Neck pain").says("The complaint").says("Discharge");
    let version = page.field("_version");
    let diagnosed = |version: &str, code: &str| {
        let words = [("diagnosis/text", "Cervical strain"), ("diagnosis/icd10", code)];
        paula.post(&episode, &[&words[..], &[("_version", version)]].concat())
    };
    let refused = diagnosed(&version, "not a code").is(422).says("Cervical strain").says("Back to the whole episode");
    refused.says_not("How the treatment ended");
    diagnosed(&version, "S13.4").goes_to(&episode);
    diagnosed(&version, "S13.4").is(412).says("Somebody changed this").says("Cervical strain");
    let page = mara.get(&episode).is(200).says("Cervical strain").says("(S13.4)").says("Paula Frei");
    let version = page.says_not("name=\"diagnosis/text\"").field("_version");
    mara.post(&episode, &[("_version", &version), ("diagnosis/text", "Hers")]).is(403);
    let impression = [("_version", version.as_str()), ("clinical_impression", "Tight trapezius")];
    mara.post(&episode, &impression).goes_to(&episode);
    let version = paula.get(&episode).is(200).says("Tight trapezius").field("_version");
    let end = |outcome: &str| {
        let fields = [("_version", version.as_str()), ("discipline", "physiotherapy"), ("outcome", outcome)];
        paula.post(&format!("{episode}/discharge"), &fields)
    };
    end("").is(422).says("<details open>").says("name=\"discipline\" value=\"physiotherapy\"");
    end("Free of pain").goes_to(&episode);
    paula.get(&episode).is(200).says("closed").says("Free of pain").says_not("name=\"outcome\"");
    paula.get(&chart("")).is(200).says(&episode);
    house.browser_of(Who::Receptionist).get(&episode).is(403).says("Ask a manager");
    house.finish();
}

on_both!(the_health_history_is_taken_down_and_confirmed);
fn the_health_history_is_taken_down_and_confirmed(house: &House) {
    let paula = house.browser_of(Who::Physio);
    let path = chart("/health-history");
    let save = |version: &str, conditions: &str, implants: &str| {
        let words = [("conditions", conditions), ("medications", "Metformin\r\nAspirin"), ("surgeries", "")];
        let more = [("implants", implants), ("pregnancy", ""), ("expected_on", ""), ("_version", version)];
        paula.post(&path, &[&words[..], &more].concat())
    };
    assert_eq!(paula.get(&path).is(200).says("Nothing is recorded yet").field("_version"), "0");
    let long = format!("Asthma\r\n{}", "x".repeat(501));
    save("0", &long, "").is(422).says("Entry 2: length is greater than 500").says("Metformin\nAspirin");
    save("0", "Asthma", HOSTILE).goes_to(&path);
    save("0", "None", "").is(412).says("Somebody changed this");
    let page = paula.get(&path).is(200).says("Confirmed by <bdi>Paula Frei").says("Metformin<br>Aspirin");
    page.says("&#60;script&#62;alert(1)").says_not("<script>alert").says_not("more than a year ago");
    house.passes(366 * 24 * 3_600);
    let (paula, greta) = (house.browser_of(Who::Physio), house.browser_of(Who::Manager));
    greta.get(&path).is(403).says("What you can do");
    paula.get(&path).is(403);
    paula.post(&chart("/treat"), &[("reason", "Comes again after a year")]).is(303);
    let page = paula.get(&path).is(200).says("more than a year ago");
    let version = page.field("_version");
    let words = [("conditions", "Asthma"), ("medications", ""), ("surgeries", ""), ("implants", "")];
    paula.post(&path, &[&words[..], &[("_version", &version), ("pregnancy", "no")]].concat()).goes_to(&path);
    paula.get(&path).is(200).says("Earlier").says_not("more than a year ago");
}

on_both!(a_record_is_handed_out_as_it_was_sealed);
fn a_record_is_handed_out_as_it_was_sealed(house: &House) {
    house.signs_a_visit(Who::Physio, Patient::Ana);
    let (greta, rita) = (house.browser_of(Who::Manager), house.browser_of(Who::Receptionist));
    names(&rita, "Eva Brunner", "").is(303);
    let path = chart("/export");
    house.browser_of(Who::Physio).get(&path).is(403).says("Ask a manager");
    let key = greta.get(&path).is(200).says("Nothing was handed out yet").says_not("Eva Brunner").field("_key");
    let make = |purpose: &str| {
        let to = [("_key", key.as_str()), ("recipient", "patient"), ("recipient_name", "Ana Brunner")];
        greta.post(&path, &[&to[..], &[("purpose", purpose), ("authority", "Her written request")]].concat())
    };
    make("").is(422).says("value=\"Ana Brunner\"").says("Her written request");
    let export = make("Her own files").is(303).location().to_owned();
    assert_eq!(make("Her own files").is(303).location(), export, "a double click makes one");
    let page = greta.get(&export).is(200).says("Her own files");
    let json = greta.get(&format!("{export}/record.json")).is(200);
    assert_eq!(json.header("content-disposition"), Some("attachment; filename=\"record-P-000001.json\""));
    let hash = tandem::audit::Hash(Sha256::digest(json.text.as_bytes()).into()).to_string();
    page.says(&hash);
    let html = greta.get(&format!("{export}/record.html")).is(200).says("Ana").says("Neck eases");
    assert_eq!(html.header("content-security-policy"), Some("sandbox; default-src 'none'"));
    greta.get(&path).is(200).says("to Ana Brunner").says(&export);
    for browser in [rita, house.browser_of(Who::Physio)] {
        browser.get(&format!("{export}/record.json")).is(403);
    }
    house.browser_of(Who::Elsewhere).get(&export).is(404);
    house.finish();
}

on_both!(hostile_words_stay_words_on_every_page_of_the_chart);
fn hostile_words_stay_words_on_every_page_of_the_chart(house: &House) {
    let (rita, paula) = (house.browser_of(Who::Receptionist), house.browser_of(Who::Physio));
    names(&rita, HOSTILE, "").is(303);
    let opened = paula.post(&chart("/episodes"), &[("complaint", HOSTILE), ("diagnosis/text", HOSTILE)]);
    let episode = opened.is(303).location().to_owned();
    for page in [chart("/decision-makers"), chart("/episodes"), episode, chart("/consent/new")] {
        let shown = paula.get(&page).is(200).says("&#60;script&#62;alert(1)");
        assert!(!shown.text.contains("<script>alert") && !shown.text.contains("<img"), "{page}");
    }
}
