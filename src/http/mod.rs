//! How HTTP is spoken, once for every route: who calls, bodies, versions, retries, pages, problem documents.

mod answer;
pub mod arrival;
mod body;
mod caller;
mod conditional;
mod csv;
mod download;
pub mod json;
mod page;
mod problem;
mod record;
mod retry;

pub use answer::Answer;
pub use body::{Body, Filter, MaybeBody, PathId, PathSeq, mac, unarrived, validated};
pub use caller::{Caller, RequestId};
pub use conditional::IfMatch;
pub use csv::{Csv, Format};
pub use download::{Download, Medium};
pub use page::{Page, Paging};
pub use problem::Problem;
pub use record::{Actions, RowOfTable, record_every_call};
pub use retry::IdempotencyKey;

/// What every path of the API stands under.
pub const BASE: &str = "/api/v1";
