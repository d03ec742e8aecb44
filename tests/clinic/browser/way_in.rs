//! Signing in, with scripts and without.

use crate::house::{House, Patient, Who, Window, in_chromium};

in_chromium!(somebody_signs_in_and_out);
fn somebody_signs_in_and_out(house: &House, window: &Window) {
    comes_and_goes(house, window);
}

in_chromium!(somebody_signs_in_and_out_without_scripts, crate::house::Scripts::AreOff);
fn somebody_signs_in_and_out_without_scripts(house: &House, window: &Window) {
    window.goes("/help");
    assert_eq!(window.counts("noscript"), 0, "no page asks for scripts");
    comes_and_goes(house, window);
}

fn comes_and_goes(_: &House, window: &Window) {
    // Whoever followed a link comes to where it led once they are in.
    let chart = format!("/patients/{}", Patient::Ana.id());
    window.goes(&chart);
    window.comes_to("/sign-in?next=");
    window.types("[name=email]", Who::Physio.email());
    window.types("[name=password]", "not her password");
    window.clicks("main button[type=submit]");
    window.finds("#faults");
    window.types("[name=password]", crate::house::PASSWORD);
    window.clicks("main button[type=submit]");
    window.comes_to(&chart);
    window.signs_out();
    window.goes_back();
    window.comes_to("/sign-in");
}
