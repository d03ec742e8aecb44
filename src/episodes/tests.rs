//! The rules of episodes, whole.

use strum::IntoEnumIterator;

use super::content::{Content, Stamp};
use super::rules::{EpisodeMove, Icd10, Stage, check_onset, check_visit, step};
use super::{ChangedEpisode, Diagnosis, NewEpisode};
use crate::actor::Discipline::{Massage, Physiotherapy};
use crate::anatomy::Side;
use crate::clock::{Date, Timestamp};
use crate::error::Code;
use crate::ids::{Id, StaffId};
use crate::words::Trimmed;

#[test]
fn every_stage_allows_these_moves_and_no_others() {
    use EpisodeMove::{Change, Discharge, WriteNote};
    for (stage, allowed) in [
        (Stage::Outside, &[(WriteNote, Stage::Treating), (Change, Stage::Outside)][..]),
        (Stage::Treating, &[(WriteNote, Stage::Treating), (Change, Stage::Treating), (Discharge, Stage::Discharged)]),
        (Stage::Discharged, &[(WriteNote, Stage::Treating), (Change, Stage::Discharged)]),
        (Stage::Closed, &[]),
    ] {
        for wanted in EpisodeMove::iter() {
            let expected = allowed.iter().find(|(step, _)| *step == wanted).map(|(_, to)| *to);
            match step(stage, wanted) {
                Ok(to) => assert_eq!(Some(to), expected, "{stage:?} {wanted:?}"),
                Err(error) => {
                    assert_eq!((error.code, expected), (Code::WrongState, None), "{stage:?} {wanted:?}");
                    let named: Vec<&str> = allowed.iter().map(|(step, _)| (*step).into()).collect();
                    assert_eq!(error.allowed, named, "{stage:?} {wanted:?}");
                }
            }
        }
    }
    assert_eq!(Stage::iter().count(), 4, "a new stage has to be told here");
}

#[test]
fn a_code_of_icd_10_is_kept_in_capitals_with_its_point() {
    for (written, kept) in [
        ("M75.1", "M75.1"),
        ("M75", "M75"),
        ("m7511", "M75.11"),
        ("M75.111", "M75.111"),
        ("S52.131A", "S52.131A"),
        ("s46.011a", "S46.011A"),
        ("W06.XXXD", "W06.XXXD"),
        ("C7B.00", "C7B.00"),
        ("M1A0", "M1A.0"),
        ("U07.1", "U07.1"),
        (" M54.5 ", "M54.5"),
    ] {
        assert_eq!(written.parse::<Icd10>().as_ref().map(Icd10::as_str), Ok(kept), "{written}");
    }
}

#[test]
fn what_is_no_code_of_icd_10_is_refused() {
    for written in [
        "",
        "M",
        "M7",
        "75.1",
        "M7X",
        "M7C",
        "MA5",
        "1M5",
        "M75.",
        "M75..1",
        "M75.12345",
        "M7512345",
        "M75,1",
        "M75 1",
        "M75.1*",
        "M75.-",
        "M75.1 G",
        "Mé5",
        "é75",
        "M75.é",
        "shoulder",
    ] {
        assert_eq!(written.parse::<Icd10>(), Err("not an ICD-10 code such as M75.1"), "{written:?}");
    }
}

const MORNING: Timestamp = Timestamp::from_micros(1_772_434_800_000_000);

#[test]
fn a_complaint_began_today_at_the_latest_wherever_that_is() {
    let onset = |text| check_onset(Date::parse(text).unwrap(), MORNING).map_err(|error| error.code);
    assert_eq!(MORNING.to_string(), "2026-03-02T07:00:00.000000Z");
    assert_eq!(onset("2026-03-02"), Ok(()));
    assert_eq!(onset("1931-01-01"), Ok(()));
    assert_eq!(onset("2026-03-03"), Err(Code::Invalid));
    // In Auckland it is tomorrow from eleven in the morning on, UTC.
    let auckland = check_onset(Date::parse("2026-03-03").unwrap(), MORNING.plus_seconds(4 * 3600));
    assert!(auckland.is_ok());
}

#[test]
fn a_closed_episode_keeps_the_visits_from_before_its_end() {
    let visit = |service_at, closed_at| check_visit(service_at, closed_at).map_err(|error| error.code);
    assert_eq!(visit(MORNING, None), Ok(()));
    assert_eq!(visit(MORNING, Some(MORNING)), Ok(()));
    assert_eq!(visit(MORNING, Some(MORNING.plus_seconds(3600))), Ok(()));
    assert_eq!(visit(MORNING, Some(MORNING.plus_seconds(-1))), Err(Code::WrongState));
}

fn stamp(of: u8, hours: i64) -> Stamp {
    let by: StaffId = Id::new(MORNING, [of; 10]);
    Stamp { by, at: MORNING.plus_seconds(hours * 3600) }
}

fn opened() -> Content {
    let new = NewEpisode {
        complaint: Trimmed::from("Shoulder pain"),
        onset: None,
        side: Some(Side::Right),
        region: Some(Trimmed::from("shoulder")),
        diagnosis: Some(Diagnosis { text: Trimmed::from("Bursitis"), icd10: "M75.5".parse().ok() }),
        clinical_impression: None,
        discipline: None,
    };
    Content::opened(&new, Physiotherapy, stamp(1, 0))
}

#[test]
fn the_last_discipline_that_discharges_the_patient_closes_the_episode() {
    let outcome = Trimmed::from("Better");
    let both = opened().joined(Massage, stamp(2, 1));
    assert_eq!((both.stage(Physiotherapy), both.stage(Massage)), (Stage::Treating, Stage::Treating));
    let one = both.discharged(Physiotherapy, &outcome, stamp(1, 2));
    assert_eq!((one.stage(Physiotherapy), one.stage(Massage)), (Stage::Discharged, Stage::Treating));
    let again = one.clone().joined(Physiotherapy, stamp(1, 3));
    assert_eq!((again.stage(Physiotherapy), again.is_over()), (Stage::Treating, false));
    let none = one.discharged(Massage, &outcome, stamp(2, 4));
    assert_eq!((none.stage(Physiotherapy), none.stage(Massage)), (Stage::Closed, Stage::Closed));
    let alone = opened();
    assert_eq!(alone.stage(Massage), Stage::Outside);
    assert_eq!(alone.discharged(Physiotherapy, &outcome, stamp(1, 1)).stage(Massage), Stage::Closed);
}

#[test]
fn a_change_touches_what_it_names() {
    let change: ChangedEpisode = serde_json::from_value(serde_json::json!({
        "side": null, "clinical_impression": "Tight trapezius"
    }))
    .unwrap();
    let changed = opened().changed(&change, stamp(2, 5));
    let (impression, diagnosis) = (changed.clinical_impression.clone().unwrap(), changed.diagnosis.clone().unwrap());
    assert_eq!((impression.what.as_str(), impression.stamp), ("Tight trapezius", stamp(2, 5)));
    assert_eq!(diagnosis.stamp, stamp(1, 0), "what is not named keeps who recorded it");
    assert_eq!(changed.side, None);
    assert_eq!(changed.region, opened().region);
    assert_eq!(Content::of_json(&changed.to_json().unwrap()).unwrap(), changed, "what is stored is read back");
}
