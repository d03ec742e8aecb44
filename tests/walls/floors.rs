//! Imports run down the floors only, and feature rooms meet at their front doors.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::{Import, imports};
use crate::source::{Finding, House, Source};

/// The rooms, floor by floor from the ground up. A module named by itself stands apart from its room.
const FLOORS: [&[&str]; 13] = [
    &[
        "ids",
        "clock",
        "actor",
        "error",
        "config",
        "mail",
        "policy",
        "audit",
        "figures",
        "wording",
        "words",
        "folding",
        "anatomy",
        "calendar",
        "referral_state",
        "joint_review_state",
        "generated",
    ],
    &["db"],
    &["sealing", "catalogue", "directives", "alerts"],
    &["auth", "chart"],
    &["app"],
    &["http"],
    &["web"],
    &["auth::again"],
    &["auth::api", "auth::web"],
    &FEATURES,
    &["routes"],
    &["delivery", "housekeeping", "server", "tls"],
    &["cli", "main"],
];

/// The rooms that know each other through `ops` only.
pub const FEATURES: [&str; 14] = [
    "staff",
    "patients",
    "safety",
    "episodes",
    "messages",
    "notes",
    "referrals",
    "consent",
    "access",
    "timeline",
    "exports",
    "notifications",
    "oversight",
    "worklist",
];

fn floor_of(module: &[String]) -> Option<usize> {
    let floor = |name: &str| FLOORS.iter().position(|rooms| rooms.contains(&name));
    let apart = module.get(..2).and_then(|module| floor(&module.join("::")));
    apart.or_else(|| module.first().and_then(|room| floor(room)))
}

/// Every room has a floor, and nothing imports from a floor above its own.
pub fn run_down(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in house.files.iter().filter(|file| file.room().is_some()) {
        let Some(own) = floor_of(&file.module) else {
            findings.push(file.finding(0, "this room has no floor in tests/walls/floors.rs"));
            continue;
        };
        for import in imports(file) {
            if floor_of(&import.path).is_some_and(|floor| floor > own) {
                let path = import.path.join("::");
                findings.push(file.finding(import.at, format!("crate::{path} is on a floor above")));
            }
        }
    }
    findings
}

/// A feature room reaches another through its `ops`.
pub fn features_meet_in_ops(house: &House) -> Vec<Finding> {
    between_features(house)
        .filter(|(import, ..)| import.path.get(1).is_some_and(|door| door != "ops"))
        .map(|(import, file, from, to)| {
            file.finding(import.at, format!("{from} reaches {to} through `{to}::ops` alone"))
        })
        .collect()
}

/// No feature room reaches itself by way of another.
pub fn features_form_no_cycle(house: &House) -> Vec<Finding> {
    // A page shows what several rooms know, and no room reaches a page.
    let meetings = || between_features(house).filter(|(_, file, ..)| !file.is_door("web"));
    let mut reaches: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, _, from, to) in meetings() {
        reaches.entry(from).or_default().insert(to);
    }
    meetings()
        .filter(|(_, _, from, to)| leads(&reaches, to, from))
        .map(|(import, file, from, to)| file.finding(import.at, format!("{from} and {to} form a cycle")))
        .collect()
}

fn leads(reaches: &BTreeMap<String, BTreeSet<String>>, from: &str, to: &str) -> bool {
    let (mut waiting, mut seen) = (vec![from], BTreeSet::new());
    while let Some(room) = waiting.pop() {
        if room == to {
            return true;
        }
        if seen.insert(room) {
            waiting.extend(reaches.get(room).into_iter().flatten().map(String::as_str));
        }
    }
    false
}

type Meeting<'h> = (Import, &'h Source, String, String);

fn between_features(house: &House) -> impl Iterator<Item = Meeting<'_>> {
    house.files.iter().flat_map(|file| {
        imports(file).into_iter().filter_map(move |import| {
            let (from, to) = (file.room()?.to_owned(), import.path.first()?.clone());
            let meet = from != to && [&from, &to].into_iter().all(|room| FEATURES.contains(&room.as_str()));
            meet.then_some((import, file, from, to))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{broken, kept};

    #[test]
    fn imports_run_down_only() {
        kept("imports run down only", run_down);
        for upward in [
            "use crate::db::Tx;",
            "use crate::{clock::Clock, db::{Conn, Tx}};",
            "fn facts() { crate::db::read(); }",
            "use super::db;",
            "mod inner { use super::super::db::Tx; }",
            "pub(in crate::db) struct Fact;",
        ] {
            broken(run_down, "policy.rs", upward, 1);
        }
        broken(run_down, "db.rs", "fn f() {}\n\nuse crate::{\n    clock::Clock,\n    notes::ops,\n};", 5);
        broken(run_down, "auth/sign_in.rs", "use crate::http::Body;", 1);
        broken(run_down, "auth/sign_in.rs", "use super::api::Answer;", 1);
        broken(run_down, "server.rs", "use crate::cli;", 1);
        broken(run_down, "attic.rs", "", 1);
    }

    #[test]
    fn imports_down_and_imports_of_tests_are_fine() {
        for (path, fine) in [
            ("policy.rs", "use crate::actor::Role; /* use crate::db; */ // crate::db"),
            ("policy.rs", "const SAYS: &str = \"crate::db\"; const RAW: &str = r#\"\" crate::db\"#;"),
            ("policy.rs", "#[cfg(test)]\nmod tests { use crate::db::Tx; }"),
            ("db/tx.rs", "use super::lane::Job; use crate::audit::Event;"),
            ("main.rs", "use tandem::server;"),
            ("auth/api.rs", "use super::sign_in; use crate::http::Body;"),
            ("sealing/seal.rs", "use crate::db::Tx; use crate::audit::merkle; use super::store;"),
        ] {
            assert_eq!(run_down(&House::of([(path, fine)])), [], "{fine}");
        }
    }

    #[test]
    fn feature_rooms_reach_each_other_through_ops() {
        kept("feature rooms reach each other through ops", features_meet_in_ops);
        broken(features_meet_in_ops, "notes/ops.rs", "use crate::patients::{ops, query};", 1);
        broken(features_meet_in_ops, "notes/api.rs", "type Of = crate::patients::Patient;", 1);
        broken(features_meet_in_ops, "notes/ops.rs", "use crate::patients;\nfn f() { patients::query::all() }", 2);
        for fine in
            ["use crate::patients::ops::care_team;", "use crate::patients; fn f() { patients::ops::care_team() }"]
        {
            assert_eq!(features_meet_in_ops(&House::of([("notes/ops.rs", fine)])), [], "{fine}");
        }
    }

    #[test]
    fn feature_rooms_form_no_cycle() {
        kept("feature rooms form no cycle", features_form_no_cycle);
        let round = House::of([
            ("notes/ops.rs", "use crate::patients::ops;"),
            ("patients/ops.rs", "use crate::staff::ops;"),
            ("staff/ops.rs", "use crate::notes::ops;"),
            ("oversight/ops.rs", "use crate::notes::ops;"),
            ("staff/web.rs", "use crate::oversight::ops;"),
        ]);
        let paths: Vec<String> = features_form_no_cycle(&round).into_iter().map(|finding| finding.path).collect();
        assert_eq!(paths, ["notes/ops.rs", "patients/ops.rs", "staff/ops.rs"]);
    }
}
