//! When a practice works.

use diesel::prelude::*;

use super::schema::{closed_day, practice};
use super::{Conn, Tx};
use crate::calendar::{Calendar, WorkingDays};
use crate::clock::Date;
use crate::error::{Error, Result};
use crate::ids::PracticeId;

/// The calendar of a practice: what its limits are counted in.
///
/// # Errors
/// The database's.
pub fn calendar(conn: &mut Conn, of: PracticeId) -> Result<Calendar> {
    let columns = (practice::time_zone, practice::working_days);
    let (zone, bits) = practice::table.find(of).select(columns).first::<(String, i32)>(conn)?;
    let working = WorkingDays::of_bits(bits).ok_or_else(|| Error::internal("working days that are none"))?;
    let closed: Vec<Date> =
        closed_day::table.filter(closed_day::practice_id.eq(of)).select(closed_day::day).load(conn)?;
    Ok(Calendar::new(&zone, working, closed.into_iter().map(Date::naive)))
}

impl Tx<'_> {
    /// The calendar of the practice of whoever acts.
    ///
    /// # Errors
    /// The database's.
    pub fn calendar(&mut self) -> Result<Calendar> {
        let practice = self.actor()?.practice;
        calendar(self.conn(), practice)
    }
}
