//! Messages about patients.

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    message (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        patient_id -> Uuid,
        author_id -> Uuid,
        text -> Text,
        written_at -> Moment,
        referral_id -> Nullable<Uuid>,
    }
}
