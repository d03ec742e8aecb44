//! The figures of the body chart: four views of a body, each made of regions that have names.

use std::sync::LazyLock;

use askama::Template;
use askama::filters::HtmlSafe;

use super::super::measure::{Mark, View};
use super::letter::word;

/// How wide and high a figure is drawn; the marks are in thousandths of these.
const SIZE: (i32, i32) = (200, 440);

type Point = (i32, i32);

/// Of a figure seen from the front or behind: what lies in its middle, and its half at the onlooker's left, which the other
/// one mirrors. In names `{side}` stands for the patient's side.
struct Outline {
    middle: &'static [(&'static str, &'static [Point])],
    half: &'static [(&'static str, &'static [Point])],
}

const LIMBS: &[(&str, &[Point])] = &[
    ("{side} upper arm", &[(52, 106), (70, 108), (68, 128), (64, 150), (48, 148), (48, 126)]),
    ("{side} elbow", &[(48, 148), (64, 150), (62, 164), (45, 162)]),
    ("{side} forearm", &[(45, 162), (62, 164), (57, 188), (50, 207), (38, 205), (40, 184)]),
    ("{side} wrist", &[(38, 205), (50, 207), (49, 216), (36, 214)]),
    ("{side} hand", &[(36, 214), (49, 216), (51, 228), (46, 243), (37, 246), (29, 235)]),
    ("{side} thigh", &[(68, 214), (84, 222), (99, 216), (97, 260), (92, 294), (72, 294), (66, 256)]),
    ("{side} knee", &[(72, 294), (92, 294), (92, 320), (73, 320)]),
    ("{side} ankle", &[(76, 380), (89, 380), (90, 396), (75, 396)]),
];

const FRONT: Outline = Outline {
    middle: &[
        (
            "face",
            &[(100, 8), (113, 11), (120, 24), (120, 40), (112, 55), (100, 62), (88, 55), (80, 40), (80, 24), (87, 11)],
        ),
        ("neck", &[(89, 56), (100, 62), (111, 56), (112, 74), (88, 74)]),
    ],
    half: &[
        ("{side} shoulder", &[(88, 74), (66, 80), (55, 90), (52, 106), (70, 108), (77, 92)]),
        ("{side} chest", &[(100, 74), (88, 74), (77, 92), (70, 108), (73, 134), (100, 138)]),
        ("{side} abdomen", &[(100, 138), (73, 134), (76, 158), (74, 182), (100, 188)]),
        ("{side} hip", &[(100, 188), (74, 182), (69, 200), (68, 214), (84, 222), (99, 216)]),
        ("{side} shin", &[(73, 320), (92, 320), (94, 342), (89, 380), (76, 380), (70, 346)]),
        ("{side} foot", &[(75, 396), (90, 396), (93, 410), (89, 421), (68, 421), (66, 413)]),
    ],
};

const BACK: Outline = Outline {
    middle: &[
        (
            "head",
            &[(100, 8), (113, 11), (120, 24), (120, 40), (112, 54), (100, 57), (88, 54), (80, 40), (80, 24), (87, 11)],
        ),
        ("neck", &[(88, 54), (100, 57), (112, 54), (112, 76), (88, 76)]),
        ("thoracic spine", &[(95, 76), (105, 76), (105, 140), (95, 140)]),
        ("lumbar spine", &[(95, 140), (105, 140), (105, 184), (95, 184)]),
        ("sacrum", &[(90, 184), (110, 184), (100, 206)]),
    ],
    half: &[
        ("{side} shoulder", &[(88, 74), (66, 80), (55, 90), (52, 106), (70, 108), (77, 92)]),
        ("{side} upper back", &[(100, 76), (88, 74), (77, 92), (70, 108), (73, 138), (100, 140)]),
        ("{side} lower back", &[(100, 140), (73, 138), (76, 158), (74, 182), (100, 184)]),
        ("{side} buttock", &[(100, 184), (74, 182), (68, 200), (67, 214), (84, 222), (99, 218)]),
        ("{side} calf", &[(73, 320), (92, 320), (95, 342), (89, 380), (76, 380), (69, 344)]),
        ("{side} heel", &[(75, 396), (90, 396), (93, 410), (89, 419), (70, 419), (68, 411)]),
    ],
};

/// The patient's left side, whose face looks to the left; the right one mirrors it.
const SIDE: &[(&str, &[Point])] = &[
    ("{side} side of the neck", &[(95, 58), (112, 54), (117, 66), (119, 78), (97, 80), (95, 68)]),
    (
        "{side} side of the head",
        &[
            (104, 8),
            (117, 12),
            (124, 28),
            (120, 48),
            (110, 58),
            (95, 61),
            (88, 56),
            (86, 46),
            (80, 40),
            (86, 28),
            (91, 14),
        ],
    ),
    ("{side} chest", &[(97, 78), (82, 94), (76, 112), (80, 138), (97, 138), (96, 108)]),
    ("{side} upper back", &[(118, 76), (130, 88), (136, 110), (132, 138), (117, 138), (120, 108)]),
    ("{side} abdomen", &[(80, 138), (97, 138), (97, 184), (80, 184), (76, 160)]),
    ("{side} lower back", &[(117, 138), (132, 138), (128, 160), (132, 184), (117, 184)]),
    ("{side} hip", &[(80, 184), (98, 184), (100, 222), (76, 222), (75, 202)]),
    ("{side} buttock", &[(116, 184), (132, 184), (141, 202), (135, 222), (112, 222)]),
    ("{side} thigh", &[(76, 222), (135, 222), (129, 260), (118, 296), (90, 296), (80, 258)]),
    ("{side} knee", &[(90, 296), (118, 296), (116, 322), (91, 322)]),
    ("{side} shin", &[(91, 322), (104, 322), (103, 382), (95, 382), (89, 350)]),
    ("{side} calf", &[(104, 322), (116, 322), (125, 344), (118, 368), (111, 382), (103, 382)]),
    ("{side} ankle", &[(95, 382), (111, 382), (113, 398), (94, 398)]),
    ("{side} foot", &[(94, 398), (113, 398), (118, 411), (114, 421), (68, 421), (67, 413)]),
    ("{side} upper arm", &[(96, 106), (120, 106), (119, 150), (97, 150)]),
    ("{side} shoulder", &[(97, 80), (118, 76), (126, 90), (120, 108), (96, 108), (90, 92)]),
    ("{side} elbow", &[(97, 150), (119, 150), (118, 166), (96, 166)]),
    ("{side} forearm", &[(96, 166), (118, 166), (110, 210), (95, 208)]),
    ("{side} wrist", &[(95, 208), (110, 210), (109, 218), (93, 216)]),
    ("{side} hand", &[(93, 216), (109, 218), (106, 240), (97, 248), (88, 238)]),
];

/// A region of a figure.
pub struct Region {
    /// What it is called, in words that the catalogue understands.
    pub name: String,
    outline: Vec<Point>,
}

/// One of the four figures, to put into a page.
#[derive(Template)]
#[template(path = "notes/figure.html")]
pub struct Figure {
    view: View,
    /// Its regions, those below first.
    pub regions: Vec<Region>,
    /// The marks on it, with their numbers among those of the note. None where they are to be put there.
    marks: Option<Vec<(usize, Mark)>>,
}

impl HtmlSafe for Figure {}

static VIEWS: [View; 4] = [View::Front, View::Back, View::Left, View::Right];

static FIGURES: LazyLock<Vec<Figure>> = LazyLock::new(|| VIEWS.iter().map(|view| Figure::drawn(*view, None)).collect());

/// The four figures, to mark.
#[must_use]
pub fn figures() -> &'static [Figure] {
    &FIGURES
}

/// The figures that bear marks of a note.
#[must_use]
pub fn marked_figures(marks: &[Mark]) -> Vec<Figure> {
    let on = |view: View| marks.iter().cloned().enumerate().filter(move |(_, mark)| mark.view == view);
    let numbered = |view| on(view).map(|(at, mark)| (at + 1, mark)).collect::<Vec<_>>();
    let borne = VIEWS.iter().map(|view| (*view, numbered(*view)));
    borne.filter(|(_, marks)| !marks.is_empty()).map(|(view, marks)| Figure::drawn(view, Some(marks))).collect()
}

/// The region that a mark lies in, or next to.
#[must_use]
pub fn region_of(mark: &Mark) -> &'static str {
    let at = place(mark);
    let figure = FIGURES.iter().find(|figure| figure.view == mark.view);
    let regions = figure.map(|figure| figure.regions.as_slice()).unwrap_or_default();
    let hit = regions.iter().rev().find(|region| region.holds(at));
    let nearest = || regions.iter().min_by_key(|region| region.away_from(at));
    hit.or_else(nearest).map(|region| region.name.as_str()).unwrap_or_default()
}

impl Figure {
    fn drawn(view: View, marks: Option<Vec<(usize, Mark)>>) -> Self {
        let regions = match view {
            View::Front => whole(&FRONT, "right", "left"),
            View::Back => whole(&BACK, "left", "right"),
            View::Left => SIDE.iter().map(|part| part_of(part, "left", false)).collect(),
            View::Right => SIDE.iter().map(|part| part_of(part, "right", true)).collect(),
        };
        Self { view, regions, marks }
    }

    /// The view as its word.
    #[must_use]
    pub fn view(&self) -> String {
        word(&self.view)
    }

    /// What the figure shows.
    #[must_use]
    pub fn called(&self) -> &'static str {
        match self.view {
            View::Front => "Front",
            View::Back => "Back",
            View::Left => "Left side",
            View::Right => "Right side",
        }
    }
}

impl Region {
    /// Its corners, as SVG lists them.
    fn points(&self) -> String {
        self.outline.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
    }

    /// Whether a point lies within: a ray from it crosses the outline an odd number of times.
    fn holds(&self, (x, y): Point) -> bool {
        let corners = self.outline.iter().zip(self.outline.iter().cycle().skip(1));
        let crossed = corners.filter(|((ax, ay), (bx, by))| {
            (*ay > y) != (*by > y) && {
                let (across, up) = ((bx - ax) * (y - ay), by - ay);
                if up > 0 { (x - ax) * up < across } else { (x - ax) * up > across }
            }
        });
        crossed.count() % 2 == 1
    }

    /// How far its nearest corner is from a point, squared.
    fn away_from(&self, (x, y): Point) -> i32 {
        self.outline.iter().map(|(ax, ay)| (ax - x).pow(2) + (ay - y).pow(2)).min().unwrap_or(i32::MAX)
    }
}

/// Where a mark is drawn.
fn place(mark: &Mark) -> Point {
    (i32::from(mark.x) * SIZE.0 / 1000, i32::from(mark.y) * SIZE.1 / 1000)
}

fn whole(outline: &Outline, near: &str, far: &str) -> Vec<Region> {
    let halves = outline.half.iter().chain(LIMBS);
    let halves = halves.flat_map(|part| [part_of(part, near, false), part_of(part, far, true)]);
    let middle = outline.middle.iter().map(|part| part_of(part, "", false));
    halves.chain(middle).collect()
}

fn part_of((name, outline): &(&str, &[Point]), side: &str, mirrored: bool) -> Region {
    let place = |(x, y): &Point| if mirrored { (SIZE.0 - x, *y) } else { (*x, *y) };
    Region { name: name.replace("{side}", side), outline: outline.iter().map(place).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anatomy::Side;
    use crate::catalogue::{Area, Catalogue};
    use crate::notes::measure::MarkKind;

    fn mark(view: View, x: u16, y: u16) -> Mark {
        Mark { view, x, y, kind: MarkKind::Pain, intensity: None }
    }

    #[test]
    fn left_is_the_patients_left_in_every_view() {
        for (view, x, y, expected) in [
            (View::Front, 660, 220, "left shoulder"),
            (View::Front, 340, 220, "right shoulder"),
            (View::Back, 340, 220, "left shoulder"),
            (View::Back, 600, 380, "right lower back"),
            (View::Back, 500, 350, "lumbar spine"),
            (View::Left, 540, 400, "left forearm"),
            (View::Right, 520, 700, "right knee"),
            (View::Front, 0, 1000, "right foot"),
        ] {
            assert_eq!(region_of(&mark(view, x, y)), expected, "{view:?} {x} {y}");
        }
    }

    #[test]
    fn every_region_is_called_so_that_safety_items_understand_it() {
        let catalogue = Catalogue::built_in().unwrap();
        for figure in figures() {
            for region in &figure.regions {
                let areas = [Area::Head, Area::Neck, Area::Trunk, Area::UpperLimb, Area::LowerLimb];
                let meets = |area| catalogue.regions().may_meet(Some(&region.name), None, Some(area), None);
                assert!(!areas.into_iter().all(meets), "{} is not understood", region.name);
                let other = if region.name.starts_with("left") { Side::Right } else { Side::Left };
                let has_side = region.name.starts_with("left") || region.name.starts_with("right");
                let may_be_there = catalogue.regions().may_meet(Some(&region.name), None, None, Some(other));
                assert_eq!(may_be_there, !has_side, "{}", region.name);
                assert!(region.outline.iter().all(|(x, y)| (0..=SIZE.0).contains(x) && (0..=SIZE.1).contains(y)));
            }
        }
    }
}
