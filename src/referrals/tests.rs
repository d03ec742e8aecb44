//! The life of a referral, every state with every move and every part, and its clocks.

use std::collections::{BTreeSet, HashSet};

use strum::IntoEnumIterator;

use super::rules::{
    Clocks, Due, Interrupted, Once, Part, ReferralMove, SILENCE, STEPS, Standing, Stopped, Terms, To, Urgency, diagram,
    following, may_report,
};
use crate::calendar::{Calendar, DAY, WorkingDays};
use crate::chart::ReferralState;
use crate::clock::{Date, Timestamp};
use crate::error::Code;
use crate::referral_state::Holder;

fn standing(state: ReferralState) -> Standing {
    Standing { state, came_from: None, silent: false, referrer_absent: true, visit_ahead: false }
}

fn at(text: &str) -> Timestamp {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc().into()
}

fn zurich() -> Calendar {
    Calendar::new("Europe/Zurich", WorkingDays::MONDAY_TO_FRIDAY, [])
}

const SOON: Terms = Terms { urgency: Urgency::Soon, target_date: None, last_session_on: None };

#[test]
fn the_diagram_in_the_docs_is_the_table() {
    crate::generated::stands_in("referrals.md", "referrals", &diagram());
}

#[test]
fn what_the_table_does_not_list_is_refused_with_what_it_does() {
    for state in ReferralState::iter() {
        for part in Part::iter() {
            let allowed = standing(state).allowed(&[part]);
            for wanted in ReferralMove::iter() {
                let made = standing(state).make(wanted, &[part]);
                let listed = STEPS.iter().any(|step| {
                    (step.from, step.step) == (state, wanted) && step.by.contains(&part) && step.once != Once::Silent
                });
                assert_eq!(made.is_ok(), listed, "{state} {wanted} {part}");
                assert_eq!(allowed.contains(&wanted), listed, "{state} {wanted} {part}");
                if let Err(refused) = made {
                    assert_eq!(refused.code, Code::WrongState);
                    let words: Vec<&str> = allowed.iter().copied().map(Into::into).collect();
                    assert_eq!(refused.allowed, words, "{state} {wanted} {part}");
                }
            }
        }
    }
}

#[test]
fn a_move_is_listed_once_for_each_state() {
    let listed: HashSet<_> = STEPS.iter().map(|step| (step.from, step.step)).collect();
    assert_eq!(listed.len(), STEPS.len());
}

#[test]
fn a_report_is_written_once_it_is_accepted_and_until_it_is_returned() {
    let reports: Vec<_> = ReferralState::iter().filter(|state| may_report(*state)).collect();
    assert_eq!(reports, [ReferralState::Accepted, ReferralState::Scheduled, ReferralState::InProgress]);
}

#[test]
fn what_follows_from_a_note_or_the_clock_is_in_the_table_for_that_part() {
    use ReferralMove::{Cancel, Expire, ReturnReport, Start};
    assert_eq!(following(ReferralState::Scheduled, Start, Part::Owner), Some(ReferralState::InProgress));
    assert_eq!(following(ReferralState::Scheduled, Start, Part::Program), None, "nobody starts without the owner");
    assert_eq!(following(ReferralState::Scheduled, ReturnReport, Part::Owner), None);
    assert_eq!(following(ReferralState::Closed, Expire, Part::Program), None);
    let silent_only = following(ReferralState::CancelRequested, Cancel, Part::Referrer);
    assert_eq!(silent_only, None, "whether it was silent is not known here");
}

#[test]
fn what_is_over_stays_over_and_the_rest_has_a_holder() {
    for state in ReferralState::iter() {
        let over = state.holder() == Holder::Nobody;
        assert_eq!(over, !ReferralState::UNFINISHED.contains(&state), "{state}");
        assert_eq!(over, STEPS.iter().all(|step| step.from != state), "{state}");
    }
}

/// Whoever is gone, with all the parts they held, those who are left bring it to an end by moves of their own. Only a manager
/// is always left: the last one stays, as the tests of `staff` prove.
#[test]
fn no_state_is_a_dead_end_whoever_is_gone() {
    for gone in held_by_one() {
        for there in ReferralState::iter().flat_map(casts) {
            let left = there.parts.iter().copied().filter(|part| *part == Part::Manager || !gone.contains(part));
            let left = Cast { parts: left.collect(), ..there.clone() };
            assert!(leads_to_an_end(&left), "{there:?} without {gone:?}");
        }
    }
}

/// All that one person may be at once: nobody stands on both sides of one referral.
fn held_by_one() -> Vec<HashSet<Part>> {
    let sides = [None, Some(Part::Referrer), Some(Part::Owner), Some(Part::Named), Some(Part::Pool)];
    let offices = [vec![], vec![Part::Reception], vec![Part::Manager], vec![Part::Reception, Part::Manager]];
    sides.iter().flat_map(|side| offices.iter().map(|held| side.iter().chain(held).copied().collect())).collect()
}

/// Where a referral stands, and the parts that somebody plays who is here.
#[derive(Clone, Debug)]
struct Cast {
    state: ReferralState,
    came_from: Option<ReferralState>,
    parts: BTreeSet<Part>,
}

impl Cast {
    /// Whoever answers in this state, if anybody does.
    fn answers(&self) -> Option<Part> {
        use ReferralState as S;
        match (self.state, self.came_from) {
            (S::Draft | S::Declined | S::Expired | S::Closed | S::Cancelled, _) => None,
            (S::Sent, _) | (S::NeedsInfo, Some(S::Sent)) => Some(Part::Named),
            _ => Some(Part::Owner),
        }
    }

    /// Where the moves of those who are here lead; none for a draft that is thrown away. Whoever takes a referral owns it,
    /// and whoever is put in somebody's place is here.
    fn next(&self) -> Vec<Option<Self>> {
        let parts: Vec<_> = self.parts.iter().copied().collect();
        let referrer_absent = !self.parts.contains(&Part::Referrer);
        let now = Standing { silent: true, referrer_absent, came_from: self.came_from, ..standing(self.state) };
        let with =
            |cast: Self, part: Option<Part>| Self { parts: cast.parts.into_iter().chain(part).collect(), ..cast };
        let mut next = Vec::new();
        for wanted in now.allowed(&parts) {
            if wanted == ReferralMove::Reassign {
                next.push(Some(with(self.clone(), Some(Part::Referrer))));
                next.push(Some(with(self.clone(), self.answers())));
                continue;
            }
            next.push(now.make(wanted, &parts).unwrap().1.map(|state| {
                let takes = matches!(wanted, ReferralMove::Accept | ReferralMove::Receive).then_some(Part::Owner);
                let came_from = (state == ReferralState::NeedsInfo).then_some(self.state);
                with(Self { state, came_from, parts: self.parts.clone() }, takes)
            }));
        }
        next
    }
}

/// Those who are there in a state when nobody is gone: asked by name, or from a pool.
fn casts(state: ReferralState) -> Vec<Cast> {
    let came_from = |from| (state == ReferralState::NeedsInfo).then_some(from);
    let offices = [Part::Referrer, Part::Reception, Part::Manager];
    let all = [ReferralState::Sent, ReferralState::Received].map(|from| {
        let cast = Cast { state, came_from: came_from(from), parts: offices.into() };
        Cast { parts: cast.parts.iter().copied().chain(cast.answers()).collect(), ..cast }
    });
    let in_pool = Cast { state, came_from: None, parts: offices.into_iter().chain([Part::Pool]).collect() };
    all.into_iter().chain((state == ReferralState::Sent).then_some(in_pool)).collect()
}

fn leads_to_an_end(from: &Cast) -> bool {
    let mut next = vec![from.clone()];
    let mut seen = HashSet::new();
    while let Some(cast) = next.pop() {
        if cast.state.holder() == Holder::Nobody {
            return true;
        }
        if !seen.insert((cast.state, cast.came_from, cast.parts.clone())) {
            continue;
        }
        for to in cast.next() {
            match to {
                None => return true,
                Some(to) => next.push(to),
            }
        }
    }
    false
}

#[test]
fn in_every_state_that_is_not_over_a_manager_can_put_somebody_else_in_place() {
    for state in ReferralState::UNFINISHED {
        assert!(standing(state).allowed(&[Part::Manager]).contains(&ReferralMove::Reassign), "{state}");
    }
}

#[test]
fn a_draft_is_its_referrers_alone_while_they_are_here() {
    let here = Standing { referrer_absent: false, ..standing(ReferralState::Draft) };
    assert_eq!(here.allowed(&[Part::Manager]), []);
    assert_eq!(standing(ReferralState::Draft).allowed(&[Part::Manager]), [ReferralMove::Reassign]);
    for state in ReferralState::iter().filter(|state| *state != ReferralState::Draft) {
        let here = Standing { referrer_absent: false, ..standing(state) };
        assert_eq!(here.allowed(&[Part::Manager]), standing(state).allowed(&[Part::Manager]), "{state}");
    }
}

#[test]
fn nobody_has_missed_a_visit_that_lies_ahead() {
    for part in [Part::Owner, Part::Reception] {
        let ahead = |state| Standing { visit_ahead: true, ..standing(state) };
        assert!(!ahead(ReferralState::Scheduled).allowed(&[part]).contains(&ReferralMove::NoShow), "{part}");
        let early = ahead(ReferralState::Scheduled).make(ReferralMove::NoShow, &[part]).unwrap_err();
        assert!(early.to_string().contains("lies ahead"), "{early}");
        assert!(ahead(ReferralState::Accepted).allowed(&[part]).contains(&ReferralMove::NoShow), "none is booked");
        assert!(standing(ReferralState::Scheduled).make(ReferralMove::NoShow, &[part]).is_ok());
    }
    let pool = Standing { visit_ahead: true, ..standing(ReferralState::Scheduled) };
    let refused = pool.make(ReferralMove::NoShow, &[Part::Pool]).unwrap_err();
    assert!(!refused.to_string().contains("lies ahead"), "it is not theirs at any time: {refused}");
}

#[test]
fn an_answer_goes_back_where_the_question_came_from() {
    for from in [ReferralState::Sent, ReferralState::Received] {
        let asked = Standing { came_from: Some(from), ..standing(ReferralState::NeedsInfo) };
        let (part, to) = asked.make(ReferralMove::Answer, &[Part::Referrer]).unwrap();
        assert_eq!((part, to), (Part::Referrer, Some(from)));
    }
}

#[test]
fn whoever_asked_to_stop_may_withdraw_after_three_silent_working_days() {
    let asked = standing(ReferralState::CancelRequested);
    assert!(!asked.allowed(&[Part::Referrer]).contains(&ReferralMove::Cancel));
    let silent = Standing { silent: true, ..asked };
    assert!(silent.allowed(&[Part::Referrer]).contains(&ReferralMove::Cancel));
    let friday = at("2026-03-06T10:00:00+01:00");
    let clocks =
        Clocks::default().entering(ReferralState::InProgress, ReferralState::CancelRequested, SOON, friday, &zurich());
    assert_eq!(clocks.due_at, Some(zurich().plus(friday, SILENCE)));
    assert_eq!(clocks.due_at, Some(at("2026-03-11T10:00:00+01:00")));
}

#[test]
fn each_urgency_has_its_limit_and_an_urgent_one_never_expires() {
    let friday = at("2026-03-06T10:00:00+01:00");
    let sent = |urgency| {
        let terms = Terms { urgency, ..SOON };
        Clocks::default().entering(ReferralState::Draft, ReferralState::Sent, terms, friday, &zurich())
    };
    let urgent = sent(Urgency::Urgent);
    assert_eq!(urgent.due_at, Some(at("2026-03-07T10:00:00+01:00")), "Saturday: by the clock");
    assert_eq!((urgent.half_at, urgent.expires_at), (Some(at("2026-03-06T22:00:00+01:00")), None));
    let soon = sent(Urgency::Soon);
    assert_eq!(soon.due_at, Some(at("2026-03-11T10:00:00+01:00")));
    assert_eq!(soon.half_at, Some(at("2026-03-09T22:00:00+01:00")));
    assert_eq!(soon.expires_at, Some(at("2026-03-18T10:00:00+01:00")));
    // Summer time begins on the way.
    assert_eq!(sent(Urgency::Routine).due_at, Some(at("2026-03-20T10:00:00+01:00")));
    assert_eq!(sent(Urgency::Routine).expires_at, Some(at("2026-03-27T10:00:00+01:00")));
}

#[test]
fn the_clock_stands_still_while_information_is_missing() {
    let calendar = zurich();
    let sent = at("2026-03-05T10:00:00+01:00");
    let running = Clocks::default().entering(ReferralState::Draft, ReferralState::Sent, SOON, sent, &calendar);
    let asked = at("2026-03-06T10:00:00+01:00");
    let waiting = running.entering(ReferralState::Sent, ReferralState::NeedsInfo, SOON, asked, &calendar);
    let still = Interrupted { clock: Stopped::Still { due: 2 * DAY, half: DAY / 2 }, overdue: false };
    assert_eq!(waiting.interrupted, Some(still));
    assert_eq!(waiting.expires_at, Some(at("2026-03-20T10:00:00+01:00")), "ten working days to answer");
    let answered = at("2026-03-17T15:00:00+01:00");
    let on = waiting.entering(ReferralState::NeedsInfo, ReferralState::Sent, SOON, answered, &calendar);
    assert_eq!(on.due_at, Some(at("2026-03-19T15:00:00+01:00")));
    assert_eq!(on.half_at, Some(at("2026-03-18T03:00:00+01:00")));
    assert_eq!(on.interrupted, None);
}

#[test]
fn asking_for_information_makes_nothing_that_is_late_less_late() {
    let calendar = zurich();
    let sent = at("2026-03-05T10:00:00+01:00");
    let running = Clocks::default().entering(ReferralState::Draft, ReferralState::Sent, SOON, sent, &calendar);
    assert_eq!(running.due_at, Some(at("2026-03-10T10:00:00+01:00")));
    let late = Clocks { overdue: true, half_at: None, ..running };
    let asked = at("2026-03-12T10:00:00+01:00");
    let waiting = late.entering(ReferralState::Sent, ReferralState::NeedsInfo, SOON, asked, &calendar);
    assert!(
        waiting.late(ReferralState::NeedsInfo) == Some(Due::Answer) && !waiting.overdue,
        "the answer is late still; the referrer has time of their own"
    );
    let answered = at("2026-03-19T10:00:00+01:00");
    let on = waiting.entering(ReferralState::NeedsInfo, ReferralState::Sent, SOON, answered, &calendar);
    assert!(on.overdue && on.half_at.is_none());
    assert_eq!(on.due_at, Some(at("2026-03-17T10:00:00+01:00")), "two working days ago, as when it was asked");
    assert_eq!(on.expires_at, Some(at("2026-03-24T10:00:00+01:00")), "three of its five days are left");
    assert_eq!(on.next_at(), on.expires_at, "nobody is told twice");
    let urgent = Terms { urgency: Urgency::Urgent, ..SOON };
    let late = Clocks { due_at: Some(sent), overdue: true, ..Clocks::default() };
    let hour = 3_600;
    let waiting =
        late.entering(ReferralState::Sent, ReferralState::NeedsInfo, urgent, sent.plus_seconds(hour), &calendar);
    let on =
        waiting.entering(ReferralState::NeedsInfo, ReferralState::Sent, urgent, sent.plus_seconds(5 * hour), &calendar);
    assert_eq!((on.due_at, on.overdue, on.expires_at), (Some(sent.plus_seconds(4 * hour)), true, None));
}

#[test]
fn being_asked_to_stop_wins_no_time_for_the_report() {
    let calendar = zurich();
    let began = at("2026-03-05T10:00:00+01:00");
    let running =
        Clocks::default().entering(ReferralState::Accepted, ReferralState::InProgress, SOON, began, &calendar);
    let asked = at("2026-03-10T10:00:00+01:00");
    let waiting = running.entering(ReferralState::InProgress, ReferralState::CancelRequested, SOON, asked, &calendar);
    let silent = at("2026-03-13T10:00:00+01:00");
    assert_eq!((waiting.due_at, waiting.overdue), (Some(silent), false));
    let told = Clocks { overdue: true, ..waiting };
    let kept = told.entering(ReferralState::CancelRequested, ReferralState::InProgress, SOON, silent, &calendar);
    assert_eq!(kept, running, "the report is due when it was, and nobody was told yet that it is late");
    let late = Clocks { overdue: true, ..running };
    let waiting = late.entering(ReferralState::InProgress, ReferralState::CancelRequested, SOON, silent, &calendar);
    assert!(waiting.late(ReferralState::CancelRequested) == Some(Due::Report) && !waiting.overdue);
    let kept = waiting.entering(ReferralState::CancelRequested, ReferralState::InProgress, SOON, silent, &calendar);
    assert_eq!(kept, late);
}

#[test]
fn another_owner_has_not_been_silent() {
    let calendar = zurich();
    let asked = at("2026-03-05T10:00:00+01:00");
    let running =
        Clocks::default().entering(ReferralState::Accepted, ReferralState::InProgress, SOON, asked, &calendar);
    let waiting = running.entering(ReferralState::InProgress, ReferralState::CancelRequested, SOON, asked, &calendar);
    let silent = Clocks { overdue: true, half_at: None, ..waiting };
    let later = at("2026-03-11T10:00:00+01:00");
    let anew = silent.with_another_owner(ReferralState::CancelRequested, later, &calendar);
    assert_eq!((anew.due_at, anew.overdue), (Some(calendar.plus(later, SILENCE)), false));
    assert_eq!(anew.interrupted, waiting.interrupted, "the report is due as before");
    assert_eq!(running.with_another_owner(ReferralState::InProgress, later, &calendar), running);
}

#[test]
fn booking_a_visit_or_missing_it_wins_no_time() {
    let terms = Terms { target_date: Some(Date::parse("2026-03-10").unwrap()), ..SOON };
    let accepted = at("2026-03-05T10:00:00+01:00");
    let clocks = Clocks::default().entering(ReferralState::Sent, ReferralState::Accepted, terms, accepted, &zurich());
    let late = Clocks { overdue: true, half_at: None, ..clocks };
    let later = at("2026-03-12T10:00:00+01:00");
    for (from, to) in [
        (ReferralState::Accepted, ReferralState::Scheduled),
        (ReferralState::Scheduled, ReferralState::Scheduled),
        (ReferralState::Scheduled, ReferralState::Accepted),
        (ReferralState::Accepted, ReferralState::Accepted),
    ] {
        assert_eq!(late.entering(from, to, terms, later, &zurich()), late, "{from} {to}");
    }
    let begun = late.entering(ReferralState::Scheduled, ReferralState::InProgress, terms, later, &zurich());
    assert_eq!(begun.late(ReferralState::InProgress), None, "the first visit was what was due");
}

#[test]
fn taking_it_out_of_the_pool_and_putting_it_back_wins_no_time() {
    let sent = at("2026-03-05T10:00:00+01:00");
    let running = Clocks::default().entering(ReferralState::Draft, ReferralState::Sent, SOON, sent, &zurich());
    let later = sent.plus_seconds(3600);
    let received = running.entering(ReferralState::Sent, ReferralState::Received, SOON, later, &zurich());
    assert_eq!(received, running);
    assert_eq!(received.entering(ReferralState::Received, ReferralState::Sent, SOON, later, &zurich()), running);
}

#[test]
fn the_report_is_due_five_working_days_after_the_last_planned_session() {
    let began = at("2026-03-05T10:00:00+01:00");
    let terms = Terms { last_session_on: Some(Date::parse("2026-03-31").unwrap()), ..SOON };
    let enters = |terms| {
        Clocks::default().entering(ReferralState::Scheduled, ReferralState::InProgress, terms, began, &zurich())
    };
    // The end of Tuesday, 31 March, is the beginning of Wednesday; five days on that is Wednesday again.
    assert_eq!(enters(terms).due_at, Some(at("2026-04-08T00:00:00+02:00")));
    assert_eq!(
        enters(SOON).due_at,
        Some(at("2026-03-12T10:00:00+01:00")),
        "reckoned from the start where none is planned"
    );
}

#[test]
fn the_next_moment_is_the_earliest_that_is_still_to_come() {
    let moment = |seconds| Some(Timestamp::from_micros(0).plus_seconds(seconds));
    let clocks =
        Clocks { due_at: moment(20), half_at: moment(10), expires_at: moment(30), overdue: false, interrupted: None };
    assert_eq!(clocks.next_at(), moment(10));
    assert_eq!(Clocks { half_at: None, ..clocks }.next_at(), moment(20));
    assert_eq!(Clocks { half_at: None, overdue: true, ..clocks }.next_at(), moment(30));
    assert_eq!(Clocks::default().next_at(), None);
}

#[test]
fn nothing_but_a_draft_is_thrown_away() {
    for step in STEPS.iter().filter(|step| step.to == To::Gone) {
        assert_eq!(step.from, ReferralState::Draft);
    }
}
