-- The dates on which a practice is closed although it works on that day of the week.
CREATE TABLE closed_day (
    practice_id uuid NOT NULL REFERENCES practice (id),
    day text NOT NULL,
    PRIMARY KEY (practice_id, day)
);

-- Whoever accepts a referral joins the care team.
ALTER TABLE care_team DROP CONSTRAINT care_team_joined_by_check;
ALTER TABLE care_team ADD CONSTRAINT care_team_joined_by_check CHECK (joined_by IN ('registration', 'assignment', 'start_treating', 'referral'));

-- A referral from one clinician to a discipline's pool at a site, or to a named colleague. `due_at` is the limit of the
-- state it is in, `half_at` half the way there, `expires_at` when it expires unanswered; `next_at` is the earliest of them
-- that is still to come. While information is missing, `answer_left` and `half_left` keep the seconds that were left.
CREATE TABLE referral (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    number text NOT NULL,
    patient_id uuid NOT NULL,
    episode_id uuid NOT NULL,
    referrer_id uuid NOT NULL,
    discipline text NOT NULL CHECK (discipline IN ('physiotherapy', 'massage')),
    site_id uuid,
    named_id uuid,
    owner_id uuid,
    state text NOT NULL CHECK (state IN ('draft', 'sent', 'received', 'needs_info', 'accepted', 'scheduled', 'in_progress', 'cancel_requested', 'report_returned', 'declined', 'expired', 'closed', 'cancelled')),
    came_from text CHECK (came_from IN ('sent', 'received')),
    urgency text NOT NULL CHECK (urgency IN ('urgent', 'soon', 'routine')),
    content text NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    due_at timestamptz,
    half_at timestamptz,
    expires_at timestamptz,
    next_at timestamptz,
    overdue boolean NOT NULL,
    answer_left bigint,
    half_left bigint,
    last_session_on text,
    membership_id uuid,
    report_note_id uuid,
    entered_in_error boolean NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, episode_id) REFERENCES episode (practice_id, id),
    FOREIGN KEY (practice_id, referrer_id) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, named_id) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, owner_id) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, site_id) REFERENCES site (practice_id, id),
    FOREIGN KEY (practice_id, membership_id) REFERENCES care_team (practice_id, id),
    FOREIGN KEY (practice_id, report_note_id) REFERENCES note (practice_id, id),
    CHECK ((site_id IS NULL) <> (named_id IS NULL))
);
CREATE UNIQUE INDEX referral_by_number ON referral (practice_id, number);
CREATE INDEX referral_by_patient ON referral (practice_id, patient_id, id);
CREATE INDEX referral_by_episode ON referral (practice_id, episode_id, state);
CREATE INDEX referral_by_referrer ON referral (practice_id, referrer_id, state, id);
CREATE INDEX referral_by_owner ON referral (practice_id, owner_id, state, id);
CREATE INDEX referral_by_named ON referral (practice_id, named_id, state, id);
CREATE INDEX referral_by_pool ON referral (practice_id, discipline, state, id);
CREATE INDEX referral_overdue ON referral (practice_id, overdue, id) WHERE overdue;
CREATE INDEX referral_next ON referral (practice_id, next_at) WHERE next_at IS NOT NULL;

-- Every move, never changed.
CREATE TABLE referral_event (
    practice_id uuid NOT NULL,
    referral_id uuid NOT NULL,
    number integer NOT NULL,
    patient_id uuid NOT NULL,
    move text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    by_staff uuid,
    part text NOT NULL,
    reason text,
    words text,
    note_id uuid,
    planned_at timestamptz,
    at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, referral_id, number),
    FOREIGN KEY (practice_id, referral_id) REFERENCES referral (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, by_staff) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id)
);

-- Signed notes that go with a referral, for whoever answers it to read.
CREATE TABLE referral_attachment (
    practice_id uuid NOT NULL,
    referral_id uuid NOT NULL,
    note_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    PRIMARY KEY (practice_id, referral_id, note_id),
    FOREIGN KEY (practice_id, referral_id) REFERENCES referral (practice_id, id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id)
);
CREATE INDEX referral_attachment_by_note ON referral_attachment (practice_id, note_id);

-- The referral that a note was written for.
ALTER TABLE note ADD COLUMN referral_id uuid;

CREATE FUNCTION tandem_referral_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.practice_id IS DISTINCT FROM OLD.practice_id OR NEW.patient_id IS DISTINCT FROM OLD.patient_id OR NEW.number IS DISTINCT FROM OLD.number
        OR NEW.created_at IS DISTINCT FROM OLD.created_at OR OLD.state IN ('closed', 'cancelled') OR NEW.version <= OLD.version
        OR OLD.state <> 'draft' AND (NEW.content IS DISTINCT FROM OLD.content OR NEW.episode_id IS DISTINCT FROM OLD.episode_id OR NEW.urgency IS DISTINCT FROM OLD.urgency) THEN
        RAISE EXCEPTION 'a referral keeps its patient, its number, what was sent, and its end' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER referral_keeps_its_identity BEFORE UPDATE ON referral FOR EACH ROW EXECUTE FUNCTION tandem_referral_identity();
CREATE FUNCTION tandem_keep_referral() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' OR EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'referral rows are never deleted' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER referral_is_kept BEFORE DELETE ON referral FOR EACH ROW EXECUTE FUNCTION tandem_keep_referral();
CREATE TRIGGER referral_is_not_truncated BEFORE TRUNCATE ON referral FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER referral_event_is_frozen BEFORE UPDATE ON referral_event FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER referral_event_is_kept BEFORE DELETE ON referral_event FOR EACH ROW EXECUTE FUNCTION tandem_keep_of_patient();
CREATE TRIGGER referral_event_is_not_truncated BEFORE TRUNCATE ON referral_event FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();

-- A note answers a referral about its own patient, or none, and goes on answering it once it is signed.
CREATE FUNCTION tandem_note_referral() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.referral_id IS NOT DISTINCT FROM OLD.referral_id THEN
            RETURN NEW;
        END IF;
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'a note is written for a referral about its own patient' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    IF NEW.referral_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM referral r WHERE r.practice_id = NEW.practice_id AND r.id = NEW.referral_id AND r.patient_id = NEW.patient_id) THEN
        RAISE EXCEPTION 'a note is written for a referral about its own patient' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER note_keeps_its_referral BEFORE INSERT OR UPDATE ON note FOR EACH ROW EXECUTE FUNCTION tandem_note_referral();
