//! The patients of the demo, and how most of their treatment went.

use serde::Deserialize;

use super::diary::{Danger, Deed, Diary, Opening, Visit};
use super::visit::{Seen, phone_contact, relaxation};
use super::words::{Complaint, Lots, Voice, Words};
use crate::actor::Discipline;
use crate::anatomy::Side;
use crate::catalogue::Severity;
use crate::clock::{Date, Timestamp};
use crate::error::{Error, Result};
use crate::notes::{NoteBody, NoteKind};
use crate::patients::decision_makers::DecisionMaker;
use crate::patients::{Demographics, EmergencyContact, Sex};
use crate::safety::SafetyKind;
use crate::safety::health_history::{HealthHistory, Pregnancy};
use crate::words::Trimmed;

/// A patient. Those who treat go by the word before the `@` of their address.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patient {
    pub name: String,
    born: Date,
    sex: Sex,
    /// Which words are theirs; `relaxation` for those who come to relax.
    pub complaint: String,
    side: Side,
    work: String,
    hobby: String,
    /// Working days ago on which they came first.
    pub came: i64,
    /// Who treats them, the first one from the beginning.
    pub who: Vec<String>,
    /// How often the first one saw them after that.
    pub visits: i64,
    /// Whether reception registered them.
    #[serde(default)]
    desk: bool,
    /// Whether the second one treats them by a referral, which is closed.
    #[serde(default)]
    pub referred: bool,
    /// Whether the treatment has ended.
    #[serde(default)]
    pub ends: bool,
    #[serde(default)]
    parent: Option<Parent>,
    /// What speaks against some treatment.
    #[serde(default)]
    danger: Option<Known>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parent {
    name: String,
    relation: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Known {
    Anticoagulants,
    Bleeding,
    Pregnancy,
    Pacemaker,
    Osteoporosis,
    Metal,
    Allergy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    patient: Vec<Patient>,
}

/// Reads the patients.
///
/// # Errors
/// The list is not right.
pub fn read() -> Result<Vec<Patient>> {
    Ok(toml::from_str::<List>(include_str!("patients.toml")).map_err(Error::internal)?.patient)
}

/// The discipline of somebody who treats.
pub fn discipline_of(who: &str) -> Discipline {
    match who {
        "physio" | "physio2" | "student" => Discipline::Physiotherapy,
        _ => Discipline::Massage,
    }
}

impl Patient {
    /// The side of the complaint.
    pub fn side(&self) -> Side {
        self.side
    }

    /// The other one.
    pub fn other_side(&self) -> Side {
        if self.side == Side::Left { Side::Right } else { Side::Left }
    }

    /// Why something barred is done all the same, where that comes up.
    pub fn all_the_same(&self) -> Option<&'static str> {
        match self.danger? {
            Known::Bleeding => Some(
                "Light to moderate pressure only, away from bony edges; haematologist's letter of this year allows it; agreed with the patient.",
            ),
            Known::Pregnancy => Some(
                "Second trimester without complications; in side-lying, light pressure, neck and shoulders only; agreed with the patient.",
            ),
            _ => Some("Discussed with the patient; small dose, watched closely."),
        }
    }

    /// Who speaks about them.
    pub fn voice(&self, seed: u64, year: i64) -> Voice {
        let side = |side: Side| if side == Side::Left { "left" } else { "right" };
        let born = i64::from(chrono::Datelike::year(&self.born.naive()));
        let mut lots = Lots::of(seed, &self.name);
        let weeks = ["three weeks", "five weeks", "two months", "six weeks", "ten weeks", "four weeks"];
        let weeks = weeks[usize::try_from(lots.below(6)).unwrap_or(0)];
        let (subject, object) = if self.sex == Sex::Female { ("she", "her") } else { ("he", "him") };
        let capital = if self.sex == Sex::Female { "She" } else { "He" };
        let stand_for = [
            ("age", (year - born).to_string()),
            ("work", self.work.clone()),
            ("hobby", self.hobby.clone()),
            ("side", side(self.side).to_owned()),
            ("other", side(self.other_side()).to_owned()),
            ("weeks", weeks.to_owned()),
            ("They", capital.to_owned()),
            ("they", subject.to_owned()),
            ("they_low", subject.to_owned()),
            ("them", object.to_owned()),
            ("sleep", "six to seven hours".to_owned()),
            ("worst", "3".to_owned()),
        ];
        Voice::new(lots, stand_for)
    }

    fn demographics(&self, number: usize, words: &Words, voice: &mut Voice) -> Demographics {
        let (given, family) = self.name.split_once(' ').unwrap_or((&self.name, ""));
        let trimmed = |text: String| Some(Trimmed::from(text.as_str()));
        let phone = |last: usize| format!("+41 79 000 {:02} {:02}", number / 100 + 1, last % 100);
        let street = voice.draw(words.every("streets"));
        let town = voice.draw(words.every("towns"));
        let contact = |parent: &Parent| EmergencyContact {
            name: parent.name.as_str().into(),
            phone: phone(number + 70).as_str().into(),
            relation: parent.relation.as_str().into(),
        };
        Demographics {
            given_name: given.into(),
            family_name: family.into(),
            birth_date: self.born,
            preferred_name: None,
            sex: Some(self.sex),
            phone: trimmed(phone(number + 1)),
            email: (!number.is_multiple_of(3))
                .then(|| format!("patient{:02}@demo.example", number + 1).as_str().into()),
            address: trimmed(format!("{street} {}, {town}", voice.lots.between(1, 48))),
            emergency_contact: self.parent.as_ref().map(contact),
            gp: trimmed(voice.draw(words.every("gps"))),
            health_number: None,
            insurer: trimmed(voice.draw(words.every("insurers"))),
            claim_number: number.is_multiple_of(4).then(|| format!("26-{}", 1100 + number * 7).as_str().into()),
        }
    }

    fn history(&self, words: &Words, voice: &mut Voice) -> HealthHistory {
        let some = |list: &str, voice: &mut Voice, most: i64| -> Vec<Trimmed> {
            let count = voice.lots.between(0, most);
            (0..count).map(|_| voice.draw(words.every(list)).as_str().into()).collect()
        };
        let adult = self.parent.is_none();
        let mut history = HealthHistory {
            conditions: some("conditions", voice, 2),
            medications: if adult { some("medications", voice, 2) } else { Vec::new() },
            surgeries: if adult { some("surgeries", voice, 1) } else { Vec::new() },
            implants: Vec::new(),
            pregnancy: None,
            expected_on: None,
        };
        match self.danger {
            Some(Known::Anticoagulants) => history.medications.push("Rivaroxaban 20 mg".into()),
            Some(Known::Bleeding) => history.conditions.push("Von Willebrand disease, mild".into()),
            Some(Known::Pregnancy) => history.pregnancy = Some(Pregnancy::Yes),
            Some(Known::Pacemaker) => history.implants.push("Pacemaker, 2021".into()),
            Some(Known::Osteoporosis) => history.conditions.push("Osteoporosis, T-score -2.9".into()),
            Some(Known::Metal) => history.implants.push("Total knee replacement".into()),
            Some(Known::Allergy) | None => {}
        }
        history
    }
}

impl Known {
    fn danger(self) -> Danger {
        let of = |kind, what, contraindication| Danger {
            kind,
            what,
            contraindication: Some(contraindication),
            severity: None,
            techniques: &[],
        };
        match self {
            Self::Anticoagulants => {
                of(SafetyKind::Precaution, "Rivaroxaban after an irregular heartbeat: bruises easily", "anticoagulants")
            }
            Self::Bleeding => of(SafetyKind::Contraindication, "Mild von Willebrand disease", "bleeding_disorder"),
            Self::Pregnancy => {
                of(SafetyKind::Contraindication, "Pregnant, second trimester, no complications", "pregnancy")
            }
            Self::Pacemaker => {
                of(SafetyKind::Contraindication, "Pacemaker since 2021: no currents, no ultrasound", "pacemaker")
            }
            Self::Osteoporosis => of(
                SafetyKind::Contraindication,
                "Osteoporosis with an old fracture of L1: no manipulation",
                "osteoporosis_manipulation",
            ),
            Self::Metal => of(SafetyKind::Precaution, "Knee replacement: metal in the treated area", "metal_implant"),
            Self::Allergy => Danger {
                kind: SafetyKind::Allergy,
                what: "Rash from nut oils and from the glue of tape",
                contraindication: None,
                severity: Some(Severity::Caution),
                techniques: &["taping", "swedish_massage"],
            },
        }
    }
}

/// What writing about one patient takes.
pub struct Telling<'t> {
    pub words: &'t Words,
    pub patient: &'t Patient,
    pub voice: Voice,
}

impl Telling<'_> {
    /// Their complaint; none if they come to relax.
    pub fn complaint(&self) -> Option<&'_ Complaint> {
        self.words.complaint(&self.patient.complaint)
    }

    /// A note about a visit, when `share` percent of the way is done; its words are told for the first time.
    pub fn visit(
        &mut self,
        diary: &mut Diary,
        who: &str,
        kind: NoteKind,
        service_at: Timestamp,
        share: i64,
        referral: Option<usize>,
    ) -> Visit {
        let mut body = self.body(who, kind, share);
        for _ in 0..100 {
            if diary.is_new(&body) {
                break;
            }
            body = self.body(who, kind, share);
        }
        let in_episode = self.complaint().is_some();
        Visit { key: String::new(), patient: self.patient.name.clone(), kind, service_at, referral, in_episode, body }
    }

    fn body(&mut self, who: &str, kind: NoteKind, share: i64) -> NoteBody {
        let (words, patient, voice) = (self.words, self.patient, &mut self.voice);
        let Some(complaint) = words.complaint(&patient.complaint) else { return relaxation(words, voice) };
        let seen = Seen { patient, complaint, words, discipline: discipline_of(who), share };
        match kind {
            NoteKind::InitialAssessment => seen.evaluation(voice),
            NoteKind::Progress => seen.progress(voice),
            NoteKind::Discharge => seen.discharge(voice),
            NoteKind::JointReview => seen.review(voice),
            NoteKind::PhoneContact => phone_contact(words, voice),
        }
    }

    /// From the first visit to the last, as far as no other file tells.
    pub fn course(&mut self, diary: &mut Diary, number: usize) {
        let patient = self.patient;
        let Some(first) = patient.who.first() else { return };
        self.welcome(diary, number, first);
        let wish = self.voice.lots.below(18);
        let kind = if self.complaint().is_some() { NoteKind::InitialAssessment } else { NoteKind::Progress };
        let at = diary.slot(first, patient.came, wish);
        self.open_episode(diary, first, at.plus_seconds(20 * 60));
        let visit = self.visit(diary, first, kind, at, 0, None);
        diary.sign(first, visit, patient.all_the_same());
        let every = ((patient.came - 2) / patient.visits.max(1)).clamp(1, 8);
        for number in 1..=patient.visits {
            let days_ago = (patient.came - number * every).max(1);
            let ends = patient.ends && number == patient.visits;
            let at = diary.slot(first, days_ago, wish);
            let kind = if ends { NoteKind::Discharge } else { NoteKind::Progress };
            let share = if ends { 100 } else { number * 90 / patient.visits.max(4) };
            let visit = self.visit(diary, first, kind, at, share, None);
            let outcome = visit.body.outcome.clone();
            diary.sign(first, visit, patient.all_the_same());
            if let Some(outcome) = outcome {
                let (discipline, outcome) = (discipline_of(first), outcome.as_str().to_owned());
                let deed = Deed::Discharge { patient: patient.name.clone(), discipline, outcome };
                diary.add(at.plus_seconds(3000), first, deed);
            }
        }
    }

    /// What the second one of those who treat does, where reception assigned them.
    pub fn assigned(&mut self, diary: &mut Diary) {
        let patient = self.patient;
        let Some(second) = patient.who.get(1).filter(|_| !patient.referred) else { return };
        let wish = self.voice.lots.below(18);
        let last = 1.max(patient.came - 7 * patient.visits);
        let visits = (0..patient.visits).map(|number| patient.came - 3 - number * 6).filter(|day| *day >= last);
        for (number, days_ago) in (0_i64..).zip(visits) {
            let at = diary.slot(second, days_ago, wish);
            let read = format!("{}/{}/0", patient.name, patient.who[0]);
            diary.add(at.plus_seconds(-300), second, Deed::Read { note: read });
            let visit = self.visit(diary, second, NoteKind::Progress, at, 15 + number * 20, None);
            diary.sign(second, visit, patient.all_the_same());
            if number % 2 == 0 {
                self.message(diary, second, at.plus_seconds(2500));
            }
        }
    }

    /// A message to the rest of the care team.
    pub fn message(&mut self, diary: &mut Diary, by: &str, at: Timestamp) {
        let list = if discipline_of(by) == Discipline::Massage { "to_physio" } else { "to_massage" };
        let text = self.voice.say(self.words.every(list));
        diary.add(at, by, Deed::Write { patient: self.patient.name.clone(), text });
    }

    /// Registration, and what is asked on the first day.
    fn welcome(&mut self, diary: &mut Diary, number: usize, first: &str) {
        let patient = self.patient;
        let name = || patient.name.clone();
        let at = |minutes: i64| diary.days.at(patient.came + 1, 9 * 60 + minutes);
        let is = Box::new(patient.demographics(number, self.words, &mut self.voice));
        let minutes = i64::try_from(number * 7 % 300).unwrap_or(0);
        let (registered_at, assigned_at, told_at) = (at(minutes), at(minutes + 2), at(minutes + 4));
        let registrar = if patient.desk { "reception" } else { first };
        diary.add(registered_at, registrar, Deed::Register { patient: name(), is });
        let visit = Date::from(diary.days.date(patient.came));
        let assigned = patient.who.iter().skip(usize::from(!patient.desk));
        for member in assigned.filter(|member| !patient.referred || *member == first) {
            let deed = Deed::Assign { patient: name(), member: member.clone(), visit };
            diary.add(assigned_at, "reception", deed);
        }
        if let Some(Parent { name: parent, relation }) = &patient.parent {
            let maker = DecisionMaker {
                name: parent.as_str().into(),
                relation: relation.as_str().into(),
                authority: "Parental responsibility".into(),
                may_consent: true,
                may_receive_records: true,
                from: None,
                until: None,
                limits: None,
                phone: None,
                email: None,
            };
            diary.add(told_at, "reception", Deed::AddDecisionMaker { patient: name(), maker: Box::new(maker) });
        }
        let history = Box::new(patient.history(self.words, &mut self.voice));
        let asked_at = diary.days.at(patient.came, 7 * 60 + 30);
        diary.add(asked_at, first, Deed::RecordHistory { patient: name(), history });
        if let Some(danger) = patient.danger {
            diary.add(asked_at.plus_seconds(60), first, Deed::Raise { patient: name(), danger: danger.danger() });
        }
    }

    fn open_episode(&mut self, diary: &mut Diary, first: &str, at: Timestamp) {
        let patient = self.patient;
        let Some(complaint) = self.words.complaint(&patient.complaint) else { return };
        let voice = &mut self.voice;
        let (diagnosis, impression) = match discipline_of(first) {
            Discipline::Physiotherapy => (Some((voice.say(&complaint.diagnosis), complaint.icd10.clone())), None),
            Discipline::Massage => (None, Some(voice.say(&complaint.impression))),
        };
        let onset = diary.days.date(patient.came + voice.lots.between(15, 45));
        let complaint = Opening {
            complaint: complaint.name.clone(),
            onset: onset.into(),
            side: Some(patient.side),
            region: complaint.region.clone(),
            diagnosis,
            impression,
        };
        diary.add(at, first, Deed::OpenEpisode { patient: patient.name.clone(), complaint: Box::new(complaint) });
    }
}
