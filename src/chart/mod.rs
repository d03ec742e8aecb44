//! Opening a patient's record: the only place that makes a [`Chart`], which every query on clinical rows asks for.

mod facts;
mod hidden;
mod passes;
mod query;
mod referrals;
mod scope;
mod sight;
mod span;

use serde::Serialize;

use crate::actor::{Actor, RoleSet};
use crate::audit::{Object, ObjectKind};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::directives::{self, Directives};
use crate::error::{Code, Error, Result};
use crate::ids::{EpisodeId, JointReviewId, NoteId, ObjectId, PatientId, PendingId, PracticeId, StaffId};
use crate::policy::{
    self, Authorship, Decision, Facts, Grant, NoteClass, NoteFacts, Permit, Place, Refusal, Relation, Sight, Ties,
    Withheld,
};

pub use crate::directives::{Bars, Covered, Covers};
pub use crate::referral_state::ReferralState;
pub use facts::{LocatedEpisode, LocatedNote, LocatedPending};
pub use hidden::{Hidden, hidden_patients, withholds_any};
pub use passes::{OpenPass, Pass};
use referrals::Opening;
pub use referrals::{
    LocatedReferral, ReferralSubject, ask_of_referral, may_take_part, open_referral, referrals_withheld,
    sight_of_reported, stands_in_for, taken_from_own_pool,
};
pub use scope::{Scope, holds_while_directives_do, scope};
pub use sight::{directive_bars, sight_of};
pub use span::Span;

/// A patient's record, opened for one action by somebody whom the policy allowed it, with the event recorded.
#[derive(Debug)]
pub struct Chart {
    practice: PracticeId,
    patient: PatientId,
    actor: Actor,
    /// The ways in which the actor relates to the patient: the ordinary one, then those that they were let in by.
    ways: Vec<Relation>,
    /// What they were let in by.
    passes: Vec<OpenPass>,
    /// When the actor's own membership of the care team lapses, while it is active.
    lapses_at: Option<Timestamp>,
    directives: Directives,
    /// What is withheld of what the chart was opened for.
    withheld: Withheld,
    /// Whether the record is a colleague's own.
    is_a_colleagues: bool,
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

    /// What the record is open by to whoever opened it, beside what they have to do with the patient.
    #[must_use]
    pub fn passes(&self) -> &[OpenPass] {
        &self.passes
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

    /// The classes of notes that directives withhold from this reader, who would see them otherwise.
    #[must_use]
    pub fn withheld_notes(&self) -> Vec<NoteClass> {
        policy::withheld_classes(self.actor.roles, &self.ways)
    }

    /// Whether a directive concerns this reader, now or later: then each row has to be asked what is withheld of it.
    #[must_use]
    pub fn has_directives(&self) -> bool {
        !self.directives.none()
    }

    /// Whether a directive is in force that may withhold something of the record from this reader.
    #[must_use]
    pub fn withholds(&self) -> bool {
        self.directives.withhold_any(self.now)
    }

    /// Whether the record is a colleague's own, so that every reading of it is one to look at.
    #[must_use]
    pub fn is_a_colleagues(&self) -> bool {
        self.is_a_colleagues
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
    decide(tx, patient, &sought).map(drop)
}

/// Opens a patient's record to begin a note in it.
///
/// # Errors
/// As [`open`].
pub fn open_for(tx: &mut Tx, patient: PatientId, begun: NoteFacts) -> Result<Chart> {
    let covered = begun_by(&tx.actor()?);
    open_with(tx, patient, Sought { object: Object::patient(patient), note: Some(begun), covered })
}

/// Opens a patient's record for something in it that has an author: what only its author may read, they may begin, and find
/// again. Whoever lists such things asks of each whose it is.
///
/// # Errors
/// As [`open`].
pub fn open_for_author(tx: &mut Tx, patient: PatientId) -> Result<Chart> {
    let covered = begun_by(&tx.actor()?);
    open_with(tx, patient, Sought { object: Object::patient(patient), note: None, covered })
}

/// What is about to be begun is its author's: what only they may read, they may write.
fn begun_by(actor: &Actor) -> Covered {
    Covered::written_by(actor.staff)
}

/// Finds a note by its id and opens the record it stands in.
///
/// # Errors
/// As [`open`].
pub fn open_note(tx: &mut Tx, note: NoteId) -> Result<(Chart, LocatedNote)> {
    let actor = tx.actor()?;
    let located = query::facts::locate_note(tx.conn(), &actor, note)?;
    let Some(mut located) = located else { return Err(refuse_at(tx, &actor, Place::Elsewhere)) };
    let covered = Covered::note(note, located.episode, located.author);
    // Nothing else depends on it.
    if tx.action() == policy::Action::EnterInError && located.author != actor.staff {
        located.facts.authorship = authorship_of(tx, &located, covered)?;
    }
    let object = Object { kind: ObjectKind::Note, id: note.retype(), version: None };
    let chart = open_with(tx, located.patient, Sought { object, note: Some(located.facts), covered })?;
    Ok((chart, located))
}

/// Whose note it is, if its author may have been barred from it since.
fn authorship_of(tx: &mut Tx, note: &LocatedNote, covered: Covered) -> Result<Authorship> {
    let practice = tx.actor()?.practice;
    let Some(author) = query::facts::colleague(tx, practice, note.author)? else { return Ok(Authorship::Departed) };
    match approach(tx, &author, note.patient, covered)? {
        Ok(known) if known.withheld == Withheld::Nothing => Ok(note.facts.authorship),
        Ok(_) | Err(_) => Ok(Authorship::Departed),
    }
}

/// Finds an amendment or addendum that waits for a second signature, and opens the record its note stands in: whose it is
/// for the actor is decided by who wrote it, not by who wrote the note.
///
/// # Errors
/// As [`open`].
pub fn open_pending(tx: &mut Tx, pending: PendingId) -> Result<(Chart, LocatedPending)> {
    let actor = tx.actor()?;
    let Some(located) = query::facts::locate_pending(tx.conn(), &actor, pending)? else {
        return Err(refuse_at(tx, &actor, Place::Elsewhere));
    };
    let LocatedPending { note, place, .. } = located;
    let covered = Covered::note(note, place.episode, place.author);
    let object = Object { kind: ObjectKind::Pending, id: pending.retype(), version: None };
    let chart = open_with(tx, place.patient, Sought { object, note: Some(located.facts), covered })?;
    Ok((chart, located))
}

/// Finds a joint review by its id and opens the record it stands in: each half is its author's to bring.
///
/// # Errors
/// As [`open`].
pub fn open_joint_review(tx: &mut Tx, review: JointReviewId) -> Result<Chart> {
    let actor = tx.actor()?;
    let Some(patient) = query::facts::locate_joint_review(tx.conn(), &actor, review)? else {
        return Err(refuse_at(tx, &actor, Place::Elsewhere));
    };
    let object = Object { kind: ObjectKind::JointReview, id: review.retype(), version: None };
    open_with(tx, patient, Sought { object, note: None, covered: begun_by(&actor) })
}

/// Opens a further record within a call that has opened one: the policy is asked about `action` there, and the event names
/// this patient too. A refusal there is an event of its own.
///
/// # Errors
/// As [`open`].
pub fn open_also(tx: &mut Tx, patient: PatientId, action: policy::Action, begun: NoteFacts) -> Result<Chart> {
    let actor = tx.actor()?;
    let known = match approach(tx, &actor, patient, begun_by(&actor))? {
        Ok(known) => known,
        Err(place) => {
            let refusal = refuse(action, &actor, place);
            let patient = (place != Place::Elsewhere).then_some(patient);
            return Err(tx.refused_also(action, patient, refusal));
        }
    };
    let grant = known.ask(action, actor.roles, Some(begun)).grant();
    let grant = grant.map_err(|refusal| tx.refused_also(action, Some(patient), Error::of(refusal.code())))?;
    tx.discloses([patient]);
    known.enters_the_trail(tx, &actor, patient);
    Ok(known.chart(actor, patient, tx.now(), grant))
}

/// Records what else the call does in an open chart, or shows of it, on which grant: an event of its own.
pub fn done_also(tx: &mut Tx, chart: &Chart, action: policy::Action, grant: Grant, object: Object) {
    tx.done_also(action, grant, chart.patient, object, chart.is_a_colleagues);
}

/// Finds an episode of care by its id and opens the record it stands in.
///
/// # Errors
/// As [`open`].
pub fn open_episode(tx: &mut Tx, episode: EpisodeId) -> Result<(Chart, LocatedEpisode)> {
    let actor = tx.actor()?;
    let located = query::facts::locate_episode(tx.conn(), &actor, episode)?;
    let Some(located) = located else { return Err(refuse_at(tx, &actor, Place::Elsewhere)) };
    let object = Object { kind: ObjectKind::Episode, id: episode.retype(), version: None };
    let chart = open_with(
        tx,
        located.patient,
        Sought { object, note: None, covered: Covered::episode(episode, located.opened_by) },
    )?;
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

/// The error for whoever sends a version that is no longer current, with what stands now if they may read it: `read` is then
/// recorded as done beside the refusal.
pub fn stale(tx: &mut Tx, chart: &Chart, read: policy::Action, current: &impl Serialize) -> Error {
    match ask_of_patient(chart, read) {
        Ok(grant) => tx.stale(read, grant, current),
        Err(_) => Error::of(Code::StaleVersion),
    }
}

/// Asks, of a chart that is open, about an action on one of the patient's episodes of care, which `opened_by` opened; the
/// directives on that episode count. Records nothing.
///
/// # Errors
/// The refusal's code.
pub fn ask_of_episode(chart: &Chart, action: policy::Action, episode: EpisodeId, opened_by: StaffId) -> Result<Grant> {
    ask_of(chart, action, Covered::episode(episode, opened_by))
}

/// Asks, of a chart that is open, about an action on something in it that directives may cover. Records nothing.
///
/// # Errors
/// The refusal's code.
pub fn ask_of(chart: &Chart, action: policy::Action, covered: Covered) -> Result<Grant> {
    let ties = Ties { withheld: chart.withheld(covered), ..Ties::NONE };
    let decision = policy::decide_any(action, chart.actor.roles, &chart.ways, ties);
    decision.grant().map_err(|refusal| Error::of(refusal.code()))
}

/// Whether a consent directive that is not over, whomever it bars, covers any of these notes and episodes of the record
/// by itself: what is taken from under it would be open to those whom it bars.
///
/// # Errors
/// The database's.
pub fn are_covered(tx: &mut Tx, chart: &Chart, ids: &[ObjectId]) -> Result<bool> {
    directives::cover_any(tx.conn(), chart.practice, chart.patient, ids, chart.now)
}

impl Chart {
    fn ask(&self, action: policy::Action, note: Option<NoteFacts>) -> Decision {
        let ties = Ties { relation: Relation::None, withheld: self.withheld, note };
        policy::decide_any(action, self.actor.roles, &self.ways, ties)
    }
}

/// What a chart is opened for.
#[derive(Clone, Copy)]
struct Sought {
    object: Object,
    note: Option<NoteFacts>,
    covered: Covered,
}

fn open_with(tx: &mut Tx, patient: PatientId, sought: Sought) -> Result<Chart> {
    let (known, actor, grant) = decide(tx, patient, &sought)?;
    tx.granted(grant);
    known.enters_the_trail(tx, &actor, patient);
    Ok(known.chart(actor, patient, tx.now(), grant))
}

fn decide(tx: &mut Tx, patient: PatientId, sought: &Sought) -> Result<(Known, Actor, Grant)> {
    let actor = tx.actor()?;
    let known = approach(tx, &actor, patient, sought.covered)?;
    if !matches!(known, Err(Place::Elsewhere)) {
        tx.about(Some(patient), Some(sought.object));
    }
    let known = known.map_err(|place| refuse_at(tx, &actor, place))?;
    let grant = known.ask(tx.action(), actor.roles, sought.note).grant();
    Ok((known, actor, grant.map_err(|refusal| Error::of(refusal.code()))?))
}

/// What is known of a record, and of what ties the actor to it, before the policy is asked.
struct Known {
    access_version: i64,
    is_a_colleagues: bool,
    ways: Vec<Relation>,
    passes: Vec<OpenPass>,
    lapses_at: Option<Timestamp>,
    directives: Directives,
    withheld: Withheld,
    /// Until when this holds by the clock.
    until: Option<Timestamp>,
}

/// What is known of a patient's record, or where it lies if that alone decides.
fn approach(tx: &mut Tx, actor: &Actor, patient: PatientId, covered: Covered) -> Result<Result<Known, Place>> {
    let now = tx.now();
    let Some(found) = query::facts::locate_patient(tx.conn(), actor, patient)? else {
        return Ok(Err(Place::Elsewhere));
    };
    let directives = if found.has_directives {
        Directives::load(tx.conn(), actor.into(), patient, now)?
    } else {
        Directives::default()
    };
    if directives.bar_the_record(now) {
        return Ok(Err(Place::Barred));
    }
    if found.own_of == Some(actor.staff) {
        return Ok(Err(Place::Oneself));
    }
    let ordinary = facts::relation(tx.conn(), actor, patient, &found, now)?;
    let passes = if found.has_passes { query::passes::open(tx.conn(), actor, patient, now)? } else { Vec::new() };
    // Whoever treats the patient needs no referral to read.
    let treats = matches!(ordinary.relation, Relation::CareTeam | Relation::Cover);
    let opening = match covered.party {
        Some(takes_part) => Opening { takes_part, until: None },
        None if treats => Opening::default(),
        None => referrals::opens(tx.conn(), actor, patient, covered.note, now)?,
    };
    let ways: Vec<_> = std::iter::once(ordinary.relation)
        .chain(passes.iter().map(|pass| pass.kind.into()))
        .chain(opening.takes_part.then_some(Relation::Party))
        .collect();
    let withheld = directives.withhold(covered, now);
    let ends = ordinary.until.into_iter().chain(passes.iter().map(|pass| pass.ends_at));
    let until = ends.chain(opening.until).chain(directives.next_change(now)).min();
    let lapses_at = ordinary.until.filter(|_| ordinary.relation == Relation::CareTeam);
    let (access_version, is_a_colleagues) = (found.access_version, found.own_of.is_some());
    Ok(Ok(Known { access_version, is_a_colleagues, ways, passes, lapses_at, directives, withheld, until }))
}

impl Known {
    fn ask(&self, action: policy::Action, roles: RoleSet, note: Option<NoteFacts>) -> Decision {
        policy::decide_any(action, roles, &self.ways, Ties { withheld: self.withheld, note, ..Ties::NONE })
    }

    /// What the newest event and the release of what is read have to know of it.
    fn enters_the_trail(&self, tx: &mut Tx, actor: &Actor, patient: PatientId) {
        if self.is_a_colleagues {
            tx.unusual();
        }
        tx.rests_on(actor.practice, patient, self.access_version);
        if let Some(until) = self.until {
            tx.valid_until(until);
        }
    }

    fn chart(self, actor: Actor, patient: PatientId, now: Timestamp, grant: Grant) -> Chart {
        let Self { ways, passes, lapses_at, directives, withheld, is_a_colleagues, .. } = self;
        let practice = actor.practice;
        Chart { practice, patient, actor, ways, passes, lapses_at, directives, withheld, is_a_colleagues, now, grant }
    }
}

/// What the policy says wherever nothing but the place counts.
fn refuse_at(tx: &Tx, actor: &Actor, place: Place) -> Error {
    refuse(tx.action(), actor, place)
}

fn refuse(action: policy::Action, actor: &Actor, place: Place) -> Error {
    let refusal = policy::decide(&Facts { action, roles: actor.roles, place }).grant().err();
    Error::of(refusal.unwrap_or(Refusal::NotFound).code())
}
