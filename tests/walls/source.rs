//! The sources, read from the disk or made up by a test: code apart from comments, tests apart from the rest.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::scan;

/// Every source file of the house.
pub struct House {
    pub files: Vec<Source>,
}

/// One file. All texts have the length of the file, so a place in one is the same place in the others.
pub struct Source {
    /// Below `src`, with `/`.
    pub path: String,
    /// `["db", "tx"]`; nothing for `lib.rs`.
    pub module: Vec<String>,
    /// Neither comments nor the insides of strings.
    pub code: String,
    /// The code without what is compiled for tests only.
    pub production: String,
    /// Nothing but comments.
    pub comments: String,
    /// Whether a `mod` leads here from `lib.rs` or `main.rs`.
    pub reached: bool,
}

/// Where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub path: String,
    pub line: usize,
    pub says: String,
}

impl House {
    /// Reads every `.rs` file below `folder`.
    pub fn read(folder: &Path) -> Self {
        let mut files = Vec::new();
        collect(folder, folder, &mut files);
        files.sort();
        Self::of(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
    }

    /// A house of these files.
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut house = Self { files: files.into_iter().map(|(path, text)| Source::new(path, text)).collect() };
        house.walk_modules();
        house
    }

    /// Follows the `mod` declarations; what only tests reach is test code.
    fn walk_modules(&mut self) {
        let roots = ["lib.rs", "main.rs"].map(|root| (root.to_owned(), false));
        let mut waiting: Vec<(String, bool)> = roots.into();
        let mut seen = BTreeSet::new();
        while let Some((path, in_tests)) = waiting.pop() {
            let Some(file) = self.files.iter_mut().find(|file| file.path == path) else { continue };
            if !seen.insert(path) {
                continue;
            }
            file.reached = true;
            let below = file.folder_of_children();
            for (at, name) in scan::declared_modules(&file.code) {
                let tests = in_tests || file.is_test_code(at);
                waiting.push((format!("{below}{name}.rs"), tests));
                waiting.push((format!("{below}{name}/mod.rs"), tests));
            }
            if in_tests {
                file.production = scan::blank(&file.code);
            }
        }
    }
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let (code, comments) = scan::split(text);
        let production = scan::without_tests(&code);
        Self { path: path.to_owned(), module: module_of(path), code, production, comments, reached: false }
    }

    fn folder_of_children(&self) -> String {
        match self.path.as_str() {
            "lib.rs" | "main.rs" => String::new(),
            path => match path.strip_suffix("mod.rs") {
                Some(folder) => folder.to_owned(),
                None => format!("{}/", path.trim_end_matches(".rs")),
            },
        }
    }

    fn is_test_code(&self, at: usize) -> bool {
        self.production.as_bytes()[at] != self.code.as_bytes()[at]
    }

    /// The top-level module, nothing for `lib.rs`.
    pub fn room(&self) -> Option<&str> {
        self.module.first().map(String::as_str)
    }

    /// Whether this is the file, or in the folder, of that name: `query.rs` and `query/list.rs` are both `query`.
    pub fn is_door(&self, name: &str) -> bool {
        self.module.iter().any(|part| part == name)
    }

    /// The rule broken at a place in one of the texts.
    pub fn finding(&self, at: usize, says: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line: scan::line_of(&self.code, at), says: says.into() }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "src/{}:{}: {}", self.path, self.line, self.says)
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

fn module_of(path: &str) -> Vec<String> {
    let path = path.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}
