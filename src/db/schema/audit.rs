//! The tables of the audit log.

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    audit_event (log_id, id) {
        log_id -> Uuid,
        id -> Uuid,
        at -> Moment,
        actor_id -> Nullable<Uuid>,
        action -> Text,
        outcome -> Text,
        leaf -> Binary,
    }
}

diesel::table! {
    
    use crate::db::types::sql::{Moment, Uuid};

    audit_subject (log_id, patient_id, event_id) {
        log_id -> Uuid,
        patient_id -> Uuid,
        event_id -> Uuid,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Text};
    use crate::db::types::sql::{Moment, Uuid};

    audit_text (log_id, event_id) {
        log_id -> Uuid,
        event_id -> Uuid,
        salt -> Binary,
        text -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::BigInt;
    use crate::db::types::sql::{Moment, Uuid};

    audit_pending (position) {
        position -> BigInt,
        log_id -> Uuid,
        event_id -> Uuid,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary};
    use crate::db::types::sql::{Moment, Uuid};

    audit_leaf (log_id, seq) {
        log_id -> Uuid,
        seq -> BigInt,
        event_id -> Uuid,
        leaf_hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Integer};
    use crate::db::types::sql::{Moment, Uuid};

    audit_tile (log_id, level, number) {
        log_id -> Uuid,
        level -> Integer,
        number -> BigInt,
        hashes -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::db::types::sql::{Moment, Uuid};

    audit_checkpoint (log_id, size) {
        log_id -> Uuid,
        size -> BigInt,
        note -> Text,
        at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::sql::{Moment, Uuid};

    audit_verification (log_id) {
        log_id -> Uuid,
        at -> Moment,
        report -> Text,
    }
}
