//! Running and reviewing a practice, as its manager and its privacy officer do it.

use diesel::prelude::*;
use serde_json::json;
use tandem::alerts::{MailKind, MailState};
use tandem::db::schema::outbox;
use tandem::ids::{Id, MailId};

use crate::house::{Answer, Browser, House, MORNING, PASSWORD, Patient, Practice, Who, on_both};

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";

fn page_of(who: Who) -> String {
    format!("/staff/{}", who.id())
}

/// What stands after `begin` in a page, up to `end`.
fn between(page: &Answer, begin: &str, end: char) -> String {
    let rest = page.text.split(begin).nth(1).unwrap_or_else(|| panic!("no {begin:?}: {page}"));
    rest.split(end).next().unwrap().to_owned()
}

fn takes_on(greta: &Browser<'_>, key: &str, name: &str, email: &str, roles: &[&str]) -> Answer {
    let roles: Vec<_> = roles.iter().map(|role| ("roles", *role)).collect();
    let fields = [("_key", key), ("name", name), ("email", email), ("site_id", ""), ("supervisor_id", "")];
    greta.post("/staff", &[&fields[..], &roles].concat())
}

/// Changes a colleague by their page.
fn changes(greta: &Browser<'_>, who: Who, version: &str, roles: &[&str]) -> Answer {
    let page = greta.get(&page_of(who)).is(200);
    let fields = ["name", "email"].map(|name| (name, page.field(name)));
    let mut all: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    all.extend([("_version", version), ("site_id", ""), ("away_until", ""), ("supervisor_id", "")]);
    all.extend(roles.iter().map(|role| ("roles", *role)));
    greta.post(&page_of(who), &all)
}

on_both!(greta_invites_ines_who_chooses_a_password_and_is_no_manager);
fn greta_invites_ines_who_chooses_a_password_and_is_no_manager(house: &House) {
    let greta = house.browser_of(Who::Manager);
    let key = greta.get("/staff/new").is(200).field("_key");
    let email = "ines@lakeside.example";
    let refused = takes_on(&greta, &key, "Ines Weber", email, &[]).is(422).says("Please fill this in.");
    refused.says("value=\"Ines Weber\"").says(&key);
    let twice = takes_on(&greta, &key, "Ines Weber", Who::Physio.email(), &["physiotherapist"]).is(409);
    assert!(twice.text.contains("value=\"physiotherapist\" checked"), "what was marked stays marked");
    let key = greta.get("/staff/new").field("_key");
    let invited = takes_on(&greta, &key, "Ines Weber", email, &["physiotherapist"]).is(200);
    let token = between(&invited, "/invitation#", '<');
    takes_on(&greta, &key, "Ines Weber", email, &["physiotherapist"]).is(200).says("invited already").says_not(&token);
    greta.get("/staff?standing=invited").is(200).says("Ines Weber").says_not("Paula Frei");

    let ines = house.browser();
    let chosen = [("token", token.as_str()), ("password", PASSWORD), ("again", PASSWORD)];
    ines.post("/invitation", &chosen).is(303);
    ines.post("/sign-in", &[("email", email), ("password", PASSWORD)]).goes_to("/");
    ines.get("/staff").is(403).says("Ask a manager").says_not("Paula");
    greta.get("/staff?standing=invited").is(200).says("Nobody fits");
    house.finish();
}

on_both!(whoever_loses_a_role_loses_it_at_once);
fn whoever_loses_a_role_loses_it_at_once(house: &House) {
    let (greta, oskar) = (house.browser_of(Who::Manager), house.browser_of(Who::Owner));
    oskar.get("/staff").is(200).says("aria-current=\"page\">Practice");
    let version = greta.get(&page_of(Who::Owner)).is(200).field("_version");
    changes(&greta, Who::Owner, &version, &[]).is(422).says("Please fill this in.");
    oskar.get("/staff").is(200);
    changes(&greta, Who::Owner, &version, &["physiotherapist"]).goes_to(&page_of(Who::Owner));
    oskar.get("/staff").is(403).says("Not open to you").says_not(">Practice</a>");
    changes(&greta, Who::Owner, &version, &["manager"]).is(412).says("Somebody changed this");

    greta.get(&page_of(Who::Manager)).is(200).says("Nobody changes their own roles").says_not("End their access");
    let own = [("_version", "1"), ("name", "Greta Moser"), ("email", Who::Manager.email()), ("roles", "manager")];
    greta.post(&page_of(Who::Manager), &own).is(403).says("Nobody opens the record that is their own");
    let olga = house.browser_of(Who::PrivacyOfficer);
    olga.get(&page_of(Who::Physio)).is(200).says("Paula Frei").says_not("End their access").says_not("name=\"roles\"");
    house.finish();
}

on_both!(whoever_leaves_is_out_and_what_they_leave_is_listed);
fn whoever_leaves_is_out_and_what_they_leave_is_listed(house: &House) {
    house.lays_draft(Who::Physio, Patient::Ana, house.clock.now(), 9);
    let (greta, paula) = (house.browser_of(Who::Manager), house.browser_of(Who::Physio));
    let page = page_of(Who::Physio);
    greta.get(&format!("{page}/hand-over")).is(200).says("would leave").says("P-000001");
    let version = greta.get(&page).is(200).says("End their access").field("_version");
    greta.post(&format!("{page}/deactivate"), &[("_version", "99")]).is(412);
    paula.get("/").is(200);
    let left = format!("{page}/hand-over");
    greta.post(&format!("{page}/deactivate"), &[("_version", &version)]).goes_to(&left);
    assert!(paula.get("/").is(303).location().starts_with("/sign-in"));
    greta.get(&left).is(200).says("This is what they leave behind.").says("left unsigned").says("P-000001");
    let version = greta.get(&page).is(200).says("They come back").field("_version");
    greta.post(&format!("{page}/return"), &[("_version", &version)]).goes_to(&page);
    house.browser_of(Who::Physio).get("/").is(200);
    house.finish();
}

on_both!(the_staff_is_sorted_narrowed_and_taken_along);
fn the_staff_is_sorted_narrowed_and_taken_along(house: &House) {
    let greta = house.browser_of(Who::Manager);
    let place = |page: &Answer, name: &str| page.text.find(&format!(">{name}</a>")).unwrap();
    let page = greta.get("/staff").is(200).says("aria-sort=\"ascending\"").says("/staff?sort=-name");
    assert!(place(&page, "Greta Moser") < place(&page, "Rita Senn"));
    let page = greta.get("/staff?sort=-name").is(200).says("aria-sort=\"descending\"");
    assert!(place(&page, "Greta Moser") > place(&page, "Rita Senn"));
    let page = greta.get("/staff?role=massage_therapist&site=&standing=").is(200);
    page.says("Mara Lang").says_not("Paula Frei").says("/staff.csv?role=massage_therapist");
    let csv = greta.get("/staff.csv?role=massage_therapist").is(200);
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(csv.text.lines().count(), 3, "{csv}");
    assert!(csv.text.contains("Mara Lang,mara@lakeside.example,massage_therapist,"), "{csv}");
    greta.get("/staff?role=emperor").is(422);
    house.browser_of(Who::Physio).get("/staff.csv").is(403).says("What you can do");
    house.browser_of(Who::Physio).get("/directory").is(200).says("Greta Moser").says_not("greta@");
}

on_both!(the_days_on_which_the_practice_works_are_the_managers_to_set);
fn the_days_on_which_the_practice_works_are_the_managers_to_set(house: &House) {
    let (greta, olga) = (house.browser_of(Who::Manager), house.browser_of(Who::PrivacyOfficer));
    let with = |zone: &str, days: &[&str], closed: &str| {
        let version = greta.get("/settings").is(200).field("_version");
        let fixed = [("_version", version.as_str()), ("name", "Lakeside"), ("time_zone", zone)];
        let more = [("age_of_majority", "18"), ("closed_days/0", closed), ("closed_days/1", "")];
        let days: Vec<_> = days.iter().map(|day| ("working_days", *day)).collect();
        greta.post("/settings", &[&fixed[..], &more, &days].concat())
    };
    let week = ["monday", "tuesday", "friday"];
    with("Middle/Earth", &week, "2026-12-25").is(422).says("Not a time zone").says("value=\"Middle/Earth\"");
    with("Europe/Zurich", &[], "").is(422).says("Please fill this in.");
    with("Europe/Zurich", &week, "2026-12-25").goes_to("/settings");
    let page = greta.get("/settings").is(200).says("value=\"2026-12-25\"").says("value=\"friday\" checked");
    assert!(!page.text.contains("value=\"sunday\" checked"));
    olga.get("/settings").is(200).says("25 Dec 2026").says_not("<button type=\"submit\" class=\"main\">Save");
    with("Europe/Zurich", &week, "").goes_to("/settings");
    greta.get("/settings").is(200).says_not("2026-12-25");

    greta.post("/sites", &[("name", "")]).is(422).says("From 1 to 200 characters");
    greta.post("/sites", &[("name", "Riverside")]).goes_to("/sites");
    let page = greta.get("/sites").is(200).says("Riverside");
    let site = between(&page, "Riverside</a>", '\n');
    assert!(site.contains("open"), "{site}");
    let link = page.text.split(">Riverside</a>").next().unwrap().rsplit("site=").next().unwrap().replace('"', "");
    let version = greta.get(&format!("/sites?site={link}")).is(200).says("value=\"Riverside\"").field("_version");
    let closing = [("_version", version.as_str()), ("name", "Riverside"), ("open", "false")];
    greta.post(&format!("/sites/{link}"), &closing).goes_to("/sites");
    greta.post(&format!("/sites/{link}"), &closing).is(412).says("value=\"Riverside\"");
    greta.get("/sites").is(200).says("closed");
    let paula = house.browser_of(Who::Physio);
    paula.get("/sites").is(200).says("Riverside").says_not("Open a site");
    paula.post("/sites", &[("name", "Hers")]).is(403);
}

on_both!(greta_searches_the_log_opens_an_event_and_reads_its_proof);
fn greta_searches_the_log_opens_an_event_and_reads_its_proof(house: &House) {
    house.browser_of(Who::Physio).get(&format!("/patients/{}", Patient::Ana.id())).is(200);
    let greta = house.browser_of(Who::Manager);
    let paula = Who::Physio.id().to_string();
    let search = |patient: &str| {
        let typed =
            [("actor", paula.as_str()), ("record_number", patient), ("action", "read_patient"), ("outcome", "")];
        let since = [("_zone", "Europe/Zurich"), ("from@local", "2026-03-01T00:00"), ("to@local", "")];
        greta.post("/audit", &[&typed[..], &since].concat())
    };
    search("P-999999").is(422).says("No record of this number.").says("value=\"P-999999\"").says(">Record number</a>");
    search("Ana Brunner").is(422).says("No record of this number.");
    let found = search("P-000001").is(303).location().to_owned();
    assert!(found.contains(&format!("patient={}", Patient::Ana.id())) && !found.contains("P-0"), "{found}");
    let page = greta
        .get(&found)
        .is(200)
        .says("value=\"P-000001\"")
        .says("Paula Frei")
        .says("Open a patient&#39;s front page")
        .says("not yet");
    assert_eq!(page.text.matches("<tr>").count(), 2, "a head and one event: {page}");
    let event = format!("/audit/events/{}", between(&page, "/audit/events/", '"'));
    greta.get(&event).is(200).says("It is not sealed yet").says_not("Root of the tree");

    house.seals();
    let page = greta.get(&event).is(200).says("sealed as number").says("Root of the tree").says("A clinician on the");
    page.says(&format!("tandem/{}", Practice::Lakeside.id())).says("read_patient");
    let page = greta.get("/audit").is(200).says("events are sealed").says("not verified as a whole yet");
    page.says_not("<h2 id=\"proven\">How far it is proven</h2>\n</section>");
    let page = greta.get("/audit/checkpoints").is(200).says("only added to");
    let since = between(&page, "/audit/consistency?from=", '"');
    greta.get(&format!("/audit/consistency?from={since}")).is(200).says("The earlier checkpoint");
    greta.get("/audit/consistency?from=999999").is(404);
    let csv = greta.get(&found.replace("/audit?", "/audit.csv?")).is(200);
    assert_eq!(csv.text.lines().count(), 2, "{csv}");
    assert!(csv.text.starts_with("id,at,actor,") && csv.text.contains(&paula), "{csv}");
    assert!(csv.text.contains(",Paula Frei,P-000001"), "{csv}");
    house.finish();
}

on_both!(who_opened_a_record_goes_on_from_page_to_page);
fn who_opened_a_record_goes_on_from_page_to_page(house: &House) {
    for _ in 0..60 {
        house.as_(Who::Physio).get(&format!("/patients/{}", Patient::Ana.id())).is(200);
    }
    let greta = house.browser_of(Who::Manager);
    house.clock.advance(1);
    let path = format!("/patients/{}/access", Patient::Ana.id());
    let first = greta.get(&path).is(200);
    assert_eq!(first.text.matches("Paula Frei").count(), 49, "the newest is this very look");
    let link = first.text.split("\" rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let second = greta.get(link).is(200);
    assert_eq!(second.text.matches("Paula Frei").count(), 11);
    let csv = greta.get(&format!("{path}.csv")).is(200);
    assert_eq!(csv.text.matches("Paula Frei").count(), 60);
}

on_both!(the_log_goes_on_from_page_to_page);
fn the_log_goes_on_from_page_to_page(house: &House) {
    let greta = house.browser_of(Who::Manager);
    for _ in 0..60 {
        house.as_(Who::Physio).get("/me").is(200);
    }
    let first = greta.get(&format!("/audit?actor={}", Who::Physio.id())).is(200);
    assert_eq!(first.text.matches("/audit/events/").count(), 50);
    let next = between(&first, "rel=\"next\"", '>');
    assert_eq!(next, "");
    let link =
        first.text.split("\" rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap().replace("&#38;", "&");
    let second = greta.get(&link).is(200).says("To the beginning");
    assert_eq!(second.text.matches("/audit/events/").count(), 10);
    let seen = between(&second, "/audit/events/", '"');
    assert!(!first.text.contains(&seen), "nothing stands on both");
}

on_both!(a_therapist_is_told_whom_to_ask_instead);
fn a_therapist_is_told_whom_to_ask_instead(house: &House) {
    let paula = house.browser_of(Who::Physio);
    for path in [
        "/practice",
        "/staff",
        "/staff/new",
        "/settings",
        "/audit/checkpoints",
        "/emergency-accesses",
        "/started-without-note",
        "/dead-letters",
        &page_of(Who::Massage),
        &format!("{}/hand-over", page_of(Who::Massage)),
    ] {
        paula.get(path).is(403).says("Ask a manager of the practice").says("To the worklist").says_not("Mara");
    }
    house.as_(Who::Massage).get("/me").is(200);
    let page = paula.get("/audit").is(200).says("What you yourself did").says("Paula Frei").says_not("Mara Lang");
    assert!(!page.text.contains(">Practice</a>"), "no way that leads nowhere");
    paula.get(&format!("/audit?actor={}", Who::Massage.id())).is(403);
    let own = format!("/audit/events/{}", between(&page, "/audit/events/", '"'));
    paula.get(&own).is(200).says("Paula Frei");
    house.browser_of(Who::OtherPhysio).get(&own).is(404);
}

on_both!(somebody_else_reviews_an_emergency);
fn somebody_else_reviews_an_emergency(house: &House) {
    let glass = json!({"reason_code": "nobody_reachable", "reason": HOSTILE, "password": PASSWORD});
    let path = format!("/patients/{}/emergency-access", Patient::Ana.id());
    let access = house.as_(Who::OtherPhysio).post(&path, glass).is(201).id().to_owned();
    house.passes(3_600);
    house.seals();
    let (olga, greta) = (house.browser_of(Who::PrivacyOfficer), house.browser_of(Who::Manager));
    let page = format!("/emergency-accesses/{access}");
    olga.get("/practice").is(200).says("Piet Jansen").says(&page);
    olga.get("/emergency-accesses?reviewed=no").is(200).says("Piet Jansen").says("nobody who treats the patient");
    greta.get(&page).is(200).says("A privacy officer reviews it.").says_not("name=\"verdict\"");
    let shown = olga.get(&page).is(200).says("&#60;script&#62;alert(1)").says_not("<script>alert");
    let version = shown.field("_version");
    let review = |browser: &Browser<'_>, verdict: &str, reason: &str| {
        let fields = [("_version", version.as_str()), ("verdict", verdict), ("reason", reason)];
        browser.post(&format!("{page}/review"), &fields)
    };
    review(&olga, "", "Ana confirms it").is(422).says("Please").says("Ana confirms it");
    review(&olga, "justified", "").is(422).says("value=\"justified\" checked");
    review(&greta, "justified", "Ana confirms it").is(403);
    review(&olga, "justified", "Ana confirms it").goes_to("/emergency-accesses?reviewed=no");
    olga.get("/emergency-accesses?reviewed=no").is(200).says("The review is kept.").says("None of these.");
    olga.get(&page).is(200).says("justified").says("Ana confirms it").says_not("name=\"verdict\"");
    review(&olga, "breach", "Or not").is(412);
    let csv = olga.get("/emergency-accesses.csv").is(200);
    assert!(csv.text.contains("Piet Jansen,nobody_reachable") && csv.text.contains(",justified,"), "{csv}");
    house.finish();
}

fn dead_letter(house: &House, to: Who) -> MailId {
    let id: MailId = Id::new(MORNING, [7; 10]);
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(id),
            outbox::practice_id.eq(to.practice().id()),
            outbox::staff_id.eq(to.id()),
            outbox::kind.eq(MailKind::Alert),
            outbox::state.eq(MailState::Dead),
            outbox::attempts.eq(12),
            outbox::created_at.eq(MORNING),
            outbox::next_at.eq(MORNING),
            outbox::ended_at.eq(MORNING),
            outbox::failure.eq("smtp 550"),
            outbox::version.eq(1),
        ))
        .execute(&mut house.database.owner())
        .unwrap();
    id
}

on_both!(a_mail_that_did_not_arrive_is_tried_again);
fn a_mail_that_did_not_arrive_is_tried_again(house: &House) {
    let letter = dead_letter(house, Who::Massage);
    let greta = house.browser_of(Who::Manager);
    greta.get("/practice").is(200).says("Mara Lang");
    let version = greta.get("/dead-letters").is(200).says("Mara Lang").says("smtp 550, 12 attempts").field("_version");
    let csv = greta.get("/dead-letters.csv").is(200);
    assert!(csv.text.contains("Mara Lang,12,smtp 550"), "{csv}");
    let retry = format!("/dead-letters/{letter}/retry");
    house.browser_of(Who::PrivacyOfficer).post(&retry, &[("_version", &version)]).is(403);
    greta.post(&retry, &[]).is(428);
    greta.post(&retry, &[("_version", &version)]).goes_to("/dead-letters");
    greta.get("/dead-letters").is(200).says("It is on its way again.").says("Every mail arrived").says_not("Mara Lang");
    let due = "SELECT COUNT(*) AS number FROM outbox WHERE failure = 'smtp 550' AND state = 'waiting' AND version = 2";
    assert_eq!(house.count(due), 1);
    greta.post(&retry, &[("_version", &version)]).is(412);
    house.finish();
}

on_both!(whoever_started_without_a_note_is_listed);
fn whoever_started_without_a_note_is_listed(house: &House) {
    let long_ago = house.clock.now().plus_seconds(-14 * 24 * 3_600);
    house.lays_started_treating(Who::OtherPhysio, Patient::Ana, long_ago);
    let page = house.browser_of(Who::PrivacyOfficer).get("/started-without-note").is(200);
    page.says("Piet Jansen").says("none yet");
    let csv = house.browser_of(Who::PrivacyOfficer).get("/started-without-note.csv").is(200);
    assert!(csv.text.starts_with("id,patient_id,") && csv.text.contains("Piet Jansen"), "{csv}");
    house.browser_of(Who::Manager).get("/started-without-note").is(200).says("Piet Jansen");
}

on_both!(somebody_else_reviews_that_a_colleague_started_without_a_note);
fn somebody_else_reviews_that_a_colleague_started_without_a_note(house: &House) {
    let long_ago = house.clock.now().plus_seconds(-14 * 24 * 3_600);
    let started = house.lays_started_treating(Who::OtherPhysio, Patient::Ana, long_ago);
    let (olga, greta) = (house.browser_of(Who::PrivacyOfficer), house.browser_of(Who::Manager));
    let page = format!("/started-without-note/{started}");
    greta.get("/practice").is(200).says("Piet Jansen").says(&page);
    olga.get("/started-without-note?reviewed=no").is(200).says(&page).says("to review");
    greta.get(&page).is(200).says("A privacy officer reviews it.").says_not("name=\"verdict\"");
    olga.get(&page).is(200).says("Nobody else was there").says("none yet");
    let review = |browser: &Browser<'_>, verdict: &str, reason: &str| {
        browser.post(&format!("{page}/review"), &[("verdict", verdict), ("reason", reason)])
    };
    review(&olga, "", "Ana confirms it").is(422).says("Please").says("Ana confirms it");
    review(&olga, "breach", "").is(422).says("value=\"breach\" checked");
    review(&greta, "breach", HOSTILE).is(403);
    review(&olga, "breach", HOSTILE).goes_to("/started-without-note?reviewed=no");
    olga.get("/started-without-note?reviewed=no").is(200).says("The review is kept.").says("None of these.");
    greta.get("/practice").is(200).says_not("Piet Jansen");
    olga.get("/started-without-note?reviewed=yes").is(200).says("Piet Jansen").says("breach");
    let shown = olga.get(&page).is(200).says("breach").says("&#60;script&#62;alert(1)").says_not("<script>alert");
    shown.says_not("name=\"verdict\"");
    review(&olga, "justified", "Or not").is(409);
    let csv = olga.get("/started-without-note.csv").is(200);
    assert!(csv.text.contains("Piet Jansen,Nobody else was there") && csv.text.contains(",breach,"), "{csv}");
    house.finish();
}

on_both!(hostile_names_are_shown_as_names);
fn hostile_names_are_shown_as_names(house: &House) {
    let greta = house.browser_of(Who::Manager);
    let key = greta.get("/staff/new").field("_key");
    takes_on(&greta, &key, HOSTILE, "hostile@lakeside.example", &["manager", "physiotherapist"]).is(200);
    greta.post("/sites", &[("name", HOSTILE)]).goes_to("/sites");
    let list = greta.get("/staff?standing=invited").is(200);
    let page = format!("/staff/{}", between(&list, "<td><a href=\"/staff/", '"'));
    for path in ["/staff", "/sites", "/directory", "/staff/new", "/audit", "/cover", page.as_str()] {
        let shown = greta.get(path).is(200).says("&#60;script&#62;alert(1)");
        assert!(!shown.text.contains("<script>alert") && !shown.text.contains("<img"), "{path}");
    }
}

on_both!(sites_covers_and_the_directory_are_handed_out_as_csv_too);
fn sites_covers_and_the_directory_are_handed_out_as_csv_too(house: &House) {
    let cover = json!({"from_staff": Who::Physio.id(), "to_staff": Who::OtherPhysio.id(), "from": MORNING,
        "until": MORNING.plus_seconds(3_600)});
    house.as_(Who::Manager).post("/cover", cover).is(201);
    let paula = house.browser_of(Who::Physio);
    for (list, row) in [
        ("/cover", "Piet Jansen,Paula Frei,2026-03-02T07:00:00.000000Z,"),
        ("/directory", "Mara Lang,massage,"),
        ("/sites", ",true,"),
    ] {
        paula.get(list).is(200).says(&format!("href=\"{list}.csv\""));
        let csv = paula.get(&format!("{list}.csv")).is(200);
        assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
        assert!(csv.text.starts_with("id,") && csv.text.contains(row), "{csv}");
    }
    let names = |csv: &Answer| csv.text.lines().skip(1).map(between_commas).collect::<Vec<_>>();
    let (up, down) = (paula.get("/directory.csv?sort=name"), paula.get("/directory.csv?sort=-name"));
    assert!(names(&up).is_sorted() && names(&down).is_sorted_by(|one, other| one >= other), "{up} {down}");
}

/// The second cell of a line.
fn between_commas(line: &str) -> String {
    line.split(',').nth(1).unwrap_or_default().to_lowercase()
}
