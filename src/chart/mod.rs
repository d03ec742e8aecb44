//! Opening a patient's record: the only place that makes a [`Chart`], which every query on clinical rows asks for.

mod directives;
mod facts;
mod passes;
mod span;

use crate::actor::{Actor, RoleSet};
use crate::audit::{Object, ObjectKind};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{EpisodeId, NoteId, PatientId, PracticeId, StaffId};
use crate::policy::{
    self, Decision, Facts, Grant, NoteClass, NoteFacts, Permit, Place, Refusal, Relation, Sight, Ties, Withheld,
};

pub(crate) use directives::Covered;
use directives::Directives;
pub use directives::{Bars, Covers};
pub use facts::{LocatedEpisode, LocatedNote};
pub use passes::Pass;
pub use span::Span;

/// A patient's record, opened for one action by somebody whom the policy allowed it, with the event recorded.
#[derive(Debug)]
pub struct Chart {
    practice: PracticeId,
    patient: PatientId,
    actor: Actor,
    /// The ways in which the actor relates to the patient: the ordinary one, then those that they were let in by.
    ways: Vec<Relation>,
    /// When the actor's own membership of the care team lapses, while it is active.
    lapses_at: Option<Timestamp>,
    directives: Directives,
    /// What is withheld of what the chart was opened for.
    withheld: Withheld,
    now: Timestamp,
    grant: Grant,
}

impl Chart {
    /// The practice whose record it is.
    #[must_use]
    pub fn practice(&self) -> PracticeId {
        self.practice
    }

    /// Whose record it is.
    #[must_use]
    pub fn patient(&self) -> PatientId {
        self.patient
    }

    /// When the actor's own membership of the care team lapses; none for whoever is no active member.
    #[must_use]
    pub fn lapses_at(&self) -> Option<Timestamp> {
        self.lapses_at
    }

    /// Who opened it.
    #[must_use]
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// How much of what was asked for may be seen.
    #[must_use]
    pub fn sight(&self) -> Sight {
        self.grant.sight
    }

    /// What the policy granted to whoever opened it.
    #[must_use]
    pub fn grant(&self) -> Grant {
        self.grant
    }

    /// What queries beyond this record ask for, where the action that opened it is about more than the one patient.
    #[must_use]
    pub fn permit(&self) -> Permit {
        self.grant.permit()
    }

    /// The classes of notes this reader may see, and how much of each.
    #[must_use]
    pub fn visible_notes(&self) -> Vec<(NoteClass, Sight)> {
        policy::visible_classes(self.actor.roles, &self.ways)
    }

    /// Whether a directive concerns this reader, now or later: then each row has to be asked what is withheld of it.
    #[must_use]
    pub fn has_directives(&self) -> bool {
        !self.directives.none()
    }

    /// Whether a directive withholds anything of the record from this reader now.
    #[must_use]
    pub fn withholds(&self) -> bool {
        self.directives.withhold_any(self.now)
    }

    /// When it was opened.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What is withheld from this reader of something in the record.
    #[must_use]
    pub fn withheld(&self, covered: Covered) -> Withheld {
        self.directives.withhold(covered, self.now)
    }
}

/// The patients somebody treats, as one predicate for lists.
#[derive(Debug)]
pub struct Scope {
    /// The practice.
    pub practice: PracticeId,
    /// Who treats them.
    pub staff: StaffId,
    /// In which roles.
    pub roles: RoleSet,
    /// When.
    pub now: Timestamp,
    /// Those of whom the list tells nothing all the same.
    pub hidden: Vec<PatientId>,
}

impl Scope {
    /// The classes of notes on them that whoever treats them may see, and how much of each: on a care team and as a
    /// stand-in the same.
    #[must_use]
    pub fn notes_of_treated(&self) -> Vec<(NoteClass, Sight)> {
        policy::visible_classes(self.roles, &[Relation::CareTeam])
    }
}

/// Opens a patient's record for the action of this transaction.
///
/// # Errors
/// 404 outside the practice and where the patient barred the record from the actor, else the refusal's code.
pub fn open(tx: &mut Tx, patient: PatientId) -> Result<Chart> {
    open_with(tx, patient, Sought { object: Object::patient(patient), note: None, covered: Covered::default() })
}

/// Asks whether a patient's record may be opened for the action of this transaction, before a later one opens it. Records
/// nothing but a refusal.
///
/// # Errors
/// As [`open`].
pub fn may_open(tx: &mut Tx, patient: PatientId) -> Result<()> {
    let sought = Sought { object: Object::patient(patient), note: None, covered: Covered::default() };
    decide(tx, patient, sought).map(drop)
}

/// Opens a patient's record to begin a note in it.
///
/// # Errors
/// As [`open`].
pub fn open_for(tx: &mut Tx, patient: PatientId, begun: NoteFacts) -> Result<Chart> {
    open_with(tx, patient, Sought { object: Object::patient(patient), note: Some(begun), covered: Covered::default() })
}

/// Finds a note by its id and opens the record it stands in.
///
/// # Errors
/// As [`open`].
pub fn open_note(tx: &mut Tx, note: NoteId) -> Result<(Chart, LocatedNote)> {
    let actor = tx.actor()?;
    let located = facts::locate_note(tx.conn(), &actor, note)?;
    let Some(located) = located else { return Err(refuse_at(tx, &actor, Place::Elsewhere)) };
    let covered = Covered { note: Some(note), episode: located.episode, author: Some(located.author) };
    let object = Object { kind: ObjectKind::Note, id: note.retype(), version: None };
    let chart = open_with(tx, located.patient, Sought { object, note: Some(located.facts), covered })?;
    Ok((chart, located))
}

/// Finds an episode of care by its id and opens the record it stands in.
///
/// # Errors
/// As [`open`].
pub fn open_episode(tx: &mut Tx, episode: EpisodeId) -> Result<(Chart, LocatedEpisode)> {
    let actor = tx.actor()?;
    let located = facts::locate_episode(tx.conn(), &actor, episode)?;
    let Some(located) = located else { return Err(refuse_at(tx, &actor, Place::Elsewhere)) };
    let object = Object { kind: ObjectKind::Episode, id: episode.retype(), version: None };
    let chart =
        open_with(tx, located.patient, Sought { object, note: None, covered: episode_of(episode, located.opened_by) })?;
    Ok((chart, located))
}

/// Asks again, of a chart that is open, about a further action on the same note. Records nothing.
///
/// # Errors
/// The refusal's code.
pub fn ask_also(chart: &Chart, action: policy::Action, note: NoteFacts) -> Result<Grant> {
    chart.ask(action, Some(note)).grant().map_err(|refusal| Error::of(refusal.code()))
}

/// Asks again, of a chart that is open, about a further action on the same patient. Records nothing.
///
/// # Errors
/// The refusal's code.
pub fn ask_of_patient(chart: &Chart, action: policy::Action) -> Result<Grant> {
    chart.ask(action, None).grant().map_err(|refusal| Error::of(refusal.code()))
}

/// Asks, of a chart that is open, about an action on one of the patient's episodes of care, which `opened_by` opened; the
/// directives on that episode count. Records nothing.
///
/// # Errors
/// The refusal's code.
pub fn ask_of_episode(chart: &Chart, action: policy::Action, episode: EpisodeId, opened_by: StaffId) -> Result<Grant> {
    let withheld = chart.withheld(episode_of(episode, opened_by));
    let ties = Ties { relation: Relation::None, withheld, note: None };
    let decision = policy::decide_any(action, chart.actor.roles, &chart.ways, ties);
    decision.grant().map_err(|refusal| Error::of(refusal.code()))
}

const fn episode_of(id: EpisodeId, opened_by: StaffId) -> Covered {
    Covered { note: None, episode: Some(id), author: Some(opened_by) }
}

/// The patients whom the actor treats or covers for.
///
/// # Errors
/// The refusal's code.
pub fn scope(tx: &mut Tx) -> Result<Scope> {
    tx.permit(false)?;
    let actor = tx.actor()?;
    let hidden = hidden_patients(tx)?.all();
    Ok(Scope { practice: actor.practice, staff: actor.staff, roles: actor.roles, now: tx.now(), hidden })
}

/// The patients of whom lists tell nothing to whoever acts.
#[derive(Clone, Debug, Default)]
pub struct Hidden {
    /// Those who barred their whole record from them: not even that they are there is told.
    pub barred: Vec<PatientId>,
    /// The record that is their own.
    pub own: Vec<PatientId>,
}

impl Hidden {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<PatientId> {
        [self.barred.as_slice(), &self.own].concat()
    }
}

/// The patients of whom lists tell nothing to whoever acts.
///
/// # Errors
/// The database's.
pub fn hidden_patients(tx: &mut Tx) -> Result<Hidden> {
    let (actor, now) = (tx.actor()?, tx.now());
    let barring = directives::barring(tx.conn(), &actor, now)?;
    if let Some(until) = barring.changes_at {
        tx.valid_until(until);
    }
    Ok(Hidden { barred: barring.patients, own: facts::own_records(tx.conn(), &actor)? })
}

impl Chart {
    fn ask(&self, action: policy::Action, note: Option<NoteFacts>) -> Decision {
        let ties = Ties { relation: Relation::None, withheld: self.withheld, note };
        policy::decide_any(action, self.actor.roles, &self.ways, ties)
    }
}

/// What a chart is opened for.
struct Sought {
    object: Object,
    note: Option<NoteFacts>,
    covered: Covered,
}

fn open_with(tx: &mut Tx, patient: PatientId, sought: Sought) -> Result<Chart> {
    let Opened { chart, own_record_of_somebody, access_version, until } = decide(tx, patient, sought)?;
    tx.granted(chart.grant);
    if own_record_of_somebody {
        tx.unusual();
    }
    tx.rests_on(chart.practice, patient, access_version);
    if let Some(until) = until {
        tx.valid_until(until);
    }
    Ok(chart)
}

/// A chart that may be opened, with what its opening rests on.
struct Opened {
    chart: Chart,
    own_record_of_somebody: bool,
    access_version: i64,
    /// When by the clock alone the decision may become another.
    until: Option<Timestamp>,
}

fn decide(tx: &mut Tx, patient: PatientId, sought: Sought) -> Result<Opened> {
    let actor = tx.actor()?;
    let now = tx.now();
    let Some(found) = facts::locate_patient(tx.conn(), &actor, patient)? else {
        return Err(refuse_at(tx, &actor, Place::Elsewhere));
    };
    tx.about(Some(patient), Some(sought.object));
    let directives = match found.has_directives {
        true => Directives::load(tx.conn(), &actor, patient, now)?,
        false => Directives::default(),
    };
    if directives.bar_the_record(now) {
        return Err(refuse_at(tx, &actor, Place::Barred));
    }
    if found.own_of == Some(actor.staff) {
        return Err(refuse_at(tx, &actor, Place::Oneself));
    }
    let ordinary = facts::relation(tx.conn(), &actor, patient, &found, now)?;
    let passes = if found.has_passes { passes::open(tx.conn(), &actor, patient, now)? } else { Vec::new() };
    let ways: Vec<_> =
        std::iter::once(ordinary.relation).chain(passes.iter().map(|(pass, _)| (*pass).into())).collect();
    let withheld = directives.withhold(sought.covered, now);
    let ends = ordinary.until.into_iter().chain(passes.iter().map(|(_, ends)| *ends));
    let until = ends.chain(directives.next_change(now)).min();
    let ties = Ties { relation: ordinary.relation, withheld, note: sought.note };
    let decision = policy::decide_any(tx.action(), actor.roles, &ways, ties);
    let grant = decision.grant().map_err(|refusal| Error::of(refusal.code()))?;
    let lapses_at = ordinary.until.filter(|_| ordinary.relation == Relation::CareTeam);
    let chart = Chart { practice: actor.practice, patient, actor, ways, lapses_at, directives, withheld, now, grant };
    let own_record_of_somebody = found.own_of.is_some();
    Ok(Opened { chart, own_record_of_somebody, access_version: found.access_version, until })
}

/// What the policy says wherever nothing but the place counts.
fn refuse_at(tx: &Tx, actor: &Actor, place: Place) -> Error {
    let refusal = policy::decide(&Facts { action: tx.action(), roles: actor.roles, place }).grant().err();
    Error::of(refusal.unwrap_or(Refusal::NotFound).code())
}
