//! What no template does: pass on what a person wrote without escaping it, or bring along what the policy of content refuses.

use std::path::{Path, PathBuf};

/// Every template, with the name of its file.
fn templates(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            templates(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// What is wrong in the text of a template; mails carry their own style, since they have no other.
fn wrong(text: &str, is_mail: bool) -> Vec<&'static str> {
    let without_spaces: String = text.split_whitespace().collect();
    let mut wrong = Vec::new();
    if without_spaces.contains("|safe") || without_spaces.contains("autoescape") || without_spaces.contains("|escape(")
    {
        wrong.push("a value is not escaped");
    }
    let scripts = text.matches("<script").count();
    if scripts > text.matches("<script type=\"module\" src=\"{{ frame.asset(").count() {
        wrong.push("a script stands in the page");
    }
    if !is_mail && (text.contains(" style=\"") || text.contains("<style")) {
        wrong.push("a style stands in the page");
    }
    let is_handler = |word: &str| word.starts_with("on") && word.contains("=\"") && !word.starts_with("on=");
    if text.split_whitespace().any(is_handler) {
        wrong.push("a handler stands in the page");
    }
    wrong
}

#[test]
fn templates_escape_everything_and_carry_no_script() {
    let mut found = Vec::new();
    templates(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut found);
    assert!(found.len() > 20, "{found:?}");
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let is_mail = path.components().any(|part| part.as_os_str() == "mail");
        assert_eq!(wrong(&text, is_mail), Vec::<&str>::new(), "{}", path.display());
    }
}

#[test]
fn what_templates_must_not_do_is_seen() {
    for bad in [
        "{{ words|safe }}",
        "{{ words | safe }}",
        "{% autoescape false %}",
        "<script>go()</script>",
        "<p style=\"color: red\">",
        "<body onload=\"go()\">",
    ] {
        assert!(!wrong(bad, false).is_empty(), "{bad}");
    }
    assert!(wrong("<p class=\"on\">{{ words }}</p>", false).is_empty());
}
