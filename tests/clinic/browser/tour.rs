//! The tour of docs/tour.md, walked in the practice to try. What it shows is what there is: every picture is taken again by
//! each run, and written down when `TANDEM_TOUR` is set.

use std::collections::BTreeSet;
use std::path::Path;

use super::day;
use crate::house::{House, Scripts, Window, in_the_demo};

const TOUR: &str = include_str!("../../../docs/tour.md");
const WRITES: &str = "TANDEM_TOUR";

/// Bytes that a picture may have, and all of them.
const ONE: usize = 150 * 1024;
const ALL: usize = 1_200 * 1024;

const DESK: u32 = 1200;
const TELEPHONE: u32 = 360;

fn pictures() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/tour"))
}

/// Somebody who walks the tour, and what they have taken so far.
struct Walk<'w> {
    house: &'w House,
    window: &'w Window<'w>,
    taken: BTreeSet<String>,
    bytes: usize,
}

impl Walk<'_> {
    /// Takes a picture of what the window shows, so many pixels wide and high, and looks at it for a while.
    fn takes(&mut self, name: &str, (width, height): (u32, u32)) {
        self.window.is_sized(width, height);
        let picture = self.window.picture();
        assert!(picture.len() < ONE, "{name} has {} bytes", picture.len());
        self.bytes += picture.len();
        if std::env::var_os(WRITES).is_some() {
            std::fs::create_dir_all(pictures()).unwrap();
            std::fs::write(pictures().join(format!("{name}.png")), picture).unwrap();
        }
        self.taken.insert(format!("{name}.png"));
        self.house.passes(40);
    }

    /// Brings something to the upper edge, below the patient's head.
    fn looks_at(&self, css: &str) {
        self.window.finds(css);
        self.window.runs(&format!("document.querySelector(\"{css}\").scrollIntoView({{behavior: 'instant'}})"));
    }

    /// Finds a patient by name, as from any page.
    fn opens(&self, name: &str) {
        self.window.presses("/");
        self.window.types("#find", &format!("{name}\u{E007}"));
        self.window.clicks("main tbody a");
        self.window.finds(".chart-head");
    }
}

#[test]
fn the_tour_is_walked_and_shows_what_there_is() {
    in_the_demo(|house| {
        let Some(window) = Window::open(house, Scripts::Run) else { return };
        let mut walk = Walk { house, window: &window, taken: BTreeSet::new(), bytes: 0 };
        paula(&mut walk);
        walk.window.signs_out();
        mara(&mut walk);
        walk.window.signs_out();
        greta(&mut walk);
        assert!(walk.bytes < ALL, "the pictures have {} bytes", walk.bytes);
        is_told(&walk.taken);
    });
}

/// The worklist, a referral on it, a chart, a note and what became of an earlier one.
fn paula(walk: &mut Walk) {
    let window = walk.window;
    window.is_sized(DESK, 900);
    window.signs_in_by("physio@demo.example", "demo-physio-1");
    window.finds("[data-unread]:not([hidden])");
    walk.takes("worklist", (DESK, 620));
    walk.takes("worklist-phone", (TELEPHONE, 640));
    window.is_sized(DESK, 900);
    window.clicks_on("Hans Zollinger");
    window.says("What you can do now");
    walk.takes("referral", (DESK, 680));
    walk.opens("Ana Brunner");
    window.clicks_on("Initial assessment");
    window.says("Signed by");
    walk.takes("signed", (DESK, 700));
    window.clicks_on("Chart");
    window.finds("[aria-keyshortcuts=c]");
    walk.takes("chart", (DESK, 700));
    window.presses("c");
    window.finds(".more-rows");
    walk.takes("note", (DESK, 780));
    walk.takes("note-phone", (TELEPHONE, 640));
    window.is_sized(DESK, 900);
    walk.looks_at("#body-chart");
    walk.takes("body-chart", (DESK, 700));
}

/// A record of somebody whom she does not treat.
fn mara(walk: &mut Walk) {
    let window = walk.window;
    window.is_sized(DESK, 900);
    window.signs_in_by("massage2@demo.example", "demo-massage2-1");
    window.presses("/");
    window.types("#find", "Ana Brunner\u{E007}");
    window.clicks("main tbody a");
    window.says("Not open to you");
    walk.takes("refused", (DESK, 440));
}

/// The practice in the dark, and the log with all of this in it.
fn greta(walk: &mut Walk) {
    let window = walk.window;
    walk.house.seals();
    window.is_sized(DESK, 900);
    window.signs_in_by("manager@demo.example", "demo-manager-1");
    window.prefers("dark");
    window.clicks_on("Practice");
    window.says("Emergency accesses to review");
    walk.takes("practice-dark", (DESK, 560));
    window.prefers("light");
    window.clicks_on("Audit log");
    window.says("How far it is proven");
    walk.takes("audit", (DESK, 700));
}

/// The page of the tour shows each picture that was taken, no other, and the clicks that are counted.
fn is_told(taken: &BTreeSet<String>) {
    let shown: BTreeSet<String> =
        TOUR.split("](tour/").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned()).collect();
    assert_eq!(shown, *taken, "docs/tour.md shows other pictures than the walk takes");
    for name in &shown {
        assert!(pictures().join(name).is_file(), "{name} is missing: run the tour with {WRITES}=1");
    }
    let kept = std::fs::read_dir(pictures()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    assert_eq!(kept.collect::<BTreeSet<_>>(), shown, "docs/tour holds a picture that nothing shows");
    for daily in day::COUNTED {
        let row = format!("| {} | {} | {} |", daily.what, daily.counted, daily.most);
        assert!(TOUR.contains(&row), "docs/tour.md does not say: {row}");
    }
}
