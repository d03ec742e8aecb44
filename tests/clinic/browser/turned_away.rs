//! Whoever does not treat a patient is turned away, is told what to do, and in an emergency comes in for an hour, under watch.

use crate::house::{House, PASSWORD, Patient, Who, Window, in_chromium};

const WHAT_HAPPENS: &str = "Collapsed in the waiting room, her husband does not know what she takes";

fn ana(rest: &str) -> String {
    format!("/patients/{}{rest}", Patient::Ana.id())
}

in_chromium!(whoever_does_not_treat_ana_is_told_what_to_do_and_breaks_the_glass);
fn whoever_does_not_treat_ana_is_told_what_to_do_and_breaks_the_glass(house: &House, window: &Window) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana);
    window.signs_in(Who::OtherPhysio);
    window.goes(&ana(""));
    window.says("Not open to you");
    let refusal = window.text();
    assert!(refusal.contains("You are not on this patient's care team."), "{refusal}");
    assert!(refusal.contains("ask reception or a manager to assign you"), "{refusal}");
    assert!(!refusal.contains("Brunner"), "{refusal}");
    window.finds(&format!("main [href='{}']", ana("/treat")));
    window.clicks(&format!("main [href='{}']", ana("/emergency")));

    // The password is asked for again, and nothing is lost over a wrong one.
    window.clicks_on("Somebody would come to serious harm");
    window.types("[name=reason]", WHAT_HAPPENS);
    window.types("[name=password]", "not his password");
    window.clicks_on("Open the record");
    window.finds("#faults");
    window.holds("[name=reason]", WHAT_HAPPENS);
    window.types("[name=password]", PASSWORD);
    window.clicks_on("Open the record");
    window.comes_to(&ana(""));
    window.says("Emergency access until 2 Mar 2026, 09:00: reading only");
    reads_and_writes_nothing(window, note.id());

    // After an hour it is closed again.
    house.passes(3_600);
    window.goes(&ana(""));
    window.comes_to("/unlock?next=");
    window.types("[name=password]", PASSWORD);
    window.clicks("main button[type=submit]");
    window.says("Not open to you");
    window.goes("/");
    window.signs_out();
    is_reviewed(house, window);
}

fn reads_and_writes_nothing(window: &Window, note: &str) {
    assert_eq!(window.counts("main [href$='/notes/new'], main [href$='/referrals/new']"), 0, "{}", window.text());
    window.goes(&format!("/notes/{note}"));
    window.says("Neck eases; still stiff in the morning.");
    assert_eq!(window.counts("main form:not([action^='/accesses/'])"), 0, "a form to write by: {}", window.text());
}

/// The manager finds it without looking for it; the privacy officer judges it.
fn is_reviewed(house: &House, window: &Window) {
    window.signs_in(Who::Manager);
    window.clicks_on("Practice");
    window.clicks_on("Piet Jansen");
    window.says(WHAT_HAPPENS);
    window.says("A privacy officer reviews it.");
    window.clicks_on("What they looked at, in the audit log");
    window.comes_to("/audit?actor=");
    window.says("Read a note and its versions");
    window.signs_out();
    house.passes(61);
    window.signs_in(Who::PrivacyOfficer);
    window.clicks_on("Practice");
    window.clicks_on("Piet Jansen");
    window.clicks_on("Justified: it was right to open the record");
    window.types("[name=reason]", "Ana and her husband confirm it");
    window.clicks_on("Keep the review");
    window.says("The review is kept.");
    window.goes("/emergency-accesses?reviewed=yes");
    window.says("justified");
}
