//! The second factor, on pages.

use totp_rs::{Algorithm, Secret, TOTP};

use crate::house::{Browser, House, PASSWORD, Who, on_both};

fn code(house: &House, secret: &str) -> String {
    let secret = Secret::Encoded(secret.to_owned()).to_bytes().unwrap();
    let totp = TOTP::new(Algorithm::SHA1, 6, 0, 30, secret, None, String::new()).unwrap();
    totp.generate(house.clock.now().seconds().unsigned_abs())
}

fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    text.split(begin).nth(1).unwrap().split(end).next().unwrap()
}

/// Signs in as far as the code.
fn as_far_as_the_code(browser: &Browser) -> String {
    let details = [("email", Who::Physio.email()), ("password", PASSWORD), ("held/next", "/account")];
    let asked = browser.post("/sign-in", &details).is(401).says("the code from your authenticator");
    let asked = asked.says_not(PASSWORD);
    assert_eq!(asked.field("held/next"), "/account");
    asked.field("waiting")
}

fn with_code(browser: &Browser, waiting: &str, code: &str, trust: &str) -> crate::house::Answer {
    let fields = [("email", Who::Physio.email()), ("waiting", waiting), ("code", code), ("trust", trust)];
    browser.post("/sign-in", &fields)
}

on_both!(paula_sets_up_a_second_factor_and_trusts_her_tablet);
fn paula_sets_up_a_second_factor_and_trusts_her_tablet(house: &House) {
    let tablet = house.browser_of(Who::Physio);
    tablet.post("/account/second-factor", &[("password", "not hers")]).is(401);
    let page = tablet.post("/account/second-factor", &[("password", PASSWORD)]).is(200).says("otpauth://");
    let secret = between(&page.text, "<code class=\"lead\">", "</code>").to_owned();
    tablet.post("/account/second-factor/confirm", &[("code", "000000")]).is(401).says("was not right");
    let done = tablet.post("/account/second-factor/confirm", &[("code", &code(house, &secret))]).is(200);
    let recovery = between(&done.text, "<li><code>", "</code>").to_owned();
    tablet.post("/sign-out", &[]).goes_to("/sign-in");

    house.passes(60);
    let waiting = as_far_as_the_code(&tablet);
    with_code(&tablet, &waiting, "000000", "false").is(401).says("is not right");
    with_code(&tablet, "nonsense", &code(house, &secret), "false").is(401);
    house.passes(60);
    with_code(&tablet, &waiting, &code(house, &secret), "true").goes_to("/");
    tablet.post("/sign-out", &[]).goes_to("/sign-in");
    let tablet = tablet.signed_in(Who::Physio);

    house.passes(900);
    tablet.post("/unlock", &[("password", PASSWORD)]).goes_to("/");
    let elsewhere = house.browser();
    let waiting = as_far_as_the_code(&elsewhere);
    with_code(&elsewhere, &waiting, &recovery, "false").goes_to("/");
    let elsewhere = house.browser();
    let waiting = as_far_as_the_code(&elsewhere);
    with_code(&elsewhere, &waiting, &recovery, "false").is(401);
    house.passes(300);
    with_code(&elsewhere, &waiting, &code(house, &secret), "false").is(401);
    house.passes(12 * 3600);
    as_far_as_the_code(&tablet);
}

on_both!(greta_needs_a_second_factor_before_anything_else, &[("auth.mfa_required", "true")]);
fn greta_needs_a_second_factor_before_anything_else(house: &House) {
    let greta = house.browser_of(Who::Manager);
    greta.get("/").is(403).says("/account/second-factor");
    greta.get("/account/second-factor").is(200).says("Begin");
    house.browser_of(Who::Physio).get("/").is(200);
}
