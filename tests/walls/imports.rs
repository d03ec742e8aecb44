//! What a file names of its own crate and of others.

use std::collections::BTreeMap;

use crate::scan;
use crate::source::Source;

/// A path into the crate, from its root: `["db", "Tx"]`.
pub struct Import {
    pub at: usize,
    pub path: Vec<String>,
}

/// Every path into the crate outside tests: `use` trees, paths written out, and paths that begin with an imported
/// name, so that `use crate::patients;` does not hide `patients::query::find`.
pub fn imports(file: &Source) -> Vec<Import> {
    let mut imports = rooted(file);
    let code = &file.production;
    let known: BTreeMap<String, Vec<String>> =
        imports.iter().filter_map(|import| Some((import.path.last()?.clone(), import.path.clone()))).collect();
    for (begin, word) in scan::words(code) {
        if let Some(base) = known.get(word).filter(|_| leads(code, begin, word)) {
            imports.extend(scan::paths_from(code, begin).into_iter().map(|(at, path)| Import {
                at,
                path: base.iter().map(String::as_str).chain(path.into_iter().skip(1)).map(str::to_owned).collect(),
            }));
        }
    }
    imports
}

/// Whether a path begins with this word.
fn leads(code: &str, at: usize, word: &str) -> bool {
    code[scan::skip_blanks(code, at + word.len())..].starts_with("::") && !code[..at].trim_end().ends_with("::")
}

/// The paths that say where they begin.
fn rooted(file: &Source) -> Vec<Import> {
    let code = &file.production;
    let starts = scan::words(code)
        .filter(|(at, word)| matches!(*word, "crate" | "super" | "self" | "tandem") && leads(code, *at, word));
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
