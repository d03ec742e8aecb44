//! Referrals, and the days that their limits are reckoned in.

diesel::table! {
    use diesel::sql_types::Text;
    use crate::db::types::sql::Uuid;

    closed_day (practice_id, day) {
        practice_id -> Uuid,
        day -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    referral (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        number -> Text,
        patient_id -> Uuid,
        episode_id -> Uuid,
        author_id -> Uuid,
        referrer_id -> Uuid,
        discipline -> Text,
        site_id -> Nullable<Uuid>,
        named_id -> Nullable<Uuid>,
        owner_id -> Nullable<Uuid>,
        state -> Text,
        came_from -> Nullable<Text>,
        urgency -> Text,
        content -> Text,
        created_at -> Moment,
        sent_at -> Nullable<Moment>,
        due_at -> Nullable<Moment>,
        half_at -> Nullable<Moment>,
        expires_at -> Nullable<Moment>,
        next_at -> Nullable<Moment>,
        overdue -> Bool,
        answer_left -> Nullable<BigInt>,
        half_left -> Nullable<BigInt>,
        was_overdue -> Bool,
        report_due_at -> Nullable<Moment>,
        report_half_at -> Nullable<Moment>,
        last_session_on -> Nullable<Text>,
        membership_id -> Nullable<Uuid>,
        report_note_id -> Nullable<Uuid>,
        entered_in_error -> Bool,
        version -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Nullable, Text};
    use crate::db::types::sql::Uuid;

    /// Referrals as the worklists find them: with what follows from the rest of the row.
    #[sql_name = "referral"]
    listed_referral (practice_id, id) {
        id -> Uuid,
        practice_id -> Uuid,
        patient_id -> Uuid,
        episode_id -> Uuid,
        referrer_id -> Uuid,
        discipline -> Text,
        site_id -> Nullable<Uuid>,
        named_id -> Nullable<Uuid>,
        owner_id -> Nullable<Uuid>,
        state -> Text,
        entered_in_error -> Bool,
        unfinished -> Bool,
        late -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::db::types::sql::{Moment, Uuid};

    referral_event (practice_id, referral_id, number) {
        practice_id -> Uuid,
        referral_id -> Uuid,
        number -> Integer,
        patient_id -> Uuid,
        #[sql_name = "move"]
        step -> Text,
        from_state -> Text,
        to_state -> Text,
        by_staff -> Nullable<Uuid>,
        part -> Text,
        reason -> Nullable<Text>,
        words -> Nullable<Text>,
        note_id -> Nullable<Uuid>,
        planned_at -> Nullable<Moment>,
        at -> Moment,
    }
}

diesel::table! {
    use crate::db::types::sql::Uuid;

    referral_attachment (practice_id, referral_id, note_id) {
        practice_id -> Uuid,
        referral_id -> Uuid,
        note_id -> Uuid,
        patient_id -> Uuid,
    }
}
