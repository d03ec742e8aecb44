//! What a database says went wrong, as our one error.

use diesel::result::{DatabaseErrorKind, Error as Diesel};

use crate::error::{Code, Error};

impl From<Diesel> for Error {
    fn from(cause: Diesel) -> Self {
        let code = match &cause {
            Diesel::NotFound => Code::NotFound,
            Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Code::AlreadyExists,
            Diesel::DatabaseError(
                DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::ExclusionViolation
                | DatabaseErrorKind::ReadOnlyTransaction,
                _,
            )
            | Diesel::InvalidCString(_)
            | Diesel::QueryBuilderError(_)
            | Diesel::DeserializationError(_)
            | Diesel::SerializationError(_) => Code::Internal,
            // A full disk, a lost server, a lock that did not come free, a serialization failure.
            _ => return Self { cause: Some(Box::new(cause)), ..Self::later(Code::Unavailable, 2) },
        };
        Self { cause: Some(Box::new(cause)), ..Self::of(code) }
    }
}

/// What a closure rests on has changed since it ran: it may run again.
pub(super) fn moved() -> Error {
    let cause = "what this rests on has changed".to_owned();
    Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, Box::new(cause)).into()
}

/// Whether running the same closure again may succeed: PostgreSQL found it not serializable, or in a deadlock.
pub(super) fn may_run_again(error: &Error) -> bool {
    let Some(cause) = error.cause.as_deref().and_then(|cause| cause.downcast_ref::<Diesel>()) else {
        return false;
    };
    match cause {
        Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        Diesel::DatabaseError(_, information) => information.message().starts_with("deadlock detected"),
        _ => false,
    }
}
