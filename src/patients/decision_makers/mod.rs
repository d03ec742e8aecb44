//! Who decides for a patient, or with them: parents of a minor, guardians, attorneys.

pub mod api;
pub mod ops;
mod query;
pub mod rules;
pub mod web;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::{Date, Timestamp};
use crate::ids::{DecisionMakerId, PatientId};
use crate::wording::said;
use crate::words::Trimmed;

/// Somebody who decides for a patient, and how far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionMaker {
    /// Their name, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    pub name: Trimmed,
    /// What they are to the patient, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    pub relation: Trimmed,
    /// By what right they decide, such as parental responsibility or a court's order: 1 to 500 characters.
    #[garde(length(chars, min = 1, max = 500))]
    pub authority: Trimmed,
    /// Whether they may consent to treatment.
    #[garde(skip)]
    pub may_consent: bool,
    /// Whether they may be given records.
    #[garde(skip)]
    pub may_receive_records: bool,
    /// The first day on which they may; from ever on unless told.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day on which they may, not before `from`; until further notice unless told.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// What they may not decide, 1 to 1000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Trimmed>,
    /// Phone number, 1 to 50 characters.
    #[garde(length(chars, min = 1, max = 50))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Trimmed>,
    /// E-mail address, 3 to 254 characters.
    #[garde(length(chars, min = 3, max = 254), contains("@"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Trimmed>,
}

/// Some of what is recorded of a decision-maker; what is left out stays, null clears. Bounds as in [`DecisionMaker`].
#[derive(Clone, Debug, Default, Deserialize, garde::Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChangedDecisionMaker {
    /// Their name.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(value_type = String, required = false)]
    pub name: Option<Trimmed>,
    /// What they are to the patient.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(value_type = String, required = false)]
    pub relation: Option<Trimmed>,
    /// By what right they decide.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(value_type = String, required = false)]
    pub authority: Option<Trimmed>,
    /// Whether they may consent to treatment.
    #[serde(deserialize_with = "said")]
    #[garde(skip)]
    #[schema(value_type = bool, required = false)]
    pub may_consent: Option<bool>,
    /// Whether they may be given records.
    #[serde(deserialize_with = "said")]
    #[garde(skip)]
    #[schema(value_type = bool, required = false)]
    pub may_receive_records: Option<bool>,
    /// The first day on which they may.
    #[serde(deserialize_with = "said")]
    #[garde(skip)]
    #[schema(value_type = Option<Date>)]
    pub from: Option<Option<Date>>,
    /// The last day on which they may.
    #[serde(deserialize_with = "said")]
    #[garde(skip)]
    #[schema(value_type = Option<Date>)]
    pub until: Option<Option<Date>>,
    /// What they may not decide.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 1000))]
    #[schema(value_type = Option<Trimmed>)]
    pub limits: Option<Option<Trimmed>>,
    /// Phone number.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 50))]
    #[schema(value_type = Option<Trimmed>)]
    pub phone: Option<Option<Trimmed>>,
    /// E-mail address.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 3, max = 254), contains("@"))]
    #[schema(value_type = Option<Trimmed>)]
    pub email: Option<Option<Trimmed>>,
}

impl ChangedDecisionMaker {
    /// What `former` becomes.
    #[must_use]
    pub fn of(&self, former: DecisionMaker) -> DecisionMaker {
        fn or<T: Clone>(changed: Option<&T>, former: T) -> T {
            changed.cloned().unwrap_or(former)
        }
        DecisionMaker {
            name: or(self.name.as_ref(), former.name),
            relation: or(self.relation.as_ref(), former.relation),
            authority: or(self.authority.as_ref(), former.authority),
            may_consent: or(self.may_consent.as_ref(), former.may_consent),
            may_receive_records: or(self.may_receive_records.as_ref(), former.may_receive_records),
            from: or(self.from.as_ref(), former.from),
            until: or(self.until.as_ref(), former.until),
            limits: or(self.limits.as_ref(), former.limits),
            phone: or(self.phone.as_ref(), former.phone),
            email: or(self.email.as_ref(), former.email),
        }
    }
}

/// A decision-maker of a patient.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DecisionMakerView {
    /// Their id, which a note's consent names.
    pub id: DecisionMakerId,
    /// Whose decision-maker they are.
    pub patient_id: PatientId,
    /// Who they are, and how far they decide.
    #[serde(flatten)]
    pub is: DecisionMaker,
    /// The version to send back in `If-Match`.
    pub version: i32,
    /// When they were recorded.
    pub created_at: Timestamp,
}
