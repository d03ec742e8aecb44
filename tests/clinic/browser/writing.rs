//! Whoever writes is not disturbed, and whatever they write stays words: nothing jumps while a note is saved, and no text of
//! any kind runs, widens a page or is cut.

use serde_json::{Value, json};

use super::storms::{SUBJECTIVE, saved, writes};
use crate::house::{Answer, House, MORNING, Patient, Who, Window, in_chromium, new_visit};
use crate::referrals::{ana, to_milo};

/// Keeps account of whatever moves by itself, from the first paint of the page on.
const WATCH: &str = "window.moved = [];
    window.watch = new PerformanceObserver((list) => window.moved.push(...list.getEntries()));
    window.watch.observe({type: 'layout-shift', buffered: true});";

/// What moved, once what is on its way has been painted.
const MOVED: &str =
    "return new Promise((told) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
    const named = (node) => node?.id || node?.className || node?.nodeName;
    window.moved.push(...window.watch.takeRecords());
    told(window.moved.map((entry) => `${entry.value}: ${entry.sources.map((source) => named(source.node))}`));
}))));";

/// Where the bar with the buttons begins. It stays at the lower edge, which the browser does not call moving.
const BAR: &str = "return document.querySelector('.bar').getBoundingClientRect().top";

in_chromium!(nothing_jumps_while_a_note_is_saved);
fn nothing_jumps_while_a_note_is_saved(house: &House, window: &Window) {
    let path = writes(house, window);
    for width in [1200, 360] {
        window.is_sized(width, 800);
        window.goes(&path);
        window.finds(".more-rows");
        window.runs(WATCH);
        let bar = window.runs(BAR);
        for time in ["first", "second"] {
            let words = format!(" The {time} on {width} pixels.");
            window.types(SUBJECTIVE, &words);
            window.waits(|| saved(house, &path).contains(&words), &words);
            window.says("Saved at");
        }
        assert_eq!(window.runs(MOVED), json!([]), "moved by itself on {width} pixels");
        assert_eq!(window.runs(BAR), bar, "the bar with the buttons moved on {width} pixels");
    }
}

/// What would show if it did anything but stand there: to be a tag, to end one, to turn the text around, to be too long.
const HOSTILE: &str = "<script>window.__struck = 1</script>\"'></textarea><img src=x onerror='window.__struck = 1'> \
    \u{1F9D8}\u{1F3FD}\u{200D}\u{2640}\u{FE0F} \u{202B}turned\u{202C} \u{202B}ألم في الكتف\u{202C} \
    Krankengymnastikverordnungsblattausfuellhilfekrankengymnastikverordnungsblattausfuellhilfe";

/// Whether a sign turns the direction of writing: what is cut or turned around would not turn it back, and be refused.
const fn turns(sign: char) -> bool {
    matches!(sign, '\u{202A}'..='\u{202E}')
}

/// The beginning of the same.
fn begin(most: usize) -> String {
    HOSTILE.chars().filter(|sign| !turns(*sign)).take(most).collect()
}

/// Of the same, as much as a field takes.
fn much() -> String {
    let line = format!("{HOSTILE}\n");
    line.chars().cycle().take(20_000).collect()
}

/// What shows that words were taken for something else.
const STRUCK: &str =
    "return window.__struck !== undefined || document.querySelector('main img, main script, [onerror]') !== null";

in_chromium!(hostile_words_stay_words_wherever_they_are_read);
fn hostile_words_stay_words_wherever_they_are_read(house: &House, window: &Window) {
    let pages = says_hostile_things(house);
    window.signs_in(Who::Physio);
    for path in &pages {
        for width in [360, 1200] {
            window.is_sized(width, 900);
            window.goes(path);
            assert!(window.text().contains("<script>window.__struck"), "{path} does not show them: {}", window.text());
            assert_eq!(window.runs(STRUCK), json!(false), "{path}");
            let wide = window.runs("return document.documentElement.scrollWidth").as_u64().unwrap();
            assert!(wide <= u64::from(width), "{path} is {wide} px wide where there are {width}");
        }
        let size = "return performance.getEntriesByType('navigation')[0].decodedBodySize";
        assert!(window.runs(size).as_u64().unwrap() < super::every_page::HEAVIEST, "{path}: {}", window.runs(size));
    }
}

/// Says them in every place of Ana's record where words go, and gives the pages that show them.
fn says_hostile_things(house: &House) -> Vec<String> {
    let short = begin(110);
    let paula = || house.as_(Who::Physio);
    let episode = paula().post(&ana("/episodes"), json!({"complaint": short, "region": "neck"})).is(201);
    let item = json!({"kind": "allergy", "what": HOSTILE, "severity": "caution"});
    paula().post(&ana("/safety-items"), item).is(201);
    paula().post(&ana("/messages"), json!({"text": HOSTILE})).is(201);
    let note = says_them_in_a_note(house, episode.id());
    let more = json!({"reason": "omission", "explanation": HOSTILE, "body": hostile_visit("Once more. ")});
    let amended = house.moves(Who::Physio, &note, "amend", more).is(200);
    paula().post(&format!("/notes/{}/addenda", amended.id()), json!({"text": HOSTILE})).is(201);
    let referral = json!({"from_note": amended.id(), "target": to_milo(), "urgency": "soon", "reason": HOSTILE,
        "question": HOSTILE, "requested": {"kind": "course", "sessions": 3}, "agreement": {}});
    let referral = paula().post(&ana("/referrals"), referral).is(201);
    let draft = house.begins(
        Who::Physio,
        Patient::Ana,
        &json!({"kind": "progress", "service_at": MORNING,
        "body": hostile_visit("")}),
    );
    let (note, referral, draft) = (note.id(), referral.id(), draft.id());
    vec![
        ana(""),
        ana("/safety"),
        ana("/messages"),
        ana("/referrals/new"),
        format!("/episodes/{}", episode.id()),
        format!("/notes/{note}"),
        format!("/notes/{note}/versions?to=1"),
        format!("/notes/{note}/versions?from=1&to=2"),
        format!("/notes/{draft}/edit"),
        format!("/referrals/{referral}/edit"),
    ]
}

fn hostile_visit(before: &str) -> Value {
    let mut body = new_visit()["body"].clone();
    body["subjective"]["text"] = json!(format!("{before}{HOSTILE}"));
    body["subjective"]["goals"] = json!([HOSTILE]);
    let short = begin(80);
    body["objective"]["measurements"][0]["movement"] = json!(short);
    body["treatment"][0]["region"] = json!(short);
    body["treatment"][0]["dose"] = json!(short);
    body["treatment"][0]["response"] = json!(HOSTILE);
    body["plan"]["text"] = json!(HOSTILE);
    body
}

fn says_them_in_a_note(house: &House, episode: &str) -> Answer {
    let new = json!({"kind": "progress", "service_at": MORNING, "episode_id": episode, "body": hostile_visit("")});
    let draft = house.begins(Who::Physio, Patient::Ana, &new);
    house.moves(Who::Physio, &draft, "sign", None).is(200)
}

in_chromium!(twenty_thousand_characters_of_any_kind_are_saved_brought_back_signed_and_read_whole);
fn twenty_thousand_characters_of_any_kind_are_saved_brought_back_signed_and_read_whole(house: &House, window: &Window) {
    let path = writes(house, window);
    let whole = much();
    // What is pasted comes at once; no keys are pressed.
    let paste = |text: &str| {
        window.runs(&format!(
            "const field = document.querySelector(\"{SUBJECTIVE}\"); field.value = {};
             field.dispatchEvent(new InputEvent('input', {{bubbles: true}}))",
            json!(text)
        ));
    };
    let held = || window.runs(&format!("return document.querySelector(\"{SUBJECTIVE}\").value"));
    paste(&whole);
    window.says("Saved at");
    window.goes(&path);
    assert!(held() == json!(whole), "saved, and loaded again");

    // Without a connection it waits in the browser, and comes back from there.
    let turned: String = whole.chars().rev().filter(|sign| !turns(*sign)).collect();
    window.is_offline(true);
    paste(&turned);
    window.says("No connection");
    window.is_offline(false);
    window.says("Saved at");
    window.goes(&path);
    assert!(held() == json!(turned), "kept in the browser, and sent");
    assert_eq!(window.runs(STRUCK), json!(false));

    window.clicks_on("Save and sign");
    window.says("Signed by Paula Frei");
    let read = window.runs("return [...document.querySelectorAll('.letter .words')].map((words) => words.textContent)");
    assert!(read.as_array().unwrap().contains(&json!(turned)), "signed, and read");
    assert_eq!(window.runs(STRUCK), json!(false));
    for width in [360, 1200] {
        window.is_sized(width, 900);
        let wide = window.runs("return document.documentElement.scrollWidth").as_u64().unwrap();
        assert!(wide <= u64::from(width), "{wide} px wide where there are {width}");
    }
    let size = window.runs("return performance.getEntriesByType('navigation')[0].decodedBodySize").as_u64().unwrap();
    assert!(size < super::every_page::HEAVIEST, "{size} bytes");
}
