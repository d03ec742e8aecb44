//! How the sources are written.

use crate::imports::words;
use crate::scan;
use crate::source::{Finding, House, Source};

/// More lines than this are two files.
const MOST_LINES: usize = 500;

/// Names that say nothing of the field.
const EMPTY_NAMES: [&str; 4] = ["manager", "helper", "util", "data"];

/// Outside tests nothing is taken for granted.
pub fn no_unwrap(house: &House) -> Vec<Finding> {
    let asks = |file: &Source, at: usize, word: &str| {
        matches!(word, "unwrap" | "expect" | "unwrap_err" | "expect_err")
            && file.production[..at].ends_with('.')
            && file.production[at + word.len()..].starts_with('(')
    };
    let each = |file| {
        words(file)
            .filter(move |(at, word)| asks(file, *at, word))
            .map(|(at, word)| file.finding(at, format!("`{word}` outside tests")))
    };
    house.files.iter().flat_map(each).collect()
}

/// A lint is expected, with a reason, or obeyed.
pub fn no_allow(house: &House) -> Vec<Finding> {
    let in_attribute = |file: &Source, at: usize| {
        let before = file.code[..at].trim_end();
        let line = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
        before.ends_with("#[") || before.ends_with("#![") || line.contains("cfg_attr(")
    };
    let mut findings = Vec::new();
    for file in &house.files {
        let allows = scan::words(&file.code).filter(|(at, word)| {
            *word == "allow" && file.code[at + word.len()..].starts_with('(') && in_attribute(file, *at)
        });
        findings.extend(allows.map(|(at, _)| file.finding(at, "write `expect` with a reason")));
    }
    findings
}

/// A file can be read in one go.
pub fn short_files(house: &House) -> Vec<Finding> {
    let lines = |file: &Source| file.code.lines().count();
    let long = house.files.iter().filter(|file| lines(file) > MOST_LINES);
    long.map(|file| file.finding(0, format!("{} lines, {MOST_LINES} at most", lines(file)))).collect()
}

/// Comments are sentences, not furniture.
pub fn no_banners(house: &House) -> Vec<Finding> {
    comments(house, |comment| {
        let drawn = |char| "/*-=#~_+".contains(char);
        let slashes = comment.bytes().take_while(|byte| *byte == b'/').count();
        let text = comment.trim_matches(|char: char| char == '/' || char == '!' || char == '*' || char.is_whitespace());
        let ends = [
            text.chars().take_while(|char| drawn(*char)).count(),
            text.chars().rev().take_while(|char| drawn(*char)).count(),
        ];
        (slashes > 3 || comment.contains("****") || ends.into_iter().any(|run| run > 3)).then_some("a banner")
    })
}

/// What is not finished is not merged.
pub fn nothing_unfinished(house: &House) -> Vec<Finding> {
    let mut findings = comments(house, |comment| {
        scan::words(comment).any(|(_, word)| matches!(word, "TODO" | "FIXME" | "XXX")).then_some("unfinished")
    });
    for file in &house.files {
        let stubs = scan::words(&file.code).filter(|(at, word)| {
            matches!(*word, "todo" | "unimplemented") && file.code[at + word.len()..].starts_with('!')
        });
        findings.extend(stubs.map(|(at, word)| file.finding(at, format!("`{word}!`"))));
    }
    findings
}

/// Modules and types are called what the clinic calls them.
pub fn named_from_the_field(house: &House) -> Vec<Finding> {
    let is_empty = |name: &str| {
        let name = name.to_lowercase();
        EMPTY_NAMES.into_iter().any(|empty| {
            [name.as_str(), name.trim_end_matches('s')]
                .iter()
                .any(|name| *name == empty || name.ends_with(&format!("_{empty}")))
        })
    };
    let mut findings = Vec::new();
    for file in &house.files {
        if file.module.iter().any(|part| is_empty(part)) {
            findings.push(file.finding(0, "a module is named for what is in it"));
        }
        let mut last = "";
        for (at, word) in scan::words(&file.code) {
            let type_name = matches!(last, "struct" | "enum" | "trait" | "type" | "union");
            if (type_name || last == "mod") && is_empty(&snake(word)) {
                findings.push(file.finding(at, format!("`{word}` says nothing of the field")));
            }
            last = word;
        }
    }
    findings
}

/// Nothing lies about that no `mod` declares.
pub fn all_reached(house: &House) -> Vec<Finding> {
    let lost = house.files.iter().filter(|file| !file.reached);
    lost.map(|file| file.finding(0, "no `mod` leads here from lib.rs or main.rs")).collect()
}

fn comments(house: &House, judge: impl Fn(&str) -> Option<&'static str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &house.files {
        let mut at = 0;
        for line in file.comments.split_inclusive('\n') {
            let comment = line.trim();
            let judged = (!comment.is_empty()).then(|| judge(comment)).flatten();
            findings.extend(judged.map(|says| file.finding(at, format!("{says}: {comment}"))));
            at += line.len();
        }
    }
    findings
}

/// `CareTeam` as `care_team`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for char in name.chars() {
        if char.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(char.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{broken, kept};

    fn fine(rule: fn(&House) -> Vec<Finding>, text: &str) {
        assert_eq!(rule(&House::of([("lib.rs", text)])), [], "{text}");
    }

    #[test]
    fn nothing_is_unwrapped_outside_tests() {
        kept("nothing is unwrapped outside tests", no_unwrap);
        broken(no_unwrap, "lib.rs", "fn f() {\n    g()\n        .unwrap();\n}", 3);
        broken(no_unwrap, "lib.rs", "fn f() { g().expect(\"never\"); }", 1);
        broken(no_unwrap, "lib.rs", "#[cfg(test)]\nmod tests;\nfn f() { g().unwrap(); }", 3);
        broken(no_unwrap, "lib.rs", "#[cfg(test)]\nuse a::{b, c};\nfn f() { g().unwrap(); }", 3);
        fine(no_unwrap, "#[expect(dead_code, reason = \"shown\")]\nfn f() { g().unwrap_or(0); }");
        fine(no_unwrap, "// .unwrap()\n#[cfg(test)]\nmod tests {\n    fn f() { if a { g().unwrap() } }\n}\n");
        let tests =
            House::of([("lib.rs", "#[cfg(test)] mod made;"), ("made.rs", "mod up;"), ("made/up.rs", "f().unwrap()")]);
        assert_eq!(no_unwrap(&tests), []);
    }

    #[test]
    fn lints_are_expected_not_allowed() {
        kept("lints are expected, not allowed", no_allow);
        broken(no_allow, "lib.rs", "\n#[allow(dead_code)]\nfn f() {}", 2);
        broken(no_allow, "lib.rs", "#![allow(dead_code)]", 1);
        broken(no_allow, "lib.rs", "#[cfg_attr(test, allow(dead_code))]", 1);
        broken(no_allow, "lib.rs", "#[cfg(test)] mod tests { #[allow(dead_code)] fn f() {} }", 1);
        fine(no_allow, "fn f() { limits.allow(1); allow(2); }");
    }

    #[test]
    fn files_are_short() {
        kept("files are short", short_files);
        broken(short_files, "lib.rs", &"\n".repeat(MOST_LINES + 1), 1);
        fine(short_files, &"\n".repeat(MOST_LINES));
    }

    #[test]
    fn no_comment_is_a_banner() {
        kept("no comment is a banner", no_banners);
        for banner in ["// ----", "// ==== rules ====", "// rules ------", "//////// rules", "/****\n*/", "//// rules"]
        {
            broken(no_banners, "lib.rs", &format!("fn f() {{}}\n{banner}\n"), 2);
        }
        fine(no_banners, "/// | a | b |\n/// |---|---|\n//! - a\nconst RULE: &str = \"// ----\";");
    }

    #[test]
    fn nothing_is_unfinished() {
        kept("nothing is unfinished", nothing_unfinished);
        for stub in [
            "// TODO: more",
            "/* a\n FIXME */",
            "/// XXX",
            "fn f() { todo!() }",
            "fn f() { unimplemented!(\"later\") }",
        ] {
            let line = 1 + stub.matches('\n').count();
            broken(nothing_unfinished, "lib.rs", stub, line);
        }
        fine(nothing_unfinished, "// a todo list is a list\nconst TODO: u8 = 1;");
    }

    #[test]
    fn names_come_from_the_field() {
        kept("names come from the field", named_from_the_field);
        for path in ["util.rs", "notes/helpers.rs", "data/mod.rs", "db/lane_manager.rs"] {
            broken(named_from_the_field, path, "", 1);
        }
        for named in ["mod utils { }", "struct SessionManager;", "enum NoteData { A }", "trait Helper {}"] {
            broken(named_from_the_field, "lib.rs", named, 1);
        }
        fine(named_from_the_field, "enum Role { Manager } struct Update; struct DataKey; mod database;");
    }

    #[test]
    fn every_file_is_reached() {
        kept("every file is reached", all_reached);
        let house = [
            ("lib.rs", "mod a;\n// mod c;"),
            ("a/mod.rs", "mod b;"),
            ("a/b.rs", "mod d;"),
            ("a/b/d.rs", ""),
            ("c.rs", ""),
        ];
        let lost: Vec<String> = all_reached(&House::of(house)).into_iter().map(|finding| finding.path).collect();
        assert_eq!(lost, ["c.rs"]);
    }
}
