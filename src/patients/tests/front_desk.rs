//! Registering, finding and correcting.

use super::clinic::{
    Clinic, Manager, MassageTherapist, Physiotherapist, PrivacyOfficer, Receptionist, code, key, no_key, person,
};
use crate::db::trial::on_both;
use crate::db::{Backend, Tx};
use crate::error::Code;
use crate::ids::{PatientId, StaffId};
use crate::patients::care_team::{self, JoinedBy};
use crate::patients::search::Criteria;
use crate::patients::{ChangedDemographics, Demographics, FindPatients, OwnRecord, PatientSummary, ops};
use crate::policy::Action;

async fn finds(clinic: &Clinic, who: StaffId, find: FindPatients) -> Vec<String> {
    found(clinic, who, find).await.into_iter().map(|patient| patient.family_name.as_str().to_owned()).collect()
}

async fn found(clinic: &Clinic, who: StaffId, find: FindPatients) -> Vec<PatientSummary> {
    let criteria = Criteria::of(&find).unwrap();
    clinic.reads(who, Action::FindPatients, move |tx| ops::find(tx, &criteria, None, 25)).await.unwrap()
}

fn named(name: &str) -> FindPatients {
    FindPatients { name: Some(name.into()), ..FindPatients::default() }
}

async fn team(clinic: &Clinic, who: StaffId, patient: PatientId) -> Vec<(StaffId, JoinedBy)> {
    let read = move |tx: &mut Tx| care_team::ops::read(tx, patient);
    let team = clinic.reads(who, Action::ReadCareTeam, read).await.unwrap();
    team.members.into_iter().map(|member| (member.staff_id, member.joined_by)).collect()
}

async fn changes(
    clinic: &Clinic,
    who: StaffId,
    patient: PatientId,
    version: i32,
    json: &str,
) -> crate::error::Result<crate::patients::PatientView> {
    let changed: ChangedDemographics = serde_json::from_str(json).unwrap();
    clinic.writes(who, Action::ChangePatient, move |tx| ops::change(tx, patient, version, &changed)).await
}

on_both!(a_clinician_who_registers_a_walk_in_joins_the_care_team_and_the_front_desk_does_not);
async fn a_clinician_who_registers_a_walk_in_joins_the_care_team_and_the_front_desk_does_not(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let desk = clinic.hire("Rita", &[Receptionist]).await;
    let boss = clinic.hire("Mona", &[Manager]).await;
    let owner = clinic.hire("Otto", &[Manager, MassageTherapist]).await;
    let physio = clinic.hire("Petra", &[Physiotherapist]).await;

    let walk_in = clinic.registers(physio, person("Jürgen", "Müller", "1961-04-09")).await;
    assert_eq!(walk_in.record_number.to_string(), "P-000001");
    assert_eq!(team(&clinic, desk, walk_in.id).await, [(physio, JoinedBy::Registration)]);
    assert_eq!(clinic.lists(physio).await, [walk_in.id]);

    for who in [desk, boss] {
        let booked = clinic.registers(who, person("Ada", "Berg", "1990-01-01")).await;
        assert_eq!(team(&clinic, desk, booked.id).await, []);
    }
    let treated = clinic.registers(owner, person("Ida", "Tal", "1992-01-01")).await;
    assert_eq!(treated.record_number.to_string(), "P-000004");
    assert_eq!(team(&clinic, desk, treated.id).await, [(owner, JoinedBy::Registration)]);
}

on_both!(a_privacy_officer_registers_nobody_and_nobody_is_born_tomorrow);
async fn a_privacy_officer_registers_nobody_and_nobody_is_born_tomorrow(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let officer = clinic.hire("Olga", &[PrivacyOfficer]).await;
    let desk = clinic.hire("Rita", &[Receptionist]).await;
    for (who, born, refused) in [(officer, "1961-04-09", Code::RoleDoesNotAllow), (desk, "2026-03-04", Code::Invalid)] {
        let new = person("Jürgen", "Müller", born);
        let register = move |tx: &mut Tx| ops::register(tx, &no_key(), &new);
        assert_eq!(code(clinic.writes(who, Action::RegisterPatient, register).await), Some(refused));
    }
    assert_eq!(clinic.registers(desk, person("Neu", "Geboren", "2026-03-02")).await.record_number.0, 1);
}

on_both!(a_registration_sent_twice_makes_one_patient);
async fn a_registration_sent_twice_makes_one_patient(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let physio = clinic.hire("Petra", &[Physiotherapist]).await;
    let send = |mac: u8| {
        let register = move |tx: &mut Tx| ops::register(tx, &key("a", mac), &person("Jürgen", "Müller", "1961-04-09"));
        clinic.writes(physio, Action::RegisterPatient, register)
    };
    let first = send(1).await.unwrap();
    let again = send(1).await.unwrap();
    assert_eq!(first.patient.id, again.patient.id);
    assert_eq!(clinic.lists(physio).await, [first.patient.id]);
    assert_eq!(clinic.recorded(Action::RegisterPatient).await, (vec![first.patient.id], 2));
    assert_eq!(code(send(2).await), Some(Code::KeyReused));

    let membership = team_id(&clinic, physio, first.patient.id).await;
    clinic.writes(physio, Action::LeaveCareTeam, move |tx| care_team::ops::leave(tx, membership)).await.unwrap();
    assert_eq!(code(send(1).await), Some(Code::NoRelation));
}

async fn team_id(clinic: &Clinic, who: StaffId, patient: PatientId) -> crate::ids::MembershipId {
    let read = move |tx: &mut Tx| care_team::ops::read(tx, patient);
    clinic.reads(who, Action::ReadCareTeam, read).await.unwrap().members[0].id
}

on_both!(possible_duplicates_are_shown_and_named_in_the_audit_log);
async fn possible_duplicates_are_shown_and_named_in_the_audit_log(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let desk = clinic.hire("Rita", &[Receptionist]).await;
    let known = clinic.registers(desk, person("Jürgen", "Müller", "1961-04-09")).await;
    clinic.registers(desk, person("Jürgen", "Müller", "1961-04-10")).await;
    clinic.registers(desk, person("Xaver", "Kobold", "1961-04-09")).await;
    clinic.clock.advance(1);

    let new = person("Jurgen", "Mueller", "1961-04-09");
    let registered =
        clinic.writes(desk, Action::RegisterPatient, move |tx| ops::register(tx, &no_key(), &new)).await.unwrap();
    let shown: Vec<_> = registered.possible_duplicates.iter().map(|other| other.id).collect();
    assert_eq!(shown, [known.id]);
    assert_eq!(clinic.recorded(Action::RegisterPatient).await.0, [known.id, registered.patient.id]);
}

on_both!(a_patient_is_found_whatever_the_accents_and_no_wildcard_finds_everybody);
async fn a_patient_is_found_whatever_the_accents_and_no_wildcard_finds_everybody(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let desk = clinic.hire("Rita", &[Receptionist]).await;
    for (given, family) in [("Jürgen", "Müller"), ("Łukasz", "Strauß"), ("Zoë", "O’Neil"), ("Test", "50%_off\\")]
    {
        clinic.registers(desk, person(given, family, "1961-04-09")).await;
    }
    for (name, family) in [
        ("muller", "Müller"),
        ("MÜLL jur", "Müller"),
        ("lukasz strauss", "Strauß"),
        ("zoe o'neil", "O’Neil"),
        ("0%_OFF\\", "50%_off\\"),
        ("%", "50%_off\\"),
        ("\\", "50%_off\\"),
        ("_", "50%_off\\"),
    ] {
        assert_eq!(finds(&clinic, desk, named(name)).await, [family], "{name}");
    }
    for nobody in ["m_ller", "m%r", "muller strauss"] {
        assert_eq!(finds(&clinic, desk, named(nobody)).await, [""; 0], "{nobody}");
    }
}

on_both!(a_patient_is_found_by_number_phone_and_birth_date);
async fn a_patient_is_found_by_number_phone_and_birth_date(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let desk = clinic.hire("Rita", &[Receptionist]).await;
    let phone = Some("+49 (30) 9018-20".into());
    clinic.registers(desk, Demographics { phone, ..person("Jürgen", "Müller", "1961-04-09") }).await;
    clinic.registers(desk, person("Ada", "Berg", "1990-01-01")).await;
    for json in [
        r#"{"number": "P-000001"}"#,
        r#"{"number": "1", "name": "muller"}"#,
        r#"{"phone": "030 901820"}"#,
        r#"{"phone": "1820"}"#,
        r#"{"birth_date": "1961-04-09"}"#,
    ] {
        assert_eq!(finds(&clinic, desk, serde_json::from_str(json).unwrap()).await, ["Müller"], "{json}");
    }
    for json in ["{}", r#"{"phone": "820"}"#, r#"{"number": "x"}"#, r#"{"name": "a b c d e f g h i j k"}"#] {
        assert_eq!(code(Criteria::of(&serde_json::from_str(json).unwrap())), Some(Code::Invalid), "{json}");
    }
}

on_both!(only_the_patients_on_the_page_are_recorded_as_disclosed);
async fn only_the_patients_on_the_page_are_recorded_as_disclosed(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let desk = clinic.hire("Rita", &[Receptionist]).await;
    let mut all = Vec::new();
    for given in ["Ada", "Bea", "Cleo"] {
        all.push(clinic.registers(desk, person(given, "Berg", "1990-01-01")).await.id);
        clinic.clock.advance(1);
    }
    let criteria = Criteria::of(&named("berg")).unwrap();
    let page = |after: Option<PatientId>| {
        let criteria = criteria.clone();
        clinic.reads(desk, Action::FindPatients, move |tx| ops::find(tx, &criteria, after, 2))
    };
    assert_eq!(page(None).await.unwrap().len(), 3);
    assert_eq!(clinic.recorded(Action::FindPatients).await.0, all[1..]);
    clinic.clock.advance(1);
    assert_eq!(page(Some(all[1])).await.unwrap().len(), 1);
    assert_eq!(clinic.recorded(Action::FindPatients).await.0, all[..1]);
}

on_both!(a_stale_change_is_refused_with_what_stands_now);
async fn a_stale_change_is_refused_with_what_stands_now(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let desk = clinic.hire("Rita", &[Receptionist]).await;
    let new = Demographics {
        phone: Some("030 901820".into()),
        email: Some("j@example.org".into()),
        ..person("Jürgen", "Müller", "1961-04-09")
    };
    let id = clinic.registers(desk, new).await.id;

    let changed = changes(&clinic, desk, id, 1, r#"{"family_name": " Möller ", "email": null}"#).await.unwrap();
    assert_eq!(changed.version, 2);
    assert_eq!(changed.demographics.family_name, "Möller".into());
    assert_eq!(changed.demographics.email, None);
    assert_eq!(changed.demographics.phone, Some("030 901820".into()));
    assert_eq!(finds(&clinic, desk, named("moller")).await, ["Möller"]);
    assert_eq!(finds(&clinic, desk, named("muller")).await, [""; 0]);

    let stale = changes(&clinic, desk, id, 1, r#"{"phone": "030 1"}"#).await.unwrap_err();
    assert_eq!(stale.code, Code::StaleVersion);
    let current: serde_json::Value = serde_json::from_str(stale.current.unwrap().get()).unwrap();
    assert_eq!((&current["version"], &current["family_name"]), (&2.into(), &"Möller".into()));
    assert_eq!(clinic.opens(desk, id).await.unwrap().demographics.phone, Some("030 901820".into()));
}

#[test]
fn a_patients_name_stays_out_of_debug_output() {
    assert!(!format!("{:?}", person("Jürgen", "Müller", "1961-04-09")).contains("ller"));
}

#[test]
fn a_name_may_change_but_not_go() {
    assert!(serde_json::from_str::<ChangedDemographics>(r#"{"given_name": null}"#).is_err());
    assert!(serde_json::from_str::<ChangedDemographics>(r#"{"surname": "Möller"}"#).is_err());
    let blank: ChangedDemographics = serde_json::from_str(r#"{"given_name": "  "}"#).unwrap();
    assert!(garde::Validate::validate(&blank).is_err());
}

on_both!(a_colleagues_own_record_is_closed_to_them_and_only_the_privacy_officer_sees_whose_it_is);
async fn a_colleagues_own_record_is_closed_to_them_and_only_the_privacy_officer_sees_whose_it_is(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let officer = clinic.hire("Olga", &[PrivacyOfficer]).await;
    let physio = clinic.hire("Petra", &[Physiotherapist]).await;
    let desk = clinic.hire("Rita", &[Receptionist]).await;
    let patient = clinic.registers(physio, person("Petra", "Kern", "1985-02-03")).await.id;
    let mark = |staff_id: Option<StaffId>, version: i32| {
        let own = OwnRecord { staff_id };
        clinic.writes(officer, Action::MarkOwnRecord, move |tx| ops::mark_own_record(tx, patient, version, &own))
    };
    let marked = mark(Some(physio), 1).await.unwrap();
    assert_eq!((marked.version, marked.own_record_of), (2, Some(physio)));
    assert_eq!(code(clinic.opens(physio, patient).await), Some(Code::OwnRecord));
    assert_eq!(clinic.lists(physio).await, []);
    assert_eq!(finds(&clinic, physio, named("kern")).await, [""; 0]);
    assert_eq!(finds(&clinic, desk, named("kern")).await, ["Kern"]);
    assert_eq!(clinic.opens(desk, patient).await.unwrap().own_record_of, None);
    assert_eq!(clinic.opens(officer, patient).await.unwrap().own_record_of, Some(physio));

    assert_eq!(code(mark(Some(patient.retype()), 2).await), Some(Code::Invalid));
    mark(None, 2).await.unwrap();
    assert!(clinic.opens(physio, patient).await.is_ok());
    assert!(serde_json::from_str::<OwnRecord>("{}").is_err(), "it must be said either way");
}

on_both!(another_practice_sees_nothing_of_it);
async fn another_practice_sees_nothing_of_it(backend: Backend) {
    let clinic = Clinic::open(backend).await;
    let physio = clinic.hire("Petra", &[Physiotherapist]).await;
    let patient = clinic.registers(physio, person("Jürgen", "Müller", "1961-04-09")).await;
    let membership = team_id(&clinic, physio, patient.id).await;
    let next_door = clinic.neighbour().await;
    let stranger = next_door.hire("Nina", &[Manager, Physiotherapist, PrivacyOfficer]).await;

    let id = patient.id;
    assert_eq!(code(next_door.opens(stranger, id).await), Some(Code::NotFound));
    assert_eq!(code(changes(&next_door, stranger, id, 1, "{}").await), Some(Code::NotFound));
    let read_team = move |tx: &mut Tx| care_team::ops::read(tx, id);
    assert_eq!(code(next_door.reads(stranger, Action::ReadCareTeam, read_team).await), Some(Code::NotFound));
    let leave = move |tx: &mut Tx| care_team::ops::leave(tx, membership);
    assert_eq!(code(next_door.writes(stranger, Action::LeaveCareTeam, leave).await), Some(Code::NotFound));
    assert_eq!(finds(&next_door, stranger, named("muller")).await, [""; 0]);
    let own = next_door.registers(stranger, person("Jürgen", "Müller", "1961-04-09")).await;
    assert_eq!(own.record_number.to_string(), "P-000001");
}
