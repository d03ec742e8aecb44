//! The policy, whole: every input is tried, and a clinic's day is told.

mod every_input;
mod exceptions;
mod scenes;

use super::*;

#[test]
fn the_page_in_the_docs_is_what_the_policy_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/access-matrix.md");
    let page = matrix::render();
    if std::env::var_os("TANDEM_BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(path, &page).unwrap();
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(stored == page, "docs/access-matrix.md is out of date; TANDEM_BLESS=1 cargo test rewrites it");
}
