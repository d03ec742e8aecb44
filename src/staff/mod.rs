//! The staff room: who works here in which roles, at which sites, under which settings; and founding a practice.

mod founding;
mod query;
mod rules;

use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

pub use founding::{Founding, add_staff_member, found_practice};

use crate::actor::Role;
use crate::ids::SiteId;

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
}
