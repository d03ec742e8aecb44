-- The dates on which a practice is closed although it works on that day of the week.
CREATE TABLE closed_day (
    practice_id BLOB NOT NULL REFERENCES practice (id),
    day TEXT NOT NULL,
    PRIMARY KEY (practice_id, day)
) STRICT;

-- Whoever accepts a referral joins the care team.
CREATE TABLE care_team_anew (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    joined_by TEXT NOT NULL CHECK (joined_by IN ('registration', 'assignment', 'start_treating', 'referral')),
    reason TEXT,
    visit_date TEXT,
    joined_at INTEGER NOT NULL,
    lapses_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
) STRICT;
INSERT INTO care_team_anew SELECT id, practice_id, patient_id, staff_id, joined_by, reason, visit_date, joined_at, lapses_at, ended_at FROM care_team;
DROP TABLE care_team;
ALTER TABLE care_team_anew RENAME TO care_team;
CREATE INDEX care_team_by_patient ON care_team (practice_id, patient_id, staff_id);
CREATE INDEX care_team_by_staff ON care_team (practice_id, staff_id);

-- A referral from one clinician to a discipline's pool at a site, or to a named colleague. `due_at` is the limit of the
-- state it is in, `half_at` half the way there, `expires_at` when it expires unanswered; `next_at` is the earliest of them
-- that is still to come. While information is missing, `answer_left` and `half_left` keep the seconds that were left.
CREATE TABLE referral (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    number TEXT NOT NULL,
    patient_id BLOB NOT NULL,
    episode_id BLOB NOT NULL,
    referrer_id BLOB NOT NULL,
    discipline TEXT NOT NULL CHECK (discipline IN ('physiotherapy', 'massage')),
    site_id BLOB,
    named_id BLOB,
    owner_id BLOB,
    state TEXT NOT NULL CHECK (state IN ('draft', 'sent', 'received', 'needs_info', 'accepted', 'scheduled', 'in_progress', 'cancel_requested', 'report_returned', 'declined', 'expired', 'closed', 'cancelled')),
    came_from TEXT CHECK (came_from IN ('sent', 'received')),
    urgency TEXT NOT NULL CHECK (urgency IN ('urgent', 'soon', 'routine')),
    content TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    sent_at INTEGER,
    due_at INTEGER,
    half_at INTEGER,
    expires_at INTEGER,
    next_at INTEGER,
    overdue INTEGER NOT NULL,
    answer_left INTEGER,
    half_left INTEGER,
    last_session_on TEXT,
    membership_id BLOB,
    report_note_id BLOB,
    entered_in_error INTEGER NOT NULL,
    version INTEGER NOT NULL,
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
) STRICT;
CREATE UNIQUE INDEX referral_by_number ON referral (practice_id, number);
CREATE INDEX referral_by_patient ON referral (practice_id, patient_id, id);
CREATE INDEX referral_by_episode ON referral (practice_id, episode_id, state);
CREATE INDEX referral_by_referrer ON referral (practice_id, referrer_id, state, id);
CREATE INDEX referral_by_owner ON referral (practice_id, owner_id, state, id);
CREATE INDEX referral_by_named ON referral (practice_id, named_id, state, id);
CREATE INDEX referral_by_pool ON referral (practice_id, discipline, state, id);
CREATE INDEX referral_overdue ON referral (practice_id, overdue, id) WHERE overdue = 1;
CREATE INDEX referral_next ON referral (practice_id, next_at) WHERE next_at IS NOT NULL;

-- Every move, never changed.
CREATE TABLE referral_event (
    practice_id BLOB NOT NULL,
    referral_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    patient_id BLOB NOT NULL,
    move TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    by_staff BLOB,
    part TEXT NOT NULL,
    reason TEXT,
    words TEXT,
    note_id BLOB,
    planned_at INTEGER,
    at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, referral_id, number),
    FOREIGN KEY (practice_id, referral_id) REFERENCES referral (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, by_staff) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id)
) STRICT;

-- Signed notes that go with a referral, for whoever answers it to read.
CREATE TABLE referral_attachment (
    practice_id BLOB NOT NULL,
    referral_id BLOB NOT NULL,
    note_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    PRIMARY KEY (practice_id, referral_id, note_id),
    FOREIGN KEY (practice_id, referral_id) REFERENCES referral (practice_id, id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id)
) STRICT;
CREATE INDEX referral_attachment_by_note ON referral_attachment (practice_id, note_id);

-- The referral that a note was written for.
ALTER TABLE note ADD COLUMN referral_id BLOB;

CREATE TRIGGER referral_keeps_its_identity BEFORE UPDATE ON referral
    WHEN NEW.id IS NOT OLD.id OR NEW.practice_id IS NOT OLD.practice_id OR NEW.patient_id IS NOT OLD.patient_id OR NEW.number IS NOT OLD.number
    OR NEW.created_at IS NOT OLD.created_at OR OLD.state IN ('closed', 'cancelled') OR NEW.version <= OLD.version
    OR OLD.state <> 'draft' AND (NEW.content IS NOT OLD.content OR NEW.episode_id IS NOT OLD.episode_id OR NEW.urgency IS NOT OLD.urgency)
BEGIN
    SELECT RAISE(ABORT, 'a referral keeps its patient, its number, what was sent, and its end');
END;
CREATE TRIGGER referral_is_kept BEFORE DELETE ON referral
    WHEN OLD.state <> 'draft' AND NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'referral rows are never deleted');
END;
CREATE TRIGGER referral_event_is_frozen BEFORE UPDATE ON referral_event
BEGIN
    SELECT RAISE(ABORT, 'referral_event rows are never changed');
END;
CREATE TRIGGER referral_event_is_kept BEFORE DELETE ON referral_event
    WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'referral_event rows are never deleted');
END;

-- A note answers a referral about its own patient, or none, and goes on answering it once it is signed.
CREATE TRIGGER note_is_begun_for_its_patients_referral BEFORE INSERT ON note
    WHEN NEW.referral_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM referral r WHERE r.practice_id = NEW.practice_id AND r.id = NEW.referral_id AND r.patient_id = NEW.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'a note is written for a referral about its own patient');
END;
CREATE TRIGGER note_keeps_its_referral BEFORE UPDATE ON note
    WHEN NEW.referral_id IS NOT OLD.referral_id
    AND (OLD.state <> 'draft' OR NEW.referral_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM referral r WHERE r.practice_id = NEW.practice_id AND r.id = NEW.referral_id AND r.patient_id = NEW.patient_id))
BEGIN
    SELECT RAISE(ABORT, 'a note is written for a referral about its own patient');
END;
