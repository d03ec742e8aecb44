//! The rows of messages. Every function asks for the open chart they stand in.

use diesel::prelude::*;

use super::MessageView;
use crate::actor::Colleague;
use crate::chart::{Chart, Span};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{message, staff};
use crate::error::Result;
use crate::ids::{MessageId, PatientId, StaffId};

type Row = (MessageId, PatientId, StaffId, String, Timestamp, String);

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
            ))
    };
}

/// The messages of the chart, newest first.
pub(super) fn messages(
    conn: &mut Conn,
    chart: &Chart,
    after: Option<MessageId>,
    limit: i64,
) -> Result<Vec<MessageView>> {
    let mut query = message_rows!(chart).order(message::id.desc()).limit(limit).into_boxed();
    if let Some(after) = after {
        query = query.filter(message::id.lt(after));
    }
    Ok(query.load::<Row>(conn)?.into_iter().map(view).collect())
}

/// The messages of a stretch of the chart, newest first.
pub(super) fn written(conn: &mut Conn, chart: &Chart, span: Span) -> Result<Vec<MessageView>> {
    let mut query = message_rows!(chart).into_boxed();
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

fn view((id, patient_id, author_id, name, written_at, text): Row) -> MessageView {
    let (author, text) = (Colleague { id: author_id, name }, text.as_str().into());
    MessageView { id, patient_id, author, written_at, text }
}

/// Inserts a message, by whoever opened the chart.
pub(super) fn insert(conn: &mut Conn, chart: &Chart, id: MessageId, text: &str, at: Timestamp) -> Result<()> {
    diesel::insert_into(message::table)
        .values((
            message::id.eq(id),
            message::practice_id.eq(chart.practice()),
            message::patient_id.eq(chart.patient()),
            message::author_id.eq(chart.actor().staff),
            message::text.eq(text),
            message::written_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}
