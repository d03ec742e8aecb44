//! Opening a patient's record: the only place that makes a [`Chart`], which every query on clinical rows asks for.

mod facts;

use crate::actor::Actor;
use crate::audit::{Object, ObjectKind};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{EpisodeId, NoteId, PatientId, PracticeId, StaffId};
use crate::policy::{self, Decision, Facts, Grant, NoteClass, NoteFacts, Permit, Relation, Sight, Standing};

pub use facts::{LocatedEpisode, LocatedNote};

/// A patient's record, opened for one action by somebody whom the policy allowed it, with the event recorded.
#[derive(Debug)]
pub struct Chart {
    practice: PracticeId,
    patient: PatientId,
    actor: Actor,
    relation: Relation,
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

    /// What queries beyond this record ask for, where the action that opened it is about more than the one patient.
    #[must_use]
    pub fn permit(&self) -> Permit {
        self.grant.permit()
    }

    /// The classes of notes this reader may see, and how much of each.
    #[must_use]
    pub fn visible_notes(&self) -> Vec<(NoteClass, Sight)> {
        policy::visible_classes(self.actor.roles, self.relation, false)
    }
}

/// The patients somebody treats, as one predicate for lists.
#[derive(Debug)]
pub struct Scope {
    /// The practice.
    pub practice: PracticeId,
    /// Who treats them.
    pub staff: StaffId,
    /// When.
    pub now: Timestamp,
}

/// Opens a patient's record for the action of this transaction.
///
/// # Errors
/// 404 outside the practice, else the refusal's code.
pub fn open(tx: &mut Tx, patient: PatientId) -> Result<Chart> {
    open_with(tx, patient, None, of_patient(patient))
}

/// Opens a patient's record to begin a note in it.
///
/// # Errors
/// 404 outside the practice, else the refusal's code.
pub fn open_for(tx: &mut Tx, patient: PatientId, begun: NoteFacts) -> Result<Chart> {
    open_with(tx, patient, Some(begun), of_patient(patient))
}

/// Finds a note by its id and opens the record it stands in.
///
/// # Errors
/// 404 outside the practice, else the refusal's code.
pub fn open_note(tx: &mut Tx, note: NoteId) -> Result<(Chart, LocatedNote)> {
    let actor = tx.actor()?;
    let located = facts::locate_note(tx.conn(), &actor, note)?;
    let Some(located) = located else { return Err(refuse_elsewhere(tx, &actor)) };
    let object = Object { kind: ObjectKind::Note, id: note.retype(), version: None };
    let chart = open_with(tx, located.patient, Some(located.facts), object)?;
    Ok((chart, located))
}

/// Finds an episode of care by its id and opens the record it stands in.
///
/// # Errors
/// 404 outside the practice, else the refusal's code.
pub fn open_episode(tx: &mut Tx, episode: EpisodeId) -> Result<(Chart, LocatedEpisode)> {
    let actor = tx.actor()?;
    let located = facts::locate_episode(tx.conn(), &actor, episode)?;
    let Some(located) = located else { return Err(refuse_elsewhere(tx, &actor)) };
    let object = Object { kind: ObjectKind::Episode, id: episode.retype(), version: None };
    let chart = open_with(tx, located.patient, None, object)?;
    Ok((chart, located))
}

const fn of_patient(patient: PatientId) -> Object {
    Object { kind: ObjectKind::Patient, id: patient.retype(), version: None }
}

/// Asks again, of a chart that is open, about a further action on the same note. Records nothing.
///
/// # Errors
/// The refusal's code.
pub fn ask_also(chart: &Chart, action: policy::Action, note: NoteFacts) -> Result<Grant> {
    ask(chart, action, Some(note))
}

/// Asks again, of a chart that is open, about a further action on the same patient. Records nothing.
///
/// # Errors
/// The refusal's code.
pub fn ask_of_patient(chart: &Chart, action: policy::Action) -> Result<Grant> {
    ask(chart, action, None)
}

fn ask(chart: &Chart, action: policy::Action, note: Option<NoteFacts>) -> Result<Grant> {
    let facts = Facts {
        action,
        roles: chart.actor.roles,
        standing: Standing::Here,
        oneself: false,
        relation: chart.relation,
        note,
    };
    policy::decide(&facts).grant().map_err(|refusal| Error::of(refusal.code()))
}

/// The patients whom the actor treats or covers for.
///
/// # Errors
/// The refusal's code.
pub fn scope(tx: &mut Tx) -> Result<Scope> {
    tx.permit(false)?;
    let actor = tx.actor()?;
    Ok(Scope { practice: actor.practice, staff: actor.staff, now: tx.now() })
}

fn open_with(tx: &mut Tx, patient: PatientId, note: Option<NoteFacts>, object: Object) -> Result<Chart> {
    let actor = tx.actor()?;
    let now = tx.now();
    let Some(found) = facts::locate_patient(tx.conn(), &actor, patient)? else {
        return Err(refuse_elsewhere(tx, &actor));
    };
    tx.about(Some(patient), Some(object));
    let related = facts::relation(tx.conn(), &actor, patient, &found, now)?;
    let asked = Facts {
        action: tx.action(),
        roles: actor.roles,
        standing: Standing::Here,
        oneself: found.own_of == Some(actor.staff),
        relation: related.relation,
        note,
    };
    match policy::decide(&asked) {
        Decision::Allow(grant) => {
            tx.granted(grant);
            tx.rests_on(actor.practice, patient, found.access_version);
            if let Some(until) = related.until {
                tx.valid_until(until);
            }
            Ok(Chart { practice: actor.practice, patient, actor, relation: related.relation, grant })
        }
        Decision::Refuse(refusal) => Err(Error::of(refusal.code())),
    }
}

/// What lies in another practice is answered as what lies nowhere; the policy says so too.
fn refuse_elsewhere(tx: &Tx, actor: &Actor) -> Error {
    let asked = Facts {
        action: tx.action(),
        roles: actor.roles,
        standing: Standing::Elsewhere,
        oneself: false,
        relation: Relation::None,
        note: None,
    };
    match policy::decide(&asked) {
        Decision::Refuse(refusal) => Error::of(refusal.code()),
        Decision::Allow(_) => Error::not_found(),
    }
}
