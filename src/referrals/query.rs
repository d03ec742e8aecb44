//! The rows of referrals. Every function asks for the open chart they stand in, or for the permit to go beyond one.

mod attached;
pub(super) mod clock;
pub(super) mod worklist;

use std::collections::HashMap;

use diesel::prelude::*;

use super::content::Content;
use super::number::ReferralNumber;
use super::rules::{Clocks, Interrupted, Part, ReferralMove, Stopped, Terms, Urgency};
use super::views::{ReferralEventView, Target};
use crate::actor::{Colleague, Discipline};
use crate::chart::{Chart, ReferralState, ReferralSubject};
use crate::clock::{Date, Timestamp};
use crate::db::Conn;
use crate::db::schema::{episode, record_counter, referral, referral_event, site, staff};
use crate::db::types::sql_word;
use crate::error::{Error, Result};
use crate::ids::{EpisodeId, MembershipId, NoteId, PatientId, PracticeId, ReferralId, SiteId, StaffId};

use attached::detach_all;
pub(super) use attached::{attach, attachments, detach, has_signed, reported_with, signed_note};

sql_word!(ReferralMove, Part, Urgency);

/// A referral as it stands now.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) id: ReferralId,
    pub(super) number: String,
    pub(super) patient: PatientId,
    pub(super) episode: EpisodeId,
    /// Who wrote it.
    pub(super) author: StaffId,
    pub(super) urgency: Urgency,
    pub(super) entered_in_error: bool,
    pub(super) version: i32,
    pub(super) content: Content,
    /// What moves change.
    pub(super) at: Place,
}

/// What moves of a referral change.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) state: ReferralState,
    pub(super) came_from: Option<ReferralState>,
    pub(super) referrer: StaffId,
    pub(super) discipline: Discipline,
    pub(super) site: Option<SiteId>,
    pub(super) named: Option<StaffId>,
    pub(super) owner: Option<StaffId>,
    pub(super) sent_at: Option<Timestamp>,
    pub(super) clocks: Clocks,
    pub(super) last_session_on: Option<Date>,
    /// The owner's membership of the care team, if accepting made it.
    pub(super) membership: Option<MembershipId>,
    pub(super) report: Option<NoteId>,
}

impl Standing {
    pub(super) fn terms(&self) -> Terms {
        Terms { urgency: self.urgency, target_date: self.content.target_date, last_session_on: self.at.last_session_on }
    }

    /// What consent directives decide by.
    pub(super) fn subject(&self) -> ReferralSubject {
        ReferralSubject { patient: self.patient, episode: self.episode, author: self.author }
    }

    pub(super) fn target(&self) -> Target {
        Target { discipline: self.at.discipline, site_id: self.at.site, staff_id: self.at.named }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = referral)]
struct Row {
    id: ReferralId,
    number: String,
    patient_id: PatientId,
    episode_id: EpisodeId,
    author_id: StaffId,
    referrer_id: StaffId,
    discipline: Discipline,
    site_id: Option<SiteId>,
    named_id: Option<StaffId>,
    owner_id: Option<StaffId>,
    state: ReferralState,
    came_from: Option<ReferralState>,
    urgency: Urgency,
    content: String,
    sent_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
    half_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    overdue: bool,
    answer_left: Option<i64>,
    half_left: Option<i64>,
    was_overdue: bool,
    report_due_at: Option<Timestamp>,
    report_half_at: Option<Timestamp>,
    last_session_on: Option<Date>,
    membership_id: Option<MembershipId>,
    report_note_id: Option<NoteId>,
    entered_in_error: bool,
    version: i32,
}

impl Row {
    fn interrupted(&self) -> Option<Interrupted> {
        let still = self.answer_left.zip(self.half_left).map(|(due, half)| Stopped::Still { due, half });
        let half_at = self.report_half_at;
        let clock = still.or_else(|| self.report_due_at.map(|due_at| Stopped::Running { due_at, half_at }));
        clock.map(|clock| Interrupted { clock, overdue: self.was_overdue })
    }

    fn standing(self) -> Result<Standing> {
        let interrupted = self.interrupted();
        let clocks = Clocks {
            due_at: self.due_at,
            half_at: self.half_at,
            expires_at: self.expires_at,
            overdue: self.overdue,
            interrupted,
        };
        let at = Place {
            state: self.state,
            came_from: self.came_from,
            referrer: self.referrer_id,
            discipline: self.discipline,
            site: self.site_id,
            named: self.named_id,
            owner: self.owner_id,
            sent_at: self.sent_at,
            clocks,
            last_session_on: self.last_session_on,
            membership: self.membership_id,
            report: self.report_note_id,
        };
        Ok(Standing {
            id: self.id,
            number: self.number,
            patient: self.patient_id,
            episode: self.episode_id,
            author: self.author_id,
            urgency: self.urgency,
            entered_in_error: self.entered_in_error,
            version: self.version,
            content: Content::of_json(&self.content)?,
            at,
        })
    }
}

/// One referral of the chart.
pub(super) fn referral(conn: &mut Conn, chart: &Chart, id: ReferralId) -> Result<Option<Standing>> {
    let row = referral::table
        .find((chart.practice(), id))
        .filter(referral::patient_id.eq(chart.patient()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Row::standing).transpose()
}

/// Up to `limit` referrals of the chart that were sent, or that the reader is writing, newest first.
pub(super) fn of_patient(
    conn: &mut Conn,
    chart: &Chart,
    after: Option<ReferralId>,
    limit: i64,
) -> Result<Vec<Standing>> {
    let mut query = referral::table
        .filter(referral::practice_id.eq(chart.practice()))
        .filter(referral::patient_id.eq(chart.patient()))
        .filter(referral::state.ne(ReferralState::Draft).or(referral::referrer_id.eq(chart.actor().staff)))
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(referral::id.lt(after));
    }
    let rows: Vec<Row> = query.order(referral::id.desc()).limit(limit).load(conn)?;
    rows.into_iter().map(Row::standing).collect()
}

/// Draws the next number of a year.
pub(super) fn draw_number(conn: &mut Conn, chart: &Chart, year: i32) -> Result<ReferralNumber> {
    let name = format!("referral {year}");
    let counter = record_counter::table.find((chart.practice(), &name));
    let drawn = diesel::update(counter).set(record_counter::last.eq(record_counter::last + 1)).execute(conn)?;
    if drawn == 0 {
        diesel::insert_into(record_counter::table)
            .values((
                record_counter::practice_id.eq(chart.practice()),
                record_counter::name.eq(&name),
                record_counter::last.eq(1_i64),
            ))
            .execute(conn)?;
    }
    Ok(ReferralNumber { year, place: counter.select(record_counter::last).first(conn)? })
}

/// A referral about to be begun.
pub(super) struct Begun<'b> {
    pub(super) id: ReferralId,
    pub(super) number: ReferralNumber,
    pub(super) episode: EpisodeId,
    pub(super) target: &'b Target,
    pub(super) urgency: Urgency,
    pub(super) content: &'b Content,
    pub(super) at: Timestamp,
}

/// Begins a draft, by whoever opened the chart.
pub(super) fn begin(conn: &mut Conn, chart: &Chart, begun: &Begun) -> Result<()> {
    diesel::insert_into(referral::table)
        .values((
            (
                referral::id.eq(begun.id),
                referral::practice_id.eq(chart.practice()),
                referral::number.eq(begun.number.to_string()),
                referral::patient_id.eq(chart.patient()),
                referral::episode_id.eq(begun.episode),
                referral::author_id.eq(chart.actor().staff),
                referral::referrer_id.eq(chart.actor().staff),
                referral::discipline.eq(begun.target.discipline),
                referral::site_id.eq(begun.target.site_id),
                referral::named_id.eq(begun.target.staff_id),
            ),
            referral::state.eq(ReferralState::Draft),
            referral::urgency.eq(begun.urgency),
            referral::content.eq(begun.content.to_json()?),
            referral::created_at.eq(begun.at),
            referral::overdue.eq(false),
            referral::was_overdue.eq(false),
            referral::entered_in_error.eq(false),
            referral::version.eq(1),
        ))
        .execute(conn)?;
    Ok(())
}

/// What a draft is changed to.
pub(super) struct Changed<'c> {
    pub(super) episode: EpisodeId,
    pub(super) target: &'c Target,
    pub(super) urgency: Urgency,
    pub(super) content: &'c Content,
}

/// Writes the next version of a draft.
pub(super) fn change(conn: &mut Conn, chart: &Chart, before: &Standing, changed: &Changed) -> Result<()> {
    let row = at_version(chart, before);
    let values = (
        referral::episode_id.eq(changed.episode),
        referral::discipline.eq(changed.target.discipline),
        referral::site_id.eq(changed.target.site_id),
        referral::named_id.eq(changed.target.staff_id),
        referral::urgency.eq(changed.urgency),
        referral::content.eq(changed.content.to_json()?),
        referral::version.eq(before.version + 1),
    );
    one(diesel::update(row).set(values).execute(conn)?)
}

/// Throws a draft away.
pub(super) fn discard(conn: &mut Conn, chart: &Chart, before: &Standing) -> Result<()> {
    detach_all(conn, chart, before.id)?;
    one(diesel::delete(at_version(chart, before)).execute(conn)?)
}

type AtVersion = diesel::dsl::Filter<
    diesel::dsl::Find<referral::table, (PracticeId, ReferralId)>,
    diesel::dsl::Eq<referral::version, i32>,
>;

fn at_version(chart: &Chart, before: &Standing) -> AtVersion {
    referral::table.find((chart.practice(), before.id)).filter(referral::version.eq(before.version))
}

fn one(changed: usize) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(Error::internal("a referral moved within a transaction")) }
}

/// A move about to be written down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'e> {
    pub(super) step: ReferralMove,
    pub(super) part: Part,
    pub(super) by: Option<StaffId>,
    pub(super) reason: Option<&'static str>,
    pub(super) words: Option<&'e str>,
    pub(super) note: Option<NoteId>,
    pub(super) planned_at: Option<Timestamp>,
    pub(super) at: Timestamp,
}

/// Moves a referral from where it stood, and writes that down.
pub(super) fn go_on(
    conn: &mut Conn,
    practice: PracticeId,
    before: &Standing,
    to: &Place,
    in_error: bool,
    entry: &Entry,
) -> Result<()> {
    let row = referral::table.find((practice, before.id)).filter(referral::version.eq(before.version));
    let clocks = to.clocks;
    let values = (
        (
            referral::state.eq(to.state),
            referral::came_from.eq(to.came_from),
            referral::referrer_id.eq(to.referrer),
            referral::discipline.eq(to.discipline),
            referral::site_id.eq(to.site),
            referral::named_id.eq(to.named),
            referral::owner_id.eq(to.owner),
            referral::sent_at.eq(to.sent_at),
        ),
        (
            referral::due_at.eq(clocks.due_at),
            referral::half_at.eq(clocks.half_at),
            referral::expires_at.eq(clocks.expires_at),
            referral::next_at.eq(clocks.next_at()),
            referral::overdue.eq(clocks.overdue),
        ),
        behind(clocks.interrupted),
        referral::last_session_on.eq(to.last_session_on),
        referral::membership_id.eq(to.membership),
        referral::report_note_id.eq(to.report),
        referral::entered_in_error.eq(in_error),
        referral::version.eq(before.version + 1),
    );
    one(diesel::update(row).set(values).execute(conn)?)?;
    let of = referral_event::table
        .filter(referral_event::practice_id.eq(practice))
        .filter(referral_event::referral_id.eq(before.id));
    let number = of.select(diesel::dsl::max(referral_event::number)).first::<Option<i32>>(conn)?.unwrap_or(0) + 1;
    diesel::insert_into(referral_event::table)
        .values((
            referral_event::practice_id.eq(practice),
            referral_event::referral_id.eq(before.id),
            referral_event::number.eq(number),
            referral_event::patient_id.eq(before.patient),
            referral_event::step.eq(entry.step),
            referral_event::from_state.eq(before.at.state),
            referral_event::to_state.eq(to.state),
            referral_event::by_staff.eq(entry.by),
            referral_event::part.eq(entry.part),
            referral_event::reason.eq(entry.reason),
            referral_event::words.eq(entry.words),
            referral_event::note_id.eq(entry.note),
            referral_event::planned_at.eq(entry.planned_at),
            referral_event::at.eq(entry.at),
        ))
        .execute(conn)?;
    Ok(())
}

type Behind = (
    diesel::dsl::Eq<referral::was_overdue, bool>,
    diesel::dsl::Eq<referral::answer_left, Option<i64>>,
    diesel::dsl::Eq<referral::half_left, Option<i64>>,
    diesel::dsl::Eq<referral::report_due_at, Option<Timestamp>>,
    diesel::dsl::Eq<referral::report_half_at, Option<Timestamp>>,
);

/// The columns of the clock that a state interrupts.
fn behind(interrupted: Option<Interrupted>) -> Behind {
    let (still, running) = match interrupted.map(|interrupted| interrupted.clock) {
        Some(Stopped::Still { due, half }) => (Some((due, half)), None),
        Some(Stopped::Running { due_at, half_at }) => (None, Some((due_at, half_at))),
        None => (None, None),
    };
    (
        referral::was_overdue.eq(interrupted.is_some_and(|interrupted| interrupted.overdue)),
        referral::answer_left.eq(still.map(|(due, _)| due)),
        referral::half_left.eq(still.map(|(_, half)| half)),
        referral::report_due_at.eq(running.map(|(due_at, _)| due_at)),
        referral::report_half_at.eq(running.and_then(|(_, half_at)| half_at)),
    )
}

/// Gives a draft to another referrer.
pub(super) fn hand_over(conn: &mut Conn, practice: PracticeId, before: &Standing, to: StaffId) -> Result<()> {
    let row = referral::table.find((practice, before.id)).filter(referral::version.eq(before.version));
    one(diesel::update(row)
        .set((referral::referrer_id.eq(to), referral::version.eq(before.version + 1)))
        .execute(conn)?)
}

/// Every move of a referral, the first one first.
pub(super) fn events(conn: &mut Conn, chart: &Chart, id: ReferralId) -> Result<Vec<ReferralEventView>> {
    type Row = (
        (i32, ReferralMove, ReferralState, ReferralState, Option<StaffId>, Option<String>),
        (Part, Option<String>, Option<String>, Option<NoteId>, Option<Timestamp>, Timestamp),
    );
    let rows = referral_event::table
        .left_join(staff::table.on(
            staff::practice_id.eq(referral_event::practice_id).and(staff::id.nullable().eq(referral_event::by_staff)),
        ))
        .filter(referral_event::practice_id.eq(chart.practice()))
        .filter(referral_event::referral_id.eq(id))
        .filter(referral_event::patient_id.eq(chart.patient()))
        .order(referral_event::number)
        .select((
            (
                referral_event::number,
                referral_event::step,
                referral_event::from_state,
                referral_event::to_state,
                referral_event::by_staff,
                staff::name.nullable(),
            ),
            (
                referral_event::part,
                referral_event::reason,
                referral_event::words,
                referral_event::note_id,
                referral_event::planned_at,
                referral_event::at,
            ),
        ))
        .load::<Row>(conn)?;
    let view = |((number, step, from, to, by, name), (part, reason, words, note_id, planned_at, at)): Row| {
        let by = by.zip(name).map(|(id, name)| Colleague { id, name });
        ReferralEventView { number, step, from, to, by, part, reason, words, note_id, planned_at, at }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// When the visit is that was booked last; none if there is no such.
pub(super) fn visit_at(conn: &mut Conn, practice: PracticeId, id: ReferralId) -> Result<Option<Timestamp>> {
    let booked = referral_event::table
        .filter(referral_event::practice_id.eq(practice))
        .filter(referral_event::referral_id.eq(id))
        .filter(referral_event::step.eq(ReferralMove::Schedule))
        .order(referral_event::number.desc())
        .select(referral_event::planned_at);
    Ok(booked.first::<Option<Timestamp>>(conn).optional()?.flatten())
}

/// Who opened an open episode of the chart; none if there is no such.
pub(super) fn open_episode(conn: &mut Conn, chart: &Chart, id: EpisodeId) -> Result<Option<StaffId>> {
    Ok(episode::table
        .find((chart.practice(), id))
        .filter(episode::patient_id.eq(chart.patient()))
        .filter(episode::closed_at.is_null())
        .select(episode::opened_by)
        .first(conn)
        .optional()?)
}

/// Whether an unfinished referral is about an episode of the chart.
pub(super) fn keeps_open(conn: &mut Conn, chart: &Chart, episode: EpisodeId) -> Result<bool> {
    let unfinished = referral::table
        .filter(referral::practice_id.eq(chart.practice()))
        .filter(referral::episode_id.eq(episode))
        .filter(referral::state.eq_any(ReferralState::UNFINISHED));
    Ok(diesel::select(diesel::dsl::exists(unfinished)).get_result(conn)?)
}

/// Whether a site of the practice is open; none if there is no such.
pub(super) fn site_open(conn: &mut Conn, chart: &Chart, id: SiteId) -> Result<Option<bool>> {
    Ok(site::table.find((chart.practice(), id)).select(site::open).first(conn).optional()?)
}

/// Whether somebody has left, or is away today.
pub(super) fn is_absent(conn: &mut Conn, practice: PracticeId, id: StaffId, today: Date) -> Result<bool> {
    let row = staff::table.find((practice, id)).select((staff::active, staff::away_until));
    let (active, away_until): (bool, Option<Date>) = row.first(conn)?;
    Ok(!active || away_until.is_some_and(|until| until >= today))
}

/// What these members of staff are called.
pub(super) fn colleagues(conn: &mut Conn, of: PracticeId, ids: Vec<StaffId>) -> Result<HashMap<StaffId, Colleague>> {
    let rows: Vec<(StaffId, String)> = staff::table
        .filter(staff::practice_id.eq(of))
        .filter(staff::id.eq_any(ids))
        .select((staff::id, staff::name))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, name)| (id, Colleague { id, name })).collect())
}
