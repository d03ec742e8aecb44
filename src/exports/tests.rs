//! The layout of the document is told member by member, and the page tells what the document does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::document::Document;
use super::page;
use crate::audit::Hash;

/// What there is of a document, by the name of its kind, without the words of notes, which `docs/notes.md` tells.
fn schemas() -> BTreeMap<String, Value> {
    let mut named = vec![("Document".to_owned(), Document::schema())];
    Document::schemas(&mut named);
    named.into_iter().map(|(name, schema)| (name, serde_json::to_value(schema).unwrap())).collect()
}

/// The members of an object with their schemas, those of what is written into it too.
fn members(schemas: &BTreeMap<String, Value>, schema: &Value) -> Vec<(String, Value)> {
    let own = schema["properties"].as_object().into_iter().flatten();
    let mut members: Vec<_> = own.map(|(name, member)| (name.clone(), member.clone())).collect();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let part = reference(part).map_or(part, |name| &schemas[&name]);
        members.extend(self::members(schemas, part));
    }
    members
}

fn reference(schema: &Value) -> Option<String> {
    schema["$ref"].as_str().and_then(|place| place.rsplit('/').next()).map(ToOwned::to_owned)
}

/// What is said of a member.
fn meaning(schema: &Value) -> Option<String> {
    let own = schema["description"].as_str();
    let of_either = || schema["oneOf"].as_array()?.iter().find_map(|one| one["description"].as_str());
    own.or_else(of_either).map(|meaning| meaning.replace('\n', " "))
}

/// The kind of a member, as a reader looks it up, and the kinds it leads to.
fn kind(schema: &Value, leads_to: &mut Vec<String>) -> String {
    if let Some(name) = reference(schema) {
        leads_to.push(name.clone());
        return name;
    }
    if let Some(either) = schema["oneOf"].as_array().or(schema["allOf"].as_array()) {
        let known = either.iter().filter(|one| one["type"] != json!("null"));
        return known.map(|one| kind(one, leads_to)).collect::<Vec<_>>().join(" or ");
    }
    if schema["items"].is_object() {
        return format!("list of {}", kind(&schema["items"], leads_to));
    }
    let plain = match &schema["type"] {
        Value::Array(either) => either.iter().find(|one| **one != json!("null")).cloned().unwrap_or_default(),
        plain => plain.clone(),
    };
    let plain = plain.as_str().unwrap_or("any").to_owned();
    schema["format"].as_str().map_or(plain.clone(), |format| format!("{plain} ({format})"))
}

fn generated() -> String {
    let schemas = schemas();
    let (mut page, mut told) = (String::new(), BTreeSet::new());
    let mut waiting = vec!["Document".to_owned()];
    while let Some(name) = waiting.pop() {
        if name == "NoteBody" || !told.insert(name.clone()) {
            continue;
        }
        let schema = &schemas[&name];
        let of_type = meaning(schema).unwrap_or_default();
        let mut leads_to = Vec::new();
        let members = members(&schemas, schema);
        writeln!(page, "\n### {name}\n\n{of_type}").unwrap();
        if let Some(words) = schema["enum"].as_array() {
            let words: Vec<_> = words.iter().map(|word| format!("`{}`", word.as_str().unwrap())).collect();
            writeln!(page, "\nOne of {}.", words.join(", ")).unwrap();
        }
        if !members.is_empty() {
            page += "\n| member | kind | holds |\n|---|---|---|\n";
        }
        for (member, schema) in members {
            let meaning = meaning(&schema).unwrap_or_default();
            writeln!(page, "| `{member}` | {} | {meaning} |", kind(&schema, &mut leads_to)).unwrap();
        }
        leads_to.reverse();
        waiting.extend(leads_to);
    }
    page
}

#[test]
fn the_page_in_the_docs_tells_every_member() {
    crate::generated::stands_in("export.md", "exports", &generated());
}

#[test]
fn no_member_is_without_a_meaning() {
    let schemas = schemas();
    for (name, schema) in &schemas {
        for (member, schema) in members(&schemas, schema) {
            assert!(meaning(&schema).is_some(), "{name}.{member} is not described: {schema}");
        }
    }
}

fn printed(document: &Value) -> String {
    page::print(&document.to_string(), Hash([7; 32])).unwrap()
}

#[test]
fn whatever_stands_in_the_document_stands_on_the_page_and_is_escaped() {
    let page = printed(&json!({
        "schema_version": 1,
        "export": {"id": "1", "practice": "Lake & Side", "time_zone": "Europe/Zurich"},
        "patient": {"id": "2", "record_number": "P-000007", "given_name": "<b>Ana</b>"},
        "notes": [{"id": "3", "kind": "progress", "discipline": "massage", "text": "\"quoted\" 'words'",
            "episode_id": "episode-of-no-name", "added": "an afterthought",
            "objective": {"text": "from the hands"}, "subjective": {"text": "from the patient"},
            "deep": {"deeper": [{"deepest": "quagga"}]}, "late_entry": true,
            "versions": [{"number": 1, "signed": {"by": {"id": "4", "name": "<i>Mara</i>"},
                "at": "2026-03-02T07:00:00.000000Z"}}]}],
        "something_new": [{"thing": "okapi"}],
        "staff": [{"id": "5", "name": "Olga"}],
        "consent_directives": [{"recorded_by": "5"}],
    }));
    for words in [
        "Lake &#38; Side",
        "&#60;b&#62;Ana&#60;/b&#62;",
        "&#34;quoted&#34; &#39;words&#39;",
        "<dt>Deep: Deeper: 1: Deepest</dt>\n<dd>quagga</dd>",
        "<dt>Late entry</dt>\n<dd>yes</dd>",
        "<h4>Version 1, signed by &#60;i&#62;Mara&#60;/i&#62; at 2 March 2026, 08:00:00 (UTC+01:00)</h4>",
        "<h2>Something new</h2>",
        "okapi",
        "<dt>Recorded by</dt>\n<dd>Olga</dd>",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("episode-of-no-name"), "{page}");
    let at = |words: &str| page.find(words).unwrap();
    assert!(at("from the patient") < at("from the hands") && at("from the hands") < at("an afterthought"), "{page}");
    assert!(!page.contains("<b>") && !page.contains("<i>"), "{page}");
}
