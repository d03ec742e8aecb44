//! What a visit's note says, from how far the patient has come.

use super::patients::Patient;
use super::words::{Applied, Complaint, Phase, Place, Voice, Words};
use crate::actor::Discipline;
use crate::anatomy::Side;
use crate::notes::NoteBody;
use crate::notes::body::{Assessment, Consent, Objective, Pain, Plan, SensitiveArea, Subjective, TreatmentRow};
use crate::notes::measure::{Decimal, Grade, Mark, Measurement, View};
use crate::words::{Name, Text};

/// Grades as complaints count them.
const GRADES: [Grade; 6] =
    [Grade::ThreePlus, Grade::FourMinus, Grade::Four, Grade::FourPlus, Grade::FiveMinus, Grade::Five];
/// Regions for which consent is asked by name.
const SENSITIVE: [&str; 3] = ["chest", "gluteal", "groin"];

/// Who is seen, with what, in which discipline, and how far they have come in percent.
pub struct Seen<'s> {
    pub patient: &'s Patient,
    pub complaint: &'s Complaint,
    pub words: &'s Words,
    pub discipline: Discipline,
    pub share: i64,
}

#[expect(clippy::unnecessary_wraps, reason = "every part of a note may be missing")]
fn text(words: impl Into<String>) -> Option<Text> {
    Some(Text::from(words))
}

impl Seen<'_> {
    fn phase(&self) -> &Phase {
        match self.share {
            ..35 => &self.complaint.early,
            35..75 => &self.complaint.middle,
            _ => &self.complaint.late,
        }
    }

    fn techniques(&self) -> &[Applied] {
        match self.discipline {
            Discipline::Physiotherapy => &self.phase().treatment,
            Discipline::Massage => &self.phase().massage,
        }
    }

    /// The first assessment, as long as those of life.
    pub fn evaluation(&self, voice: &mut Voice) -> NoteBody {
        let (complaint, words) = (self.complaint, self.words);
        let history = format!("{} {}", voice.say(&complaint.history), voice.say(words.every("social")));
        let goals = (0..2).map(|_| voice.say(&complaint.goals).into()).collect();
        let subjective = Subjective {
            text: text(history),
            pain: Some(self.pain(voice)),
            aggravating: text(voice.say(&complaint.aggravating)),
            easing: text(voice.say(&complaint.easing)),
            sleep: text(voice.say(words.every("sleep_first"))),
            psychosocial: text(voice.say(words.every("psychosocial"))),
            goals,
        };
        let found = format!("{} {}", voice.say(&complaint.observation), voice.say(&complaint.screening));
        let (most, palpation) = match self.discipline {
            Discipline::Physiotherapy => (usize::MAX, complaint.palpation.as_slice()),
            Discipline::Massage => (3, words.every("massage_finds")),
        };
        let objective = Objective {
            text: text(found),
            measurements: self.measurements(voice, most),
            body_chart: self.marks(voice, usize::MAX),
            palpation: text(voice.say(palpation)),
        };
        let (diagnosis, clinical_impression) = match self.discipline {
            Discipline::Physiotherapy => (text(voice.say(&complaint.diagnosis)), None),
            Discipline::Massage => (None, text(voice.say(&complaint.impression))),
        };
        let problems = format!("Problems: {}.", voice.say(&complaint.problems));
        let outlook = format!("{problems} Prognosis: {}.", voice.draw(words.every("prognosis")));
        let assessment = Assessment { text: text(outlook), diagnosis, clinical_impression, ..Assessment::default() };
        let [first, second] = [(); 2].map(|()| voice.draw(words.every("short_goals")));
        let later = voice.draw(words.every("long_goals"));
        let later = voice.fill(&later);
        let aims = format!("In three weeks: {first}; {second}. In six weeks: {later}.");
        let plan = Plan {
            text: text(format!("{aims} {}", voice.say(words.every("asks_consent")))),
            next_visit: Some("in one week".into()),
            home_exercises: text(voice.say(&self.phase().home)),
            advice: text(voice.say(&complaint.advice)),
            planned_techniques: self.planned(),
        };
        NoteBody {
            subjective: Some(subjective),
            objective: Some(objective),
            assessment: Some(assessment),
            plan: Some(plan),
            ..self.treated(voice)
        }
    }

    /// A visit in the course of treatment.
    pub fn progress(&self, voice: &mut Voice) -> NoteBody {
        let words = self.words;
        voice.set("share", &(self.share / 5 * 5).clamp(10, 95));
        let times = voice.lots.between(2, 6);
        voice.set("times", &["two", "three", "four", "five", "six"][usize::try_from(times - 2).unwrap_or(0) % 5]);
        let subjective = Subjective {
            text: text(format!("{} {}", voice.say(&self.phase().says), voice.say(words.every("general")))),
            pain: Some(self.pain(voice)),
            sleep: (self.share < 50).then(|| voice.say(words.every("sleep")).into()),
            ..Subjective::default()
        };
        let physiotherapy = self.discipline == Discipline::Physiotherapy;
        let objective = Objective {
            measurements: if physiotherapy { self.measurements(voice, 3) } else { Vec::new() },
            body_chart: if self.share < 70 { self.marks(voice, 1) } else { Vec::new() },
            palpation: (!physiotherapy).then(|| voice.say(words.every("massage_finds")).into()),
            text: None,
        };
        let (makes, home) = match self.discipline {
            Discipline::Physiotherapy => (self.phase().makes.as_slice(), self.phase().home.as_slice()),
            Discipline::Massage => (words.every("massage_makes"), words.every("massage_home")),
        };
        let assessment = Assessment {
            text: text(voice.say(makes)),
            clinical_impression: (!physiotherapy && self.share < 40)
                .then(|| voice.say(&self.complaint.impression).into()),
            response: text(voice.say(words.every("response"))),
            progress: text(voice.say(words.every("progress"))),
            diagnosis: None,
        };
        let plan = Plan {
            text: text(voice.say(words.every("plan"))),
            next_visit: Some(voice.name(words.every("next_visit"))),
            home_exercises: text(voice.say(home)),
            ..Plan::default()
        };
        NoteBody {
            subjective: Some(subjective),
            objective: Some(objective),
            assessment: Some(assessment),
            plan: Some(plan),
            ..self.treated(voice)
        }
    }

    /// The end of treatment.
    pub fn discharge(&self, voice: &mut Voice) -> NoteBody {
        let pain = self.pain(voice);
        voice.set("worst", &pain.worst.unwrap_or(0));
        let plan = Plan {
            text: text(voice.say(self.words.every("after_discharge"))),
            home_exercises: text(voice.say(&self.complaint.late.home)),
            ..Plan::default()
        };
        NoteBody {
            subjective: Some(Subjective { pain: Some(pain), ..Subjective::default() }),
            objective: Some(Objective { measurements: self.measurements(voice, 3), ..Objective::default() }),
            assessment: Some(Assessment { text: text(voice.say(&self.complaint.late.makes)), ..Assessment::default() }),
            plan: Some(plan),
            outcome: text(voice.say(self.words.every("outcome"))),
            ..NoteBody::default()
        }
    }

    /// One discipline's half of a joint review.
    pub fn review(&self, voice: &mut Voice) -> NoteBody {
        voice.set("share", &self.share);
        NoteBody {
            assessment: Some(Assessment {
                text: text(voice.say(&self.phase().makes)),
                progress: text(voice.say(self.words.every("progress"))),
                ..Assessment::default()
            }),
            plan: Some(Plan { text: text(voice.say(self.words.every("plan"))), ..Plan::default() }),
            ..NoteBody::default()
        }
    }

    fn treated(&self, voice: &mut Voice) -> NoteBody {
        let treatment: Vec<_> = self.techniques().iter().map(|row| self.row(row, voice)).collect();
        let named =
            |area: &str| treatment.iter().any(|row| row.region.as_ref().is_some_and(|of| of.as_str().contains(area)));
        let asked = SENSITIVE.into_iter().filter(|area| named(area));
        let sensitive_areas = asked.map(|area| SensitiveArea { area: area.into(), given: true }).collect();
        NoteBody {
            consent: Some(Consent { given: true, given_by: None, sensitive_areas }),
            treatment,
            ..NoteBody::default()
        }
    }

    fn row(&self, row: &Applied, voice: &mut Voice) -> TreatmentRow {
        let minutes = row.minutes + u16::try_from(voice.lots.below(3)).unwrap_or(0);
        let paired = row.region.ends_with('s') || row.region.ends_with("back") || row.region == "chest";
        TreatmentRow {
            technique: row.technique.as_str().into(),
            region: Some(row.region.as_str().into()),
            side: (self.complaint.limb && !paired).then(|| self.patient.side()),
            minutes: Some(minutes),
            dose: Some(voice.name(&row.dose)),
            response: Some(voice.say(&row.response).into()),
        }
    }

    fn planned(&self) -> Vec<Name> {
        let later = &self.complaint.middle;
        let rows = later.treatment.iter().chain(&later.massage).map(|row| row.technique.as_str());
        let mut planned: Vec<_> = rows.collect();
        planned.sort_unstable();
        planned.dedup();
        planned.into_iter().map(Name::from).collect()
    }

    /// Pain gets less, with a bad day now and then.
    fn pain(&self, voice: &mut Voice) -> Pain {
        let bad_day = i64::from(self.share > 0 && voice.lots.below(6) == 0);
        let worst = ((voice.lots.between(6, 8) * (100 - self.share) + 50) / 100 + bad_day).clamp(0, 10);
        let now = (worst - voice.lots.between(2, 3)).max(0);
        let best = (now - voice.lots.between(1, 3)).max(0);
        let points = |points: i64| u8::try_from(points).ok();
        Pain { now: points(now), best: points(best), worst: points(worst) }
    }

    fn measurements(&self, voice: &mut Voice, most: usize) -> Vec<Measurement> {
        let sided = |sided: bool| sided.then(|| self.patient.side());
        let towards = |from: i64, to: i64| from + (to - from) * self.share / 100;
        let mut rows = Vec::new();
        for measured in &self.complaint.measure {
            let jitter = if (measured.to - measured.from).abs() > 10 { voice.lots.between(-2, 2) } else { 0 };
            let row = |side, value: i64| Measurement::Range {
                movement: measured.movement.as_str().into(),
                side,
                value: whole(value.max(0)),
                unit: measured.unit,
                normal: measured.normal.map(whole),
            };
            rows.push(row(sided(measured.sided), towards(measured.from, measured.to) + jitter));
            if measured.sided && self.share == 0 {
                rows.push(row(Some(self.patient.other_side()), measured.to + voice.lots.between(0, 2)));
            }
        }
        for muscle in &self.complaint.strength {
            let place = towards(muscle.from.into(), muscle.to.into());
            let grade = GRADES[usize::try_from(place).unwrap_or(0).min(GRADES.len() - 1)];
            rows.push(Measurement::Strength {
                muscle: muscle.muscle.as_str().into(),
                side: sided(muscle.sided),
                grade,
            });
        }
        if self.share == 0 {
            rows.extend(self.complaint.test.iter().map(|test| Measurement::SpecialTest {
                name: test.name.as_str().into(),
                side: sided(test.sided),
                positive: test.positive,
            }));
        }
        rows.truncate(most);
        rows
    }

    fn marks(&self, voice: &mut Voice, most: usize) -> Vec<Mark> {
        let mirrored = self.patient.side() == Side::Right;
        let strength = (8 * (100 - self.share) / 100).max(1);
        let mark = |Place { view, x, y, kind }: &Place| {
            let x = if mirrored { 1000 - x } else { *x };
            let near = |at: u16, by: i64| u16::try_from(i64::from(at) + by).unwrap_or(at).min(1000);
            Mark {
                view: match view {
                    View::Left if mirrored => View::Right,
                    view => *view,
                },
                x: near(x, voice.lots.between(-12, 12)),
                y: near(*y, voice.lots.between(-8, 8)),
                kind: *kind,
                intensity: u8::try_from((strength - voice.lots.between(0, 2)).max(1)).ok(),
            }
        };
        self.complaint.mark.iter().take(most).map(mark).collect()
    }
}

/// A relaxation massage; its areas are drawn by lot.
pub fn relaxation(words: &Words, voice: &mut Voice) -> NoteBody {
    let areas = ["back, shoulders and legs", "back and neck", "shoulders, arms and feet", "back, legs and feet"];
    let area = areas[usize::try_from(voice.lots.below(4)).unwrap_or(0)];
    let row = TreatmentRow {
        technique: "relaxation_massage".into(),
        region: Some(area.into()),
        side: None,
        minutes: Some(if voice.lots.below(2) == 0 { 50 } else { 60 }),
        dose: Some(voice.name(words.every("oils"))),
        response: Some(voice.say(words.every("relaxed")).into()),
    };
    let consent = Consent { given: true, given_by: None, sensitive_areas: Vec::new() };
    let plan = Plan { text: text(voice.say(words.every("relaxed_plan"))), ..Plan::default() };
    NoteBody { relaxation: true, treatment: vec![row], consent: Some(consent), plan: Some(plan), ..NoteBody::default() }
}

/// A conversation on the phone.
pub fn phone_contact(words: &Words, voice: &mut Voice) -> NoteBody {
    NoteBody { text: text(voice.say(words.every("phoned"))), ..NoteBody::default() }
}

/// A whole number; 0 for what is out of bounds.
fn whole(value: i64) -> Decimal {
    Decimal::from_thousandths(value * 1000).unwrap_or(ZERO)
}

const ZERO: Decimal = match Decimal::from_thousandths(0) {
    Some(zero) => zero,
    None => unreachable!(),
};
