//! Where a referral stands. Alerts, charts and referrals alike ask which states are open.

crate::wording::words! {
    /// Where a referral stands.
    pub enum ReferralState {
        /// Being written; its referrer's alone.
        Draft,
        /// Sent to a colleague or a pool; nobody has taken it.
        Sent,
        /// Taken out of the pool by somebody who has yet to decide.
        Received,
        /// Waiting for an answer of the referrer.
        NeedsInfo,
        /// Its owner will see the patient.
        Accepted,
        /// The first visit is booked.
        Scheduled,
        /// The patient is being treated for it.
        InProgress,
        /// The referrer has asked the owner to stop.
        CancelRequested,
        /// The owner has reported; the referrer has yet to review it.
        ReportReturned,
        /// Nobody will see the patient for it; the referrer decides what next.
        Declined,
        /// Nobody answered in time; the referrer decides what next.
        Expired,
        /// Reviewed by the referrer, or given up after it was declined or expired.
        Closed,
        /// Withdrawn.
        Cancelled,
    }
}

impl ReferralState {
    /// The states in which those who take part in it see the patient's contact details, safety items and what is attached.
    pub const OPEN: [Self; 8] = [
        Self::Sent,
        Self::Received,
        Self::NeedsInfo,
        Self::Accepted,
        Self::Scheduled,
        Self::InProgress,
        Self::CancelRequested,
        Self::ReportReturned,
    ];

    /// The states of what is neither closed nor withdrawn.
    pub const UNFINISHED: [Self; 11] = [
        Self::Draft,
        Self::Sent,
        Self::Received,
        Self::NeedsInfo,
        Self::Accepted,
        Self::Scheduled,
        Self::InProgress,
        Self::CancelRequested,
        Self::ReportReturned,
        Self::Declined,
        Self::Expired,
    ];

    /// Whether those who take part in it see what goes with it.
    #[must_use]
    pub fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
    /// Whether it was sent, and its referrer has to act.
    #[must_use]
    pub fn is_back(self) -> bool {
        self != Self::Draft && self.holder() == Holder::Referrer
    }

    /// Whose turn it is.
    #[must_use]
    pub const fn holder(self) -> Holder {
        match self {
            Self::Sent => Holder::Target,
            Self::Received | Self::Accepted | Self::Scheduled | Self::InProgress | Self::CancelRequested => {
                Holder::Owner
            }
            Self::Draft | Self::NeedsInfo | Self::ReportReturned | Self::Declined | Self::Expired => Holder::Referrer,
            Self::Closed | Self::Cancelled => Holder::Nobody,
        }
    }
}

/// Whose turn it is with a referral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Who sent it.
    Referrer,
    /// The colleague or the pool it was sent to.
    Target,
    /// Who has taken it.
    Owner,
    /// Nobody: it is over.
    Nobody,
}
