//! Every way in which a good body is spoilt.

use serde_json::{Map, Value, json};

/// A body with one thing wrong about it.
pub struct Spoilt {
    /// What is wrong.
    pub fault: String,
    /// The body.
    pub body: String,
}

/// Where a key stands twice, and where half of a surrogate pair.
const DOUBLE: &str = "@double";
const SURROGATE: &str = "@surrogate";
const HUGE: &str = "@huge";

/// Everything that is wrong with a body whatever it holds, and everything that is wrong with one of its fields. `long`
/// characters are more than any of its texts may have.
pub fn spoilt(good: &Value, long: usize) -> Vec<Spoilt> {
    let text = good.to_string();
    let (half, _) = text.split_at(text.len() / 2);
    let whole = [
        ("empty", String::new()),
        ("blank", " ".to_owned()),
        ("null", "null".to_owned()),
        ("a number", "7".to_owned()),
        ("a string", "\"x\"".to_owned()),
        ("an array", "[]".to_owned()),
        ("an array around it", format!("[{text}]")),
        ("half of it", half.to_owned()),
        ("all but its end", text[..text.len() - 1].to_owned()),
        ("two values", format!("{text}{text}")),
        ("something behind it", format!("{text} x")),
        ("a byte order mark", format!("\u{feff}{text}")),
        ("a comment", format!("/* x */ {text}")),
        ("a comma too many", format!("{},}}", &text[..text.len() - 1])),
        ("deep arrays", "[".repeat(100_000)),
        ("deep objects", "{\"a\":".repeat(100_000)),
        ("not a number", "NaN".to_owned()),
    ];
    let mut all: Vec<_> = whole.map(|(fault, body)| Spoilt { fault: fault.to_owned(), body }).into();
    let mut pointers = Vec::new();
    places(good, String::new(), &mut pointers);
    for pointer in pointers {
        for (fault, value) in faults(good.pointer(&pointer).unwrap(), long) {
            let mut changed = good.clone();
            *changed.pointer_mut(&pointer).unwrap() = value;
            all.push(Spoilt { fault: format!("{fault} at {pointer:?}"), body: written(&changed) });
        }
        for key in good.pointer(&pointer).and_then(Value::as_object).into_iter().flat_map(Map::keys) {
            let mut changed = good.clone();
            let object = changed.pointer_mut(&pointer).and_then(Value::as_object_mut).unwrap();
            object.insert(DOUBLE.to_owned(), object[key].clone());
            let body = written(&changed).replace(DOUBLE, key);
            all.push(Spoilt { fault: format!("{key} twice at {pointer:?}"), body });
        }
    }
    all
}

/// Bodies from which a field is missing that the schema asks for.
pub fn without_required(good: &Value, required: &[(String, String)]) -> Vec<Spoilt> {
    let without = |(pointer, key): &(String, String)| {
        let mut changed = good.clone();
        changed.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap().remove(key);
        Spoilt { fault: format!("no {key} at {pointer:?}"), body: changed.to_string() }
    };
    required.iter().map(without).collect()
}

fn written(value: &Value) -> String {
    value.to_string().replace(SURROGATE, "\\ud800").replace(&format!("\"{HUGE}\""), "1e400")
}

fn places(value: &Value, pointer: String, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| places(value, format!("{pointer}/{key}"), all)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| places(item, format!("{pointer}/{at}"), all));
        }
        _ => {}
    }
    all.push(pointer);
}

fn faults(value: &Value, long: usize) -> Vec<(&'static str, Value)> {
    let kinds = [("a string", json!("x")), ("a number", json!(7)), ("true", json!(true)), ("an object", json!({}))];
    let mut faults: Vec<_> = kinds.into_iter().chain([("an array", json!([]))]).collect();
    // Of a field that is null nothing is known but that no list and no object belongs there.
    faults.retain(|(_, other)| match value {
        Value::Null => other.is_array() || other.is_object() || other.is_number(),
        _ => std::mem::discriminant(other) != std::mem::discriminant(value),
    });
    match value {
        Value::String(text) => faults.extend(texts(text, long)),
        Value::Number(_) => faults.extend([
            ("a negative", json!(-1e30)),
            ("a large number", json!(1e30)),
            ("many digits", json!(u64::MAX)),
            ("four decimals", json!(0.0001)),
            ("infinity", json!(HUGE)),
        ]),
        Value::Array(_) => faults.extend([
            ("an array of null", json!([null])),
            ("an array of numbers", json!([7])),
            ("an array of arrays", json!([[]])),
            ("an array of much", vec![json!("x"); 10_000].into()),
            ("deep arrays", (0..200).fold(json!([]), |deep, _| json!([deep]))),
        ]),
        Value::Object(fields) => {
            let mut unknown = fields.clone();
            unknown.insert("unknwon".to_owned(), json!(1));
            let mut named_by_nul = fields.clone();
            named_by_nul.insert("nul\0".to_owned(), json!(1));
            faults.extend([
                ("an unknown field", unknown.into()),
                ("an unknown field with NUL", named_by_nul.into()),
                ("its values alone", fields.values().cloned().collect::<Vec<_>>().into()),
            ]);
        }
        Value::Null | Value::Bool(_) => {}
    }
    faults
}

fn texts(text: &str, long: usize) -> Vec<(&'static str, Value)> {
    let mut faults = vec![
        ("NUL", json!(format!("{text}\0"))),
        ("half a surrogate pair", json!(SURROGATE)),
        ("much text", json!("ä".repeat(long))),
    ];
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if digits == 8 && text.len() == 10 {
        let dates = ["0000-01-01", "9999-12-31", "-001-01-01", "2026-02-30", "+10000-01-01", "2026-1-1", "01.01.2026"];
        faults.extend(dates.map(|date| ("a bad date", json!(date))));
    }
    if text.contains('T') && text.ends_with('Z') {
        let times = ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-13-01T00:00:00Z", "2026-03-02T09:30:00"];
        faults.extend(times.map(|time| ("a bad time", json!(time))));
    }
    faults
}
