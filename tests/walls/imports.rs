//! What a file names of its own crate and of others.

use crate::scan;
use crate::source::Source;

/// A path into the crate, from its root: `["db", "Tx"]`.
pub struct Import {
    pub at: usize,
    pub path: Vec<String>,
}

/// Every path into the crate outside tests: `use` trees and paths written out, `super` and `self` resolved.
pub fn imports(file: &Source) -> Vec<Import> {
    let code = &file.production;
    let children: Vec<&str> = scan::declared_modules(code).map(|(_, name)| name).collect();
    let starts = scan::words(code).filter(|(at, word)| {
        let before = code[..*at].trim_end();
        let leads = code[scan::skip_blanks(code, at + word.len())..].starts_with("::") && !before.ends_with("::");
        match *word {
            "crate" | "super" | "self" | "tandem" => leads,
            child => leads && children.contains(&child) && !before.ends_with(['{', ',']),
        }
    });
    starts
        .flat_map(|(begin, _)| {
            let base = module_at(file, begin);
            scan::paths_from(code, begin).into_iter().map(move |(at, path)| Import { at, path: resolve(&base, &path) })
        })
        .collect()
}

/// The names of other crates, and of anything else, outside tests.
pub fn words(file: &Source) -> impl Iterator<Item = (usize, &str)> {
    scan::words(&file.production)
}

fn module_at(file: &Source, at: usize) -> Vec<String> {
    let around = scan::inline_modules(&file.production).filter(|(begin, end, _)| (*begin..*end).contains(&at));
    file.module.iter().cloned().chain(around.map(|(_, _, name)| name.to_owned())).collect()
}

fn resolve(base: &[String], path: &[&str]) -> Vec<String> {
    let mut full = match path[0] {
        "crate" | "tandem" => Vec::new(),
        _ => base.to_vec(),
    };
    for part in path {
        match *part {
            "super" => drop(full.pop()),
            "crate" | "tandem" | "self" => {}
            part => full.push(part.to_owned()),
        }
    }
    full
}
