DROP INDEX joint_review_by_time;
DROP TABLE reminder;
DROP TRIGGER message_is_about_its_patients_referral;
DROP INDEX message_by_referral;
ALTER TABLE message DROP COLUMN referral_id;
DROP INDEX referral_event_by_note;
DROP TRIGGER referral_has_an_author;
DROP TRIGGER referral_keeps_its_identity;
ALTER TABLE referral DROP COLUMN report_half_at;
ALTER TABLE referral DROP COLUMN report_due_at;
ALTER TABLE referral DROP COLUMN was_overdue;
ALTER TABLE referral DROP COLUMN author_id;
CREATE TRIGGER referral_keeps_its_identity BEFORE UPDATE ON referral
    WHEN NEW.id IS NOT OLD.id OR NEW.practice_id IS NOT OLD.practice_id OR NEW.patient_id IS NOT OLD.patient_id OR NEW.number IS NOT OLD.number
    OR NEW.created_at IS NOT OLD.created_at OR OLD.state IN ('closed', 'cancelled') OR NEW.version <= OLD.version
    OR OLD.state <> 'draft' AND (NEW.content IS NOT OLD.content OR NEW.episode_id IS NOT OLD.episode_id OR NEW.urgency IS NOT OLD.urgency)
BEGIN
    SELECT RAISE(ABORT, 'a referral keeps its patient, its number, what was sent, and its end');
END;
