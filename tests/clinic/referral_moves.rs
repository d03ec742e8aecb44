//! Every move in every state by everyone: what the table lists is done, and of the rest nothing stays but that it was refused.

use serde_json::{Value, json};
use strum::IntoEnumIterator;
use tandem::actor::Discipline;
use tandem::chart::ReferralState as S;
use tandem::ids::{Id, ReferralId};
use tandem::referrals::rules::{Once, Part, ReferralMove as M, STEPS, Step, To};

use crate::house::{Answer, Client, House, LaidReferral, MORNING, Patient, Practice, Who, lay_referral, on_both};
use crate::referrals::said;

const DAY: i64 = 24 * 3_600;

/// Where refusals are written down, which leave nothing else.
const LOG: [&str; 7] =
    ["audit_pending", "audit_event", "audit_subject", "audit_text", "audit_leaf", "audit_tile", "audit_checkpoint"];

/// Whom Paula refers Beat to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// Milo, by name.
    Milo,
    /// The pool of Mara's and Milo's site; whoever has taken it from there is Milo.
    Pool,
}

impl Target {
    /// Whether Milo has taken it in this state.
    const fn taken(self, state: S) -> bool {
        match state {
            S::Draft | S::Sent | S::Expired => false,
            // By name he asks, or declines, without having taken it.
            S::NeedsInfo | S::Declined => matches!(self, Self::Pool),
            _ => true,
        }
    }
}

/// How somebody stands to the referrals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Referrer,
    /// Covers for the referrer.
    InReferrersPlace,
    /// Whom it names, or who has taken it.
    Answering,
    /// Covers for them, and works at another site.
    InAnsweringPlace,
    /// Practises the discipline at the site of the pool.
    AtTheSite,
    Receptionist,
    Manager,
    /// Had treated the patient, works at another site, practises another discipline, looks after privacy, or works elsewhere.
    Other,
}

impl Standing {
    /// The parts that they play.
    fn parts(self, state: S, target: Target) -> Vec<Part> {
        let in_pool = state == S::Sent && target == Target::Pool;
        match self {
            Self::Referrer => vec![Part::Referrer],
            // Nobody sends another's draft.
            Self::InReferrersPlace if state != S::Draft => vec![Part::Referrer],
            Self::Answering | Self::InAnsweringPlace if target.taken(state) => vec![Part::Owner],
            Self::Answering | Self::InAnsweringPlace if target == Target::Milo => vec![Part::Named],
            Self::Answering | Self::InAnsweringPlace | Self::AtTheSite if in_pool => vec![Part::Pool],
            Self::Receptionist => vec![Part::Reception],
            Self::Manager => vec![Part::Manager],
            _ => Vec::new(),
        }
    }
}

/// Somebody who tries everything.
struct Person {
    called: String,
    token: String,
    stands: Standing,
}

impl Person {
    fn calls<'h>(&self, house: &'h House) -> Client<'h> {
        house.stranger().header("Authorization", format!("Bearer {}", self.token)).if_match(1)
    }

    fn tries(&self, house: &House, id: ReferralId, step: M, report: &Answer) -> Answer {
        match step {
            M::Discard => self.calls(house).delete(&format!("/referrals/{id}")),
            _ => self.calls(house).post(&path(id, step), body_of(step, report)),
        }
    }

    /// What the table lists for them.
    fn may(&self, state: S, step: M, target: Target) -> Option<&'static Step> {
        let parts = self.stands.parts(state, target);
        STEPS.iter().find(|listed| {
            (listed.from, listed.step) == (state, step)
                && listed.once != Once::Silent
                && listed.by.iter().any(|by| parts.contains(by))
        })
    }
}

fn path(id: ReferralId, step: M) -> String {
    format!("/referrals/{id}/{}", step.to_string().replace('_', "-"))
}

/// What somebody sends with a move; `report` is a signed note of Milo's about Beat.
pub fn body_of(step: M, report: &Answer) -> Option<Value> {
    Some(match step {
        M::RequestInfo | M::Answer | M::AskFurther | M::Close | M::RequestCancel => said("Because"),
        M::Decline | M::Cancel => json!({"reason": "duplicate"}),
        M::Schedule => json!({"first_visit_at": MORNING.plus_seconds(DAY)}),
        M::ReturnReport => json!({"note_id": report.id(), "result": "answered"}),
        M::Reassign => json!({"referrer_id": Who::OtherPhysio.id(), "words": "On leave"}),
        _ => return None,
    })
}

/// The moves that people make.
fn moves() -> impl Iterator<Item = M> {
    M::iter().filter(|step| STEPS.iter().any(|listed| listed.step == *step && listed.by != [Part::Program]))
}

/// A practice in which everyone is there who could stand in some way to a referral of Beat's.
struct Stage<'h> {
    house: &'h House,
    people: Vec<Person>,
    report: Answer,
    laid: std::cell::Cell<u16>,
}

impl<'h> Stage<'h> {
    fn set(house: &'h House) -> Self {
        house.joins(Who::Physio, Patient::Beat);
        let report = house.signs_a_visit(Who::OtherMassage, Patient::Beat);
        let known = [
            (Who::Physio, Standing::Referrer),
            (Who::OtherPhysio, Standing::InReferrersPlace),
            (Who::OtherMassage, Standing::Answering),
            (Who::Massage, Standing::AtTheSite),
            (Who::Receptionist, Standing::Receptionist),
            (Who::Manager, Standing::Manager),
            (Who::Owner, Standing::Manager),
            (Who::PrivacyOfficer, Standing::Other),
            (Who::Elsewhere, Standing::Other),
        ];
        let token = |who: Who| who.token(&house.keys, house.clock.now());
        let known = known.map(|(who, stands)| Person { called: format!("{who:?}"), token: token(who), stands });
        let site = house.as_(Who::Manager).post("/sites", json!({"name": "Harbour"})).is(201);
        let (nora, in_his_place) = hires(house, "nora", Standing::InAnsweringPlace, &site);
        let (mona, formerly) = hires(house, "mona", Standing::Other, &site);
        let (_, never) = hires(house, "max", Standing::Other, &site);
        let booked = json!({"staff_id": mona, "visit_date": "2026-03-02"});
        let booked =
            house.as_(Who::Manager).post(&format!("/patients/{}/care-team", Patient::Beat.id()), booked).is(201);
        formerly.calls(house).delete(&format!("/care-team/{}", booked.id())).is(204);
        covers(house, &json!(Who::Physio.id()), &json!(Who::OtherPhysio.id()));
        covers(house, &json!(Who::OtherMassage.id()), &nora);
        // Only then is her draft for a manager to give to somebody else.
        let paula = format!("/staff/{}", Who::Physio.id());
        house.as_(Who::Manager).if_match(1).patch(&paula, json!({"away_until": "2026-03-20"})).is(200);
        let people = known.into_iter().chain([in_his_place, formerly, never]).collect();
        Self { house, people, report, laid: std::cell::Cell::new(0) }
    }

    fn lays(&self, state: S, target: Target) -> ReferralId {
        let number = self.laid.replace(self.laid.get() + 1).to_be_bytes();
        let mut ten = [0x77; 10];
        ten[8..].copy_from_slice(&number);
        let laid = LaidReferral {
            practice: Practice::Lakeside.id(),
            patient: Patient::Beat.id(),
            referrer: Who::Physio.id(),
            discipline: Discipline::Massage,
            site: (target == Target::Pool).then(|| Practice::Lakeside.site()),
            named: (target == Target::Milo).then(|| Who::OtherMassage.id()),
            owner: target.taken(state).then(|| Who::OtherMassage.id()),
            state,
            report: (state == S::ReportReturned).then(|| self.report.id().parse().unwrap()),
            at: MORNING,
        };
        lay_referral(&mut self.house.database.owner(), Id::new(MORNING, ten), &laid)
    }

    /// Every state, sent to either.
    fn states() -> impl Iterator<Item = (S, Target)> {
        S::iter().flat_map(|state| [(state, Target::Milo), (state, Target::Pool)])
    }
}

/// A massage therapist of that site is taken on, and signs in.
fn hires(house: &House, name: &str, stands: Standing, site: &Answer) -> (Value, Person) {
    let email = format!("{name}@lakeside.example");
    let new = json!({"name": name, "email": email, "roles": ["massage_therapist"], "site_id": site.id()});
    let hired = house.as_(Who::Manager).post("/staff", new).is(201);
    let password = "nine wrens in the reeds";
    let accepts = json!({"token": hired.json["invitation"]["token"], "password": password});
    house.stranger().post("/invitations/accept", accepts).is(204);
    let tokens = house.stranger().post("/auth/login", json!({"email": email, "password": password})).is(200);
    let token = tokens.json["access_token"].as_str().unwrap().to_owned();
    (hired.json["id"].clone(), Person { called: name.to_owned(), token, stands })
}

fn covers(house: &House, from: &Value, to: &Value) {
    let now = house.clock.now();
    let cover = json!({"from_staff": from, "to_staff": to, "from": now, "until": now.plus_seconds(5 * DAY)});
    house.as_(Who::Manager).post("/cover", cover).is(201);
}

fn refusals(house: &House) -> i64 {
    house.count("SELECT count(*) FROM audit_event WHERE outcome = 'refused'")
}

on_both!(what_the_table_does_not_list_leaves_nothing_but_the_refusals_event);
fn what_the_table_does_not_list_leaves_nothing_but_the_refusals_event(house: &House) {
    let stage = Stage::set(house);
    let laid: Vec<_> = Stage::states().map(|(state, target)| (state, target, stage.lays(state, target))).collect();
    house.seals();
    let (before, refused) = (house.database.contents(&LOG), refusals(house));
    let (people, report, laid) = (&stage.people, &stage.report, &laid);
    // All of them at once, each trying everything.
    let tried: i64 = std::thread::scope(|scope| {
        let each: Vec<_> =
            people.iter().map(|person| scope.spawn(move || is_refused(house, person, laid, report))).collect();
        each.into_iter().map(|tries| tries.join().unwrap()).sum()
    });
    assert!(tried > 5_000, "{tried}");
    assert_eq!(refusals(house) - refused, tried, "each left its event");
    for (table, rows) in house.database.contents(&LOG) {
        assert_eq!(rows, before[&table], "{table} changed");
    }
}

/// Tries what is not theirs to do with each of the referrals; how much that was.
fn is_refused(house: &House, person: &Person, laid: &[(S, Target, ReferralId)], report: &Answer) -> i64 {
    let mut tried = 0;
    for (state, target, id) in laid {
        for step in moves().filter(|step| person.may(*state, *step, *target).is_none()) {
            let answer = person.tries(house, *id, step, report);
            let told = format!("{state} to {target:?}, {step} by {}: {answer}", person.called);
            assert!([403, 404, 409].contains(&answer.status), "{told}");
            let allowed = answer.json["allowed"].as_array().into_iter().flatten();
            assert!(!allowed.clone().any(|allowed| *allowed == json!(step)), "{told}");
            for allowed in allowed {
                let allowed: M = allowed.as_str().unwrap().parse().unwrap();
                assert!(person.may(*state, allowed, *target).is_some(), "{allowed} is told to be theirs: {told}");
            }
            tried += 1;
        }
    }
    tried
}

on_both!(what_the_table_lists_is_done_by_each_whom_it_lists);
fn what_the_table_lists_is_done_by_each_whom_it_lists(house: &House) {
    let stage = Stage::set(house);
    let mut done: Vec<(S, M)> = Vec::new();
    for (state, target) in Stage::states() {
        for (step, person) in moves().flat_map(|step| stage.people.iter().map(move |person| (step, person))) {
            let Some(listed) = person.may(state, step, target) else { continue };
            let answer = person.tries(house, stage.lays(state, target), step, &stage.report);
            let told = format!("{state} to {target:?}, {step} by {}: {answer}", person.called);
            let to = match listed.to {
                To::State(to) => Some(to),
                To::Back if target.taken(state) => Some(S::Received),
                To::Back => Some(S::Sent),
                To::Same => Some(state),
                To::Gone => None,
            };
            assert_eq!(answer.status, if to.is_some() { 200 } else { 204 }, "{told}");
            assert_eq!(answer.json.get("state"), to.map(|to| json!(to)).as_ref(), "{told}");
            done.push((state, step));
        }
    }
    for listed in STEPS.iter().filter(|listed| listed.by != [Part::Program] && listed.once != Once::Silent) {
        assert!(done.contains(&(listed.from, listed.step)), "nobody did {} out of {}", listed.step, listed.from);
    }
    let milo = &stage.people[2];
    for step in M::iter().filter(|step| moves().all(|by_people| by_people != *step)) {
        milo.tries(house, stage.lays(S::ReportReturned, Target::Milo), step, &stage.report).is(404);
    }
}
