//! Which items bar what a note records, and which of them still ask for a reason.

use super::{GivenOverride, Treated, Visit};
use crate::actor::Discipline;
use crate::catalogue::{Regions, Severity};
use crate::clock::Timestamp;
use crate::error::{Error, FieldError, Result};
use crate::ids::{EpisodeId, NoteId, SafetyItemId, StaffId};
use crate::safety::{Bars, SafetyItemView};

/// An override that was given before.
#[derive(Clone, Copy, Debug)]
pub struct OnFile {
    /// Of which item.
    pub item: SafetyItemId,
    /// With which note.
    pub note: NoteId,
    /// With which version of it, or what was meant to become that.
    pub number: i32,
    /// The episode of that note.
    pub episode: Option<EpisodeId>,
    /// By whom.
    pub by: StaffId,
}

/// An item that bars rows of a visit's treatment.
#[derive(Debug)]
pub struct Barring<'i> {
    /// The item.
    pub item: &'i SafetyItemView,
    /// The rows, counted from 0.
    pub rows: Vec<usize>,
}

/// The items that bar something of the visit, each with what it bars.
#[must_use]
pub fn barring<'i>(items: &'i [SafetyItemView], visit: &Visit, regions: &Regions) -> Vec<Barring<'i>> {
    items
        .iter()
        .filter(|item| concerns(item, visit))
        .map(|item| Barring { item, rows: barred_rows(&item.bars, visit.discipline, &visit.treatment, regions) })
        .filter(|barring| !barring.rows.is_empty())
        .collect()
}

/// The items that bar a discipline or techniques wherever on the body, or may do so, cautions aside; a row beyond the
/// techniques stands for the discipline.
#[must_use]
pub fn barring_request<'i>(
    items: &'i [SafetyItemView],
    discipline: Discipline,
    techniques: &[&str],
) -> Vec<Barring<'i>> {
    let rows = |bars: &Bars| {
        let named = techniques
            .iter()
            .enumerate()
            .filter(|(_, asked)| bars.techniques.iter().any(|one| one.as_str() == **asked));
        let all = bars.disciplines.contains(&discipline).then_some(techniques.len());
        named.map(|(row, _)| row).chain(all).collect::<Vec<_>>()
    };
    items
        .iter()
        .filter(|item| item.severity != Severity::Caution)
        .map(|item| Barring { item, rows: rows(&item.bars) })
        .filter(|barring| !barring.rows.is_empty())
        .collect()
}

/// Whether an item was in force when the patient was treated, or is when the note is signed: a red flag raised between
/// visit and signature is known to whoever signs.
fn concerns(item: &SafetyItemView, visit: &Visit) -> bool {
    let in_force = |moment: Timestamp| {
        item.raised_at <= moment && item.resolved.as_ref().is_none_or(|resolved| resolved.at > moment)
    };
    in_force(visit.service_at) || in_force(visit.as_of)
}

fn barred_rows(bars: &Bars, discipline: Discipline, treatment: &[Treated], regions: &Regions) -> Vec<usize> {
    let barred = |row: &Treated| {
        let named = bars.techniques.iter().any(|technique| technique.as_str() == row.technique);
        (named || bars.disciplines.contains(&discipline))
            && regions.may_meet(row.region, row.side, bars.area, bars.side)
    };
    treatment.iter().enumerate().filter(|(_, row)| barred(row)).map(|(at, _)| at).collect()
}

/// The items that still ask for a reason: an absolute one at every visit, a relative one once per episode and author, or at
/// every visit outside an episode, a caution never. Who amends a note need not repeat what they gave with it.
#[must_use]
pub fn needed<'b>(
    barring: &'b [Barring<'b>],
    on_file: &[OnFile],
    visit: &Visit,
    given: &[GivenOverride],
) -> Vec<&'b Barring<'b>> {
    let covers = |severity: Severity, former: &OnFile| match severity {
        Severity::Absolute => former.note == visit.note,
        Severity::Relative => {
            let in_its_episode = visit.episode.is_some() && former.episode == visit.episode;
            former.note == visit.note || (former.by == visit.author && in_its_episode)
        }
        Severity::Caution => true,
    };
    let asks = |item: &SafetyItemView| {
        item.severity != Severity::Caution
            && given.iter().all(|given| given.safety_item_id != item.id)
            && !on_file.iter().any(|former| former.item == item.id && covers(item.severity, former))
    };
    barring.iter().filter(|barring| asks(barring.item)).collect()
}

/// Checks that no reason is given that was given with this very version before: a signature may have come back.
///
/// # Errors
/// [`crate::error::Code::Invalid`] with a pointer to each that was.
pub fn check_new(on_file: &[OnFile], visit: &Visit, given: &[GivenOverride]) -> Result<()> {
    let known = |one: &GivenOverride| {
        let same = |former: &OnFile| (former.note, former.number) == (visit.note, visit.number);
        on_file.iter().any(|former| same(former) && former.item == one.safety_item_id)
    };
    let wrong = given.iter().enumerate().filter(|(_, one)| known(one));
    let errors: Vec<_> = wrong
        .map(|(at, _)| {
            FieldError::new(format!("/overrides/{at}/safety_item_id"), "was overridden with this note before")
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

/// Checks that each reason is for an item that bars something here, and that none is given twice.
///
/// # Errors
/// [`crate::error::Code::Invalid`] with a pointer to each that is not.
pub fn check_given(barring: &[Barring], given: &[GivenOverride]) -> Result<()> {
    let mut wrong = Vec::new();
    for (at, one) in given.iter().enumerate() {
        let problem = if barring.iter().all(|barring| barring.item.id != one.safety_item_id) {
            "bars nothing that this note records"
        } else if given[..at].iter().any(|earlier| earlier.safety_item_id == one.safety_item_id) {
            "is overridden twice"
        } else {
            continue;
        };
        wrong.push(FieldError::new(format!("/overrides/{at}/safety_item_id"), problem));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anatomy::Side;
    use crate::catalogue::{Area, Catalogue};
    use crate::ids::Id;
    use crate::safety::{Clinician, Resolution, SafetyKind};

    const HOUR: i64 = 3600;

    fn id<K>(number: u8) -> Id<K> {
        Id::new(Timestamp::from_micros(0), [number; 10])
    }

    fn hour(hour: i64) -> Timestamp {
        Timestamp::from_micros(0).plus_seconds(hour * HOUR)
    }

    fn by(number: u8) -> Clinician {
        Clinician { id: id(number), name: "Paula".into() }
    }

    /// An item that bars massage of the left leg, raised at nine.
    fn item(number: u8, severity: Severity) -> SafetyItemView {
        let bars = Bars {
            techniques: vec!["swedish_massage".into()],
            disciplines: Vec::new(),
            area: Some(Area::LowerLimb),
            side: Some(Side::Left),
        };
        SafetyItemView {
            id: id(number),
            patient_id: id(1),
            kind: SafetyKind::RedFlag,
            what: "Swollen calf".into(),
            severity,
            contraindication: None,
            bars,
            replaces: None,
            raised_by: by(7),
            raised_in: Discipline::Physiotherapy,
            raised_at: hour(9),
            resolved: None,
            version: 1,
        }
    }

    /// Mara's visit at ten, signed at eleven.
    fn visit<'v>(treatment: &[(&'v str, Option<&'v str>)]) -> Visit<'v> {
        let treated =
            |(technique, region): &(&'v str, Option<&'v str>)| Treated { technique, region: *region, side: None };
        Visit {
            note: id(50),
            number: 1,
            author: id(8),
            discipline: Discipline::Massage,
            episode: Some(id(60)),
            service_at: hour(10),
            as_of: hour(11),
            treatment: treatment.iter().map(treated).collect(),
        }
    }

    fn rows(item: &SafetyItemView, visit: &Visit) -> Vec<usize> {
        let catalogue = Catalogue::built_in().unwrap();
        let mut barring = barring(std::slice::from_ref(item), visit, catalogue.regions());
        barring.pop().map(|barring| barring.rows).unwrap_or_default()
    }

    #[test]
    fn an_item_bars_its_techniques_where_it_reaches() {
        let leg = item(1, Severity::Absolute);
        let day = visit(&[
            ("swedish_massage", Some("left calf")),
            ("swedish_massage", Some("neck")),
            ("education", Some("left calf")),
            ("swedish_massage", None),
        ]);
        assert_eq!(rows(&leg, &day), [0, 3]);
        let everywhere = SafetyItemView { bars: Bars { area: None, side: None, ..leg.bars.clone() }, ..leg.clone() };
        assert_eq!(rows(&everywhere, &day), [0, 1, 3]);
        let massage = Bars { disciplines: vec![Discipline::Massage], ..Bars::default() };
        let all = SafetyItemView { bars: massage, ..leg.clone() };
        assert_eq!(rows(&all, &day), [0, 1, 2, 3]);
        let physiotherapy = Visit { discipline: Discipline::Physiotherapy, ..day };
        assert_eq!(rows(&all, &physiotherapy), [] as [usize; 0]);
    }

    #[test]
    fn an_item_concerns_a_note_if_it_was_in_force_at_the_visit_or_is_at_the_signature() {
        let day = visit(&[("swedish_massage", None)]);
        let raised = |at: i64| SafetyItemView { raised_at: hour(at), ..item(1, Severity::Absolute) };
        let until = |at: i64, end: i64| {
            let resolved = Some(Resolution { by: by(7), at: hour(end), reason: "Cleared".into() });
            SafetyItemView { resolved, ..raised(at) }
        };
        for concerns in [raised(9), raised(11), until(9, 11), until(10, 12)] {
            assert_eq!(rows(&concerns, &day), [0], "{concerns:?}");
        }
        let amended_later = raised(12);
        for past in [until(8, 9), until(8, 10), amended_later] {
            assert_eq!(rows(&past, &day), [] as [usize; 0], "{past:?}");
        }
    }

    #[test]
    fn an_absolute_item_asks_at_every_visit_a_relative_one_once_and_a_caution_never() {
        let catalogue = Catalogue::built_in().unwrap();
        let day = visit(&[("swedish_massage", None)]);
        let asks = |severity: Severity, on_file: &[OnFile], given: &[GivenOverride]| {
            let items = [item(1, severity)];
            let barring = barring(&items, &day, catalogue.regions());
            check_given(&barring, given).unwrap();
            !needed(&barring, on_file, &day, given).is_empty()
        };
        let given = [GivenOverride { safety_item_id: id(1), reason: "Cleared by her physician".into() }];
        let before = OnFile { item: id(1), note: id(49), number: 1, episode: Some(id(60)), by: id(8) };
        for severity in [Severity::Absolute, Severity::Relative] {
            assert!(asks(severity, &[], &[]) && !asks(severity, &[], &given));
            assert!(!asks(severity, &[OnFile { note: id(50), ..before }], &[]), "an amendment does not ask again");
            for other in [
                OnFile { episode: None, ..before },
                OnFile { episode: Some(id(61)), ..before },
                OnFile { by: id(7), ..before },
                OnFile { item: id(2), ..before },
            ] {
                assert!(asks(severity, &[other], &[]), "{other:?}");
            }
        }
        let outside = Visit { episode: None, ..day.clone() };
        let (items, once) = ([item(1, Severity::Relative)], OnFile { episode: None, ..before });
        let bars = barring(&items, &outside, catalogue.regions());
        assert_eq!(needed(&bars, &[once], &outside, &[]).len(), 1, "outside an episode at every visit");
        assert_eq!(needed(&bars, &[OnFile { note: id(50), ..once }], &outside, &[]).len(), 0);
        assert!(asks(Severity::Absolute, &[before], &[]) && !asks(Severity::Relative, &[before], &[]));
        assert!(!asks(Severity::Caution, &[], &[]) && !asks(Severity::Caution, &[], &given));
    }

    #[test]
    fn a_reason_given_with_a_signature_that_came_back_stands() {
        let day = visit(&[("swedish_massage", None)]);
        let given = [GivenOverride { safety_item_id: id(1), reason: "Cleared by her physician".into() }];
        let before = OnFile { item: id(1), note: day.note, number: day.number, episode: None, by: day.author };
        let again = check_new(&[before], &day, &given).unwrap_err();
        assert_eq!(again.errors[0].pointer, "/overrides/0/safety_item_id");
        for other in [OnFile { number: day.number + 1, ..before }, OnFile { item: id(2), ..before }] {
            check_new(&[other], &day, &given).unwrap();
        }
    }

    #[test]
    fn a_reason_is_for_something_barred_and_given_once() {
        let catalogue = Catalogue::built_in().unwrap();
        let items = [item(1, Severity::Absolute)];
        let day = visit(&[("swedish_massage", None)]);
        let barring = barring(&items, &day, catalogue.regions());
        let of = |number| GivenOverride { safety_item_id: id(number), reason: "Cleared".into() };
        check_given(&barring, &[of(1)]).unwrap();
        let wrong = check_given(&barring, &[of(2), of(1), of(1)]).unwrap_err();
        let pointers: Vec<_> = wrong.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(pointers, ["/overrides/0/safety_item_id", "/overrides/2/safety_item_id"]);
    }
}
