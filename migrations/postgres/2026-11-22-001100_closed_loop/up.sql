-- Who wrote a referral: its author, whoever stands in the referrer's place by now.
ALTER TABLE referral ADD COLUMN author_id uuid;
-- While information is missing, or the owner is asked to stop: whether the limit that this interrupts had passed; and in the
-- latter case the report's limit and half the way there, since that clock goes on.
ALTER TABLE referral ADD COLUMN was_overdue boolean NOT NULL DEFAULT false;
ALTER TABLE referral ADD COLUMN report_due_at timestamptz;
ALTER TABLE referral ADD COLUMN report_half_at timestamptz;
ALTER TABLE referral DISABLE TRIGGER referral_keeps_its_identity;
UPDATE referral r SET author_id = coalesce(
    (SELECT e.by_staff FROM referral_event e
     WHERE e.practice_id = r.practice_id AND e.referral_id = r.id AND e.move = 'send' ORDER BY e.number LIMIT 1),
    r.referrer_id
);
ALTER TABLE referral ENABLE TRIGGER referral_keeps_its_identity;
ALTER TABLE referral ALTER COLUMN author_id SET NOT NULL;
ALTER TABLE referral ADD CONSTRAINT referral_author FOREIGN KEY (practice_id, author_id) REFERENCES staff (practice_id, id);
CREATE OR REPLACE FUNCTION tandem_referral_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.practice_id IS DISTINCT FROM OLD.practice_id OR NEW.patient_id IS DISTINCT FROM OLD.patient_id OR NEW.number IS DISTINCT FROM OLD.number
        OR NEW.created_at IS DISTINCT FROM OLD.created_at OR NEW.author_id IS DISTINCT FROM OLD.author_id OR OLD.state IN ('closed', 'cancelled') OR NEW.version <= OLD.version
        OR OLD.state <> 'draft' AND (NEW.content IS DISTINCT FROM OLD.content OR NEW.episode_id IS DISTINCT FROM OLD.episode_id OR NEW.urgency IS DISTINCT FROM OLD.urgency) THEN
        RAISE EXCEPTION 'a referral keeps its author, its patient, its number, what was sent, and its end' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE INDEX referral_event_by_note ON referral_event (practice_id, note_id) WHERE note_id IS NOT NULL;

-- The referral that a message is about.
ALTER TABLE message ADD COLUMN referral_id uuid;
CREATE INDEX message_by_referral ON message (practice_id, referral_id, id) WHERE referral_id IS NOT NULL;
CREATE FUNCTION tandem_message_referral() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.referral_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM referral r WHERE r.practice_id = NEW.practice_id AND r.id = NEW.referral_id AND r.patient_id = NEW.patient_id) THEN
        RAISE EXCEPTION 'a message is about a referral of its own patient' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER message_is_about_its_patients_referral BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION tandem_message_referral();

-- What the clock has reminded somebody of: each is raised once. number counts the reminders of one thing, from 1.
CREATE TABLE reminder (
    practice_id uuid NOT NULL REFERENCES practice (id),
    object_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('unsigned_note', 'joint_review_due')),
    number integer NOT NULL,
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, object_id, kind, number)
);
CREATE INDEX joint_review_by_time ON joint_review (practice_id, opened_at);
