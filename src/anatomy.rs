//! Where on the body something is.

use serde::{Deserialize, Serialize};

/// The side of the body; left out where there is none, as for flexion of the spine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The patient's left.
    Left,
    /// The patient's right.
    Right,
    /// Both sides alike.
    Bilateral,
}
