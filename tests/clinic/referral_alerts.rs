//! Whom each move of a referral alerts, and of what; whom time does; and whom a danger.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use strum::IntoEnumIterator;
use tandem::actor::Discipline;
use tandem::chart::ReferralState as S;
use tandem::ids::Id;
use tandem::referrals::rules::{Part, ReferralMove as M, STEPS};

use crate::house::database::names;
use crate::house::{House, LaidReferral, MORNING, Patient, Practice, Who, lay_referral, on_both};
use crate::referral_care::reported;
use crate::referral_moves::body_of;
use crate::referrals::{ana, moves, reads, sent, to_milo, to_pool};

const DAY: i64 = 24 * 3_600;

use Who::{Manager, Massage, OtherMassage, OtherPhysio, Owner, Physio, Receptionist};

/// Somebody's move out of a state, and who hears of what. Paula refers to Milo by name, or to the pool of Mara's and Milo's
/// site, where he takes it.
type Told = (S, &'static str, M, Who, &'static [(Who, &'static str)]);

const NAMED: &str = "named";
const POOL: &str = "pool";

const TOLD: &[Told] = &[
    (S::Draft, NAMED, M::Send, Physio, &[(OtherMassage, "referral_sent")]),
    (S::Draft, POOL, M::Send, Physio, &[(OtherMassage, "referral_pooled"), (Massage, "referral_pooled")]),
    (S::Draft, NAMED, M::Reassign, Manager, &[(Physio, "referral_reassigned"), (OtherPhysio, "referral_reassigned")]),
    (S::Sent, POOL, M::Receive, OtherMassage, &[(Physio, "referral_received")]),
    (S::Sent, POOL, M::Accept, OtherMassage, &[(Physio, "referral_accepted")]),
    (S::Sent, NAMED, M::Decline, OtherMassage, &[(Physio, "referral_declined")]),
    (S::Sent, NAMED, M::RequestInfo, OtherMassage, &[(Physio, "referral_asked")]),
    (S::Sent, NAMED, M::Cancel, Physio, &[(OtherMassage, "referral_cancelled")]),
    (S::Sent, POOL, M::Cancel, Physio, &[]),
    (S::Received, POOL, M::Release, OtherMassage, &[(Massage, "referral_pooled")]),
    (S::Received, POOL, M::Decline, OtherMassage, &[(Physio, "referral_declined")]),
    (S::NeedsInfo, NAMED, M::Answer, Physio, &[(OtherMassage, "referral_answered")]),
    (S::Accepted, NAMED, M::Schedule, OtherMassage, &[(Physio, "referral_scheduled")]),
    (
        S::Accepted,
        NAMED,
        M::Schedule,
        Receptionist,
        &[(Physio, "referral_scheduled"), (OtherMassage, "referral_scheduled")],
    ),
    (S::Accepted, NAMED, M::Start, OtherMassage, &[]),
    (S::Accepted, NAMED, M::Cancel, Physio, &[(OtherMassage, "referral_cancelled")]),
    (S::Scheduled, NAMED, M::NoShow, OtherMassage, &[(Physio, "referral_no_show")]),
    (S::Scheduled, NAMED, M::NoShow, Receptionist, &[(Physio, "referral_no_show"), (OtherMassage, "referral_no_show")]),
    (
        S::InProgress,
        NAMED,
        M::Reassign,
        Manager,
        &[(Physio, "referral_reassigned"), (OtherPhysio, "referral_reassigned"), (OtherMassage, "referral_reassigned")],
    ),
    (S::InProgress, NAMED, M::ReturnReport, OtherMassage, &[(Physio, "report_returned")]),
    (S::InProgress, NAMED, M::RequestCancel, Physio, &[(OtherMassage, "referral_cancel_requested")]),
    (S::CancelRequested, NAMED, M::ConfirmCancel, OtherMassage, &[(Physio, "referral_cancelled")]),
    (S::CancelRequested, NAMED, M::Keep, OtherMassage, &[(Physio, "referral_answered")]),
    (S::ReportReturned, NAMED, M::AskFurther, Physio, &[(OtherMassage, "referral_asked")]),
    (S::ReportReturned, NAMED, M::Close, Physio, &[(OtherMassage, "referral_closed")]),
    (S::Declined, NAMED, M::Resend, Physio, &[(OtherMassage, "referral_sent")]),
];

/// Who was told what of the referral with this number, each once.
fn told(house: &House, number: &str) -> BTreeSet<String> {
    let query = format!(
        "SELECT s.email || ' ' || n.kind AS name FROM notification n \
         JOIN staff s ON s.practice_id = n.practice_id AND s.id = n.staff_id WHERE n.number = '{number}'"
    );
    let told = names(&mut house.database.owner(), &query);
    let rows = house.count(&format!("SELECT count(*) FROM notification WHERE number = '{number}'"));
    assert_eq!(usize::try_from(rows), Ok(told.len()), "nobody is told twice: {told:?}");
    told
}

on_both!(each_move_tells_whom_it_concerns_and_never_whoever_makes_it);
fn each_move_tells_whom_it_concerns_and_never_whoever_makes_it(house: &House) {
    house.joins(Physio, Patient::Beat);
    let report = house.signs_a_visit(OtherMassage, Patient::Beat);
    // Only then is her draft for the manager to give to somebody else.
    let paula = format!("/staff/{}", Physio.id());
    house.as_(Manager).if_match(1).patch(&paula, json!({"away_until": "2026-03-20"})).is(200);
    for (number, (state, target, step, who, expected)) in (0_u8..).zip(TOLD) {
        let taken = !matches!(state, S::Draft | S::Sent | S::Declined | S::NeedsInfo);
        let laid = LaidReferral {
            practice: Practice::Lakeside.id(),
            patient: Patient::Beat.id(),
            referrer: Physio.id(),
            discipline: Discipline::Massage,
            site: (*target == POOL).then(|| Practice::Lakeside.site()),
            named: (*target == NAMED).then(|| OtherMassage.id()),
            owner: taken.then(|| OtherMassage.id()),
            state: *state,
            report: (*state == S::ReportReturned).then(|| report.id().parse().unwrap()),
            at: MORNING,
        };
        let id = lay_referral(&mut house.database.owner(), Id::new(MORNING, [number; 10]), &laid);
        let path = format!("/referrals/{id}/{}", step.to_string().replace('_', "-"));
        let moved = house.as_(*who).if_match(1).post(&path, body_of(*step, &report)).is(200);
        let expected: BTreeSet<_> = expected.iter().map(|(who, kind)| format!("{} {kind}", who.email())).collect();
        let number = moved.json["number"].as_str().unwrap();
        assert_eq!(told(house, number), expected, "{state} {target} {step} by {who:?}");
    }
    let tried: Vec<_> = TOLD.iter().map(|(_, _, step, ..)| *step).collect();
    let by_people = |step: &M| STEPS.iter().any(|listed| listed.step == *step && listed.by != [Part::Program]);
    let missing: Vec<_> = M::iter().filter(|step| by_people(step) && !tried.contains(step)).collect();
    assert_eq!(missing, [M::Discard], "a draft that is thrown away concerns nobody else");
}

on_both!(a_new_owner_and_a_new_referrer_are_told_and_the_log_says_why);
fn a_new_owner_and_a_new_referrer_are_told_and_the_log_says_why(house: &House) {
    let referral = sent(house, &to_milo());
    let accepted = moves(house, OtherMassage, &referral, "accept", None).is(200);
    let mara = json!({"owner_id": Massage.id(), "words": "Milo is on leave"});
    moves(house, Manager, &accepted, "reassign", mara).is(200);
    let number = referral.json["number"].as_str().unwrap();
    for who in [Physio, OtherMassage, Massage] {
        assert!(told(house, number).contains(&format!("{} referral_reassigned", who.email())), "{who:?}");
    }
    // A draft that is handed over has no history of its own, so that it can be thrown away; the log keeps why.
    let paula = format!("/staff/{}", Physio.id());
    house.as_(Manager).if_match(1).patch(&paula, json!({"away_until": "2026-03-20"})).is(200);
    let draft = crate::referrals::composes(house, &crate::referrals::assesses(house), &to_milo());
    let piet = json!({"referrer_id": OtherPhysio.id(), "words": "Paula broke her leg"});
    moves(house, Manager, &draft, "reassign", piet).is(200);
    let number = draft.json["number"].as_str().unwrap();
    let both = [Physio, OtherPhysio].map(|who| format!("{} referral_reassigned", who.email()));
    assert_eq!(told(house, number), both.into(), "Milo knows nothing of it yet");
    assert_eq!(house.count("SELECT count(*) FROM audit_text WHERE text = 'Paula broke her leg'"), 1);
}

/// How often somebody was told something.
fn times(house: &House, who: Who, kind: &str) -> i64 {
    house.count(&format!(
        "SELECT count(*) FROM notification n JOIN staff s ON s.practice_id = n.practice_id AND s.id = n.staff_id \
         WHERE n.kind = '{kind}' AND s.email = '{}'",
        who.email()
    ))
}

on_both!(at_half_time_its_holder_hears_and_in_the_end_the_managers_too);
fn at_half_time_its_holder_hears_and_in_the_end_the_managers_too(house: &House) {
    sent(house, &to_milo());
    let heard = |kind: &str| {
        house.seals();
        house.seals();
        [Physio, OtherMassage, Manager, Owner].map(|who| times(house, who, kind))
    };
    // Three working days from Monday morning.
    house.passes(DAY + DAY / 2 - 1);
    assert_eq!(heard("referral_overdue"), [0, 0, 0, 0]);
    house.passes(1);
    assert_eq!(heard("referral_overdue"), [0, 1, 0, 0], "half the time is gone");
    house.passes(DAY + DAY / 2 - 1);
    assert_eq!(heard("referral_overdue"), [0, 1, 0, 0]);
    house.passes(1);
    assert_eq!(heard("referral_overdue"), [0, 2, 1, 1], "all of it");
    house.passes(7 * DAY);
    assert_eq!(heard("referral_overdue"), [0, 2, 1, 1], "nobody is told again");
    assert_eq!(heard("referral_expired"), [1, 1, 1, 1], "five working days later it has come to nothing");
}

on_both!(a_report_that_is_not_reviewed_is_its_referrers_and_in_the_end_the_managers_too);
fn a_report_that_is_not_reviewed_is_its_referrers_and_in_the_end_the_managers_too(house: &House) {
    reported(house);
    let heard = || {
        house.seals();
        house.seals();
        [Physio, OtherMassage, Manager, Owner].map(|who| times(house, who, "report_not_reviewed"))
    };
    // Five working days from Monday morning.
    house.passes(2 * DAY + DAY / 2 - 1);
    assert_eq!(heard(), [0, 0, 0, 0]);
    house.passes(1);
    assert_eq!(heard(), [1, 0, 0, 0]);
    house.passes(4 * DAY + DAY / 2 - 1);
    assert_eq!(heard(), [1, 0, 0, 0]);
    house.passes(1);
    assert_eq!(heard(), [2, 0, 1, 1], "a weekend lay between");
    assert_eq!([Physio, OtherMassage].map(|who| times(house, who, "referral_overdue")), [0, 0], "it has its own kind");
}

/// Mara, who treats Ana too, raises a red flag.
fn raises_a_flag(house: &House) {
    let flag = json!({"kind": "red_flag", "what": "Numb legs", "severity": "absolute", "bars": {"techniques": []}});
    house.as_(Massage).post(&ana("/safety-items"), flag).is(201);
}

on_both!(a_red_flag_reaches_whoever_takes_part_in_an_open_referral);
fn a_red_flag_reaches_whoever_takes_part_in_an_open_referral(house: &House) {
    let told = || [Physio, OtherMassage, OtherPhysio, Manager].map(|who| times(house, who, "red_flag"));
    let referral = sent(house, &to_milo());
    raises_a_flag(house);
    assert_eq!(told(), [1, 1, 0, 0], "Milo is not on the care team, and is asked to see her");
    let no = json!({"reason": "no_capacity"});
    moves(house, OtherMassage, &referral, "decline", no).is(200);
    raises_a_flag(house);
    assert_eq!(told(), [2, 1, 0, 0], "it is no longer his");
}

on_both!(a_pool_finds_a_red_flag_on_what_waits_there_and_is_not_called_together);
fn a_pool_finds_a_red_flag_on_what_waits_there_and_is_not_called_together(house: &House) {
    let referral = sent(house, &to_pool(house));
    raises_a_flag(house);
    assert_eq!([Physio, OtherMassage].map(|who| times(house, who, "red_flag")), [1, 0]);
    let seen = reads(house, OtherMassage, &referral).is(200);
    assert_eq!(seen.json["safety_items"][0]["what"], "Numb legs", "whoever looks at it sees it first: {seen}");
    let received = moves(house, OtherMassage, &referral, "receive", None).is(200);
    raises_a_flag(house);
    assert_eq!([Physio, OtherMassage].map(|who| times(house, who, "red_flag")), [2, 1], "now it is his");
    let items = received.json["safety_items"].as_array().map(Vec::len);
    assert_eq!(items, Some(1), "{}", Value::clone(&received.json));
}
