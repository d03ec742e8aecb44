//! The rows of alerts: whom they go to, what they are about, and the mails that carry them.

pub(super) mod about;
pub(super) mod audience;
pub(super) mod outbox;
pub(super) mod queue;
pub(super) mod reach;
pub(super) mod reminders;
pub(super) mod settled;
