//! How our values lie in the two databases.
//!
//! | value | SQLite | PostgreSQL |
//! |---|---|---|
//! | `Id<K>` | BLOB of 16 bytes | `uuid` |
//! | `Timestamp` | INTEGER, microseconds since 1970 | `timestamptz` |
//! | `Date`, words such as a role | TEXT | `text` |

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, HasSqlType};
use diesel::sqlite::Sqlite;

use super::multi::MultiBackend;
use crate::clock::{Date, Timestamp};
use crate::ids::Id;

/// The SQL types that the two backends spell differently.
pub mod sql {
    /// An id.
    #[derive(Debug, Clone, Copy, Default, diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(sqlite_type(name = "Binary"), postgres_type(oid = 2950, array_oid = 2951))]
    pub struct Uuid;

    /// A moment in UTC.
    #[derive(Debug, Clone, Copy, Default, diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(sqlite_type(name = "Long"), postgres_type(oid = 1184, array_oid = 1185))]
    pub struct Moment;
}

impl HasSqlType<sql::Uuid> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<sql::Uuid>(lookup)
    }
}

impl HasSqlType<sql::Moment> for MultiBackend {
    fn metadata(lookup: &mut Self::MetadataLookup) -> Self::TypeMetadata {
        Self::lookup_sql_type::<sql::Moment>(lookup)
    }
}

/// Lets a type stand in queries and rows as a value of one SQL type.
macro_rules! sql_value {
    ($value:ty, $sql:ty $(, $generic:ident)?) => {
        impl$(<$generic: 'static>)? diesel::expression::AsExpression<$sql> for $value {
            type Expression = diesel::internal::derives::as_expression::Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                diesel::internal::derives::as_expression::Bound::new(self)
            }
        }
        impl$(<$generic: 'static>)? diesel::expression::AsExpression<diesel::sql_types::Nullable<$sql>> for $value {
            type Expression = diesel::internal::derives::as_expression::Bound<diesel::sql_types::Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression {
                diesel::internal::derives::as_expression::Bound::new(self)
            }
        }
        impl<'expr $(, $generic: 'static)?> diesel::expression::AsExpression<$sql> for &'expr $value {
            type Expression = diesel::internal::derives::as_expression::Bound<$sql, Self>;
            fn as_expression(self) -> Self::Expression {
                diesel::internal::derives::as_expression::Bound::new(self)
            }
        }
        impl<'expr $(, $generic: 'static)?> diesel::expression::AsExpression<diesel::sql_types::Nullable<$sql>> for &'expr $value {
            type Expression = diesel::internal::derives::as_expression::Bound<diesel::sql_types::Nullable<$sql>, Self>;
            fn as_expression(self) -> Self::Expression {
                diesel::internal::derives::as_expression::Bound::new(self)
            }
        }
        impl<DB $(, $generic: 'static)?> diesel::serialize::ToSql<diesel::sql_types::Nullable<$sql>, DB> for $value
        where
            DB: diesel::backend::Backend,
            Self: diesel::serialize::ToSql<$sql, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                diesel::serialize::ToSql::<$sql, DB>::to_sql(self, out)
            }
        }
        impl<DB $(, $generic: 'static)?> diesel::deserialize::Queryable<$sql, DB> for $value
        where
            DB: diesel::backend::Backend,
            Self: diesel::deserialize::FromSql<$sql, DB>,
        {
            type Row = Self;
            fn build(row: Self) -> diesel::deserialize::Result<Self> {
                Ok(row)
            }
        }
        impl$(<$generic: 'static>)? diesel::serialize::ToSql<$sql, $crate::db::MultiBackend> for $value {
            fn to_sql<'b>(
                &'b self,
                out: &mut diesel::serialize::Output<'b, '_, $crate::db::MultiBackend>,
            ) -> diesel::serialize::Result {
                out.set_value((<$sql>::default(), self));
                Ok(diesel::serialize::IsNull::No)
            }
        }
        impl$(<$generic: 'static>)? diesel::deserialize::FromSql<$sql, $crate::db::MultiBackend> for $value {
            fn from_sql(
                bytes: <$crate::db::MultiBackend as diesel::backend::Backend>::RawValue<'_>,
            ) -> diesel::deserialize::Result<Self> {
                bytes.from_sql::<Self, $sql>()
            }
        }
    };
}
pub(crate) use sql_value;

/// Keeps an enumeration as its snake-case word in a text column.
macro_rules! sql_word {
    ($($word:ty),+ $(,)?) => {$(
        $crate::db::types::sql_value!($word, diesel::sql_types::Text);

        impl<DB> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $word
        where
            DB: diesel::backend::Backend + $crate::db::types::Plain,
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                let word: &'static str = (*self).into();
                <str as diesel::serialize::ToSql<diesel::sql_types::Text, DB>>::to_sql(word, out)
            }
        }
        impl<DB> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $word
        where
            DB: diesel::backend::Backend + $crate::db::types::Plain,
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let word = <String as diesel::deserialize::FromSql<diesel::sql_types::Text, DB>>::from_sql(bytes)?;
                // The word itself may be anything, and ends in the log.
                word.parse().map_err(|_| concat!("a stored word is not one of ", stringify!($word)).into())
            }
        }
    )+};
}
pub(crate) use sql_word;

/// The two backends themselves, without the one that stands for either.
pub trait Plain {}
impl Plain for Sqlite {}
impl Plain for Pg {}

sql_value!(Id<K>, sql::Uuid, K);
sql_value!(Timestamp, sql::Moment);
sql_value!(Date, diesel::sql_types::Text);
sql_word!(
    crate::actor::Role,
    crate::actor::Discipline,
    crate::audit::ObjectKind,
    crate::policy::NoteState,
    crate::policy::Action,
    crate::referral_state::ReferralState,
);

impl<K: 'static> ToSql<sql::Uuid, Sqlite> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl<K: 'static> FromSql<sql::Uuid, Sqlite> for Id<K> {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(bytes)?;
        Ok(Self::from_uuid(uuid::Uuid::from_slice(&bytes)?))
    }
}

impl<K: 'static> ToSql<sql::Uuid, Pg> for Id<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl<K: 'static> FromSql<sql::Uuid, Pg> for Id<K> {
    fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::from_uuid(uuid::Uuid::from_slice(bytes.as_bytes())?))
    }
}

/// PostgreSQL counts microseconds from 2000-01-01.
const PG_EPOCH: i64 = 946_684_800_000_000;

impl ToSql<sql::Moment, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.micros());
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Moment, Sqlite> for Timestamp {
    fn from_sql(bytes: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, Sqlite>>::from_sql(bytes).map(Self::from_micros)
    }
}

impl ToSql<sql::Moment, Pg> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, &(self.micros() - PG_EPOCH).to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql::Moment, Pg> for Timestamp {
    fn from_sql(bytes: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, Pg>>::from_sql(bytes).map(|micros| Self::from_micros(micros + PG_EPOCH))
    }
}

impl ToSql<diesel::sql_types::Text, Pg> for Date {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, self.to_string().as_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<diesel::sql_types::Text, Sqlite> for Date {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.to_string());
        Ok(IsNull::No)
    }
}

impl<DB> FromSql<diesel::sql_types::Text, DB> for Date
where
    DB: Backend + Plain,
    String: FromSql<diesel::sql_types::Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<diesel::sql_types::Text, DB>>::from_sql(bytes)?;
        Self::parse(&text).map_err(Into::into)
    }
}
