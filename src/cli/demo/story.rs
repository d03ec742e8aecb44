//! What does not happen every day: slips and their mending, supervision, consent, emergencies, people who leave.

use super::diary::{Danger, Deed, Diary, Visit, Whom, Withheld};
use super::patients::Telling;
use super::referrals::Request;
use crate::access::{EmergencyReason, Verdict};
use crate::actor::Discipline;
use crate::catalogue::Severity;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::notes::body::{Plan, Subjective};
use crate::notes::{AmendReason, NoteKind};
use crate::policy::Sharing;
use crate::referrals::rules::Urgency;
use crate::referrals::views::RequestKind;
use crate::safety::SafetyKind;
use crate::words::Text;

/// Seconds.
const HOUR: i64 = 3600;

/// What was raised about the leg of Hans Zollinger.
const RED_FLAG: Danger = Danger {
    kind: SafetyKind::RedFlag,
    what: "Left calf swollen and warm since the coach trip, painful on pressure: deep vein thrombosis has to be ruled out",
    contraindication: Some("deep_vein_thrombosis"),
    severity: None,
    techniques: &[],
};

/// Tells all of it; its referral gets this number.
///
/// # Errors
/// It tells of a patient or a note that there is not.
pub fn tell(diary: &mut Diary, tellings: &mut [Telling], referral: usize) -> Result<()> {
    mended(diary)?;
    wrong_record(diary, find(tellings, "Nina Gisler")?);
    late(diary, find(tellings, "Simon Hofer")?);
    phoned(diary, find(tellings, "Fritz Huber")?);
    unsigned(diary, tellings)?;
    supervised(diary);
    reviews(diary, tellings)?;
    consent(diary);
    accesses(diary);
    left(diary, find(tellings, "Pascal Zumbühl")?);
    staff_days(diary);
    red_flag(diary, referral);
    Ok(())
}

fn find<'l, 't>(tellings: &'l mut [Telling<'t>], name: &str) -> Result<&'l mut Telling<'t>> {
    let mut all = tellings.iter_mut();
    all.find(|telling| telling.patient.name == name).ok_or_else(|| Error::internal(format!("nobody is {name}")))
}

fn patient(name: &str) -> String {
    name.to_owned()
}

/// Amendments for each reason, and addenda.
fn mended(diary: &mut Diary) -> Result<()> {
    let amend = |diary: &mut Diary, note: &str, days_ago, by: &str, reason, explanation, body| {
        let deed = Deed::Amend { note: note.to_owned(), reason, explanation, body: Box::new(body) };
        diary.add(diary.days.at(days_ago, 12 * 60 + 10), by, deed);
    };
    let mut body = diary.body("Claudio Bernasconi/physio/1")?;
    body.plan.get_or_insert_default().advice =
        Some("No lifting over 15 kg at work until the next visit; letter to the employer given".into());
    amend(
        diary,
        "Claudio Bernasconi/physio/1",
        48,
        "physio",
        AmendReason::Omission,
        "The advice for work was left out.",
        body,
    );
    let mut body = diary.body("Thomas Eberle/physio/0")?;
    let pain = body.subjective.get_or_insert_default().pain.get_or_insert_default();
    pain.worst = Some(5);
    (pain.now, pain.best) = (Some(3), Some(1));
    amend(
        diary,
        "Thomas Eberle/physio/0",
        83,
        "physio",
        AmendReason::ClinicalCorrection,
        "The figures were those of the other hip.",
        body,
    );
    let mut body = diary.body("Urs Betschart/massage/1")?;
    body.plan.get_or_insert_default().next_visit = Some("in three weeks".into());
    amend(diary, "Urs Betschart/massage/1", 40, "massage", AmendReason::Typo, "Weeks, not days.", body);
    let append = |diary: &mut Diary, note: &str, days_ago, by: &str, text| {
        diary.add(diary.days.at(days_ago, 12 * 60 + 20), by, Deed::Append { note: note.to_owned(), text });
    };
    append(
        diary,
        "Marco Ferrari/physio/0",
        28,
        "physio",
        "MRI report received today: disc height reduced at L5/S1, no compression of a root. The plan stays as it is.",
    );
    append(
        diary,
        "Andrea Moos/physio/0",
        64,
        "physio",
        "Letter of the haematologist received: manual treatment with light to moderate pressure is allowed, no needling.",
    );
    Ok(())
}

/// A note that was written in the wrong record, and anew in the right one.
fn wrong_record(diary: &mut Diary, telling: &mut Telling) {
    let at = diary.slot("physio", 7, 3);
    let visit = telling.visit(diary, "physio", NoteKind::Progress, at, 30, None);
    let note = diary.sign("physio", Visit { in_episode: false, ..visit }, None);
    let reason = "Written in the wrong record: two patients followed each other.";
    let deed = Deed::EnterInError { note, reason, right: patient("Mia Steiner") };
    diary.add(at.plus_seconds(2 * HOUR), "physio", deed);
    let sign = Deed::Sign { note: format!("{}/replaced", telling.patient.name), all_the_same: None };
    diary.add(at.plus_seconds(2 * HOUR + 600), "physio", sign);
}

/// Notes entered days after the visit.
fn late(diary: &mut Diary, telling: &mut Telling) {
    for (days_ago, written) in [(21, 18), (9, 6)] {
        let at = diary.slot("physio", days_ago, 9);
        let visit = telling.visit(diary, "physio", NoteKind::Progress, at, 45, None);
        diary.sign_late("physio", diary.days.at(written, 17 * 60 + 40), visit, None);
    }
}

/// A conversation on the phone.
fn phoned(diary: &mut Diary, telling: &mut Telling) {
    let at = diary.slot("physio", 1, 11);
    let visit = telling.visit(diary, "physio", NoteKind::PhoneContact, at, 0, None);
    diary.sign("physio", visit, None);
}

/// Drafts that wait for a signature, one of them begun today.
fn unsigned(diary: &mut Diary, tellings: &mut [Telling]) -> Result<()> {
    for (name, who, days_ago) in [
        ("Sara Bieri", "physio", 2),
        ("Oskar Bühler", "massage2", 4),
        ("Elena Kunz", "physio2", 5),
        ("Marco Ferrari", "massage", 1),
    ] {
        let at = diary.slot(who, days_ago, 15);
        let mut visit = find(tellings, name)?.visit(diary, who, NoteKind::Progress, at, 50, None);
        visit.body.plan = None;
        diary.begin(who, at.plus_seconds(25 * 60), visit);
    }
    let now = diary.days.now();
    let mut visit =
        find(tellings, "Ana Brunner")?.visit(diary, "physio", NoteKind::Progress, now.plus_seconds(-HOUR), 70, None);
    let swam = Text::from("Swam twenty minutes on Sunday without pain.");
    visit.body = crate::notes::NoteBody {
        subjective: Some(Subjective { text: Some(swam), ..Subjective::default() }),
        plan: Some(Plan::default()),
        ..crate::notes::NoteBody::default()
    };
    diary.begin("physio", now.plus_seconds(-HOUR / 2), visit);
    Ok(())
}

/// What the supervisor did with the student's notes; the last ones wait.
fn supervised(diary: &mut Diary) {
    let cosigned = [
        ("Jan Hürlimann/student/0", 27),
        ("Jan Hürlimann/student/1", 19),
        ("Jan Hürlimann/student/2", 11),
        ("Bruno Camenzind/student/0", 23),
        ("Bruno Camenzind/student/1", 16),
        ("Bruno Camenzind/student/2", 9),
        ("Livia Zgraggen/student/0", 19),
        ("Livia Zgraggen/student/1", 11),
        ("Selina Auf der Maur/student/0", 15),
    ];
    for (note, days_ago) in cosigned {
        let at = diary.days.at(days_ago, 17 * 60 + 20);
        diary.add(at.plus_seconds(-120), "physio", Deed::Read { note: note.to_owned() });
        diary.add(at, "physio", Deed::Cosign { note: note.to_owned() });
    }
    let comments = "Please add how the knee reacts on the stairs, and measure flexion on both sides.";
    let back = Deed::GiveBack { note: "Selina Auf der Maur/student/1".to_owned(), comments };
    diary.add(diary.days.at(8, 17 * 60 + 20), "physio", back);
    let text = "His father called: running on Sunday went well, four times five minutes without a pull.";
    let append = Deed::Append { note: "Jan Hürlimann/student/2".to_owned(), text };
    diary.add(diary.days.at(2, 16 * 60), "student", append);
}

/// A joint review of both, one that waits for the other discipline, and one that is closed.
fn reviews(diary: &mut Diary, tellings: &mut [Telling]) -> Result<()> {
    for (name, who, days_ago, share, first) in [
        ("Corinne Vogel", "physio", 24, 55, true),
        ("Corinne Vogel", "massage", 22, 55, false),
        ("Dario Conti", "physio", 12, 40, true),
        ("Gabriel Kost", "physio2", 16, 80, true),
    ] {
        let at = diary.slot(who, days_ago, 12);
        let visit = find(tellings, name)?.visit(diary, who, NoteKind::JointReview, at, share, None);
        let note = diary.sign(who, visit, None);
        let patient = patient(name);
        let deed = if first { Deed::BeginReview { patient, note } } else { Deed::JoinReview { patient, note } };
        diary.add(at.plus_seconds(3000), who, deed);
    }
    Ok(())
}

fn consent(diary: &mut Diary) {
    let mut withhold = |days_ago, by: &str, name: &str, what, from, reason| {
        let deed = Deed::Withhold { patient: patient(name), what, from, reason };
        diary.add(diary.days.at(days_ago, 11 * 60 + 50), by, deed);
    };
    withhold(20, "reception", "Tanja Wicki", Withheld::Record, Whom::Person("massage2"), "They are neighbours.");
    let reason = "Wants this complaint to stay between herself and physiotherapy.";
    withhold(4, "physio", "Eva Pfyl", Withheld::Episode, Whom::Discipline(Discipline::Massage), reason);
    let note = Withheld::Note("Daniela Scherrer/physio/1".to_owned());
    withhold(99, "physio", "Daniela Scherrer", note, Whom::Everyone, "Told something personal at this visit.");
    let share = Deed::Share { note: "Sandra Ochsner/physio/1".to_owned(), sharing: Sharing::Discipline };
    diary.add(diary.days.at(60, 12 * 60), "physio", share);
}

/// Emergency and audit accesses, and somebody who began to treat and wrote nothing.
fn accesses(diary: &mut Diary) {
    let name = || patient("Marlis Inderbitzin");
    let reason = "Fell in the waiting room, dizzy; her daughter cannot say what she takes.";
    let code = EmergencyReason::NobodyReachable;
    diary.add(diary.days.at(44, 10 * 60 + 12), "massage", Deed::BreakGlass { patient: name(), code, reason });
    let reason = "Confirmed by reception and by the daughter. Only health history and safety items were opened.";
    let verdict = Verdict::Justified;
    diary.add(diary.days.at(43, 9 * 60), "privacy", Deed::ReviewAccess { patient: name(), verdict, reason });
    let reason = "Collapsed on the way out, conscious; ambulance asks about implants and blood thinners.";
    let code = EmergencyReason::SeriousHarm;
    let deed = Deed::BreakGlass { patient: patient("Thomas Eberle"), code, reason };
    diary.add(diary.days.at(1, 16 * 60 + 48), "massage2", deed);
    let reason = "Complaint about a wrong invoice: compare visits with notes.";
    diary.add(diary.days.at(36, 14 * 60), "manager", Deed::Audit { patient: patient("Anja Röthlin"), reason });
    let reason = "Seen between two visits because her own therapist was ill.";
    let deed = Deed::StartTreating { patient: patient("Livia Zgraggen"), reason };
    diary.add(diary.days.at(8, 9 * 60 + 5), "massage", deed);
}

/// A therapist who leaves: a draft stays behind, and what was open went to colleagues.
fn left(diary: &mut Diary, telling: &mut Telling) {
    let at = diary.slot("tom", 37, 14);
    let visit = telling.visit(diary, "tom", NoteKind::Progress, at, 80, None);
    diary.begin("tom", at.plus_seconds(1500), visit);
    diary.add(diary.days.at(36, 17 * 60 + 30), "manager", Deed::Leave { staff: "tom".to_owned() });
}

/// Absence, cover, and a patient who works here.
fn staff_days(diary: &mut Diary) {
    let own = Deed::OwnRecord { patient: patient("Rita Senn"), staff: "reception".to_owned() };
    diary.add(diary.days.at(22, 16 * 60), "privacy", own);
    let (from, until) = (diary.days.at(-1, 0), diary.days.at(-6, 0));
    let cover = Deed::StandIn { away: "massage2".to_owned(), stand_in: "massage".to_owned(), from, until };
    diary.add(diary.days.at(2, 11 * 60), "manager", cover);
    let (from, until) = (diary.days.at(1, 0), diary.days.at(-4, 0));
    let cover = Deed::StandIn { away: "physio2".to_owned(), stand_in: "physio".to_owned(), from, until };
    diary.add(diary.days.at(2, 11 * 60 + 5), "manager", cover);
    let away = Deed::Away { staff: "physio2".to_owned(), until: diary.days.date(-3).into() };
    diary.add(diary.days.at(1, 17 * 60 + 50), "manager", away);
}

/// Something that may be serious: raised, and sent to a physiotherapist, some hours ago. An older one was resolved.
fn red_flag(diary: &mut Diary, referral: usize) {
    let name = || patient("Hans Zollinger");
    let now: Timestamp = diary.days.now();
    diary.add(now.plus_seconds(-5 * HOUR), "massage", Deed::Raise { patient: name(), danger: RED_FLAG });
    let request = Request {
        number: referral,
        patient: name(),
        to: Some("physio".to_owned()),
        pool: None,
        urgency: Urgency::Urgent,
        kind: RequestKind::Assessment,
        sessions: None,
        reason: "Left calf swollen, warm and painful since a coach trip of nine hours. No massage given. Told him to see the emergency doctor if it gets worse.".to_owned(),
        question: "Can you see him today, and does he have to go to the hospital?".to_owned(),
        target: None,
        draft: false,
    };
    diary.add(now.plus_seconds(-5 * HOUR + 420), "massage", Deed::Refer(Box::new(request)));
    let acute = Danger {
        kind: SafetyKind::Contraindication,
        what: "Fresh sprain: no deep techniques and no heat at the ankle",
        contraindication: Some("acute_injury"),
        severity: Some(Severity::Relative),
        techniques: &[],
    };
    diary.add(
        diary.days.at(92, 7 * 60 + 40),
        "physio",
        Deed::Raise { patient: patient("Lea Schelbert"), danger: acute },
    );
    let reason = "More than 72 hours ago, swelling down.";
    diary.add(diary.days.at(87, 7 * 60 + 40), "physio", Deed::Resolve { patient: patient("Lea Schelbert"), reason });
}
