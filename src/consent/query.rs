//! The rows of consent directives.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::{DirectiveView, NewDirective};
use crate::actor::{Actor, Discipline};
use crate::chart::{Bars, Chart, Covered, Covers, ReferralState};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{consent_directive, episode, note, note_pending, referral, staff};
use crate::error::Result;
use crate::ids::{DirectiveId, EpisodeId, NoteId, ObjectId, PatientId, ReferralId, StaffId};
use crate::policy::NoteState;
use crate::words::Trimmed;

type Row = (
    (DirectiveId, Covers, Option<ObjectId>, Bars, Option<StaffId>, Option<Discipline>),
    (Timestamp, Option<Timestamp>, Option<String>, StaffId, Timestamp, Option<Timestamp>, Option<StaffId>, i32),
);

macro_rules! rows {
    ($chart:expr) => {
        consent_directive::table
            .filter(consent_directive::practice_id.eq($chart.practice()))
            .filter(consent_directive::patient_id.eq($chart.patient()))
            .order(consent_directive::id.desc())
            .select((
                (
                    consent_directive::id,
                    consent_directive::covers,
                    consent_directive::covered_id,
                    consent_directive::bars,
                    consent_directive::staff_id,
                    consent_directive::discipline,
                ),
                (
                    consent_directive::starts_at,
                    consent_directive::ends_at,
                    consent_directive::reason,
                    consent_directive::recorded_by,
                    consent_directive::recorded_at,
                    consent_directive::revoked_at,
                    consent_directive::revoked_by,
                    consent_directive::version,
                ),
            ))
    };
}

fn view((what, how): Row) -> DirectiveView {
    let (id, covers, covered_id, bars, staff_id, discipline) = what;
    let (from, until, reason, recorded_by, recorded_at, revoked_at, revoked_by, version) = how;
    DirectiveView {
        id,
        covers,
        covered_id,
        bars,
        staff_id,
        discipline,
        from,
        until,
        reason,
        recorded_by,
        recorded_at,
        revoked_at,
        revoked_by,
        version,
    }
}

/// Whose record a directive stands on.
pub(super) fn locate(conn: &mut Conn, actor: &Actor, id: DirectiveId) -> Result<Option<PatientId>> {
    let row = consent_directive::table.find((actor.practice, id)).select(consent_directive::patient_id);
    Ok(row.first(conn).optional()?)
}

/// All on the record, newest first.
pub(super) fn all(conn: &mut Conn, chart: &Chart) -> Result<Vec<DirectiveView>> {
    Ok(rows!(chart).load::<Row>(conn)?.into_iter().map(view).collect())
}

/// One of them.
pub(super) fn one(conn: &mut Conn, chart: &Chart, id: DirectiveId) -> Result<Option<DirectiveView>> {
    Ok(rows!(chart).filter(consent_directive::id.eq(id)).first::<Row>(conn).optional()?.map(view))
}

/// Records a directive.
pub(super) fn insert(
    conn: &mut Conn,
    chart: &Chart,
    id: DirectiveId,
    new: &NewDirective,
    from: Timestamp,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(consent_directive::table)
        .values((
            consent_directive::id.eq(id),
            consent_directive::practice_id.eq(chart.practice()),
            consent_directive::patient_id.eq(chart.patient()),
            consent_directive::covers.eq(new.covers),
            consent_directive::covered_id.eq(new.covered_id),
            consent_directive::bars.eq(new.bars),
            consent_directive::staff_id.eq(new.staff_id),
            consent_directive::discipline.eq(new.discipline),
            consent_directive::starts_at.eq(from),
            consent_directive::ends_at.eq(new.until),
            consent_directive::reason.eq(new.reason.as_ref().map(Trimmed::as_str)),
            consent_directive::recorded_by.eq(chart.actor().staff),
            consent_directive::recorded_at.eq(now),
            consent_directive::version.eq(1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Revokes a directive.
pub(super) fn revoke(conn: &mut Conn, chart: &Chart, id: DirectiveId, now: Timestamp) -> Result<()> {
    diesel::update(consent_directive::table.find((chart.practice(), id)))
        .set((
            consent_directive::revoked_by.eq(chart.actor().staff),
            consent_directive::revoked_at.eq(now),
            consent_directive::version.eq(consent_directive::version + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether the note stands in the record.
pub(super) fn has_note(conn: &mut Conn, chart: &Chart, id: NoteId) -> Result<bool> {
    let row = note::table.find((chart.practice(), id)).filter(note::patient_id.eq(chart.patient()));
    Ok(diesel::select(exists(row)).get_result(conn)?)
}

/// Whether somebody is, or was, on the practice's staff.
pub(super) fn is_staff(conn: &mut Conn, chart: &Chart, id: StaffId) -> Result<bool> {
    Ok(diesel::select(exists(staff::table.find((chart.practice(), id)))).get_result(conn)?)
}

/// Whether the episode stands in the record.
pub(super) fn has_episode(conn: &mut Conn, chart: &Chart, id: EpisodeId) -> Result<bool> {
    let row = episode::table.find((chart.practice(), id)).filter(episode::patient_id.eq(chart.patient()));
    Ok(diesel::select(exists(row)).get_result(conn)?)
}

/// A referral of the record that was sent and is not over.
#[derive(Debug)]
pub(super) struct Unfinished {
    pub(super) id: ReferralId,
    pub(super) number: String,
    pub(super) episode: EpisodeId,
    /// Who wrote it.
    pub(super) author: StaffId,
    /// The discipline in whose pool it waits, if it waits in one.
    pub(super) in_pool: Option<Discipline>,
    /// Its owner, or the colleague it names, while it is open.
    answers: Option<StaffId>,
    /// Its referrer, where they have to act.
    referrer: Option<StaffId>,
}

impl Unfinished {
    /// Those who have to act on it, now or before it is over.
    pub(super) fn acting(&self) -> impl Iterator<Item = StaffId> {
        self.answers.into_iter().chain(self.referrer)
    }
}

/// The referrals of the record that were sent and are not over.
pub(super) fn unfinished_referrals(conn: &mut Conn, chart: &Chart) -> Result<Vec<Unfinished>> {
    type Row = (
        (ReferralId, String, EpisodeId, StaffId, ReferralState, Discipline),
        (StaffId, Option<StaffId>, Option<StaffId>),
    );
    let rows = referral::table
        .filter(referral::practice_id.eq(chart.practice()))
        .filter(referral::patient_id.eq(chart.patient()))
        .filter(referral::state.eq_any(ReferralState::UNFINISHED))
        .filter(referral::state.ne(ReferralState::Draft))
        .order(referral::id)
        .select((
            (
                referral::id,
                referral::number,
                referral::episode_id,
                referral::author_id,
                referral::state,
                referral::discipline,
            ),
            (referral::referrer_id, referral::owner_id, referral::named_id),
        ))
        .load::<Row>(conn)?;
    let unfinished = |((id, number, episode, author, state, discipline), (referrer, owner, named)): Row| Unfinished {
        id,
        number,
        episode,
        author,
        in_pool: (state == ReferralState::Sent && named.is_none()).then_some(discipline),
        answers: owner.or(named).filter(|_| state.is_open()),
        referrer: state.is_back().then_some(referrer),
    };
    Ok(rows.into_iter().map(unfinished).collect())
}

/// Something in the record that waits for a second signature.
#[derive(Debug, Queryable)]
pub(super) struct Waiting {
    note: NoteId,
    episode: Option<EpisodeId>,
    author: StaffId,
    /// Who signed it.
    pub(super) signed_by: StaffId,
    /// Whose signature it waits for.
    pub(super) supervisor: StaffId,
}

impl Waiting {
    /// What directives decide by.
    pub(super) fn covered(&self) -> Covered {
        Covered::note(self.note, self.episode, self.author)
    }
}

/// What waits in the record for somebody's second signature.
pub(super) fn waiting_for_supervisors(conn: &mut Conn, chart: &Chart) -> Result<Vec<Waiting>> {
    let here = note::practice_id.eq(chart.practice()).and(note::patient_id.eq(chart.patient()));
    let mut waiting: Vec<Waiting> = note::table
        .inner_join(staff::table.on(staff::practice_id.eq(note::practice_id).and(staff::id.eq(note::author_id))))
        .filter(here)
        .filter(note::state.eq(NoteState::AwaitingCosign))
        .filter(staff::supervisor_id.is_not_null())
        .select((note::id, note::episode_id, note::author_id, staff::id, staff::supervisor_id.assume_not_null()))
        .load(conn)?;
    let of_note = note::practice_id.eq(note_pending::practice_id).and(note::id.eq(note_pending::note_id));
    let author = staff::practice_id.eq(note_pending::practice_id).and(staff::id.eq(note_pending::author_id));
    let changes = note_pending::table
        .inner_join(note::table.on(of_note))
        .inner_join(staff::table.on(author))
        .filter(here)
        .filter(note_pending::ended_at.is_null())
        .filter(staff::supervisor_id.is_not_null())
        .select((note::id, note::episode_id, note::author_id, staff::id, staff::supervisor_id.assume_not_null()))
        .load(conn)?;
    waiting.extend(changes);
    Ok(waiting)
}
