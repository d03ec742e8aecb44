//! A move of a referral: the table says whether it is somebody's to make, and it is written down.

use super::super::query::{self, Entry, Place, Standing};
use super::super::rules::{Part, ReferralMove, Terms, following};
use super::{alerting, moves_of, names, parts};
use crate::chart::{Chart, LocatedReferral, ReferralState};
use crate::clock::Timestamp;
use crate::db::{self, Tx, bump_patient};
use crate::error::Result;
use crate::ids::{NoteId, PracticeId, StaffId};

/// What somebody says with a move.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given<'g> {
    pub(super) reason: Option<&'static str>,
    pub(super) words: Option<&'g str>,
    pub(super) note: Option<NoteId>,
    pub(super) planned_at: Option<Timestamp>,
    /// Whether it ought never to have been sent.
    pub(super) in_error: bool,
}

/// A move that the table has; nothing else makes one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    wanted: ReferralMove,
    part: Part,
    by: Option<StaffId>,
    /// Where it leads; where it stood for a draft that is gone.
    to: ReferralState,
}

/// Asks the table whether a move is this person's to make now.
pub(super) fn step(
    tx: &mut Tx,
    chart: &Chart,
    located: &LocatedReferral,
    standing: &Standing,
    wanted: ReferralMove,
) -> Result<Step> {
    let parts = parts(tx, chart.actor(), standing, located.in_own_pool)?;
    let (part, to) = moves_of(tx, chart.practice(), standing)?.make(wanted, &parts)?;
    Ok(Step { wanted, part, by: Some(chart.actor().staff), to: to.unwrap_or(standing.at.state) })
}

impl Step {
    /// What the table has for this part where the referral stands, when a note or the clock moves it; nothing where it has
    /// none.
    pub(super) fn following(
        standing: &Standing,
        wanted: ReferralMove,
        part: Part,
        by: Option<StaffId>,
    ) -> Option<Self> {
        following(standing.at.state, wanted, part).map(|to| Self { wanted, part, by, to })
    }

    pub(super) const fn wanted(self) -> ReferralMove {
        self.wanted
    }

    /// Whose part somebody else makes the move in, standing in for them.
    pub(super) fn represented(self, at: &Place) -> Option<StaffId> {
        let party = match self.part {
            Part::Referrer => Some(at.referrer),
            Part::Owner => at.owner,
            Part::Named => at.named,
            Part::Pool | Part::Reception | Part::Manager | Part::Program => None,
        };
        party.filter(|party| self.by.is_some_and(|by| by != *party))
    }

    /// Makes the move: the clocks of the new state begin, `change` says what else becomes different, and it is written down.
    /// Who sees what goes with the referral may be different from now on.
    pub(super) fn go(
        self,
        tx: &mut Tx,
        chart: &Chart,
        standing: &Standing,
        given: &Given,
        change: impl FnOnce(&mut Place),
    ) -> Result<()> {
        self.write(tx, standing, chart.practice(), given, change)?;
        names(tx, standing.id, standing.version + 1);
        bump_patient(tx.conn(), chart.practice(), chart.patient())
    }

    /// Writes the move down without naming it in the newest event, which is about something else.
    pub(super) fn write(
        self,
        tx: &mut Tx,
        standing: &Standing,
        practice: PracticeId,
        given: &Given,
        change: impl FnOnce(&mut Place),
    ) -> Result<()> {
        let now = tx.now();
        let calendar = db::calendar(tx.conn(), practice)?;
        let mut place = Place { state: self.to, ..standing.at.clone() };
        change(&mut place);
        let from = standing.at.state;
        place.came_from = (self.to == ReferralState::NeedsInfo).then_some(standing.at.came_from.unwrap_or(from));
        let terms = Terms { last_session_on: place.last_session_on, ..standing.terms() };
        let clocks = standing.at.clocks;
        place.clocks = match self.wanted {
            ReferralMove::Reassign if place.owner == standing.at.owner => clocks,
            ReferralMove::Reassign => clocks.with_another_owner(from, now, &calendar),
            _ => clocks.entering(from, self.to, terms, now, &calendar),
        };
        if standing.at.state == ReferralState::Draft && self.wanted == ReferralMove::Reassign {
            // A draft has no events, since it leaves nothing when it is thrown away; why it was handed over stands in the log.
            query::hand_over(tx.conn(), practice, standing, place.referrer)?;
            return alerting::of_move(tx, practice, standing, &place, self);
        }
        let entry = Entry {
            step: self.wanted,
            part: self.part,
            by: self.by,
            reason: given.reason,
            words: given.words,
            note: given.note,
            planned_at: given.planned_at,
            at: now,
        };
        query::go_on(tx.conn(), practice, standing, &place, standing.entered_in_error || given.in_error, &entry)?;
        alerting::of_move(tx, practice, standing, &place, self)
    }
}
