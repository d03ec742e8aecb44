//! The notes that go with referrals, and those that report on them.

use diesel::prelude::*;

use super::{Row, Standing};
use crate::actor::{Colleague, Discipline};
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{note, referral, referral_attachment, referral_event, staff};
use crate::error::Result;
use crate::ids::{EpisodeId, NoteId, ReferralId, StaffId};
use crate::policy::NoteState;
use crate::referrals::rules::ReferralMove;
use crate::referrals::views::Attachment;

/// The notes that go with a referral, in the order of the visits.
pub(in crate::referrals) fn attachments(conn: &mut Conn, chart: &Chart, id: ReferralId) -> Result<Vec<Attachment>> {
    let rows =
        referral_attachment::table
            .inner_join(note::table.on(
                note::practice_id.eq(referral_attachment::practice_id).and(note::id.eq(referral_attachment::note_id)),
            ))
            .inner_join(staff::table.on(staff::practice_id.eq(note::practice_id).and(staff::id.eq(note::author_id))))
            .filter(referral_attachment::practice_id.eq(chart.practice()))
            .filter(referral_attachment::referral_id.eq(id))
            .filter(referral_attachment::patient_id.eq(chart.patient()))
            .order((note::service_at, note::id))
            .select((note::id, note::discipline, staff::id, staff::name, note::service_at))
            .load::<(NoteId, Discipline, StaffId, String, Timestamp)>(conn)?;
    let view = |(note_id, discipline, id, name, service_at)| Attachment {
        note_id,
        discipline,
        author: Colleague { id, name },
        service_at,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Lets these notes go with a referral, and no others.
pub(in crate::referrals) fn attach(conn: &mut Conn, chart: &Chart, id: ReferralId, notes: &[NoteId]) -> Result<()> {
    detach_all(conn, chart, id)?;
    for note in notes {
        diesel::insert_into(referral_attachment::table)
            .values((
                referral_attachment::practice_id.eq(chart.practice()),
                referral_attachment::referral_id.eq(id),
                referral_attachment::note_id.eq(*note),
                referral_attachment::patient_id.eq(chart.patient()),
            ))
            .execute(conn)?;
    }
    Ok(())
}

pub(super) fn detach_all(conn: &mut Conn, chart: &Chart, id: ReferralId) -> Result<()> {
    let of = referral_attachment::table
        .filter(referral_attachment::practice_id.eq(chart.practice()))
        .filter(referral_attachment::referral_id.eq(id));
    diesel::delete(of).execute(conn)?;
    Ok(())
}

/// Takes a note out of every referral it goes with.
pub(in crate::referrals) fn detach(conn: &mut Conn, chart: &Chart, note: NoteId) -> Result<()> {
    let of = referral_attachment::table
        .filter(referral_attachment::practice_id.eq(chart.practice()))
        .filter(referral_attachment::note_id.eq(note))
        .filter(referral_attachment::patient_id.eq(chart.patient()));
    diesel::delete(of).execute(conn)?;
    Ok(())
}

/// The referrals of the chart on which this note was ever returned as the report.
pub(in crate::referrals) fn reported_with(conn: &mut Conn, chart: &Chart, note: NoteId) -> Result<Vec<Standing>> {
    let returned = referral_event::table
        .filter(referral_event::practice_id.eq(chart.practice()))
        .filter(referral_event::note_id.eq(note))
        .filter(referral_event::step.eq(ReferralMove::ReturnReport))
        .select(referral_event::referral_id);
    let rows: Vec<Row> = referral::table
        .filter(referral::practice_id.eq(chart.practice()))
        .filter(referral::patient_id.eq(chart.patient()))
        .filter(referral::id.eq_any(returned))
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Row::standing).collect()
}

/// Whether a note of the chart is signed, by whom, and in which episode it stands.
pub(in crate::referrals) fn signed_note(
    conn: &mut Conn,
    chart: &Chart,
    id: NoteId,
) -> Result<Option<(StaffId, Option<EpisodeId>)>> {
    Ok(note::table
        .find((chart.practice(), id))
        .filter(note::patient_id.eq(chart.patient()))
        .filter(note::state.eq(NoteState::Signed))
        .select((note::author_id, note::episode_id))
        .first(conn)
        .optional()?)
}

/// Whether somebody has signed a note in the chart that stands, be it one that waits for a second signature.
pub(in crate::referrals) fn has_signed(conn: &mut Conn, chart: &Chart, author: StaffId) -> Result<bool> {
    let own = note::table
        .filter(note::practice_id.eq(chart.practice()))
        .filter(note::patient_id.eq(chart.patient()))
        .filter(note::author_id.eq(author))
        .filter(note::state.eq_any([NoteState::AwaitingCosign, NoteState::Signed]));
    Ok(diesel::select(diesel::dsl::exists(own)).get_result(conn)?)
}
