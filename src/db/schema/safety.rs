//! The tables of safety items, health histories and decision-makers.

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    safety_item (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        patient_id -> Uuid,
        kind -> Text,
        what -> Text,
        severity -> Text,
        contraindication -> Nullable<Text>,
        bars -> Text,
        replaces_id -> Nullable<Uuid>,
        raised_by -> Uuid,
        raised_in -> Text,
        raised_at -> Moment,
        resolved_by -> Nullable<Uuid>,
        resolved_at -> Nullable<Moment>,
        resolved_why -> Nullable<Text>,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::db::types::sql::{Moment, Uuid};

    safety_override (practice_id, note_id, number, safety_item_id) {
        practice_id -> Uuid,
        patient_id -> Uuid,
        note_id -> Uuid,
        number -> Integer,
        safety_item_id -> Uuid,
        reason -> Text,
        overridden_by -> Uuid,
        overridden_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::db::types::sql::{Moment, Uuid};

    health_history (practice_id, patient_id, number) {
        practice_id -> Uuid,
        patient_id -> Uuid,
        number -> Integer,
        words -> Text,
        confirmed_by -> Uuid,
        confirmed_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    decision_maker (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        patient_id -> Uuid,
        name -> Text,
        relation -> Text,
        authority -> Text,
        may_consent -> Bool,
        may_receive_records -> Bool,
        from_date -> Nullable<Text>,
        until_date -> Nullable<Text>,
        limits -> Nullable<Text>,
        phone -> Nullable<Text>,
        email -> Nullable<Text>,
        version -> Integer,
        created_at -> Moment,
    }
}
