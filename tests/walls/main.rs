//! Reads the sources and fails where they break the plan of the house, as ARCHITECTURE.md draws it.
//!
//! Each rule is tried on the real sources and on sources that break it.
#![cfg(test)]

mod floors;
mod imports;
mod manners;
mod rooms;
mod scan;
mod source;
mod templates;

use std::path::Path;
use std::sync::LazyLock;

use source::{Finding, House};

/// A rule finds every place that breaks it.
type Rule = fn(&House) -> Vec<Finding>;

/// Files that may break a rule, by the rule's name. The list only shrinks: one that is not needed fails the test.
const EXEMPT: [(&str, &str); 0] = [];

/// Asserts that the sources keep a rule.
#[track_caller]
fn kept(name: &str, rule: Rule) {
    static HOUSE: LazyLock<House> = LazyLock::new(|| House::read(Path::new("src")));
    let house = &*HOUSE;
    assert!(house.files.iter().any(|file| file.path == "lib.rs"), "src/lib.rs was not found");
    let (broken, unneeded) = judge(rule(house), name, &EXEMPT);
    assert!(broken.is_empty(), "{name}:\n{}", broken.join("\n"));
    assert!(unneeded.is_empty(), "{name}: no longer needed in EXEMPT: {unneeded:?}");
}

/// What stands against the sources, and which exemptions nothing needs.
fn judge(findings: Vec<Finding>, name: &str, exempt: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let mut unneeded: Vec<String> =
        exempt.iter().filter(|(rule, _)| *rule == name).map(|(_, path)| (*path).to_owned()).collect();
    let exempted = unneeded.clone();
    unneeded.retain(|path| findings.iter().all(|finding| finding.path != *path));
    let against = findings.into_iter().filter(|finding| !exempted.contains(&finding.path));
    (against.map(|finding| finding.to_string()).collect(), unneeded)
}

/// Asserts that a rule finds exactly what one made-up file breaks, at that line.
#[track_caller]
fn broken(rule: Rule, path: &str, text: &str, line: usize) {
    let findings = rule(&House::of([(path, text)]));
    assert!(!findings.is_empty(), "not found in {path}: {text}");
    for finding in findings {
        assert_eq!((finding.path.as_str(), finding.line), (path, line), "{finding}");
    }
}

#[test]
fn an_exemption_covers_its_file_until_it_is_not_needed() {
    let long = |path: &str| Finding { path: path.to_owned(), line: 1, says: "long".to_owned() };
    let exempt = [("short", "a.rs"), ("short", "b.rs"), ("other", "c.rs")];
    let (broken, unneeded) = judge(vec![long("a.rs"), long("c.rs")], "short", &exempt);
    assert_eq!(broken, ["src/c.rs:1: long"]);
    assert_eq!(unneeded, ["b.rs"]);
}
