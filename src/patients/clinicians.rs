//! What this room asks of members of staff: that they treat.

use super::query::clinicians::practised;
use crate::actor::Discipline;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::ids::{PracticeId, StaffId};

/// Checks that somebody works in the practice and treats.
pub(super) fn check_treats(conn: &mut Conn, practice: PracticeId, id: StaffId, pointer: &str) -> Result<()> {
    let treats = practised(conn, practice, id)?.disciplines().next().is_some();
    if treats { Ok(()) } else { Err(Error::field(pointer, "is no active clinician of this practice")) }
}

/// Checks that somebody works in the practice and practises a discipline.
pub(super) fn check_practises(
    conn: &mut Conn,
    practice: PracticeId,
    id: StaffId,
    discipline: Discipline,
    pointer: &str,
) -> Result<()> {
    let practises = practised(conn, practice, id)?.has(discipline.role());
    if practises { Ok(()) } else { Err(Error::field(pointer, "is no active clinician of that discipline")) }
}
