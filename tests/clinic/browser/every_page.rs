//! Every page, as those see it who cannot see well, or who hold a telephone in their hand.

use crate::house::{House, Patient, Who, Window, in_chromium};
use crate::pages::table::shown;
use crate::referrals::{sent, to_milo};

/// Pages hold less than this before they are packed: 150 KB.
pub(super) const HEAVIEST: u64 = 150 * 1024;

in_chromium!(no_page_has_a_barrier_is_too_wide_or_too_heavy);
fn no_page_has_a_barrier_is_too_wide_or_too_heavy(house: &House, window: &Window) {
    let note = house.signs_a_visit(Who::Physio, Patient::Ana).id().to_owned();
    let pending = house.lays_pending(Who::Physio, &note).to_string();
    let (ana, mara) = (Patient::Ana.id().to_string(), Who::Massage.id().to_string());
    let referral = sent(house, &to_milo()).id().to_owned();
    let named =
        [("{id}", &ana), ("{note}", &note), ("{staff}", &mara), ("{pending}", &pending), ("{referral}", &referral)];
    let at = |path: &str| named.iter().fold(path.to_owned(), |path, (name, id)| path.replace(name, id));
    let mut faults = Vec::new();
    for (who, open) in [(None, true), (Some(Who::Physio), false), (Some(Who::Manager), false)] {
        if let Some(who) = who {
            window.goes("/help");
            house.passes(61);
            window.signs_in(who);
        }
        for path in shown(open) {
            let path = at(path);
            faults.append(
                &mut looked_at(window, &path).into_iter().map(|fault| format!("{path} by {who:?}: {fault}")).collect(),
            );
        }
        if who.is_some() {
            window.goes("/");
            window.signs_out();
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

fn looked_at(window: &Window, path: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for scheme in ["light", "dark"] {
        window.prefers(scheme);
        window.goes(path);
        faults.extend(window.barriers().into_iter().map(|barrier| format!("{scheme}: {barrier}")));
    }
    for width in [360, 1200] {
        window.is_sized(width, 900);
        let wide = window.runs("return document.documentElement.scrollWidth").as_u64().unwrap();
        if wide > u64::from(width) {
            faults.push(format!("is {wide} px wide where there are {width}"));
        }
    }
    let size = "return performance.getEntriesByType('navigation')[0].decodedBodySize";
    let size = window.runs(size).as_u64().unwrap();
    if size > HEAVIEST {
        faults.push(format!("holds {size} bytes"));
    }
    faults
}
