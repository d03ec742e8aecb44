DROP INDEX joint_review_by_time;
DROP TABLE reminder;
DROP TRIGGER message_is_about_its_patients_referral ON message;
DROP FUNCTION tandem_message_referral;
DROP INDEX message_by_referral;
ALTER TABLE message DROP COLUMN referral_id;
DROP INDEX referral_event_by_note;
CREATE OR REPLACE FUNCTION tandem_referral_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.practice_id IS DISTINCT FROM OLD.practice_id OR NEW.patient_id IS DISTINCT FROM OLD.patient_id OR NEW.number IS DISTINCT FROM OLD.number
        OR NEW.created_at IS DISTINCT FROM OLD.created_at OR OLD.state IN ('closed', 'cancelled') OR NEW.version <= OLD.version
        OR OLD.state <> 'draft' AND (NEW.content IS DISTINCT FROM OLD.content OR NEW.episode_id IS DISTINCT FROM OLD.episode_id OR NEW.urgency IS DISTINCT FROM OLD.urgency) THEN
        RAISE EXCEPTION 'a referral keeps its patient, its number, what was sent, and its end' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
ALTER TABLE referral DROP COLUMN report_half_at;
ALTER TABLE referral DROP COLUMN report_due_at;
ALTER TABLE referral DROP COLUMN was_overdue;
ALTER TABLE referral DROP COLUMN author_id;
