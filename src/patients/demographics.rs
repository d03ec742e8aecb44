//! Who a patient is and how they are reached, and how that changes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Date;
use crate::wording::said;
use crate::words::Trimmed;

/// Sex as registered, in the words of HL7 FHIR's administrative gender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither of the two.
    Other,
    /// Not known, or not told.
    Unknown,
}

/// Whom to call when something happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmergencyContact {
    /// Their name, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    pub name: Trimmed,
    /// Their phone number, 1 to 50 characters.
    #[garde(length(chars, min = 1, max = 50))]
    pub phone: Trimmed,
    /// What they are to the patient, 1 to 100 characters.
    #[garde(length(chars, min = 1, max = 100))]
    pub relation: Trimmed,
}

/// Who a patient is and how they are reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Demographics {
    /// Given names, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    pub given_name: Trimmed,
    /// Family name, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    pub family_name: Trimmed,
    /// Date of birth, not in the future.
    #[garde(skip)]
    pub birth_date: Date,
    /// What the patient wants to be called, 1 to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 200))]
    pub preferred_name: Option<Trimmed>,
    /// Sex as registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(skip)]
    pub sex: Option<Sex>,
    /// Phone number, 1 to 50 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 50))]
    pub phone: Option<Trimmed>,
    /// E-mail address, 3 to 254 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 3, max = 254), contains("@"))]
    pub email: Option<Trimmed>,
    /// Postal address, 1 to 500 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 500))]
    pub address: Option<Trimmed>,
    /// Whom to call when something happens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(dive)]
    pub emergency_contact: Option<EmergencyContact>,
    /// The general practitioner, 1 to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 200))]
    pub gp: Option<Trimmed>,
    /// The number that a public health system knows them by, such as a Medicare number, 1 to 50 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 50))]
    pub health_number: Option<Trimmed>,
    /// The insurer, 1 to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 200))]
    pub insurer: Option<Trimmed>,
    /// The insurer's number for the claim, 1 to 100 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[garde(length(chars, min = 1, max = 100))]
    pub claim_number: Option<Trimmed>,
}

impl Demographics {
    /// Given names and family name.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.given_name.as_str(), self.family_name.as_str())
    }

    /// Who it is and how they are reached, and nothing else.
    #[must_use]
    pub fn contact_only(self) -> Self {
        Self { gp: None, health_number: None, insurer: None, claim_number: None, ..self }
    }
}

/// What of the demographics changes: a field that is left out stays, null clears one that may be missing. The bounds
/// are those of [`Demographics`].
#[derive(Clone, Debug, Default, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangedDemographics {
    /// Given names.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(value_type = String, required = false)]
    pub given_name: Option<Trimmed>,
    /// Family name.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(value_type = String, required = false)]
    pub family_name: Option<Trimmed>,
    /// Date of birth.
    #[serde(deserialize_with = "said")]
    #[garde(skip)]
    #[schema(value_type = Date, required = false)]
    pub birth_date: Option<Date>,
    /// What the patient wants to be called.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(value_type = Option<Trimmed>)]
    pub preferred_name: Option<Option<Trimmed>>,
    /// Sex as registered.
    #[serde(deserialize_with = "said")]
    #[garde(skip)]
    #[schema(value_type = Option<Sex>)]
    pub sex: Option<Option<Sex>>,
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
    /// Postal address.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 500))]
    #[schema(value_type = Option<Trimmed>)]
    pub address: Option<Option<Trimmed>>,
    /// Whom to call when something happens; replaced as a whole.
    #[serde(deserialize_with = "said")]
    #[garde(dive)]
    #[schema(value_type = Option<EmergencyContact>)]
    pub emergency_contact: Option<Option<EmergencyContact>>,
    /// The general practitioner.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(value_type = Option<Trimmed>)]
    pub gp: Option<Option<Trimmed>>,
    /// The number that a public health system knows them by.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 50))]
    #[schema(value_type = Option<Trimmed>)]
    pub health_number: Option<Option<Trimmed>>,
    /// The insurer.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(value_type = Option<Trimmed>)]
    pub insurer: Option<Option<Trimmed>>,
    /// The insurer's number for the claim.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 100))]
    #[schema(value_type = Option<Trimmed>)]
    pub claim_number: Option<Option<Trimmed>>,
}

impl ChangedDemographics {
    /// What `former` becomes.
    #[must_use]
    pub fn of(&self, former: Demographics) -> Demographics {
        fn or<T: Clone>(changed: Option<&T>, former: T) -> T {
            changed.cloned().unwrap_or(former)
        }
        Demographics {
            given_name: or(self.given_name.as_ref(), former.given_name),
            family_name: or(self.family_name.as_ref(), former.family_name),
            birth_date: or(self.birth_date.as_ref(), former.birth_date),
            preferred_name: or(self.preferred_name.as_ref(), former.preferred_name),
            sex: or(self.sex.as_ref(), former.sex),
            phone: or(self.phone.as_ref(), former.phone),
            email: or(self.email.as_ref(), former.email),
            address: or(self.address.as_ref(), former.address),
            emergency_contact: or(self.emergency_contact.as_ref(), former.emergency_contact),
            gp: or(self.gp.as_ref(), former.gp),
            health_number: or(self.health_number.as_ref(), former.health_number),
            insurer: or(self.insurer.as_ref(), former.insurer),
            claim_number: or(self.claim_number.as_ref(), former.claim_number),
        }
    }
}
