//! Referrals in the pages, from the note that gives rise to one to the review that closes it, without a script.

use serde_json::json;
use tandem::actor::Discipline;
use tandem::chart::ReferralState;
use tandem::ids::Id;

use super::forms::Filled;
use crate::house::{
    Answer, Browser, House, LaidReferral, MORNING, Patient, Practice, Who, lay_referral, new_visit, on_both,
};
use crate::referrals::{ana, assesses, composes, massages, moves, said, sent, to_milo, to_pool};

fn page(referral: &Answer) -> String {
    format!("/referrals/{}", referral.id())
}

/// Makes a move by its form on the page of a referral.
#[track_caller]
fn makes(browser: &Browser, referral: &str, step: &str, typed: &[(&str, &str)]) -> Answer {
    let shown = browser.get(referral).is(200);
    let form = Filled::of(&shown, &format!("{referral}/{step}"));
    typed.iter().fold(form, |form, (name, value)| form.with(name, value)).send(browser)
}

on_both!(from_a_note_to_the_review_that_closes_the_loop);
fn from_a_note_to_the_review_that_closes_the_loop(house: &House) {
    let note = assesses(house);
    let paula = house.browser_of(Who::Physio);
    let compose = format!("{}?note={}", ana("/referrals/new"), note.id());
    let refer = format!("href=\"{compose}\" aria-keyshortcuts=\"r\"");
    paula.get(&format!("/notes/{}", note.id())).is(200).says(&refer);

    // What is known is filled in; question and agreement are all that is left to say.
    let form = Filled::of(&paula.get(&compose).is(200), &ana("/referrals"));
    assert_eq!(form.value("reason"), Some("Diagnosis: Facet joint irritation"));
    assert_eq!(form.value("attachments"), Some(note.id()));
    assert_eq!(form.value("episode_id"), note.json["episode_id"].as_str());
    assert_eq!(form.value("target@json"), Some(to_pool(house).to_string().as_str()));
    let form = form.to(&ana("/referrals/send"));
    let refused = form.send(&paula).is(422).says("this is still missing. The draft is saved.");
    let refused = refused.says("f-question-error").says("f-agreement-error");
    let begun = Filled::of(&refused, &refused_draft(&refused));
    let form = begun.with("question", "Does soft tissue work make it rarer?").with("agreement@json", "{}");
    let draft = refused_draft(&refused).trim_end_matches("/edit").to_owned();
    form.to(&format!("{draft}/send")).send(&paula).goes_to(&draft);
    paula.get(&draft).is(200).says("The referral is sent.").says("due 16 Mar 2026").says("Withdraw");
    assert_eq!(house.count("SELECT COUNT(*) AS number FROM referral"), 1, "what was refused was not begun twice");

    // Milo: worklist, referral, taken up; he asks first.
    let milo = house.browser_of(Who::OtherMassage);
    milo.get("/").is(200).says(&format!("href=\"{draft}\""));
    milo.get("/referrals?box=pool").is(200).says(&format!("href=\"{draft}\"")).says("Ana Brunner");
    let shown = milo
        .get(&draft)
        .is(200)
        .says("Ana Brunner")
        .says("Does soft tissue work")
        .says("1, open to whoever")
        .says("No safety items are open.");
    shown.says_not("Withdraw").says_not(&format!("/notes/{}", note.id()));
    makes(&milo, &draft, "receive", &[]).goes_to(&draft);
    milo.get(&draft).is(200).says(&format!("/notes/{}", note.id()));
    makes(&milo, &draft, "request-info", &[("words", " ")]).is(422).says("Please fill this in.");
    makes(&milo, &draft, "request-info", &[("words", "Any <b>dizziness</b>?")]).goes_to(&draft);
    let asked = paula.get(&draft).is(200).says("Any &#60;b&#62;dizziness&#60;/b&#62;?");
    Filled::of(&asked, &format!("{draft}/answer")).with("words", "None").send(&paula).goes_to(&draft);

    // Two clicks from the worklist: the referral, and this button.
    makes(&milo, &draft, "accept", &[]).goes_to(&draft);
    let accepted = milo.get(&draft).is(200).says("You are on the care team now").says("Write a note for it");
    accepted.says("Paula Frei</strong></bdi> answered").says("None");
    makes(&milo, &draft, "start", &[("words", "")]).goes_to(&draft);
    let written = massages(house, Who::OtherMassage, &moved(house, &draft));
    let written = house.moves(Who::OtherMassage, &written, "sign", None).is(200);
    let shown = milo.get(&draft).is(200);
    let form = Filled::of(&shown, &format!("{draft}/return-report"));
    assert_eq!(form.value("note_id"), Some(written.id()), "the note that was written for it");
    form.send(&milo).is(422).says("f-return_report-result-error");
    form.with("result", "answered").send(&milo).goes_to(&draft);

    let reported = paula.get(&draft).is(200).says(&format!("/notes/{}", written.id())).says("Report returned");
    Filled::of(&reported, &format!("{draft}/close")).with("words", "Exercises at home").send(&paula).goes_to(&draft);
    let closed = paula.get(&draft).is(200).says("Exercises at home").says("it is over").says("Closed");
    for (at, passed) in ["Sent", "Received", "Needs info", "Accepted", "In progress"].into_iter().enumerate() {
        assert!(closed.text.contains(&format!("<strong>{passed}</strong>")), "{at}: {passed} is on the line");
    }
}

/// Where the form of a draft is sent that was begun by a form that was refused.
fn refused_draft(refused: &Answer) -> String {
    let begin = refused.text.split("action=\"/referrals/").nth(1).unwrap();
    format!("/referrals/{}", begin.split('"').next().unwrap())
}

/// The referral at this path, as its referrer is answered it now.
fn moved(house: &House, path: &str) -> Answer {
    house.as_(Who::Physio).get(path).is(200)
}

on_both!(a_draft_is_saved_changed_and_thrown_away);
fn a_draft_is_saved_changed_and_thrown_away(house: &House) {
    let note = assesses(house);
    let paula = house.browser_of(Who::Physio);
    let compose = format!("{}?note={}", ana("/referrals/new"), note.id());
    let form = Filled::of(&paula.get(&compose).is(200), &ana("/referrals")).with("target@json", &to_milo().to_string());
    let edit = form.send(&paula).is(303).location().to_owned();
    assert_eq!(form.send(&paula).is(303).location(), edit, "a double click begins one");
    let draft = edit.trim_end_matches("/edit").to_owned();
    paula.get(&draft).goes_to(&edit);
    let stood = Filled::of(&paula.get(&edit).is(200).says("R-2026-0001, draft"), &edit);
    assert_eq!(stood.value("target@json"), Some(to_milo().to_string().as_str()));
    assert_eq!(stood.value("attachments"), Some(note.id()));

    // The same draft on the tablet and at the desk.
    let desk = Filled::of(&paula.get(&edit).is(200), &edit).with("question", "Written at the desk");
    desk.with("requested/kind", "course").with("requested/sessions", "3").send(&paula).goes_to(&edit);
    let tablet = stood.with("question", "Written on the tablet");
    let both = tablet.send(&paula).is(412).says("saved elsewhere").says("Written on the tablet");
    let both = both.says("What was saved meanwhile").says("Written at the desk");
    Filled::of(&both, &edit).send(&paula).goes_to(&edit);
    paula.get(&edit).is(200).says("Written on the tablet").says_not("at the desk");
    let bare = paula.post(&ana("/referrals"), &[("target@json", ""), ("question", "Anybody?")]).is(422);
    bare.says("f-target-error").says("Anybody?");

    let greta = house.browser_of(Who::Manager);
    greta.get(&draft).is(200).says("it is not your turn").says_not("Written on");
    house.browser_of(Who::OtherMassage).get(&draft).is(403);
    let throw = format!("{draft}/discard");
    Filled::of(&paula.get(&edit).is(200), &throw).send(&paula).goes_to("/referrals?box=outbox");
    paula.get(&draft).is(404);
}

on_both!(of_two_who_accept_one_learns_who_has_it);
fn of_two_who_accept_one_learns_who_has_it(house: &House) {
    let referral = page(&sent(house, &to_pool(house)));
    let (mara, milo) = (house.browser_of(Who::Massage), house.browser_of(Who::OtherMassage));
    let accept = format!("{referral}/accept");
    let seen = milo.get(&referral).is(200);
    makes(&mara, &referral, "accept", &[]).goes_to(&referral);
    let late = Filled::of(&seen, &accept).send(&milo).is(409);
    late.says("Mara Lang has taken it").says("/referrals?box=pool").says_not("Ana");
    milo.get(&referral).is(403);
}

on_both!(a_move_over_what_has_changed_is_shown_again_with_what_stands_now);
fn a_move_over_what_has_changed_is_shown_again_with_what_stands_now(house: &House) {
    let referral = sent(house, &to_milo());
    moves(house, Who::OtherMassage, &referral, "accept", None).is(200);
    let (milo, path) = (house.browser_of(Who::OtherMassage), page(&referral));
    let seen = milo.get(&path).is(200);
    let rita = house.browser_of(Who::Receptionist);
    rita.get("/referrals").is(200).says(&format!("href=\"{path}\""));
    let desk =
        rita.get(&path).is(200).says("Ana Brunner").says("Book the visit").says_not("headache").says_not("Decline");
    let booking = Filled::of(&desk, &format!("{path}/schedule"));
    booking.with("first_visit_at@local", "2020-01-01T10:00").send(&rita).is(422).says("Is past.");
    booking_at(&desk, &path, "2026-03-04T10:30").send(&rita).goes_to(&path);
    milo.get(&path).is(200).says("Booked for").says("4 Mar 2026, 10:30");

    let decline = Filled::of(&seen, &format!("{path}/decline")).with("reason", "no_capacity");
    let again = decline.with("words", "On leave from Monday").send(&milo).is(412);
    let again = again.says("how it stands now").says("On leave from Monday").says("Scheduled");
    assert_eq!(moved(house, &path).json["state"], "scheduled", "nothing was done over what he had not seen");
    Filled::of(&again, &format!("{path}/decline")).send(&milo).goes_to(&path);
    milo.get(&path).is(200).says("no capacity").says("Nothing: it is not your turn");

    // What is no longer to be done is said where it stands now.
    let late = Filled::of(&seen, &format!("{path}/start")).send(&milo).is(412);
    late.says("id=\"faults\"").says("It has changed since you opened this page").says_not("Treatment has begun");
}

fn booking_at(desk: &Answer, path: &str, at: &str) -> Filled {
    Filled::of(desk, &format!("{path}/schedule")).with("first_visit_at@local", at)
}

on_both!(nobody_is_offered_what_is_not_theirs_or_does_it);
fn nobody_is_offered_what_is_not_theirs_or_does_it(house: &House) {
    let referral = sent(house, &to_milo());
    let path = page(&referral);
    let version = referral.version().to_string();
    let forms = |who: Who| {
        let shown = house.browser_of(who).get(&path).is(200);
        let begin = format!("action=\"{path}/");
        let forms = shown.text.split(&begin).skip(1);
        forms.map(|rest| rest.split('"').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(forms(Who::OtherMassage), ["accept", "decline", "request-info"]);
    assert_eq!(forms(Who::Physio), ["cancel"]);
    assert_eq!(forms(Who::Manager), ["reassign"]);
    assert_eq!(forms(Who::Receptionist), [""; 0]);
    assert_eq!(forms(Who::Massage), [""; 0], "she treats Ana, and takes no part in it");
    let accept = |who: Who| house.browser_of(who).post(&format!("{path}/accept"), &[("_version", &version)]);
    accept(Who::Physio).is(409).says("id=\"faults\"").says("This is not yours to do");
    accept(Who::Massage).is(403);
    accept(Who::Receptionist).is(403);
    house.browser_of(Who::OtherMassage).post(&format!("{path}/accept"), &[]).is(428);
    assert_eq!(moved(house, &path).json["state"], "sent");

    let greta = house.browser_of(Who::Manager);
    let mara = Who::Massage.id().to_string();
    makes(&greta, &path, "reassign", &[("owner_id", &mara), ("words", "")]).is(422);
    makes(&greta, &path, "reassign", &[("owner_id", &mara), ("words", "Milo is ill")]).goes_to(&path);
    assert_eq!(forms(Who::Massage), ["accept", "decline", "request-info"]);
}

on_both!(what_is_barred_asks_for_a_reason_beside_the_button);
fn what_is_barred_asks_for_a_reason_beside_the_button(house: &House) {
    let item = json!({"kind": "red_flag", "what": "Swollen calf", "severity": "absolute",
        "bars": {"disciplines": ["massage"]}});
    house.as_(Who::Physio).post(&ana("/safety-items"), item).is(201);
    let (milo, path) = (house.browser_of(Who::OtherMassage), page(&sent(house, &to_milo())));
    let accept = format!("{path}/accept");
    let asked = makes(&milo, &path, "accept", &[]).is(422).says("A safety item speaks against what is asked for.");
    let form = Filled::of(&asked.says("Why all the same: Swollen calf (absolute)"), &accept);
    let asked = form.send(&milo).is(422).says("Please fill this in.").says("Why all the same: Swollen calf");
    Filled::of(&asked, &accept).with("overrides/0/reason", "Neck only, seen by a physician").send(&milo).goes_to(&path);
    milo.get(&path).is(200).says("Neck only, seen by a physician");
}

on_both!(hostile_words_in_a_referral_are_shown_as_words);
fn hostile_words_in_a_referral_are_shown_as_words(house: &House) {
    let hostile = "<img src=x onerror=alert(1)>\"'</textarea><script>alert(2)</script>";
    let draft = json!({"from_note": assesses(house).id(), "target": to_milo(), "reason": hostile, "question": hostile,
        "precautions": hostile, "agreement": {}});
    let draft = house.as_(Who::Physio).post(&ana("/referrals"), draft).is(201);
    let paula = house.browser_of(Who::Physio);
    let escaped = "&#60;img src=x onerror=alert(1)&#62;";
    paula.get(&format!("{}/edit", page(&draft))).is(200).says(escaped).says_not("<img").says_not("<script>alert");
    moves(house, Who::Physio, &draft, "send", None).is(200);
    let message = [("text", hostile), ("referral_id", draft.id())];
    paula.post(&ana("/messages"), &message).goes_to(&page(&draft));
    for path in [page(&draft), ana(""), ana("/messages")] {
        paula.get(&path).is(200).says(escaped).says_not("<img").says_not("<script>alert");
    }
}

on_both!(boxes_list_what_is_whose);
fn boxes_list_what_is_whose(house: &House) {
    let referral = sent(house, &to_milo());
    let row = format!("href=\"{}\"", page(&referral));
    let (paula, milo) = (house.browser_of(Who::Physio), house.browser_of(Who::OtherMassage));
    milo.get("/referrals").is(200).says(&row).says("Ana Brunner").says("Paula Frei").says("5 Mar 2026");
    milo.get("/referrals?box=inbox&state=accepted").is(200).says("None of them stands there.").says_not(&row);
    milo.get("/referrals?box=inbox&state=sent&cursor=").is(400);
    milo.get("/referrals?box=pool&state=").is(200).says("Nothing waits in the pool").says_not(&row);
    milo.get("/referrals?box=elsewhere").is(422);
    paula.get("/referrals").is(200).says("Nothing is waiting for you").says_not(&row);
    paula.get("/referrals?box=outbox").is(200).says(&row).says("Milo Weber");
    let rita = house.browser_of(Who::Receptionist);
    rita.get("/referrals").is(200).says("No visit waits to be booked.").says_not("box=outbox");
    rita.get("/referrals?box=overdue").is(200).says("Nothing is late.");
    house.browser_of(Who::PrivacyOfficer).get("/referrals").is(403);

    for number in 1..=51 {
        let laid = LaidReferral {
            practice: Practice::Lakeside.id(),
            patient: Patient::Ana.id(),
            referrer: Who::Physio.id(),
            discipline: Discipline::Massage,
            site: None,
            named: Some(Who::OtherMassage.id()),
            owner: None,
            state: ReferralState::Sent,
            report: None,
            at: MORNING,
        };
        lay_referral(&mut house.database.owner(), Id::new(MORNING, [number; 10]), &laid);
    }
    let first = milo.get("/referrals?box=inbox&state=sent").is(200);
    let next = first.text.split("&amp;cursor=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let rows = |page: &Answer| page.text.matches("<th scope=\"row\">").count();
    let second = milo.get(&format!("/referrals?box=inbox&state=sent&cursor={next}")).is(200);
    assert_eq!((rows(&first), rows(&second)), (50, 2));
    paula.get(&format!("/referrals?box=outbox&state=sent&cursor={next}")).is(400);
}

on_both!(from_the_chart_without_a_note_and_without_an_episode);
fn from_the_chart_without_a_note_and_without_an_episode(house: &House) {
    let (paula, new) = (house.browser_of(Who::Physio), ana("/referrals/new"));
    paula.get(&ana("")).is(200).says(&format!("href=\"{new}\""));
    paula.get(&new).is(200).says("Open one first").says(&ana("/episodes"));
    let item = json!({"kind": "allergy", "what": "Latex gloves", "severity": "caution"});
    house.as_(Who::Physio).post(&ana("/safety-items"), item).is(201);
    assesses(house);
    let form = Filled::of(&paula.get(&new).is(200), &ana("/referrals"));
    assert_eq!((form.value("precautions"), form.value("attachments")), (Some("Latex gloves"), None));
    // From a note that is still being written: its findings, but not itself.
    let open = house.begins(Who::Physio, Patient::Ana, &new_visit());
    let page = paula.get(&format!("{new}?note={}", open.id())).is(200);
    let form = Filled::of(&page, &ana("/referrals"));
    let found = (form.value("reason"), form.value("attachments"));
    assert_eq!(found, (Some("Diagnosis: Facet joint irritation"), None));
    // One click from the note, two fields, one click to send it.
    let form = form.with("question", "Is it the neck?").with("agreement@json", "{}").to(&ana("/referrals/send"));
    form.send(&paula).is(303);
    house.browser_of(Who::OtherPhysio).get(&new).is(403);
}

on_both!(a_declined_referral_is_sent_to_somebody_else);
fn a_declined_referral_is_sent_to_somebody_else(house: &House) {
    let draft = composes(house, &assesses(house), &to_milo());
    let referral = moves(house, Who::Physio, &draft, "send", None).is(200);
    let (milo, path) = (house.browser_of(Who::OtherMassage), page(&referral));
    milo.get("/").is(200).says(&format!("href=\"{path}\"")).says("due 5 Mar 2026, 08:00");
    moves(house, Who::OtherMassage, &referral, "decline", json!({"reason": "no_capacity"})).is(200);
    milo.get("/").is(200).says_not(&path);
    let paula = house.browser_of(Who::Physio);
    paula.get("/").is(200).says(&format!("href=\"{path}\""));
    let shown = paula.get(&path).is(200).says("no capacity").says("Close it");
    let form = Filled::of(&shown, &format!("{path}/resend"));
    assert_eq!(form.value("target@json"), Some(to_milo().to_string().as_str()), "as before unless told");
    let myself = json!({"discipline": "physiotherapy", "staff_id": Who::Physio.id()}).to_string();
    form.with("target@json", &myself).send(&paula).is(422).says("f-resend-target-error");
    let shown = paula.get(&path).is(200);
    let form = Filled::of(&shown, &format!("{path}/resend")).with("target@json", &to_pool(house).to_string());
    form.send(&paula).goes_to(&path);
    house.browser_of(Who::Massage).get(&path).is(200).says("Accept").says("the pool of Lakeside");
    moves(house, Who::Massage, &moved(house, &path), "receive", None).is(200);
    makes(&paula, &path, "cancel", &[("reason", "")]).is(422);
    makes(&paula, &path, "cancel", &[("reason", "no_longer_needed")]).goes_to(&path);
    assert_eq!(moved(house, &path).json["because"], "no_longer_needed");
}

on_both!(asked_to_stop_the_owner_goes_on_or_stops);
fn asked_to_stop_the_owner_goes_on_or_stops(house: &House) {
    let referral = sent(house, &to_milo());
    let (paula, milo, path) = (house.browser_of(Who::Physio), house.browser_of(Who::OtherMassage), page(&referral));
    makes(&milo, &path, "accept", &[]).goes_to(&path);
    makes(&milo, &path, "no-show", &[("words", "Waited half an hour")]).goes_to(&path);
    makes(&milo, &path, "start", &[]).goes_to(&path);
    makes(&paula, &path, "request-cancel", &[("words", "Surgery on Friday")]).goes_to(&path);
    makes(&milo, &path, "keep", &[("words", "One session more")]).goes_to(&path);
    makes(&paula, &path, "request-cancel", &[("words", "Surgery is tomorrow")]).goes_to(&path);
    makes(&milo, &path, "confirm-cancel", &[]).goes_to(&path);
    let shown = paula.get(&path).is(200).says("Waited half an hour").says("Surgery on Friday").says("One session more");
    shown.says("Milo Weber</strong></bdi> goes on treating").says("it is over");
}

on_both!(further_questions_and_the_way_back_into_the_pool);
fn further_questions_and_the_way_back_into_the_pool(house: &House) {
    let referral = sent(house, &to_pool(house));
    let (paula, milo, path) = (house.browser_of(Who::Physio), house.browser_of(Who::OtherMassage), page(&referral));
    makes(&milo, &path, "receive", &[]).goes_to(&path);
    makes(&milo, &path, "release", &[("words", "Full until May")]).goes_to(&path);
    milo.get(&path).is(200).says("It is back in the pool.");
    makes(&milo, &path, "accept", &[]).goes_to(&path);
    let note = massages(house, Who::OtherMassage, &moved(house, &path));
    house.moves(Who::OtherMassage, &note, "sign", json!({"answers_referral": "partly"})).is(200);
    makes(&paula, &path, "ask-further", &[("words", "And her sleep?")]).goes_to(&path);
    milo.get(&path).is(200).says("And her sleep?").says("In progress").says("Return the report");
    let asked = moves(house, Who::Physio, &moved(house, &path), "request-cancel", said("Better now")).is(200);
    assert_eq!(asked.json["state"], "cancel_requested");
}

on_both!(whoever_co_signs_is_told_which_referral_the_note_answers);
fn whoever_co_signs_is_told_which_referral_the_note_answers(house: &House) {
    house.supervises(Some(Who::Massage), Who::OtherMassage).is(200);
    let referral = sent_to_milo(house);
    let note = massages(house, Who::OtherMassage, &referral);
    let note = house.moves(Who::OtherMassage, &note, "sign", json!({"answers_referral": "partly"})).is(200);
    let (path, mara) = (format!("/notes/{}", note.id()), house.browser_of(Who::Massage));
    let number = referral.json["number"].as_str().unwrap();
    let told = format!("sent referral <a href=\"{}\">{number}</a>: partly answered.", page(&referral));
    let shown = mara.get(&path).is(200).says("Your signature is asked for").says(&told);
    house.browser_of(Who::OtherMassage).get(&path).is(200).says(&told);
    mara.post(&format!("{path}/cosign"), &[("_version", &shown.field("_version"))]).goes_to(&path);
    mara.get(&path).is(200).says("Co-signed by").says_not("Once it is co-signed");
    mara.get(&page(&referral)).is(200).says("Report");

    // A note that answers nothing says nothing of it.
    let silent = massages(house, Who::OtherMassage, &sent_to_milo(house));
    let silent = house.moves(Who::OtherMassage, &silent, "sign", None).is(200);
    let path = format!("/notes/{}", silent.id());
    let shown = mara.get(&path).is(200).says("Your signature is asked for").says_not("Once it is co-signed");
    mara.post(&format!("{path}/cosign"), &[("_version", &shown.field("_version"))]).goes_to(&path);
}

/// A referral that Milo has accepted.
fn sent_to_milo(house: &House) -> Answer {
    let referral = sent(house, &to_milo());
    moves(house, Who::OtherMassage, &referral, "accept", None).is(200)
}
