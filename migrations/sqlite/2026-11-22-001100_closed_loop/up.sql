-- Who wrote a referral: its author, whoever stands in the referrer's place by now.
ALTER TABLE referral ADD COLUMN author_id BLOB;
-- While information is missing, or the owner is asked to stop: whether the limit that this interrupts had passed; and in the
-- latter case the report's limit and half the way there, since that clock goes on.
ALTER TABLE referral ADD COLUMN was_overdue INTEGER NOT NULL DEFAULT 0 CHECK (was_overdue IN (0, 1));
ALTER TABLE referral ADD COLUMN report_due_at INTEGER;
ALTER TABLE referral ADD COLUMN report_half_at INTEGER;
DROP TRIGGER referral_keeps_its_identity;
UPDATE referral SET author_id = coalesce(
    (SELECT e.by_staff FROM referral_event e
     WHERE e.practice_id = referral.practice_id AND e.referral_id = referral.id AND e.move = 'send' ORDER BY e.number LIMIT 1),
    referrer_id
);
CREATE TRIGGER referral_keeps_its_identity BEFORE UPDATE ON referral
    WHEN NEW.id IS NOT OLD.id OR NEW.practice_id IS NOT OLD.practice_id OR NEW.patient_id IS NOT OLD.patient_id OR NEW.number IS NOT OLD.number
    OR NEW.created_at IS NOT OLD.created_at OR NEW.author_id IS NOT OLD.author_id OR OLD.state IN ('closed', 'cancelled') OR NEW.version <= OLD.version
    OR OLD.state <> 'draft' AND (NEW.content IS NOT OLD.content OR NEW.episode_id IS NOT OLD.episode_id OR NEW.urgency IS NOT OLD.urgency)
BEGIN
    SELECT RAISE(ABORT, 'a referral keeps its author, its patient, its number, what was sent, and its end');
END;
CREATE TRIGGER referral_has_an_author BEFORE INSERT ON referral
    WHEN NOT EXISTS (SELECT 1 FROM staff s WHERE s.practice_id = NEW.practice_id AND s.id = NEW.author_id)
BEGIN
    SELECT RAISE(ABORT, 'a referral is written by somebody of its practice');
END;
CREATE INDEX referral_event_by_note ON referral_event (practice_id, note_id) WHERE note_id IS NOT NULL;

-- The referral that a message is about.
ALTER TABLE message ADD COLUMN referral_id BLOB;
CREATE INDEX message_by_referral ON message (practice_id, referral_id, id) WHERE referral_id IS NOT NULL;
CREATE TRIGGER message_is_about_its_patients_referral BEFORE INSERT ON message
    WHEN NEW.referral_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM referral r WHERE r.practice_id = NEW.practice_id AND r.id = NEW.referral_id AND r.patient_id = NEW.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'a message is about a referral of its own patient');
END;

-- What the clock has reminded somebody of: each is raised once. number counts the reminders of one thing, from 1.
CREATE TABLE reminder (
    practice_id BLOB NOT NULL REFERENCES practice (id),
    object_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('unsigned_note', 'joint_review_due')),
    number INTEGER NOT NULL,
    raised_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, object_id, kind, number)
) STRICT;
CREATE INDEX joint_review_by_time ON joint_review (practice_id, opened_at);
