//! The tables of what somebody was told, and of the mails that tell it.

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    outbox (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        staff_id -> Uuid,
        kind -> Text,
        state -> Text,
        attempts -> Integer,
        created_at -> Moment,
        next_at -> Moment,
        ended_at -> Nullable<Moment>,
        message_id -> Nullable<Text>,
        failure -> Nullable<Text>,
        address -> Nullable<Text>,
        sealed -> Nullable<Binary>,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    notification (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        staff_id -> Uuid,
        for_staff -> Nullable<Uuid>,
        kind -> Text,
        object_kind -> Text,
        object_id -> Uuid,
        patient_id -> Nullable<Uuid>,
        number -> Nullable<Text>,
        due_at -> Nullable<Moment>,
        urgent -> Bool,
        raised_at -> Moment,
        read_at -> Nullable<Moment>,
        mail_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::db::types::sql::Uuid;

    alert_preference (practice_id, staff_id) {
        practice_id -> Uuid,
        staff_id -> Uuid,
        digest_hour -> Integer,
        choices -> Text,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::db::types::sql::{Moment, Uuid};

    reminder (practice_id, object_id, kind, number) {
        practice_id -> Uuid,
        object_id -> Uuid,
        kind -> Text,
        number -> Integer,
        raised_at -> Moment,
    }
}
