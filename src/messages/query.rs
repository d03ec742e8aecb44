//! The rows of messages. Every function asks for the open chart they stand in.

use diesel::prelude::*;

use super::{MessageView, NewMessage};
use crate::actor::Colleague;
use crate::chart::{Chart, ReferralState, ReferralSubject, Span};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{message, referral, staff};
use crate::error::Result;
use crate::ids::{EpisodeId, MessageId, PatientId, ReferralId, StaffId};

type Row = (MessageId, PatientId, StaffId, String, Timestamp, String, Option<ReferralId>);

macro_rules! message_rows {
    ($chart:expr) => {
        message::table
            .inner_join(
                staff::table.on(staff::practice_id.eq(message::practice_id).and(staff::id.eq(message::author_id))),
            )
            .filter(message::practice_id.eq($chart.practice()))
            .filter(message::patient_id.eq($chart.patient()))
            .select((
                message::id,
                message::patient_id,
                message::author_id,
                staff::name,
                message::written_at,
                message::text,
                message::referral_id,
            ))
    };
}

/// Which messages are shown.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// But for those about these referrals.
    pub(super) hidden: Vec<ReferralId>,
    /// Those of one author; of everybody without one.
    pub(super) by: Option<StaffId>,
}

/// The messages of the chart that are shown, boxed.
macro_rules! shown_rows {
    ($chart:expr, $shown:expr) => {{
        let hidden: Vec<_> = $shown.hidden.iter().copied().map(Some).collect();
        let about_others = message::referral_id.is_null().or(message::referral_id.ne_all(hidden));
        let mut query = message_rows!($chart).filter(about_others.assume_not_null()).into_boxed();
        if let Some(author) = $shown.by {
            query = query.filter(message::author_id.eq(author));
        }
        query
    }};
}

/// The messages of the chart that are shown, newest first.
pub(super) fn messages(
    conn: &mut Conn,
    chart: &Chart,
    shown: &Shown,
    after: Option<MessageId>,
    limit: i64,
) -> Result<Vec<MessageView>> {
    let mut query = shown_rows!(chart, shown).order(message::id.desc()).limit(limit);
    if let Some(after) = after {
        query = query.filter(message::id.lt(after));
    }
    Ok(query.load::<Row>(conn)?.into_iter().map(view).collect())
}

/// The newest messages of the chart about one referral, newest first; those of one author if one is given.
pub(super) fn conversation(
    conn: &mut Conn,
    chart: &Chart,
    referral: ReferralId,
    by: Option<StaffId>,
    limit: i64,
) -> Result<Vec<MessageView>> {
    let about = shown_rows!(chart, Shown { hidden: Vec::new(), by }).filter(message::referral_id.eq(referral));
    Ok(about.order(message::id.desc()).limit(limit).load::<Row>(conn)?.into_iter().map(view).collect())
}

/// The referrals of the chart that were sent, and what they are about.
pub(super) fn referrals(conn: &mut Conn, chart: &Chart) -> Result<Vec<(ReferralId, ReferralSubject)>> {
    let rows: Vec<(ReferralId, EpisodeId, StaffId)> = referral::table
        .filter(referral::practice_id.eq(chart.practice()))
        .filter(referral::patient_id.eq(chart.patient()))
        .filter(referral::state.ne(ReferralState::Draft))
        .select((referral::id, referral::episode_id, referral::author_id))
        .load(conn)?;
    let about = |(id, episode, author)| (id, ReferralSubject { patient: chart.patient(), episode, author });
    Ok(rows.into_iter().map(about).collect())
}

/// The messages of a stretch of the chart that are shown, newest first.
pub(super) fn written(conn: &mut Conn, chart: &Chart, shown: &Shown, span: Span) -> Result<Vec<MessageView>> {
    let mut query = shown_rows!(chart, shown);
    if let Some((at, id)) = span.after {
        let id: MessageId = id.retype();
        query = query.filter(message::written_at.lt(at).or(message::written_at.eq(at).and(message::id.lt(id))));
    }
    if let Some(since) = span.since {
        query = query.filter(message::written_at.gt(since));
    }
    let newest = query.order((message::written_at.desc(), message::id.desc())).limit(span.limit);
    Ok(newest.load::<Row>(conn)?.into_iter().map(view).collect())
}

/// One message of the chart.
pub(super) fn message(conn: &mut Conn, chart: &Chart, id: MessageId) -> Result<Option<MessageView>> {
    Ok(message_rows!(chart).filter(message::id.eq(id)).first::<Row>(conn).optional()?.map(view))
}

fn view((id, patient_id, author_id, name, written_at, text, referral_id): Row) -> MessageView {
    let (author, text) = (Colleague { id: author_id, name }, text.as_str().into());
    MessageView { id, patient_id, author, written_at, text, referral_id }
}

/// Inserts a message, by whoever opened the chart.
pub(super) fn insert(conn: &mut Conn, chart: &Chart, id: MessageId, new: &NewMessage, at: Timestamp) -> Result<()> {
    diesel::insert_into(message::table)
        .values((
            message::id.eq(id),
            message::practice_id.eq(chart.practice()),
            message::patient_id.eq(chart.patient()),
            message::author_id.eq(chart.actor().staff),
            message::text.eq(new.text.as_str()),
            message::referral_id.eq(new.referral_id),
            message::written_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}
