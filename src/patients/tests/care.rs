//! Joining, leaving, lapsing and standing in.

use super::clinic::{Clinic, DAY, Manager, MassageTherapist, Physiotherapist, Receptionist, code, key, no_key, person};
use crate::chart;
use crate::clock::{Date, Timestamp};
use crate::db::trial::on_both;
use crate::db::{Backend, Tx};
use crate::error::{Code, Result};
use crate::ids::{CoverId, MembershipId, PatientId, StaffId};
use crate::patients::care_team::{self, Assignment, CareTeamView, MemberView, StartTreating};
use crate::patients::cover::{self, CoverView, NewCover};
use crate::patients::{ops, rules};
use crate::policy::Action;

async fn team(clinic: &Clinic, who: StaffId, patient: PatientId) -> CareTeamView {
    clinic.reads(who, Action::ReadCareTeam, move |tx| care_team::ops::read(tx, patient)).await.unwrap()
}

async fn starts(clinic: &Clinic, who: StaffId, patient: PatientId) -> Result<MemberView> {
    let start = StartTreating { reason: "acute back pain".into() };
    let write = move |tx: &mut Tx| care_team::ops::start_treating(tx, &no_key(), patient, &start);
    clinic.writes(who, Action::StartTreating, write).await
}

async fn leaves(clinic: &Clinic, who: StaffId, id: MembershipId) -> Result<()> {
    clinic.writes(who, Action::LeaveCareTeam, move |tx| care_team::ops::leave(tx, id)).await
}

async fn assigns(
    clinic: &Clinic,
    who: StaffId,
    patient: PatientId,
    staff_id: StaffId,
    visit: &str,
) -> Result<MemberView> {
    let assignment = Assignment { staff_id, visit_date: Date::parse(visit).unwrap(), reason: None };
    let write = move |tx: &mut Tx| care_team::ops::assign(tx, &no_key(), patient, &assignment);
    clinic.writes(who, Action::AssignCareTeam, write).await
}

async fn grants(
    clinic: &Clinic,
    who: StaffId,
    [from_staff, to_staff]: [StaffId; 2],
    [from, until]: [i64; 2],
) -> Result<CoverView> {
    let now = clinic.clock.now();
    let new = NewCover { from_staff, to_staff, from: now.plus_seconds(from), until: now.plus_seconds(until) };
    clinic.writes(who, Action::GrantCover, move |tx| cover::ops::grant(tx, &no_key(), &new)).await
}

async fn ends(clinic: &Clinic, who: StaffId, id: CoverId) -> Result<()> {
    clinic.writes(who, Action::EndCover, move |tx| cover::ops::end(tx, id)).await
}

on_both!(a_membership_lapses_after_ninety_days_unless_a_note_extends_it);
async fn a_membership_lapses_after_ninety_days_unless_a_note_extends_it(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let physio = clinic.hire("Petra", &[Physiotherapist]).await;
    let patient = clinic.registers(physio, person("Jürgen", "Müller", "1961-04-09")).await.id;

    clinic.clock.advance(80 * DAY);
    let note = clinic.clock.now();
    let writes_at = |at: Timestamp| {
        clinic.writes(physio, Action::ReadPatient, move |tx| {
            let chart = chart::open(tx, patient)?;
            ops::extend_membership(tx, &chart, at)
        })
    };
    writes_at(note).await.unwrap();
    writes_at(note.plus_seconds(-30 * DAY)).await.unwrap();
    assert_eq!(team(&clinic, physio, patient).await.members[0].lapses_at, rules::lapses_at(note));

    clinic.clock.advance(90 * DAY - 1);
    assert!(clinic.opens(physio, patient).await.is_ok());
    clinic.clock.advance(1);
    assert_eq!(code(clinic.opens(physio, patient).await), Some(Code::NoRelation));
    assert_eq!(clinic.lists(physio).await, []);
    assert_eq!(code(writes_at(clinic.clock.now()).await), Some(Code::NoRelation));

    starts(&clinic, physio, patient).await.unwrap();
    assert_eq!(clinic.lists(physio).await, [patient]);
    assert_eq!(team(&clinic, physio, patient).await.members.len(), 1, "the lapsed membership is not a member");
}

on_both!(whoever_starts_treating_joins_once_and_leaves_by_themselves);
async fn whoever_starts_treating_joins_once_and_leaves_by_themselves(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let desk = clinic.hire("Rita", &[Receptionist]).await;
    let physio = clinic.hire("Petra", &[Physiotherapist]).await;
    let masseur = clinic.hire("Milo", &[MassageTherapist]).await;
    let patient = clinic.registers(physio, person("Jürgen", "Müller", "1961-04-09")).await.id;

    assert_eq!(code(clinic.opens(masseur, patient).await), Some(Code::NoRelation));
    assert_eq!(code(starts(&clinic, desk, patient).await), Some(Code::RoleDoesNotAllow));
    let joined = starts(&clinic, masseur, patient).await.unwrap();
    assert!(clinic.opens(masseur, patient).await.is_ok());
    assert_eq!(code(starts(&clinic, masseur, patient).await), Some(Code::AlreadyExists));

    assert_eq!(code(leaves(&clinic, physio, joined.id).await), Some(Code::NotFound), "it is a colleague's");
    assert_eq!(code(leaves(&clinic, desk, joined.id).await), Some(Code::RoleDoesNotAllow));
    leaves(&clinic, masseur, joined.id).await.unwrap();
    assert_eq!(code(clinic.opens(masseur, patient).await), Some(Code::NoRelation));
    assert_eq!(code(leaves(&clinic, masseur, joined.id).await), Some(Code::NoRelation));

    let again = starts(&clinic, masseur, patient).await.unwrap();
    assert_ne!(again.id, joined.id);
    assert_eq!(code(leaves(&clinic, masseur, joined.id).await), Some(Code::NotFound), "that one is over");
}

on_both!(starting_to_treat_twice_under_one_key_is_one_membership);
async fn starting_to_treat_twice_under_one_key_is_one_membership(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let desk = clinic.hire("Rita", &[Receptionist]).await;
    let physio = clinic.hire("Petra", &[Physiotherapist]).await;
    let patient = clinic.registers(desk, person("Jürgen", "Müller", "1961-04-09")).await.id;
    let send = || {
        let start = StartTreating { reason: "acute back pain".into() };
        let write = move |tx: &mut Tx| care_team::ops::start_treating(tx, &key("s", 1), patient, &start);
        clinic.writes(physio, Action::StartTreating, write)
    };
    assert_eq!(send().await.unwrap(), send().await.unwrap());
    assert_eq!(clinic.recorded(Action::StartTreating).await, (vec![patient], 2));
}

on_both!(reception_assigns_an_active_clinician_for_a_visit);
async fn reception_assigns_an_active_clinician_for_a_visit(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let desk = clinic.hire("Rita", &[Receptionist]).await;
    let physio = clinic.hire("Petra", &[Physiotherapist]).await;
    let patient = clinic.registers(desk, person("Jürgen", "Müller", "1961-04-09")).await.id;

    for (who, visit) in [(desk, "2026-03-05"), (physio, "2026-02-01"), (physio, "2028-01-01")] {
        assert_eq!(code(assigns(&clinic, desk, patient, who, visit).await), Some(Code::Invalid), "{visit}");
    }
    assert_eq!(code(assigns(&clinic, physio, patient, physio, "2026-03-05").await), Some(Code::RoleDoesNotAllow));
    let member = assigns(&clinic, desk, patient, physio, "2026-03-05").await.unwrap();
    let visit = Date::parse("2026-03-05").unwrap();
    assert_eq!((member.visit_date, member.lapses_at), (Some(visit), rules::lapses_at(visit.midnight())));
    assert!(clinic.opens(physio, patient).await.is_ok());
    let again = assigns(&clinic, desk, patient, physio, "2026-03-04").await.unwrap();
    assert_eq!((again.id, again.visit_date), (member.id, Date::parse("2026-03-04").ok()));
    assert_eq!(again.lapses_at, member.lapses_at, "a visit that is moved ahead shortens nothing");
}

on_both!(a_stand_in_sees_the_patients_from_the_beginning_of_the_cover_to_its_end);
async fn a_stand_in_sees_the_patients_from_the_beginning_of_the_cover_to_its_end(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let boss = clinic.hire("Mona", &[Manager]).await;
    let physio = clinic.hire("Petra", &[Physiotherapist]).await;
    let masseur = clinic.hire("Milo", &[MassageTherapist]).await;
    let patient = clinic.registers(physio, person("Jürgen", "Müller", "1961-04-09")).await.id;

    let cover = grants(&clinic, boss, [physio, masseur], [DAY, 8 * DAY]).await.unwrap();
    assert_eq!((cover.from_name.as_str(), cover.to_name.as_str()), ("Petra", "Milo"));
    assert_eq!(code(clinic.opens(masseur, patient).await), Some(Code::NoRelation));
    assert_eq!(team(&clinic, boss, patient).await.covers, []);

    clinic.clock.advance(DAY);
    assert!(clinic.opens(masseur, patient).await.is_ok());
    assert_eq!(clinic.lists(masseur).await, [patient]);
    assert_eq!(team(&clinic, boss, patient).await.covers, std::slice::from_ref(&cover));
    let listed = clinic.reads(masseur, Action::ListCover, |tx| cover::ops::list(tx, None, 25)).await.unwrap();
    assert_eq!(listed, std::slice::from_ref(&cover));

    assert_eq!(code(ends(&clinic, masseur, cover.id).await), Some(Code::RoleDoesNotAllow));
    ends(&clinic, boss, cover.id).await.unwrap();
    assert_eq!(code(clinic.opens(masseur, patient).await), Some(Code::NoRelation));
    assert_eq!(clinic.lists(masseur).await, []);
    assert_eq!(code(ends(&clinic, boss, cover.id).await), Some(Code::WrongState));

    grants(&clinic, boss, [physio, masseur], [0, DAY]).await.unwrap();
    assert!(clinic.opens(masseur, patient).await.is_ok());
    clinic.clock.advance(DAY);
    assert_eq!(code(clinic.opens(masseur, patient).await), Some(Code::NoRelation));
}

on_both!(cover_is_between_two_clinicians_and_for_at_most_ninety_two_days);
async fn cover_is_between_two_clinicians_and_for_at_most_ninety_two_days(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let boss = clinic.hire("Mona", &[Manager]).await;
    let physio = clinic.hire("Petra", &[Physiotherapist]).await;
    let masseur = clinic.hire("Milo", &[MassageTherapist]).await;
    for (people, times) in [
        ([physio, physio], [0, DAY]),
        ([physio, boss], [0, DAY]),
        ([boss, physio], [0, DAY]),
        ([physio, masseur], [DAY, DAY]),
        ([physio, masseur], [-2 * DAY, -DAY]),
        ([physio, masseur], [0, 92 * DAY + 1]),
    ] {
        assert_eq!(code(grants(&clinic, boss, people, times).await), Some(Code::Invalid), "{times:?}");
    }
    assert_eq!(code(grants(&clinic, physio, [physio, masseur], [0, DAY]).await), Some(Code::RoleDoesNotAllow));
    assert!(grants(&clinic, boss, [physio, masseur], [0, 92 * DAY]).await.is_ok());
}

on_both!(what_is_listed_is_held_back_once_a_membership_or_a_cover_is_over);
async fn what_is_listed_is_held_back_once_a_membership_or_a_cover_is_over(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let boss = clinic.hire("Mona", &[Manager]).await;
    let [physio, other] =
        [clinic.hire("Petra", &[Physiotherapist]).await, clinic.hire("Pia", &[Physiotherapist]).await];
    let masseur = clinic.hire("Milo", &[MassageTherapist]).await;
    clinic.registers(physio, person("Jürgen", "Müller", "1961-04-09")).await;
    let registered = clinic.clock.now();
    // The list is read, and then so much time passes before it may be released.
    let lists_slowly = |who, seconds: i64| {
        let clock = clinic.clock.clone();
        clinic.reads(who, Action::ListPatients, move |tx| {
            let listed = ops::treated(tx, None, 25)?;
            clock.advance(seconds);
            Ok(listed)
        })
    };
    grants(&clinic, boss, [physio, masseur], [0, DAY]).await.unwrap();
    assert_eq!(code(lists_slowly(masseur, DAY).await), Some(Code::Unavailable), "the cover is over meanwhile");
    grants(&clinic, boss, [physio, other], [0, 91 * DAY]).await.unwrap();
    assert_eq!(lists_slowly(other, DAY).await.unwrap().len(), 1, "it is not over yet");
    let treated_for = clinic.clock.now().seconds_since(registered);
    clinic.clock.advance(89 * DAY - treated_for);
    assert_eq!(code(lists_slowly(physio, DAY).await), Some(Code::Unavailable), "the membership lapses meanwhile");
}
