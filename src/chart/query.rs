//! The rows that opening a record rests on. They are read before any chart is open, and so ask for none.

pub(super) mod facts;
pub(super) mod passes;
pub(super) mod referrals;
