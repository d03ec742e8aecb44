//! Everybody at once: one of two saves wins, one of two signatures counts, and whoever loses access reads nothing after.

use std::collections::BTreeMap;
use std::sync::Barrier;

use serde_json::{Value, json};
use tandem::audit::{By, Event, Outcome};
use tandem::ids::{PatientId, StaffId};
use tandem::policy::Action;

use crate::house::{Answer, House, MORNING, Patient, Practice, Who, new_visit, on_both, visit};

/// How often two meet.
const MEETINGS: usize = 40;
/// How often access ends while it is used.
const ENDINGS: usize = 12;
/// What whoever loses access does meanwhile, each in a thread of their own.
const READERS: usize = 3;
/// Calls of one reader, should access never end.
const MOST_CALLS: usize = 400;

/// Runs all of them at the same moment, each in a thread of its own.
fn at_once<'s, T: Send>(all: Vec<Box<dyn FnOnce() -> T + Send + 's>>) -> Vec<T> {
    let begin = Barrier::new(all.len());
    std::thread::scope(|scope| {
        let begin = &begin;
        let started: Vec<_> = all
            .into_iter()
            .map(|one| {
                scope.spawn(move || {
                    begin.wait();
                    one()
                })
            })
            .collect();
        started.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

/// The two answers of two calls made at the same moment, the lower status first.
fn two_at_once<'s>(call: impl Fn(usize) -> Answer + Sync + 's) -> [Answer; 2] {
    let call = &call;
    let mut answers: [Answer; 2] =
        at_once((0..2).map(|which| Box::new(move || call(which)) as Box<dyn FnOnce() -> Answer + Send>).collect())
            .try_into()
            .unwrap();
    answers.sort_by_key(|answer| answer.status);
    answers
}

fn saying(text: &str) -> Value {
    let mut body = visit();
    body["subjective"]["text"] = json!(text);
    body
}

fn begins_a_note(house: &House) -> Answer {
    house.as_(Who::Physio).post(&format!("/patients/{}/notes", Patient::Ana.id()), new_visit()).is(201)
}

on_both!(of_two_saves_at_once_one_wins_and_the_other_sees_it);
fn of_two_saves_at_once_one_wins_and_the_other_sees_it(house: &House) {
    let draft = begins_a_note(house);
    let note = format!("/notes/{}", draft.id());
    let mut version = draft.version();
    for meeting in 0..MEETINGS {
        let [saved, stale] = two_at_once(|which| {
            let words = saying(&format!("Meeting {meeting}, window {which}"));
            let save = json!({"service_at": MORNING, "body": words});
            house.as_(Who::Physio).if_match(version).put(&note, save)
        });
        let (saved, stale) = (saved.is(200), stale.is(412).refused("stale_version"));
        version += 1;
        assert_eq!(saved.version(), version);
        assert_eq!(stale.json["current"], saved.json, "the other is shown what won");
        let stands = house.as_(Who::Physio).get(&note).is(200);
        assert_eq!(stands.json["body"], saved.json["body"], "and nothing else stands");
    }
}

on_both!(of_two_signatures_at_once_one_counts);
fn of_two_signatures_at_once_one_counts(house: &House) {
    for _ in 0..MEETINGS / 2 {
        let draft = begins_a_note(house);
        let sign = format!("/notes/{}/sign", draft.id());
        let [signed, stale] = two_at_once(|_| house.as_(Who::Physio).if_match(draft.version()).post(&sign, None));
        let (signed, stale) = (signed.is(200), stale.is(412).refused("stale_version"));
        assert_eq!((&signed.json["state"], &signed.json["current_version"]), (&json!("signed"), &json!(1)));
        assert_eq!(stale.json["current"]["hash"], signed.json["hash"]);
    }
    let versions = house.count("SELECT COUNT(*) FROM note_version");
    assert_eq!(versions, i64::try_from(MEETINGS / 2).unwrap());
}

on_both!(of_a_save_and_a_signature_at_once_what_was_read_is_signed);
fn of_a_save_and_a_signature_at_once_what_was_read_is_signed(house: &House) {
    for _ in 0..MEETINGS / 2 {
        let draft = begins_a_note(house);
        let note = format!("/notes/{}", draft.id());
        let [done, stale] = two_at_once(|which| {
            let call = house.as_(Who::Physio).if_match(draft.version());
            match which {
                0 => call.put(&note, json!({"service_at": MORNING, "body": saying("One more word")})),
                _ => call.post(&format!("{note}/sign"), None),
            }
        });
        let (done, _) = (done.is(200), stale.is(412));
        let mut stands = house.as_(Who::Physio).get(&note).is(200);
        // They come with every reading.
        stands.json.as_object_mut().unwrap().remove("safety_items");
        assert_eq!(stands.json, done.json, "only what answered 200 happened");
        if stands.json["state"] == "signed" {
            assert_eq!(stands.json["body"], draft.json["body"], "nobody signs words they have not read");
        }
    }
}

on_both!(the_same_key_twice_at_once_begins_one_note);
fn the_same_key_twice_at_once_begins_one_note(house: &House) {
    let notes = format!("/patients/{}/notes", Patient::Ana.id());
    for meeting in 0..MEETINGS {
        let key = format!("visit-{meeting}");
        let [first, second] = two_at_once(|_| house.as_(Who::Physio).key(&key).post(&notes, new_visit()));
        let (first, second) = (first.is(201), second.is(201));
        assert_eq!(first.id(), second.id(), "both are told of the same note");
    }
    assert_eq!(house.count("SELECT COUNT(*) FROM note"), i64::try_from(MEETINGS).unwrap());
}

on_both!(of_two_who_start_treating_at_once_with_one_key_there_is_one_membership);
fn of_two_who_start_treating_at_once_with_one_key_there_is_one_membership(house: &House) {
    let start = format!("/patients/{}/start-treating", Patient::Beat.id());
    for _ in 0..MEETINGS / 2 {
        let answers = two_at_once(|_| house.as_(Who::Physio).post(&start, json!({"reason": "Walk-in"})));
        let [joined, already] = answers;
        let (joined, _) = (joined.is(201), already.is(409).refused("already_exists"));
        house.as_(Who::Physio).delete(&format!("/care-team/{}", joined.id())).is(204);
    }
}

on_both!(many_writers_on_one_chart_are_all_answered, &[("database.writers", "6")]);
fn many_writers_on_one_chart_are_all_answered(house: &House) {
    // Each signature extends the same membership: on PostgreSQL they are not serializable with each other.
    let sign = |who: Who| {
        move || {
            let statuses = (0..8).flat_map(|_| {
                let notes = format!("/patients/{}/notes", Patient::Ana.id());
                let mut new = new_visit();
                if who == Who::Massage {
                    new["body"]["assessment"] = json!({"clinical_impression": "Tense"});
                    new["body"]["treatment"][0]["technique"] = json!("swedish_massage");
                }
                let draft = house.as_(who).post(&notes, new).is(201);
                let sign = format!("/notes/{}/sign", draft.id());
                [draft.status, house.as_(who).if_match(draft.version()).post(&sign, None).status]
            });
            statuses.collect::<Vec<_>>()
        }
    };
    let everybody = [Who::Physio, Who::Physio, Who::Physio, Who::Massage, Who::Massage, Who::Massage];
    let answers = at_once(everybody.map(|who| Box::new(sign(who)) as Box<dyn FnOnce() -> Vec<u16> + Send>).into());
    let odd: Vec<_> = answers.into_iter().flatten().filter(|status| !matches!(status, 200 | 201)).collect();
    assert_eq!(odd, [0_u16; 0], "a conflict is the program's to settle, not the caller's");
}

/// A way of losing access to Ana's record, and of getting it back.
struct Ending {
    /// Who loses it.
    who: Who,
    /// Gives access; what [`Self::end`] needs to know.
    give: fn(&House, Who) -> String,
    /// Ends it.
    end: fn(&House, Who, &str) -> Answer,
    /// The event of the end.
    action: Action,
}

/// What somebody with access keeps asking for.
fn ask(house: &House, who: Who, number: usize, note: &str) -> Answer {
    let patient = Patient::Ana.id();
    match number % 5 {
        0 => house.as_(who).get(note),
        1 => house.as_(who).get(&format!("/patients/{patient}/notes")),
        2 => house.as_(who).get(&format!("{note}/versions/1")),
        3 => house.as_(who).post(&format!("/patients/{patient}/notes"), new_visit()),
        _ => house.as_(who).get(&format!("{note}/diff?from=1&to=1")),
    }
}

/// Ends access while it is used, many times; then lets the sealed log tell in which order it all was.
fn ends_while_it_is_used(house: &House, ending: &Ending) {
    let signed = house.signs_a_visit(Who::Physio, Patient::Ana);
    let note = format!("/notes/{}", signed.id());
    let (who, mut answered) = (ending.who, BTreeMap::new());
    for round in 0..ENDINGS {
        let known = (ending.give)(house, who);
        // The log tells by this event that access is there.
        house.as_(Who::Manager).get("/settings").is(200);
        ask(house, who, 0, &note).is(200);
        let mut all: Vec<Box<dyn FnOnce() -> Vec<Answer> + Send>> = Vec::new();
        for reader in 0..READERS {
            let note = &note;
            all.push(Box::new(move || {
                let mut answers = Vec::new();
                for number in 0..MOST_CALLS {
                    let answer = ask(house, who, reader + number, note);
                    let over = matches!(answer.status, 401 | 403);
                    answers.push(answer);
                    if over {
                        break;
                    }
                }
                answers
            }));
        }
        all.push(Box::new(move || {
            // By then the others are in the middle of it, further in every round.
            for _ in 0..round {
                house.as_(Who::Manager).get("/settings").is(200);
            }
            let answer = (ending.end)(house, who, &known);
            assert!(matches!(answer.status, 200 | 204), "{answer}");
            Vec::new()
        }));
        let answers: Vec<Answer> = at_once(all).into_iter().flatten().collect();
        assert!((READERS..READERS * MOST_CALLS).contains(&answers.len()), "access ended for all of them");
        answered.extend(answers.into_iter().map(|answer| (answer.request_id.clone(), answer)));
        assert!(matches!(ask(house, who, 0, &note).status, 401 | 403), "once it is answered it holds");
    }
    let events = house.sealed_events(Practice::Lakeside);
    nothing_follows_the_end(&events, ending.action, who.id(), Patient::Ana.id());
    every_answer_has_its_event(&events, &answered);
    house.verify_from_outside(Practice::Lakeside);
}

/// Fails if the log has somebody do something in the patient's record after the event by which their access ended.
fn nothing_follows_the_end(events: &[Event], end: Action, who: StaffId, patient: PatientId) {
    let (mut ended, mut endings, mut done) = (true, 0, 0);
    let rounds = events.iter().skip_while(|event| event.action != Action::ReadSettings);
    for event in rounds.filter(|event| event.outcome == Outcome::Done) {
        if event.action == end {
            // The same action may have given access before the round.
            endings += usize::from(!ended);
            ended = true;
        } else if event.action == Action::ReadSettings {
            ended = false;
        } else if matches!(event.actor, By::Staff { staff, .. } if staff == who)
            && event.subjects.contains(&patient)
            && event.action != Action::StartTreating
            // Whoever has left keeps sight of what they wrote themselves.
            && event.code != "former"
        {
            assert!(!ended, "after the end of their access: {event:?}");
            done += 1;
        }
    }
    assert_eq!(endings, ENDINGS);
    assert!(done > ENDINGS * 2, "there was something to race with: {done}");
}

fn every_answer_has_its_event(events: &[Event], answered: &BTreeMap<String, Answer>) {
    let outcomes: BTreeMap<&str, Outcome> =
        events.iter().map(|event| (event.request.as_str(), event.outcome)).collect();
    for (id, answer) in answered {
        let expected = match answer.status {
            200 | 201 => Some(Outcome::Done),
            403 => Some(Outcome::Refused),
            // Nobody known: counted, not recorded one by one.
            401 => None,
            status => panic!("answered {status}: {answer}"),
        };
        assert_eq!(outcomes.get(id.as_str()).copied(), expected, "{answer}");
    }
}

on_both!(leaving_the_care_team_while_reading);
fn leaving_the_care_team_while_reading(house: &House) {
    ends_while_it_is_used(
        house,
        &Ending {
            who: Who::OtherPhysio,
            give: |house, who| {
                let start = format!("/patients/{}/start-treating", Patient::Ana.id());
                house.as_(who).post(&start, json!({"reason": "Walk-in"})).is(201).id().to_owned()
            },
            end: |house, who, membership| house.as_(who).delete(&format!("/care-team/{membership}")),
            action: Action::LeaveCareTeam,
        },
    );
}

on_both!(a_cover_ends_while_the_stand_in_reads);
fn a_cover_ends_while_the_stand_in_reads(house: &House) {
    ends_while_it_is_used(
        house,
        &Ending {
            who: Who::OtherPhysio,
            give: |house, who| {
                let cover = json!({"from_staff": Who::Physio.id(), "to_staff": who.id(), "from": MORNING,
                    "until": MORNING.plus_seconds(86_400)});
                house.as_(Who::Manager).post("/cover", cover).is(201).id().to_owned()
            },
            end: |house, _, cover| house.as_(Who::Manager).delete(&format!("/cover/{cover}")),
            action: Action::EndCover,
        },
    );
}

/// Gives somebody these roles.
fn has_roles(house: &House, who: Who, roles: &Value) -> Answer {
    let staff = format!("/staff/{}", who.id());
    let version = house.as_(Who::Manager).get(&staff).is(200).version();
    house.as_(Who::Manager).if_match(version).patch(&staff, json!({"roles": roles}))
}

on_both!(a_role_is_taken_while_its_holder_reads);
fn a_role_is_taken_while_its_holder_reads(house: &House) {
    ends_while_it_is_used(
        house,
        &Ending {
            who: Who::Physio,
            give: |house, who| has_roles(house, who, &json!(["physiotherapist"])).is(200).text,
            end: |house, who, _| has_roles(house, who, &json!(["receptionist"])),
            action: Action::ChangeStaff,
        },
    );
}

/// Undoes, past the program, what ended somebody's access.
fn comes_back(house: &House, who: Who) -> String {
    let of = format!("(SELECT id FROM staff WHERE email = '{}')", who.email());
    house.sql(&format!("UPDATE staff SET active = TRUE WHERE id = {of}")).unwrap();
    house.sql(&format!("UPDATE session SET ended_at = NULL WHERE staff_id = {of}")).unwrap();
    String::new()
}

on_both!(somebody_is_deactivated_while_they_read, &[("auth.throttle.address_failures", "10000")]);
fn somebody_is_deactivated_while_they_read(house: &House) {
    ends_while_it_is_used(
        house,
        &Ending {
            who: Who::Physio,
            give: comes_back,
            end: |house, who, _| {
                let staff = format!("/staff/{}", who.id());
                let version = house.as_(Who::Manager).get(&staff).is(200).version();
                house.as_(Who::Manager).if_match(version).post(&format!("{staff}/deactivate"), None)
            },
            action: Action::DeactivateStaff,
        },
    );
}

on_both!(a_session_ends_while_it_is_read_in, &[("auth.throttle.address_failures", "10000")]);
fn a_session_ends_while_it_is_read_in(house: &House) {
    ends_while_it_is_used(
        house,
        &Ending {
            who: Who::Physio,
            give: comes_back,
            end: |house, who, _| house.as_(who).post("/auth/logout", None),
            action: Action::SignOut,
        },
    );
}
