//! JSON as the API takes it: an object where one is documented, a word where a word is, and nothing between the lines.
//!
//! serde by itself also takes an array of values for an object, and an object for a word; whoever sends those has not
//! read what goes where, so they are refused. What serde says of a value names Rust's types, so it is said in other words.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use crate::error::{Code, Error, FieldError, Result};
use crate::words;

/// Characters of a key that are repeated to whoever sent it.
pub const LONGEST_KEY: usize = 64;

/// Reads JSON into a `T`.
///
/// # Errors
/// [`Code::Unreadable`] for what is not JSON, [`Code::Invalid`] with a pointer for what is not a `T` or holds text that is [unfit](words::unfit).
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(Strict(&mut reader)).map_err(|error| {
        let path = pointer(error.path());
        match error.inner().classify() {
            serde_json::error::Category::Data => Error::field(path, in_words(&error.into_inner().to_string())),
            _ => Error::new(Code::Unreadable, "The body is not valid JSON"),
        }
    })?;
    reader.end().map_err(|_| Error::new(Code::Unreadable, "The body is more than one JSON value"))?;
    refuse_unfit(bytes)?;
    Ok(value)
}

/// What serde says of a value, without Rust's types and without the value.
#[must_use]
pub fn in_words(message: &str) -> String {
    // `serde_json` ends its messages with line and column, which the pointer makes superfluous.
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let wanted = message.rsplit_once(", expected ").map_or("none", |(_, wanted)| wanted);
    match message.split_once([' ', ':']) {
        Some(("unknown", rest)) if rest.starts_with("field") => format!("unknown field; expected {wanted}"),
        Some(("unknown", _)) => format!("unknown word; expected {wanted}"),
        Some(("invalid", rest)) if rest.starts_with("type") => match wanted.split(' ').next().unwrap_or_default() {
            "struct" => "must be an object".to_owned(),
            "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" => "must be a whole number".to_owned(),
            "f32" | "f64" => "must be a number".to_owned(),
            "a" if wanted == "a sequence" => "must be an array".to_owned(),
            "a" => format!("must be {wanted}"),
            _ => "is of the wrong type".to_owned(),
        },
        Some(("invalid", rest)) if rest.starts_with("value") => "is out of range".to_owned(),
        Some(("invalid", rest)) if rest.starts_with("length") => "has the wrong length".to_owned(),
        _ => message.to_owned(),
    }
}

/// A path of serde as a JSON Pointer.
#[must_use]
pub fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => format!("{pointer}/{}", escape(key)),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

fn escape(key: &str) -> String {
    key.chars().take(LONGEST_KEY).collect::<String>().replace('~', "~0").replace('/', "~1")
}

/// Refuses text that may stand nowhere.
fn refuse_unfit(bytes: &[u8]) -> Result<()> {
    // As bytes or escaped; hardly any body holds one of either, and those are not read a second time.
    let is_suspect = |six: &[u8]| {
        matches!(six, [0xe2, 0x80, 0xaa..=0xae, ..] | [0xe2, 0x81, 0xa6..=0xa9, ..])
            || six == b"\\u0000"
            || six.starts_with(b"\\u20")
    };
    if !bytes.windows(6).any(is_suspect) {
        return Ok(());
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|_| Error::of(Code::Unreadable))?;
    let mut errors = Vec::new();
    unfit_in(&value, String::new(), &mut errors);
    if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
}

fn unfit_in(value: &Value, pointer: String, errors: &mut Vec<FieldError>) {
    match value {
        Value::String(text) => errors.extend(words::unfit(text).map(|why| FieldError::new(pointer, why))),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| unfit_in(item, format!("{pointer}/{index}"), errors));
        }
        Value::Object(fields) => {
            fields.iter().for_each(|(key, item)| unfit_in(item, format!("{pointer}/{}", escape(key)), errors));
        }
        _ => {}
    }
}

/// A deserializer, or something that leads to one, under which nothing takes another form than the documented one.
struct Strict<T>(T);

/// What a value is read as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Whatever is written there, unless it is an array.
    One,
    /// An array.
    Array,
    /// One of several words.
    Word,
}

struct Taking<V> {
    visitor: V,
    form: Form,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Taking { visitor, form: Form::One })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Taking { visitor, form: Form::Array })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(Taking { visitor, form: Form::Word })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_option(Taking { visitor, form: Form::One })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, Taking { visitor, form: Form::One })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct map struct identifier ignored_any
    }
}

macro_rules! visits {
    ($($visit:ident($value:ty);)+) => {$(
        fn $visit<E: serde::de::Error>(self, value: $value) -> Result<V::Value, E> {
            self.visitor.$visit(value)
        }
    )+};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Taking<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    visits! {
        visit_bool(bool);
        visit_i64(i64);
        visit_u64(u64);
        visit_f64(f64);
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<V::Value, E> {
        match self.form {
            Form::Word => self.visitor.visit_enum(StrDeserializer::new(text)),
            Form::One | Form::Array => self.visitor.visit_str(text),
        }
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Strict(value))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Strict(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        match self.form {
            Form::Array => self.visitor.visit_seq(Strict(items)),
            Form::One | Form::Word => Err(A::Error::custom("must not be an array")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Strict(fields))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, word: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(word)
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Strict(seed))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(deserializer))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Side {
        Left,
        Right,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Mark {
        x: u8,
        side: Option<Side>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Chart {
        name: String,
        marks: Vec<Mark>,
        ratio: Option<f64>,
    }

    fn refused(json: &str) -> (String, String) {
        let error = read::<Chart>(json.as_bytes()).unwrap_err();
        assert_eq!(error.code, Code::Invalid, "{json}: {error}");
        (error.errors[0].pointer.clone(), error.errors[0].message.clone())
    }

    #[test]
    fn what_is_documented_is_read() {
        let chart: Chart =
            read(br#"{"name": "a\\u0000 b", "marks": [{"x": 3, "side": "left"}, {"x": 4}], "ratio": 1}"#).unwrap();
        let marks = vec![Mark { x: 3, side: Some(Side::Left) }, Mark { x: 4, side: None }];
        assert_eq!(chart, Chart { name: "a\\u0000 b".to_owned(), marks, ratio: Some(1.0) });
    }

    #[test]
    fn no_other_form_is_taken_for_an_object_or_a_word() {
        let says = |pointer: &str, message: &str| (pointer.to_owned(), message.to_owned());
        assert_eq!(refused(r#"["a", []]"#), says("", "must not be an array"));
        assert_eq!(refused(r#"{"name": "a", "marks": [[1, "left"]]}"#), says("/marks/0", "must not be an array"));
        let word = r#"{"name": "a", "marks": [{"x": 1, "side": {"left": null}}]}"#;
        assert_eq!(refused(word), says("/marks/0/side", "is of the wrong type"));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_types_of_the_program() {
        let message = |json: &str| refused(json).1;
        assert_eq!(message("7"), "must be an object");
        assert_eq!(message(r#"{"name": 7}"#), "must be a string");
        assert_eq!(message(r#"{"name": "a", "marks": 7}"#), "must be an array");
        assert_eq!(message(r#"{"name": "a", "marks": [{"x": "7"}]}"#), "must be a whole number");
        assert_eq!(message(r#"{"name": "a", "marks": [{"x": 300}]}"#), "is out of range");
        assert_eq!(message(r#"{"name": "a", "marks": [], "ratio": true}"#), "must be a number");
        let (pointer, unknown) = refused(r#"{"name": "a", "nmae": "b"}"#);
        assert_eq!((&*pointer, &*unknown), ("/nmae", "unknown field; expected one of `name`, `marks`, `ratio`"));
        let side = r#"{"name": "a", "marks": [{"x": 1, "side": "up"}]}"#;
        assert_eq!(message(side), "unknown word; expected `left` or `right`");
        assert_eq!(message(r#"{"marks": []}"#), "missing field `name`");
        assert_eq!(message(r#"{"name": "a", "name": "b"}"#), "duplicate field `name`");
    }

    #[test]
    fn a_nul_is_refused_wherever_it_hides() {
        assert_eq!(refused(r#"{"name": "a\u0000", "marks": []}"#).0, "/name");
    }
}
