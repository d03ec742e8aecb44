//! Which notes a list shows is asked of the database by classes; it must be what the policy says of each note alone.

use std::collections::BTreeMap;

use diesel::prelude::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::json;
use strum::IntoEnumIterator;
use tandem::actor::{Discipline, Role, RoleSet};
use tandem::chart::{Bars, Covers};
use tandem::db::schema::{consent_directive, episode, note, note_version, staff};
use tandem::ids::{DirectiveId, EpisodeId, Id, NoteId, ObjectId};
use tandem::policy::{
    Authorship, NoteClass, NoteFacts, NoteState, Relation, Sharing, Sight, Withheld, visible_classes,
};

use crate::house::{House, MORNING, Patient, Who, on_both};

/// Whose notes there are; [`DEPARTED`] and [`SUPERVISED`] are among them.
const AUTHORS: [Who; 5] = [Who::Physio, Who::OtherPhysio, Who::Massage, Who::OtherMassage, Who::Owner];
const DEPARTED: Who = Who::OtherMassage;
const SUPERVISED: Who = Who::OtherPhysio;

/// Who reads, in which roles, and how they relate to the patient.
const READERS: [(Who, &[Role], Relation); 8] = [
    (Who::Physio, &[Role::Physiotherapist], Relation::CareTeam),
    (Who::Massage, &[Role::MassageTherapist], Relation::CareTeam),
    (Who::OtherPhysio, &[Role::Physiotherapist], Relation::Cover),
    (Who::Owner, &[Role::Manager, Role::Physiotherapist], Relation::Former),
    (Who::Manager, &[Role::Manager], Relation::None),
    (Who::Receptionist, &[Role::Receptionist], Relation::None),
    (Who::PrivacyOfficer, &[Role::PrivacyOfficer], Relation::None),
    (Who::Elsewhere, &[], Relation::None),
];

/// A note as it is laid down.
#[derive(Clone, Copy, Debug)]
struct Laid {
    author: Who,
    state: NoteState,
    discipline: Discipline,
    sharing: Sharing,
    /// Hours before the house opened, few enough that several notes share one.
    hours: i64,
    /// The episode of care it stands in, of which it is the only note.
    episode: Option<EpisodeId>,
}

/// Every combination, and some more, in any order and at any time.
fn rows() -> Vec<Laid> {
    let mut all = Vec::new();
    for state in NoteState::iter() {
        for discipline in Discipline::iter() {
            for sharing in Sharing::iter() {
                all.extend(AUTHORS.map(|author| Laid { author, state, discipline, sharing, hours: 0, episode: None }));
            }
        }
    }
    let more = proptest::collection::vec(proptest::sample::select(all.clone()), 20);
    let shuffled = more.prop_map(move |more| [all.clone(), more].concat()).prop_shuffle();
    let hours = proptest::collection::vec(0..12_i64, 120);
    let tree = (shuffled, hours).new_tree(&mut TestRunner::default()).unwrap();
    let (rows, hours) = tree.current();
    rows.into_iter().zip(hours).map(|(row, hours)| Laid { hours, ..row }).collect()
}

/// Lays notes down past the program.
fn lay_down(house: &House, rows: &[Laid]) -> BTreeMap<NoteId, Laid> {
    let conn = &mut house.database.owner();
    let mut laid = BTreeMap::new();
    for (number, row) in (0_u8..).zip(rows) {
        let (id, practice): (NoteId, _) = (Id::new(MORNING, [number; 10]), Who::Physio.practice().id());
        let signed = matches!(row.state, NoteState::Signed | NoteState::EnteredInError);
        let episode: Option<EpisodeId> = (number % 2 == 0).then(|| Id::new(MORNING.plus_seconds(1), [number; 10]));
        if let Some(episode) = episode {
            diesel::insert_into(episode::table)
                .values((
                    episode::id.eq(episode),
                    episode::practice_id.eq(practice),
                    episode::patient_id.eq(Patient::Ana.id()),
                    episode::opened_by.eq(row.author.id()),
                    episode::opened_at.eq(MORNING),
                    episode::version.eq(1),
                ))
                .execute(conn)
                .unwrap();
        }
        diesel::insert_into(note::table)
            .values((
                note::id.eq(id),
                note::practice_id.eq(practice),
                note::patient_id.eq(Patient::Ana.id()),
                note::author_id.eq(row.author.id()),
                note::discipline.eq(row.discipline),
                note::kind.eq("progress"),
                note::state.eq(row.state),
                note::sharing.eq(row.sharing),
                note::service_at.eq(MORNING.plus_seconds(-3_600 * row.hours)),
                note::created_at.eq(MORNING),
                note::signed_at.eq(signed.then_some(MORNING)),
                note::draft.eq((!signed).then_some("{}")),
                note::current_version.eq(i32::from(signed)),
                note::version.eq(1 + i32::from(signed)),
                note::episode_id.eq(episode),
            ))
            .execute(conn)
            .unwrap();
        if signed {
            diesel::insert_into(note_version::table)
                .values((
                    note_version::practice_id.eq(practice),
                    note_version::note_id.eq(id),
                    note_version::number.eq(1),
                    note_version::body.eq("{}"),
                    note_version::hash.eq(vec![0; 32]),
                    note_version::signed_by.eq(row.author.id()),
                    note_version::signed_at.eq(MORNING),
                ))
                .execute(conn)
                .unwrap();
        }
        laid.insert(id, Laid { episode, ..*row });
    }
    laid
}

/// Brings everybody into the relation that [`READERS`] says.
fn relate(house: &House) {
    let cover = json!({"from_staff": Who::Physio.id(), "to_staff": Who::OtherPhysio.id(), "from": MORNING,
        "until": MORNING.plus_seconds(86_400)});
    house.as_(Who::Manager).post("/cover", cover).is(201);
    let start = format!("/patients/{}/start-treating", Patient::Ana.id());
    let joined = house.as_(Who::Owner).post(&start, json!({"reason": "Walk-in"})).is(201);
    house.as_(Who::Owner).delete(&format!("/care-team/{}", joined.id())).is(204);
    house.sql(&format!("UPDATE staff SET active = FALSE WHERE email = '{}'", DEPARTED.email())).unwrap();
    let conn = &mut house.database.owner();
    diesel::update(staff::table.find((Who::Physio.practice().id(), SUPERVISED.id())))
        .set(staff::supervisor_id.eq(Who::Physio.id()))
        .execute(conn)
        .unwrap();
}

/// A directive as it is laid down on one note.
#[derive(Clone, Copy, Debug)]
struct Decided {
    bars: Bars,
    person: Option<Who>,
    discipline: Option<Discipline>,
    in_force: bool,
}

/// What patients decide, one thing for every few notes.
const DECISIONS: [Decided; 7] = [
    Decided { bars: Bars::Person, person: Some(Who::Physio), discipline: None, in_force: true },
    Decided { bars: Bars::Person, person: Some(Who::Massage), discipline: None, in_force: true },
    Decided { bars: Bars::Person, person: Some(Who::PrivacyOfficer), discipline: None, in_force: true },
    Decided { bars: Bars::Discipline, person: None, discipline: Some(Discipline::Physiotherapy), in_force: true },
    Decided { bars: Bars::Discipline, person: None, discipline: Some(Discipline::Massage), in_force: true },
    Decided { bars: Bars::Everyone, person: None, discipline: None, in_force: true },
    Decided { bars: Bars::Everyone, person: None, discipline: None, in_force: false },
];

/// Lays decisions down on every third of these notes, past the program; on the note's episode where it has one.
fn decide(house: &House, laid: &BTreeMap<NoteId, Laid>) -> BTreeMap<NoteId, Decided> {
    let conn = &mut house.database.owner();
    let practice = Who::Physio.practice().id();
    let mut decided = BTreeMap::new();
    for ((number, (id, row)), decision) in (0_u8..).zip(laid).step_by(3).zip(DECISIONS.into_iter().cycle()) {
        let episode = row.episode;
        let directive: DirectiveId = Id::new(MORNING, [number; 10]);
        let covered: ObjectId = episode.map_or_else(|| id.retype(), Id::retype);
        let ended = (!decision.in_force).then(|| MORNING.plus_seconds(-3_600));
        diesel::insert_into(consent_directive::table)
            .values((
                consent_directive::id.eq(directive),
                consent_directive::practice_id.eq(practice),
                consent_directive::patient_id.eq(Patient::Ana.id()),
                consent_directive::covers.eq(if episode.is_some() { Covers::Episode } else { Covers::Note }),
                consent_directive::covered_id.eq(covered),
                consent_directive::bars.eq(decision.bars),
                consent_directive::staff_id.eq(decision.person.map(Who::id)),
                consent_directive::discipline.eq(decision.discipline),
                consent_directive::starts_at.eq(MORNING.plus_seconds(-7_200)),
                consent_directive::ends_at.eq(ended),
                consent_directive::recorded_by.eq(Who::PrivacyOfficer.id()),
                consent_directive::recorded_at.eq(MORNING),
                consent_directive::version.eq(1),
            ))
            .execute(conn)
            .unwrap();
        decided.insert(*id, decision);
    }
    decided
}

/// What a decision withholds from a reader of a note.
fn withheld(decided: Option<&Decided>, author: Who, who: Who, roles: RoleSet) -> Withheld {
    let Some(decided) = decided.filter(|decided| decided.in_force) else { return Withheld::Nothing };
    match (decided.person, decided.discipline) {
        (Some(person), _) if person == who => Withheld::FromPerson,
        (None, Some(discipline)) if roles.has(discipline.role()) => Withheld::FromDiscipline,
        (None, None) if author != who => Withheld::FromPerson,
        _ => Withheld::Nothing,
    }
}

/// What the policy says that a reader is shown of these notes.
fn expected(
    laid: &BTreeMap<NoteId, Laid>,
    decided: &BTreeMap<NoteId, Decided>,
    (who, roles, relation): (Who, &[Role], Relation),
) -> BTreeMap<String, &'static str> {
    let roles: RoleSet = roles.iter().copied().collect();
    let visible: BTreeMap<NoteClass, Sight> = visible_classes(roles, &[relation]).into_iter().collect();
    let shown = |(id, row): (&NoteId, &Laid)| {
        let authorship = match row.author {
            author if author == who => Authorship::Own,
            SUPERVISED if who == Who::Physio => Authorship::Supervised,
            DEPARTED => Authorship::Departed,
            _ => Authorship::Colleague,
        };
        let Laid { state, discipline, sharing, .. } = *row;
        let withheld = withheld(decided.get(id), row.author, who, roles);
        let class = NoteClass::of(&NoteFacts { authorship, state, discipline, sharing }, withheld);
        Some((id.to_string(), visible.get(&class)?.into()))
    };
    laid.iter().filter_map(shown).collect()
}

on_both!(a_list_shows_what_each_note_alone_would);
fn a_list_shows_what_each_note_alone_would(house: &House) {
    relate(house);
    let laid = lay_down(house, &rows());
    let decided = decide(house, &laid);
    for reader in READERS {
        let (who, expected) = (reader.0, expected(&laid, &decided, reader));
        let mut alone = BTreeMap::new();
        for id in laid.keys() {
            let read = house.as_(who).get(&format!("/notes/{id}"));
            if read.status == 200 {
                alone.insert(id.to_string(), read.json["shown"].as_str().unwrap().to_owned());
            } else {
                assert!(matches!(read.status, 403 | 404), "{read}");
            }
        }
        let alone: BTreeMap<_, _> = alone.iter().map(|(id, shown)| (id.clone(), &**shown)).collect();
        assert_eq!(alone, expected, "{who:?}, one by one");
        if let Some(listed) = listed(house, who) {
            let listed: BTreeMap<_, _> = listed.iter().map(|(id, shown)| (id.clone(), &**shown)).collect();
            assert_eq!(listed, expected, "{who:?}, in the list");
        } else {
            assert!(
                !matches!(reader.2, Relation::CareTeam | Relation::Cover | Relation::Former),
                "{who:?} sees a list"
            );
        }
    }
}

/// The whole list, page by page; none if it is refused.
fn listed(house: &House, who: Who) -> Option<Vec<(String, String)>> {
    let mut listed = Vec::new();
    let mut next = String::new();
    loop {
        let page = house.as_(who).get(&format!("/patients/{}/notes?limit=7{next}", Patient::Ana.id()));
        if matches!(page.status, 403 | 404) {
            return None;
        }
        for item in page.json["items"].as_array().unwrap_or_else(|| panic!("{page}")) {
            let word = |name: &str| item[name].as_str().unwrap().to_owned();
            assert!(item["shown"] == "full" || item["body"].is_null(), "a stub has no words: {item}");
            listed.push((word("id"), word("shown")));
        }
        let Some(cursor) = page.json["next"].as_str() else { break };
        next = format!("&cursor={cursor}");
    }
    let mut once: Vec<_> = listed.iter().map(|(id, _)| id).collect();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), listed.len(), "no note is listed twice");
    Some(listed)
}
