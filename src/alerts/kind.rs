//! The one table of alerts: what there is, whom it alerts, how it reaches them.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::actor::{Role, RoleSet};
use crate::db::types::sql_word;

/// How an alert reaches somebody. In the list of notifications it stands in any case.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    EnumIter,
    EnumString,
    Display,
    IntoStaticStr,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Delivery {
    /// By a mail of its own, between 07:00 and 20:00 unless it is urgent.
    AtOnce,
    /// In the daily mail.
    Digest,
    /// By no mail.
    InApp,
}

/// What the table says of a kind.
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the table")]
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// How it reaches those who chose nothing.
    pub default: Delivery,
    /// Whether it can be turned off. What cannot comes at once, at any hour.
    pub optional: bool,
    /// Whether it reaches the stand-in of whoever is away. What concerns an account or one's own words does not.
    pub represented: bool,
    /// Whether it reaches those too from whom a directive withholds what it is about, short of the whole record by name: it
    /// is about what is dangerous, or about what has to be done because of the directive.
    pub despite: bool,
    /// Whether it reaches whoever acts too: on an account it may have been somebody else.
    pub oneself: bool,
    /// Whether it asks for something that is done one day, and is settled then without having been read.
    pub asks: bool,
    /// Those whom it can reach hold one of these.
    pub roles: RoleSet,
    /// What the managers are asked if the patient keeps it from whoever has to act.
    pub instead: Option<AlertKind>,
    /// The subject of its mail. `{number}` is the readable number, `{by}` when it is due; no patient, no clinical fact.
    pub subject: &'static str,
    /// Whom it alerts.
    pub to: &'static str,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident, $default:ident, $($word:ident)*, $subject:literal, $to:literal;)+) => {
        /// What somebody is alerted of.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, EnumString, Display, IntoStaticStr,
            Serialize, Deserialize, ToSchema,
        )]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        pub enum AlertKind {
            $($(#[doc = $doc])+ $kind,)+
        }

        impl AlertKind {
            /// What the table says of it.
            #[must_use]
            pub const fn row(self) -> Row {
                match self {
                    $(Self::$kind => {
                        let row = Row {
                            default: Delivery::$default,
                            optional: true,
                            represented: false,
                            despite: false,
                            oneself: false,
                            asks: false,
                            roles: EVERYONE,
                            instead: None,
                            subject: $subject,
                            to: $to,
                        };
                        $(let row = row.$word();)*
                        row
                    })+
                }
            }
        }
    };
}

const CLINICIANS: RoleSet = RoleSet::EMPTY.with(Role::Physiotherapist).with(Role::MassageTherapist);
const EVERYONE: RoleSet = CLINICIANS.with(Role::Manager).with(Role::Receptionist).with(Role::PrivacyOfficer);

impl Row {
    const fn clinicians(self) -> Self {
        Self { roles: CLINICIANS, ..self }
    }

    const fn managers(self) -> Self {
        Self { roles: RoleSet::EMPTY.with(Role::Manager), ..self }
    }

    const fn officers(self) -> Self {
        Self { roles: RoleSet::EMPTY.with(Role::PrivacyOfficer), ..self }
    }

    const fn or_managers(self) -> Self {
        Self { roles: self.roles.with(Role::Manager), ..self }
    }

    const fn always(self) -> Self {
        Self { optional: false, ..self }
    }

    const fn represented(self) -> Self {
        Self { represented: true, ..self }
    }

    const fn oneself(self) -> Self {
        Self { oneself: true, ..self }
    }

    const fn despite(self) -> Self {
        Self { despite: true, ..self }
    }

    const fn asks(self) -> Self {
        Self { asks: true, ..self }
    }

    const fn reassigned(self) -> Self {
        Self { instead: Some(AlertKind::ReferralToReassign), ..self }
    }

    const fn resupervised(self) -> Self {
        Self { instead: Some(AlertKind::CosignToReassign), ..self }
    }
}

kinds! {
    /// A referral came to a colleague by name.
    ReferralSent, AtOnce, clinicians represented asks, "Referral {number} needs an answer{by}", "the colleague it names";
    /// A referral came to a pool.
    ReferralPooled, Digest, clinicians represented asks, "Referral {number} waits for somebody to take it{by}", "the pool";
    /// A member of the pool took a referral up to look at it.
    ReferralReceived, AtOnce, clinicians represented, "Referral {number} was received", "the referrer";
    /// A referral needs more information.
    ReferralAsked, AtOnce, clinicians represented reassigned asks, "A question about referral {number} needs an answer{by}", "the referrer";
    /// The question about a referral was answered.
    ReferralAnswered, AtOnce, clinicians represented, "The question about referral {number} was answered", "the owner";
    /// A referral was accepted.
    ReferralAccepted, AtOnce, clinicians represented, "Referral {number} was accepted", "the referrer";
    /// A referral was declined.
    ReferralDeclined, AtOnce, clinicians represented reassigned asks, "Referral {number} was declined", "the referrer";
    /// A first visit was set.
    ReferralScheduled, AtOnce, clinicians represented, "A visit for referral {number} was scheduled", "referrer and owner";
    /// Nobody came to the visit.
    ReferralNoShow, AtOnce, clinicians represented, "Nobody came to the visit for referral {number}", "referrer and owner";
    /// The report is there to be reviewed.
    ReportReturned, AtOnce, clinicians represented reassigned asks, "The report on referral {number} waits for your review{by}", "the referrer";
    /// The note that was the report has been changed or was entered in error.
    ReportReopened, AtOnce, clinicians represented, "The report on referral {number} was taken back", "the referrer";
    /// A note that was the report on a referral which is closed, or goes on, has been changed or was entered in error.
    ReportChanged, AtOnce, clinicians represented, "A note that reported on referral {number} was changed or taken back", "the referrer";
    /// A report was not reviewed in time.
    ReportNotReviewed, AtOnce, clinicians or_managers represented asks, "The report on referral {number} was not reviewed{by}", "the referrer, then the managers too";
    /// A referral comes to the end of its time, or is beyond it.
    ReferralOverdue, AtOnce, clinicians or_managers represented asks, "Referral {number} needs to be dealt with{by}", "its holder, at the end the managers too";
    /// A referral was cancelled.
    ReferralCancelled, AtOnce, clinicians represented, "Referral {number} was cancelled", "the other party";
    /// The referrer asks to cancel a referral whose treatment has begun.
    ReferralCancelRequested, AtOnce, clinicians represented asks, "Referral {number}: you are asked to agree to its cancellation{by}", "the owner";
    /// A referral came to nothing, since nobody answered.
    ReferralExpired, AtOnce, clinicians or_managers represented asks, "Referral {number} has expired", "the parties and the managers";
    /// A referral was handed to somebody else.
    ReferralReassigned, AtOnce, clinicians represented, "Referral {number} was reassigned", "the former and the new party, and the other one";
    /// A referral is closed.
    ReferralClosed, AtOnce, clinicians represented, "Referral {number} is closed", "the other party";
    /// A consent directive bars whoever has to act on a referral: a manager has to reassign it.
    ReferralToReassign, AtOnce, managers despite asks, "Referral {number} has to be reassigned", "the managers";
    /// A message was written about a patient.
    Message, AtOnce, clinicians represented, "A new message awaits you", "the care team";
    /// Something waits for a second signature.
    CosignWanted, AtOnce, clinicians resupervised asks, "A co-signature is wanted", "the author's supervisor";
    /// A consent directive bars the supervisor of whoever needs a second signature: a manager has to name another.
    CosignToReassign, AtOnce, managers despite, "A co-signature needs another supervisor", "the managers";
    /// A note was returned by the supervisor.
    CosignReturned, AtOnce, clinicians asks, "A note was returned to you", "its author";
    /// A note is not signed a day, or two days, after the treatment.
    UnsignedNote, Digest, clinicians asks, "A note of yours is not signed yet", "its author";
    /// A joint review is due.
    JointReviewDue, AtOnce, clinicians represented asks, "A joint review is due{by}", "the care team";
    /// A red flag was raised.
    RedFlag, AtOnce, clinicians represented despite, "A safety notice needs your attention", "the care team, and the parties of open referrals";
    /// Somebody started treating a patient.
    StartedTreating, AtOnce, clinicians represented, "Somebody joined a care team that you are on", "the care team";
    /// A patient decided who may read what, and somebody has to act on it.
    DirectiveSet, AtOnce, officers despite, "A consent directive needs your attention", "the privacy officers";
    /// Somebody broke the glass.
    EmergencyAccess, AtOnce, officers or_managers always despite asks, "An emergency access was opened and needs a review{by}", "the privacy officers; without another than who opened it, the managers";
    /// Somebody signed in from where they never did before.
    NewDevice, AtOnce, always oneself, "A sign-in from a new device", "whose account it is";
    /// Password, address or second factor were changed.
    CredentialsChanged, AtOnce, always oneself, "Your sign-in details were changed", "whose account it is";
}

sql_word!(AlertKind, Delivery);
