//! The policy, whole: every input is tried, and a clinic's day is told.

mod every_input;
mod exceptions;
mod scenes;

use super::*;

#[test]
fn the_page_in_the_docs_is_what_the_policy_says() {
    crate::generated::stands_in("access-matrix.md", "policy", &matrix::render());
}
