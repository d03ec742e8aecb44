//! What the staff room takes and what it answers.

use garde::Validate;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::rules::{self, if_given};
use crate::actor::{Discipline, Role};
use crate::calendar::{Weekday, WorkingDays};
use crate::clock::{Date, Timestamp};
use crate::ids::{PatientId, SiteId, StaffId};
use crate::notes::ops::LeftDraft;
use crate::referrals::ops::LeftReferral;

/// Somebody who begins to work here.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStaff {
    /// Their name, as colleagues read it: 1 to 200 characters.
    #[garde(custom(rules::name))]
    pub name: String,
    /// The address they sign in with; upper and lower case are the same.
    #[garde(custom(rules::email))]
    pub email: String,
    /// What they are; at least one.
    #[garde(length(min = 1, max = 5))]
    pub roles: Vec<Role>,
    /// Where they mostly work: an open site.
    #[garde(skip)]
    pub site_id: Option<SiteId>,
    /// Of a student or new graduate, who signs beside them: a clinician of the same discipline who signs alone.
    #[garde(skip)]
    #[serde(default)]
    pub supervisor_id: Option<StaffId>,
}

/// What changes about a member of staff; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffChange {
    /// Their name: 1 to 200 characters.
    #[garde(custom(if_given(rules::name)))]
    pub name: Option<String>,
    /// The address they sign in with.
    #[garde(custom(if_given(rules::email)))]
    pub email: Option<String>,
    /// All that they are from now on; at least one.
    #[garde(length(min = 1, max = 5))]
    pub roles: Option<Vec<Role>>,
    /// Where they mostly work: an open site, or `null`.
    #[garde(skip)]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<SiteId>)]
    pub site_id: Option<Option<SiteId>>,
    /// The last day of their absence, or `null`.
    #[garde(skip)]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Date>)]
    pub away_until: Option<Option<Date>>,
    /// Who signs beside them, or `null` for somebody who signs alone from now on. What waits follows to another supervisor.
    #[garde(skip)]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<StaffId>)]
    pub supervisor_id: Option<Option<StaffId>>,
    /// `true` for somebody who comes back: they sign in as before, and are on no care team. Access is ended by deactivating.
    #[garde(custom(rules::only_true))]
    pub active: Option<bool>,
}

/// Tells `null` from what was left out.
#[expect(clippy::option_option, reason = "left out, null and a value are three things")]
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A site to open.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSite {
    /// Its name, which no other site of the practice has: 1 to 200 characters.
    #[garde(custom(rules::name))]
    pub name: String,
}

/// What changes about a site; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteChange {
    /// Its name: 1 to 200 characters.
    #[garde(custom(if_given(rules::name)))]
    pub name: Option<String>,
    /// Whether anybody works there.
    #[garde(skip)]
    pub open: Option<bool>,
}

/// What changes about the practice's settings; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    /// The practice's name: 1 to 200 characters.
    #[garde(custom(if_given(rules::name)))]
    pub name: Option<String>,
    /// Its time zone, by its IANA name.
    #[garde(custom(if_given(rules::time_zone)))]
    pub time_zone: Option<String>,
    /// The age from which patients consent alone, by the law of the place: 14 to 21 years.
    #[garde(range(min = 14, max = 21))]
    #[schema(minimum = 14, maximum = 21)]
    pub age_of_majority: Option<i32>,
    /// The days of the week on which the practice works, at least one: limits are counted in them.
    #[garde(skip)]
    #[schema(value_type = Option<Vec<Weekday>>)]
    pub working_days: Option<WorkingDays>,
    /// The dates on which it is closed all the same, such as public holidays, all of them: at most 400.
    #[garde(length(max = 400))]
    #[schema(max_items = 400)]
    pub closed_days: Option<Vec<Date>>,
}

/// A member of staff, as a manager sees them.
#[expect(clippy::struct_excessive_bools, reason = "each is a field of the answer")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StaffView {
    /// Who they are.
    pub id: StaffId,
    /// Their name.
    pub name: String,
    /// The address they sign in with, in lower case.
    pub email: String,
    /// What they are.
    pub roles: Vec<Role>,
    /// Where they mostly work.
    pub site_id: Option<SiteId>,
    /// The last day of their absence.
    pub away_until: Option<Date>,
    /// Whether what they sign waits for a second signature.
    pub cosign_required: bool,
    /// Whose.
    pub supervisor_id: Option<StaffId>,
    /// Whether they work here; if not, they cannot sign in.
    pub active: bool,
    /// Whether they have yet to accept their invitation and set a password.
    pub invited: bool,
    /// Whether they sign in with a second factor.
    pub second_factor: bool,
    /// The version to send back in `If-Match`.
    pub version: i32,
    /// When they were taken on.
    pub created_at: Timestamp,
}

/// A member of staff with the invitation just made for them.
#[derive(Clone, Serialize, ToSchema)]
pub struct Invited {
    /// The member of staff.
    #[serde(flatten)]
    pub staff: StaffView,
    /// The invitation; `null` when a repeated request is answered.
    pub invitation: Option<Invitation>,
}

impl Invited {
    /// As whoever invites is answered: where mails reach people, the token goes by mail alone.
    #[must_use]
    pub fn answered(mut self, mails_arrive: bool) -> Self {
        if let Some(invitation) = self.invitation.as_mut().filter(|_| mails_arrive) {
            invitation.token = None;
        }
        self
    }
}

/// What somebody needs to set their first password. It has no `Debug`, so that no log line can hold the token.
#[derive(Clone, Serialize, ToSchema)]
pub struct Invitation {
    /// For the person alone; kept only as a hash. It is told here, once, only where no mail server is set up, and mails are
    /// files on the machine that serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The first moment at which it is no longer good.
    pub expires_at: Timestamp,
}

/// A colleague, as everyone in the practice sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DirectoryEntry {
    /// Who they are.
    pub id: StaffId,
    /// Their name.
    pub name: String,
    /// What they treat in; none for those who do not treat.
    pub disciplines: Vec<Discipline>,
    /// The site where they mostly work.
    pub site_id: Option<SiteId>,
    /// That site's name.
    pub site: Option<String>,
    /// The last day of their absence.
    pub away_until: Option<Date>,
}

/// A site of the practice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, diesel::Queryable)]
pub struct SiteView {
    /// Which it is.
    pub id: SiteId,
    /// Its name.
    pub name: String,
    /// Whether anybody works there.
    pub open: bool,
    /// The version to send back in `If-Match`.
    pub version: i32,
    /// When it was opened.
    pub created_at: Timestamp,
}

/// The practice's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SettingsView {
    /// The practice's name.
    pub name: String,
    /// Its time zone, by its IANA name.
    pub time_zone: String,
    /// The age from which patients consent alone, in years.
    pub age_of_majority: i32,
    /// The days of the week on which the practice works.
    #[schema(value_type = Vec<Weekday>)]
    pub working_days: WorkingDays,
    /// The dates on which it is closed all the same, in order.
    pub closed_days: Vec<Date>,
    /// The version to send back in `If-Match`.
    pub version: i32,
}

/// What a member of staff leaves, or would leave, behind. It holds no clinical word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HandOver {
    /// Who leaves.
    pub staff: StaffView,
    /// The patients on whose care team they are.
    pub patients: Vec<LeftPatient>,
    /// Notes they have not signed.
    pub drafts: Vec<LeftDraft>,
    /// Referrals that are not finished, which a manager may give to somebody else.
    pub referrals: Vec<LeftReferral>,
    /// Colleagues whom they supervise, who need somebody else.
    pub supervised: Vec<LeftSupervised>,
}

/// A colleague who needs another supervisor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftSupervised {
    /// Who it is.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// How many co-signatures wait: notes, amendments and addenda. They follow to the next supervisor.
    pub waiting: i64,
}

/// A patient who needs somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftPatient {
    /// Who it is.
    pub patient_id: PatientId,
    /// The readable number of the record, such as `P-000123`.
    pub record_number: String,
}
