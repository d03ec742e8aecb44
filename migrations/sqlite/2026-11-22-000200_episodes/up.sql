-- One complaint and its treatment. What is known of it stands in its versions, each whole; the newest counts.
CREATE TABLE episode (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    opened_by BLOB NOT NULL,
    opened_at INTEGER NOT NULL,
    closed_at INTEGER,
    version INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, opened_by) REFERENCES staff (practice_id, id)
) STRICT;
CREATE INDEX episode_by_patient ON episode (practice_id, patient_id, id);

CREATE TABLE episode_version (
    practice_id BLOB NOT NULL,
    episode_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    patient_id BLOB NOT NULL,
    change TEXT NOT NULL CHECK (change IN ('opened', 'changed', 'joined', 'discharged')),
    content TEXT NOT NULL,
    changed_by BLOB NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, episode_id, number),
    FOREIGN KEY (practice_id, episode_id) REFERENCES episode (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, changed_by) REFERENCES staff (practice_id, id)
) STRICT;

-- What therapists write to each other about a patient.
CREATE TABLE message (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    author_id BLOB NOT NULL,
    text TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, author_id) REFERENCES staff (practice_id, id)
) STRICT;
CREATE INDEX message_by_patient ON message (practice_id, patient_id, id);

CREATE TRIGGER episode_keeps_its_identity BEFORE UPDATE ON episode
    WHEN NEW.id IS NOT OLD.id OR NEW.practice_id IS NOT OLD.practice_id OR NEW.patient_id IS NOT OLD.patient_id OR NEW.opened_by IS NOT OLD.opened_by OR NEW.opened_at IS NOT OLD.opened_at
    OR OLD.closed_at IS NOT NULL OR NEW.version <= OLD.version
BEGIN
    SELECT RAISE(ABORT, 'an episode keeps its patient, its opening and its end');
END;
CREATE TRIGGER episode_is_kept BEFORE DELETE ON episode
    WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'episode rows are never deleted');
END;
CREATE TRIGGER episode_version_is_frozen BEFORE UPDATE ON episode_version
BEGIN
    SELECT RAISE(ABORT, 'episode_version rows are never changed');
END;
CREATE TRIGGER episode_version_is_kept BEFORE DELETE ON episode_version
    WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'episode_version rows are never deleted');
END;
CREATE TRIGGER message_is_frozen BEFORE UPDATE ON message
BEGIN
    SELECT RAISE(ABORT, 'message rows are never changed');
END;
CREATE TRIGGER message_is_kept BEFORE DELETE ON message
    WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'message rows are never deleted');
END;

-- A note stands in an episode of its own patient or in none, and stays there once it is signed. SQLite adds no foreign
-- key to a table that is there, and none would see the patient.
CREATE TRIGGER note_is_begun_in_its_patients_episode BEFORE INSERT ON note
    WHEN NEW.episode_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM episode e WHERE e.practice_id = NEW.practice_id AND e.id = NEW.episode_id AND e.patient_id = NEW.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'a note stands in an episode of its own patient, and stays there once it is signed');
END;
CREATE TRIGGER note_keeps_its_episode BEFORE UPDATE ON note
    WHEN NEW.episode_id IS NOT OLD.episode_id
    AND (OLD.state <> 'draft' OR NEW.episode_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM episode e WHERE e.practice_id = NEW.practice_id AND e.id = NEW.episode_id AND e.patient_id = NEW.patient_id))
BEGIN
    SELECT RAISE(ABORT, 'a note stands in an episode of its own patient, and stays there once it is signed');
END;
