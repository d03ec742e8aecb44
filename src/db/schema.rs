//! The tables, as diesel sees them; `migrations/` is what makes them.
#![expect(missing_docs, reason = "the tables are documented in docs/records.md")]

mod alerts;
mod audit;
mod directives;
mod messages;
mod referrals;
mod safety;

pub use alerts::{alert_preference, notification, outbox, reminder};
pub use audit::{
    audit_checkpoint, audit_event, audit_leaf, audit_pending, audit_subject, audit_text, audit_tile, audit_verification,
};
pub use directives::{consent_directive, record_access, record_export, started_review};
pub use messages::message;
pub use referrals::{closed_day, listed_referral, referral, referral_attachment, referral_event};
pub use safety::{decision_maker, health_history, safety_item, safety_override};

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::db::types::sql::{Moment, Uuid};

    practice (id) {
        id -> Uuid,
        name -> Text,
        time_zone -> Text,
        version -> Integer,
        created_at -> Moment,
        age_of_majority -> Integer,
        working_days -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Text};
    use crate::db::types::sql::{Moment, Uuid};

    site (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        name -> Text,
        open -> Bool,
        version -> Integer,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    staff (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        email -> Text,
        name -> Text,
        site_id -> Nullable<Uuid>,
        away_until -> Nullable<Text>,
        active -> Bool,
        password_hash -> Nullable<Text>,
        credential_version -> BigInt,
        access_version -> BigInt,
        version -> Integer,
        created_at -> Moment,
        cosign_required -> Bool,
        supervisor_id -> Nullable<Uuid>,
        address_changed_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::sql::{Moment, Uuid};

    staff_role (practice_id, staff_id, role) {
        practice_id -> Uuid,
        staff_id -> Uuid,
        role -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::db::types::sql::{Moment, Uuid};

    invitation (practice_id, staff_id) {
        practice_id -> Uuid,
        staff_id -> Uuid,
        token_hash -> Binary,
        expires_at -> Moment,
        used_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Bool, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    session (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        staff_id -> Uuid,
        created_at -> Moment,
        last_seen_at -> Moment,
        authenticated_at -> Moment,
        ended_at -> Nullable<Moment>,
        refresh_hash -> Binary,
        previous_hash -> Nullable<Binary>,
        rotated_at -> Moment,
        tolerated -> Bool,
        address -> Nullable<Text>,
        page_hash -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable};
    use crate::db::types::sql::{Moment, Uuid};

    staff_totp (practice_id, staff_id) {
        practice_id -> Uuid,
        staff_id -> Uuid,
        sealed_secret -> Binary,
        confirmed_at -> Nullable<Moment>,
        last_step -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::db::types::sql::{Moment, Uuid};

    recovery_code (practice_id, staff_id, code_hash) {
        practice_id -> Uuid,
        staff_id -> Uuid,
        code_hash -> Binary,
        used_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer};
    use crate::db::types::sql::{Moment, Uuid};

    sign_in_throttle (subject) {
        subject -> Binary,
        failures -> Integer,
        last_failure -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Text};
    use crate::db::types::sql::{Moment, Uuid};

    idempotency_key (practice_id, staff_id, route, key) {
        practice_id -> Uuid,
        staff_id -> Uuid,
        route -> Text,
        key -> Text,
        body_mac -> Binary,
        object_id -> Uuid,
        at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};
    use crate::db::types::sql::{Moment, Uuid};

    record_counter (practice_id, name) {
        practice_id -> Uuid,
        name -> Text,
        last -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Integer, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    patient (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        record_number -> BigInt,
        given_name -> Text,
        family_name -> Text,
        folded_name -> Text,
        birth_date -> Text,
        phone -> Nullable<Text>,
        phone_digits -> Nullable<Text>,
        details -> Text,
        staff_id -> Nullable<Uuid>,
        access_version -> BigInt,
        version -> Integer,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    care_team (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        patient_id -> Uuid,
        staff_id -> Uuid,
        joined_by -> Text,
        reason -> Nullable<Text>,
        visit_date -> Nullable<Text>,
        joined_at -> Moment,
        lapses_at -> Moment,
        ended_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::Nullable;
    use crate::db::types::sql::{Moment, Uuid};

    cover (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        from_staff -> Uuid,
        to_staff -> Uuid,
        starts_at -> Moment,
        ends_at -> Moment,
        ended_at -> Nullable<Moment>,
        created_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    note (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        patient_id -> Uuid,
        author_id -> Uuid,
        discipline -> Text,
        kind -> Text,
        state -> Text,
        service_at -> Moment,
        created_at -> Moment,
        signed_at -> Nullable<Moment>,
        draft -> Nullable<Text>,
        current_version -> Integer,
        version -> Integer,
        sharing -> Text,
        episode_id -> Nullable<Uuid>,
        replaces_id -> Nullable<Uuid>,
        copied -> Nullable<Text>,
        referral_id -> Nullable<Uuid>,
        answers -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    note_version (practice_id, note_id, number) {
        practice_id -> Uuid,
        note_id -> Uuid,
        number -> Integer,
        body -> Text,
        hash -> Binary,
        reason -> Nullable<Text>,
        explanation -> Nullable<Text>,
        signed_by -> Uuid,
        signed_at -> Moment,
        cosigned_by -> Nullable<Uuid>,
        cosigned_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    note_addendum (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        note_id -> Uuid,
        author_id -> Uuid,
        text -> Text,
        hash -> Binary,
        written_at -> Moment,
        cosigned_by -> Nullable<Uuid>,
        cosigned_at -> Nullable<Moment>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::sql::{Moment, Uuid};

    note_error (practice_id, note_id) {
        practice_id -> Uuid,
        note_id -> Uuid,
        declared_by -> Uuid,
        reason -> Text,
        declared_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable};
    use crate::db::types::sql::{Moment, Uuid};

    episode (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        patient_id -> Uuid,
        opened_by -> Uuid,
        opened_at -> Moment,
        closed_at -> Nullable<Moment>,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::db::types::sql::{Moment, Uuid};

    episode_version (practice_id, episode_id, number) {
        practice_id -> Uuid,
        episode_id -> Uuid,
        number -> Integer,
        patient_id -> Uuid,
        change -> Text,
        content -> Text,
        changed_by -> Uuid,
        changed_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    note_pending (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        note_id -> Uuid,
        author_id -> Uuid,
        kind -> Text,
        words -> Text,
        hash -> Binary,
        reason -> Nullable<Text>,
        explanation -> Nullable<Text>,
        signed_at -> Moment,
        state -> Text,
        comments -> Nullable<Text>,
        ended_by -> Nullable<Uuid>,
        ended_at -> Nullable<Moment>,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Integer, Text};
    use crate::db::types::sql::{Moment, Uuid};

    note_return (practice_id, note_id, number) {
        practice_id -> Uuid,
        note_id -> Uuid,
        number -> Integer,
        body -> Text,
        hash -> Binary,
        signed_at -> Moment,
        comments -> Text,
        returned_by -> Uuid,
        returned_at -> Moment,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    joint_review (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        patient_id -> Uuid,
        opened_by -> Uuid,
        opened_at -> Moment,
        physiotherapy_note_id -> Nullable<Uuid>,
        massage_note_id -> Nullable<Uuid>,
        closed_by -> Nullable<Uuid>,
        closed_at -> Nullable<Moment>,
        close_reason -> Nullable<Text>,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::sql::{Moment, Uuid};

    disposal (practice_id, patient_id) {
        practice_id -> Uuid,
        patient_id -> Uuid,
        confirmed_by -> Uuid,
        confirmed_at -> Moment,
        reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary};
    use crate::db::types::sql::Uuid;

    imported_line (practice_id, file_hash, line) {
        practice_id -> Uuid,
        file_hash -> Binary,
        line -> BigInt,
        patient_id -> Uuid,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Text};
    use crate::db::types::sql::Uuid;

    note_words (practice_id, note_id) {
        practice_id -> Uuid,
        note_id -> Uuid,
        patient_id -> Uuid,
        version -> Integer,
        words -> Text,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    alert_preference,
    audit_checkpoint,
    audit_event,
    audit_leaf,
    audit_pending,
    audit_subject,
    audit_text,
    audit_tile,
    audit_verification,
    care_team,
    closed_day,
    consent_directive,
    cover,
    decision_maker,
    disposal,
    episode,
    episode_version,
    health_history,
    idempotency_key,
    imported_line,
    invitation,
    joint_review,
    message,
    note,
    note_addendum,
    note_error,
    note_pending,
    note_return,
    note_version,
    note_words,
    notification,
    outbox,
    patient,
    practice,
    record_access,
    record_counter,
    record_export,
    recovery_code,
    referral,
    referral_attachment,
    referral_event,
    reminder,
    safety_item,
    safety_override,
    session,
    sign_in_throttle,
    site,
    staff,
    staff_role,
    staff_totp,
    started_review,
);
