//! The tables of what is decided, known and let out about a patient.

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    consent_directive (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        patient_id -> Uuid,
        covers -> Text,
        covered_id -> Nullable<Uuid>,
        bars -> Text,
        staff_id -> Nullable<Uuid>,
        discipline -> Nullable<Text>,
        starts_at -> Moment,
        ends_at -> Nullable<Moment>,
        reason -> Nullable<Text>,
        recorded_by -> Uuid,
        recorded_at -> Moment,
        revoked_by -> Nullable<Uuid>,
        revoked_at -> Nullable<Moment>,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    record_access (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        patient_id -> Uuid,
        staff_id -> Uuid,
        kind -> Text,
        reason_code -> Text,
        reason -> Text,
        opened_at -> Moment,
        ends_at -> Moment,
        ended_at -> Nullable<Moment>,
        verdict -> Nullable<Text>,
        verdict_reason -> Nullable<Text>,
        reviewed_by -> Nullable<Uuid>,
        reviewed_at -> Nullable<Moment>,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    record_export (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        patient_id -> Uuid,
        made_by -> Uuid,
        made_at -> Moment,
        recipient -> Text,
        recipient_name -> Text,
        decision_maker_id -> Nullable<Uuid>,
        purpose -> Text,
        authority -> Text,
        severed -> Text,
        hash -> Binary,
        document -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::sql::{Moment, Uuid};

    started_review (practice_id, membership_id) {
        practice_id -> Uuid,
        membership_id -> Uuid,
        patient_id -> Uuid,
        verdict -> Text,
        reason -> Text,
        reviewed_by -> Uuid,
        reviewed_at -> Moment,
    }
}
