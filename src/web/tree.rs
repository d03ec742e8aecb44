//! The fields of a form as a value: `body/subjective/pain/now=3` is what `{"body": {"subjective": {"pain": {"now": 3}}}}` is
//! in JSON. So a page takes the same structures as the API, and an error's pointer is the name of its field.
//!
//! A form has only text. What is left blank counts as not given, a row of a table with nothing in it is no row, and text is
//! read as a number or a yes where one is wanted.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, Deserializer, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

/// A field, or several under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    /// What stood in the fields of this name, in order.
    Leaf(Vec<String>),
    /// What is below, by the next part of the name.
    Branch(Vec<(String, Tree)>),
    /// A number, or a yes or no, that is read as such before it is known what is wanted there.
    Exact(Value),
    /// What stands in a row of a table before anybody types there, and makes no row by itself.
    Aside(String),
}

impl Default for Tree {
    fn default() -> Self {
        Self::Branch(Vec::new())
    }
}

/// How the name of a field ends that holds JSON: several fields in one choice, or a number or a yes whose meaning another
/// field of its row tells.
const AS_JSON: &str = "@json";

/// How the name of a field ends that makes no row of a table by itself, such as the unit that is usual.
const ASIDE: &str = "@aside";

/// Parts that a name may have; more would only be there to exhaust us.
const DEEPEST: usize = 12;

impl Tree {
    /// The tree of these fields, without rows that hold nothing; those after them move up.
    pub(super) fn of<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> Self {
        let mut tree = Self::default();
        for (name, value) in pairs {
            let (name, leaf) = if let Some(bare) = name.strip_suffix(AS_JSON) {
                (bare, json(value).map_or_else(|| Self::Leaf(vec![value.to_owned()]), Self::grown))
            } else if let Some(bare) = name.strip_suffix(ASIDE) {
                (bare, Self::Aside(value.to_owned()))
            } else {
                (name, Self::Leaf(vec![value.to_owned()]))
            };
            let parts: Vec<_> = name.split('/').collect();
            if parts.len() <= DEEPEST {
                tree.put(&parts, leaf);
            }
        }
        tree.close_up();
        tree
    }

    /// What JSON says, field by field.
    fn grown(value: Value) -> Self {
        match value {
            Value::Null => Self::Leaf(Vec::new()),
            Value::Bool(_) | Value::Number(_) => Self::Exact(value),
            // Said on purpose, unlike what is blank because nothing was typed.
            Value::Object(ref fields) if fields.is_empty() => Self::Exact(value),
            Value::String(text) => Self::Leaf(vec![text]),
            Value::Array(items) => {
                let numbered = items.into_iter().enumerate();
                Self::Branch(numbered.map(|(number, item)| (number.to_string(), Self::grown(item))).collect())
            }
            Value::Object(fields) => {
                Self::Branch(fields.into_iter().map(|(name, value)| (name, Self::grown(value))).collect())
            }
        }
    }

    fn put(&mut self, parts: &[&str], leaf: Self) {
        let Some((first, rest)) = parts.split_first() else {
            match (&mut *self, leaf) {
                (Self::Leaf(values), Self::Leaf(mut more)) => values.append(&mut more),
                (Self::Branch(_), Self::Branch(more)) => {
                    for (name, child) in more {
                        self.put(&[name.as_str()], child);
                    }
                }
                (Self::Branch(below), leaf) if below.is_empty() => *self = leaf,
                _ => {}
            }
            return;
        };
        let Self::Branch(below) = self else { return };
        if let Some((_, child)) = below.iter_mut().find(|(name, _)| name == first) {
            return child.put(rest, leaf);
        }
        let mut child = Self::default();
        child.put(rest, leaf);
        below.push(((*first).to_owned(), child));
    }

    fn close_up(&mut self) {
        let Self::Branch(below) = self else { return };
        for (_, child) in below.iter_mut() {
            child.close_up();
        }
        if !below.is_empty() && below.iter().all(|(name, _)| name.parse::<u16>().is_ok()) {
            below.retain(|(_, child)| !child.is_untouched());
            below.sort_by_key(|(name, _)| name.parse::<u16>().unwrap_or(u16::MAX));
            for (number, (name, _)) in below.iter_mut().enumerate() {
                *name = number.to_string();
            }
        }
    }

    /// What is below, by its name.
    pub(super) fn at(&self, name: &str) -> Option<&Self> {
        name.split('/').try_fold(self, |tree, part| match tree {
            Self::Branch(below) => below.iter().find(|(name, _)| name == part).map(|(_, child)| child),
            Self::Leaf(_) | Self::Exact(_) | Self::Aside(_) => None,
        })
    }

    /// How many fields or rows lie directly below.
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Branch(below) => below.len(),
            Self::Leaf(_) | Self::Exact(_) | Self::Aside(_) => 0,
        }
    }

    /// What stands in the fields of this very name.
    pub(super) fn values(&self) -> Vec<String> {
        match self {
            Self::Leaf(values) => values.clone(),
            Self::Branch(_) => Vec::new(),
            Self::Exact(_) | Self::Aside(_) => self.text().map(Cow::into_owned).into_iter().collect(),
        }
    }

    /// Whether nothing was typed into it; a row of which this is so is none.
    fn is_untouched(&self) -> bool {
        match self {
            Self::Branch(below) => below.iter().all(|(_, child)| child.is_untouched()),
            Self::Aside(_) => true,
            Self::Leaf(_) | Self::Exact(_) => self.is_blank(),
        }
    }

    /// Whether nothing stands in it.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Leaf(values) => values.iter().all(|value| value.trim().is_empty()),
            Self::Branch(below) => below.iter().all(|(_, child)| child.is_blank()),
            Self::Exact(_) => false,
            Self::Aside(value) => value.trim().is_empty(),
        }
    }

    /// The fields again, by name.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        fn gather(tree: &Tree, name: &str, pairs: &mut Vec<(String, String)>) {
            match tree {
                Tree::Leaf(values) => pairs.extend(values.iter().map(|value| (name.to_owned(), value.clone()))),
                Tree::Exact(value) => pairs.push((name.to_owned(), value.to_string())),
                Tree::Aside(value) => pairs.push((name.to_owned(), value.clone())),
                Tree::Branch(below) => {
                    for (part, child) in below {
                        let name = if name.is_empty() { part.clone() } else { format!("{name}/{part}") };
                        gather(child, &name, pairs);
                    }
                }
            }
        }
        let mut pairs = Vec::new();
        gather(self, "", &mut pairs);
        pairs
    }

    /// The text of a single field; of several the last, as browsers mean it that send one for an unticked box.
    fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Leaf(values) => values.last().map(|value| Cow::Borrowed(value.as_str())),
            Self::Exact(value) => Some(Cow::Owned(value.to_string())),
            Self::Aside(value) => Some(Cow::Borrowed(value)),
            Self::Branch(_) => None,
        }
    }

    fn wrong<E: de::Error>(&self, wanted: &dyn de::Expected) -> E {
        match self.text() {
            Some(text) => E::invalid_type(Unexpected::Str(&text), wanted),
            None => E::invalid_type(Unexpected::Map, wanted),
        }
    }
}

/// What stands in a field that holds JSON; numbers may be written as in a form.
fn json(text: &str) -> Option<Value> {
    let number = || text.trim().replace(',', ".").parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    serde_json::from_str(text).ok().or_else(|| number().map(Value::Number))
}

/// Why a tree is not what was wanted.
#[derive(Debug)]
pub(super) struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

impl<'de> IntoDeserializer<'de, Wrong> for &'de Tree {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

macro_rules! reads_numbers {
    ($($deserialize:ident => $visit:ident($number:ty),)+) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
            match self.text().and_then(|text| text.trim().replace(',', ".").parse::<$number>().ok()) {
                Some(number) => visitor.$visit(number),
                None => Err(self.wrong(&stringify!($number))),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for &'de Tree {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self {
            Tree::Leaf(_) | Tree::Aside(_) => visitor.visit_str(&self.text().unwrap_or_default()),
            Tree::Branch(below) if !below.is_empty() && below.iter().all(|(name, _)| name.parse::<u16>().is_ok()) => {
                self.deserialize_seq(visitor)
            }
            // Nobody says here what may be missing, so that what is blank is left out.
            Tree::Branch(below) => {
                let given = below.iter().filter(|(_, child)| !child.is_blank());
                visitor.visit_map(MapDeserializer::new(given.map(|(name, child)| (name.as_str(), child))))
            }
            Tree::Exact(value) => value.deserialize_any(visitor).map_err(de::Error::custom),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.is_blank() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.text().as_deref() {
            Some("true" | "on") => visitor.visit_bool(true),
            Some("false") => visitor.visit_bool(false),
            _ => Err(self.wrong(&"yes or no")),
        }
    }

    reads_numbers! {
        deserialize_i8 => visit_i8(i8),
        deserialize_i16 => visit_i16(i16),
        deserialize_i32 => visit_i32(i32),
        deserialize_i64 => visit_i64(i64),
        deserialize_u8 => visit_u8(u8),
        deserialize_u16 => visit_u16(u16),
        deserialize_u32 => visit_u32(u32),
        deserialize_u64 => visit_u64(u64),
        deserialize_f32 => visit_f32(f32),
        deserialize_f64 => visit_f64(f64),
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self {
            Tree::Leaf(values) => {
                let given = values.iter().filter(|value| !value.trim().is_empty());
                visitor.visit_seq(SeqDeserializer::new(given.map(String::as_str)))
            }
            Tree::Branch(below) => visitor.visit_seq(SeqDeserializer::new(below.iter().map(|(_, child)| child))),
            Tree::Exact(_) | Tree::Aside(_) => Err(self.wrong(&"a sequence")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self {
            Tree::Exact(value @ Value::Object(_)) => value.deserialize_any(visitor).map_err(de::Error::custom),
            Tree::Leaf(_) | Tree::Exact(_) | Tree::Aside(_) => Err(self.wrong(&"struct")),
            Tree::Branch(below) => {
                visitor.visit_map(MapDeserializer::new(below.iter().map(|(name, child)| (name.as_str(), child))))
            }
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.text() {
            Some(text) => visitor.visit_enum(text.as_ref().into_deserializer()),
            None => Err(self.wrong(&"a word")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Side {
        Left,
        BothSides,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        technique: String,
        minutes: Option<u16>,
        side: Option<Side>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Note {
        text: String,
        given: bool,
        pain: Option<Pain>,
        #[serde(default)]
        treatment: Vec<Row>,
        #[serde(default)]
        tags: Vec<String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Pain {
        now: Option<u8>,
        worst: Option<f64>,
    }

    fn read(pairs: &[(&str, &str)]) -> Result<Note, (String, String)> {
        let tree = Tree::of(pairs.iter().copied());
        serde_path_to_error::deserialize(&tree).map_err(|wrong| (wrong.path().to_string(), wrong.inner().to_string()))
    }

    #[test]
    fn fields_become_what_the_api_takes_as_json() {
        let note = read(&[
            ("text", "Better"),
            ("given", "false"),
            ("given", "true"),
            ("pain/now", " 3 "),
            ("pain/worst", "4,5"),
            ("treatment/0/technique", ""),
            ("treatment/0/minutes", ""),
            ("treatment/10/technique", "cold"),
            ("treatment/10/side", "both_sides"),
            ("treatment/9/technique", "heat"),
            ("treatment/9/minutes", "15"),
            ("treatment/9/side", ""),
            ("tags", "a"),
            ("tags", ""),
            ("tags", "b"),
        ]);
        let heat = Row { technique: "heat".to_owned(), minutes: Some(15), side: None };
        let cold = Row { technique: "cold".to_owned(), minutes: None, side: Some(Side::BothSides) };
        let expected = Note {
            text: "Better".to_owned(),
            given: true,
            pain: Some(Pain { now: Some(3), worst: Some(4.5) }),
            treatment: vec![heat, cold],
            tags: vec!["a".to_owned(), "b".to_owned()],
        };
        assert_eq!(note, Ok(expected));
        let bare = read(&[("text", ""), ("given", "false"), ("pain/now", ""), ("pain/worst", " ")]).unwrap();
        assert_eq!((bare.text.as_str(), bare.pain, bare.treatment), ("", None, Vec::new()));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        let wrong = |more: &[(&str, &str)]| read(&[&[("text", "a"), ("given", "true")], more].concat()).unwrap_err();
        assert_eq!(wrong(&[("treatment/0/technique", "x"), ("treatment/0/minutes", "many")]).0, "treatment[0].minutes");
        assert_eq!(wrong(&[("pain/now", "300")]).0, "pain.now");
        assert_eq!(
            wrong(&[("treatment/0/side", "left"), ("treatment/0/technique/x", "y")]).0,
            "treatment[0].technique"
        );
        assert!(wrong(&[("nonsense", "x")]).1.starts_with("unknown field"));
        assert_eq!(wrong(&[("pain", "x")]).0, "pain");
    }

    #[test]
    fn one_choice_may_stand_for_several_fields() {
        let row = r#"{"minutes":15,"technique":"heat"}"#;
        let fields = [("text", "a"), ("given@json", "true"), ("treatment/0@json", row), ("treatment/0/side", "left")];
        let heat = Row { technique: "heat".to_owned(), minutes: Some(15), side: Some(Side::Left) };
        assert_eq!(read(&fields).unwrap().treatment, [heat]);
        let pairs = Tree::of(fields.into_iter()).pairs();
        assert!(pairs.contains(&("treatment/0/minutes".to_owned(), "15".to_owned())), "{pairs:?}");
        assert_eq!(read(&[("text", "a"), ("given@json", "{"), ("tags@json", "")]).unwrap_err().0, "given");
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
    enum Measured {
        Range { value: f64, unit: String, normal: Option<f64> },
        Test { positive: bool },
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Measures {
        rows: Vec<Measured>,
    }

    #[test]
    fn a_row_is_read_by_what_it_says_it_is_and_what_stands_aside_makes_none() {
        let fields = [
            ("rows/0/type@aside", "range"),
            ("rows/0/value@json", "4,5"),
            ("rows/0/unit@aside", "degrees"),
            ("rows/0/normal@json", ""),
            ("rows/1/type@aside", "range"),
            ("rows/1/value@json", ""),
            ("rows/1/unit@aside", "degrees"),
            ("rows/2/type@aside", "test"),
            ("rows/2/positive@json", "false"),
        ];
        let tree = Tree::of(fields.into_iter());
        let range = Measured::Range { value: 4.5, unit: "degrees".to_owned(), normal: None };
        let read: Result<Measures, _> = serde_path_to_error::deserialize(&tree);
        assert_eq!(read.unwrap(), Measures { rows: vec![range, Measured::Test { positive: false }] });
        assert!(tree.pairs().contains(&("rows/1/type".to_owned(), "test".to_owned())));
    }

    #[test]
    fn a_row_left_blank_moves_the_others_up_in_the_form_too() {
        let tree = Tree::of([("a/0/b", ""), ("a/1/b", "x"), ("c", "1"), ("c", "2")].into_iter());
        let shown = [("a/0/b", "x"), ("c", "1"), ("c", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(tree.pairs(), shown);
        let deep = ["x"; DEEPEST + 1].join("/");
        assert_eq!(Tree::of([(deep.as_str(), "1")].into_iter()), Tree::default());
    }
}
