//! A stretch of what happened to a patient.

use crate::clock::Timestamp;
use crate::ids::ObjectId;

/// A stretch of a record, newest first.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// Only what changed after this.
    pub since: Option<Timestamp>,
    /// Only what comes after this moment and id, that is, is older, or as old with a lower id.
    pub after: Option<(Timestamp, ObjectId)>,
    /// At most so many.
    pub limit: i64,
}

impl Span {
    /// Whether what happened then under this id, and never changed, belongs to it.
    #[must_use]
    pub fn holds(&self, at: Timestamp, id: ObjectId) -> bool {
        self.since.is_none_or(|since| at > since) && self.after.is_none_or(|after| (at, id) < after)
    }
}
