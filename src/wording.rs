//! How values are written in JSON and in the OpenAPI document.

use serde::{Deserialize, Deserializer};

/// Describes a type as a string of one format, such as `date-time`.
macro_rules! written_as {
    ($value:ty, $format:literal $(, $generic:ident)?) => {
        impl$(<$generic>)? utoipa::PartialSchema for $value {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
                let format = SchemaFormat::Custom($format.to_owned());
                ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
            }
        }
        impl$(<$generic>)? utoipa::ToSchema for $value {}
    };
}
pub(crate) use written_as;

/// Declares an enumeration whose values are words: `snake_case` in JSON, in text columns and in the documentation alike.
macro_rules! words {
    ($($(#[$of_name:meta])* pub enum $name:ident { $($(#[$of_word:meta])* $word:ident,)+ })+) => {$(
        #[derive(
            Clone,
            Copy,
            Debug,
            PartialEq,
            Eq,
            PartialOrd,
            Ord,
            Hash,
            strum::EnumIter,
            strum::EnumMessage,
            strum::EnumString,
            strum::Display,
            strum::IntoStaticStr,
            serde::Serialize,
            serde::Deserialize,
            utoipa::ToSchema,
        )]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        $(#[$of_name])*
        pub enum $name { $($(#[$of_word])* $word,)+ }
    )+};
}
pub(crate) use words;

/// Reads a field that was sent, be it as null: for a field that may be missing `T` is itself an option.
pub(crate) fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
