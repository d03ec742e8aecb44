//! The class of a note as SQL computes it.

use std::fmt::Write;
use std::sync::LazyLock;

use diesel::expression::{ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Bool, Integer, Nullable, Text};
use strum::IntoEnumIterator;

use crate::actor::{Discipline, RoleSet};
use crate::chart::{Chart, Scope};
use crate::clock::Timestamp;
use crate::db::MultiBackend;
use crate::db::types::sql as types;
use crate::ids::StaffId;
use crate::policy::{NoteClass, NoteState, Sharing, Whose, Withheld};

/// The class of a note for this reader, as [`NoteClass`] counts it, in the pieces between which values are bound.
struct ClassSql {
    /// Up to the reader's id.
    state_and_author: String,
    /// Up to the reader's id again.
    supervisor: String,
    /// Up to whether any directive concerns the reader at all.
    directives: String,
    /// Up to the time.
    begun: String,
    /// Up to the time again.
    not_ended: String,
    /// Up to the reader's disciplines.
    discipline: String,
}

fn class_sql() -> &'static ClassSql {
    static PIECES: LazyLock<ClassSql> = LazyLock::new(written_class_sql);
    &PIECES
}

fn written_class_sql() -> ClassSql {
    let worth = NoteClass::WORTH;
    let mut text = String::from("(CASE note.state");
    for (number, state) in (0_u8..).zip(NoteState::iter()) {
        // Writing into a String does not fail.
        let _ = write!(text, " WHEN '{state}' THEN {}", number * worth.state);
    }
    text.push_str(" END + CASE note.discipline");
    for (number, discipline) in (0_u8..).zip(Discipline::iter()) {
        let _ = write!(text, " WHEN '{discipline}' THEN {}", number * worth.discipline);
    }
    text.push_str(" END + CASE note.sharing");
    for (number, sharing) in (0_u8..).zip(Sharing::iter()) {
        let _ = write!(text, " WHEN '{sharing}' THEN {number}");
    }
    text.push_str(" END + CASE WHEN note.author_id = ");
    let (own, supervised) = (Whose::Own as u8 * worth.whose, Whose::Supervised as u8 * worth.whose);
    let (by_discipline, by_person) =
        (Withheld::FromDiscipline as u8 * worth.withheld, Withheld::FromPerson as u8 * worth.withheld);
    ClassSql {
        state_and_author: text,
        supervisor: format!(" THEN {own} WHEN staff.supervisor_id = "),
        directives: format!(" THEN {supervised} ELSE 0 END + CASE WHEN 0 = "),
        begun: " THEN 0 ELSE (SELECT COALESCE(MAX(CASE WHEN d.bars = 'discipline' THEN ".to_owned()
            + &format!("{by_discipline} ELSE {by_person} END), 0) FROM consent_directive d ")
            + "WHERE d.practice_id = note.practice_id AND d.patient_id = note.patient_id AND d.revoked_at IS NULL "
            + "AND (d.covers = 'record' OR d.covered_id = note.id OR d.covered_id = note.episode_id) "
            + "AND d.starts_at <= ",
        not_ended: " AND (d.ends_at IS NULL OR d.ends_at > ".to_owned(),
        discipline: ") AND ((d.bars = 'everyone' AND note.author_id <> ".to_owned(),
    }
}

/// The class of a note for this reader. Not `diesel::dsl::sql`, whose statements are prepared anew each time.
#[derive(Clone, Copy, Debug, QueryId)]
pub(in crate::notes) struct ClassFor {
    reader: StaffId,
    disciplines: [Option<Discipline>; 2],
    has_directives: i32,
    now: Timestamp,
}

impl ClassFor {
    /// The reader is who opened the chart.
    pub(in crate::notes) fn reader_of(chart: &Chart) -> Self {
        let lister = Self::lister(chart.actor().staff, chart.actor().roles, chart.now());
        Self { has_directives: i32::from(chart.has_directives()), ..lister }
    }

    /// The reader lists notes of whosoever record; directives may concern them on any of it.
    pub(in crate::notes) fn lister(reader: StaffId, roles: RoleSet, now: Timestamp) -> Self {
        let mut disciplines = roles.disciplines();
        Self { reader, disciplines: [disciplines.next(), disciplines.next()], has_directives: 1, now }
    }

    /// The reader is whose scope it is.
    pub(in crate::notes) fn reader_in(scope: &Scope) -> Self {
        Self::lister(scope.staff, scope.roles, scope.now)
    }
}

/// Whether the class of a note is among these: the text holds a 1 in the place of each, so that for any of them the
/// statement is the same.
#[derive(Clone, Debug, QueryId)]
pub(in crate::notes) struct ClassAmong(ClassFor, String);

impl ClassAmong {
    pub(in crate::notes) fn those(class: ClassFor, classes: &[NoteClass]) -> Self {
        let place = |number| if classes.iter().any(|class| class.number() == number) { '1' } else { '0' };
        let last = classes.iter().map(|class| class.number()).max();
        Self(class, last.map_or_else(String::new, |last| (0..=last).map(place).collect()))
    }
}

impl Expression for ClassFor {
    type SqlType = Integer;
}

impl Expression for ClassAmong {
    type SqlType = Bool;
}

impl QueryFragment<MultiBackend> for ClassFor {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        let pieces = class_sql();
        out.push_sql(&pieces.state_and_author);
        out.push_bind_param::<types::Uuid, _>(&self.reader)?;
        out.push_sql(&pieces.supervisor);
        out.push_bind_param::<types::Uuid, _>(&self.reader)?;
        out.push_sql(&pieces.directives);
        out.push_bind_param::<Integer, _>(&self.has_directives)?;
        out.push_sql(&pieces.begun);
        out.push_bind_param::<types::Moment, _>(&self.now)?;
        out.push_sql(&pieces.not_ended);
        out.push_bind_param::<types::Moment, _>(&self.now)?;
        out.push_sql(&pieces.discipline);
        out.push_bind_param::<types::Uuid, _>(&self.reader)?;
        out.push_sql(") OR d.staff_id = ");
        out.push_bind_param::<types::Uuid, _>(&self.reader)?;
        out.push_sql(" OR d.discipline IN (");
        out.push_bind_param::<Nullable<Text>, _>(&self.disciplines[0])?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Text>, _>(&self.disciplines[1])?;
        out.push_sql("))) END)");
        Ok(())
    }
}

impl QueryFragment<MultiBackend> for ClassAmong {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql("(substr(");
        out.push_bind_param::<Text, _>(&self.1)?;
        out.push_sql(", 1 + ");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(", 1) = '1')");
        Ok(())
    }
}

macro_rules! stands_among_notes {
    ($($expression:ty),+) => {$(
        impl<Rows> AppearsOnTable<Rows> for $expression {}
        impl<Rows> SelectableExpression<Rows> for $expression {}
        impl ValidGrouping<()> for $expression {
            type IsAggregate = is_aggregate::No;
        }
    )+};
}

stands_among_notes!(ClassFor, ClassAmong);
