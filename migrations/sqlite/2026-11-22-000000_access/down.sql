DROP TRIGGER note_version_is_kept;
DROP TRIGGER note_addendum_is_kept;
DROP TRIGGER note_error_is_kept;
DROP TRIGGER note_keeps_its_identity;
DROP TRIGGER note_is_kept;
CREATE TABLE note_anew (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    author_id BLOB NOT NULL,
    discipline TEXT NOT NULL CHECK (discipline IN ('physiotherapy', 'massage')),
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'signed', 'entered_in_error', 'left_unsigned')),
    service_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    signed_at INTEGER,
    draft TEXT,
    current_version INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, author_id) REFERENCES staff (practice_id, id),
    CHECK ((state IN ('draft', 'left_unsigned')) = (draft IS NOT NULL)),
    CHECK ((state IN ('draft', 'left_unsigned')) = (current_version = 0))
) STRICT;
-- A note that waits for a second signature is a draft where there are none.
INSERT INTO note_anew
    SELECT id, practice_id, patient_id, author_id, discipline, kind,
        CASE state WHEN 'awaiting_cosign' THEN 'draft' ELSE state END,
        service_at, created_at, CASE state WHEN 'awaiting_cosign' THEN NULL ELSE signed_at END, draft,
        current_version, version
    FROM note;
DROP TABLE note;
ALTER TABLE note_anew RENAME TO note;
CREATE INDEX note_by_patient ON note (practice_id, patient_id, service_at, id);
CREATE INDEX note_by_author ON note (practice_id, author_id, state);
CREATE TRIGGER note_version_is_kept BEFORE DELETE ON note_version
    WHEN NOT EXISTS (SELECT 1 FROM disposal d JOIN note n ON n.practice_id = d.practice_id AND n.patient_id = d.patient_id WHERE n.practice_id = OLD.practice_id AND n.id = OLD.note_id)
BEGIN
    SELECT RAISE(ABORT, 'note_version rows are never deleted');
END;
CREATE TRIGGER note_addendum_is_kept BEFORE DELETE ON note_addendum
    WHEN NOT EXISTS (SELECT 1 FROM disposal d JOIN note n ON n.practice_id = d.practice_id AND n.patient_id = d.patient_id WHERE n.practice_id = OLD.practice_id AND n.id = OLD.note_id)
BEGIN
    SELECT RAISE(ABORT, 'note_addendum rows are never deleted');
END;
CREATE TRIGGER note_error_is_kept BEFORE DELETE ON note_error
    WHEN NOT EXISTS (SELECT 1 FROM disposal d JOIN note n ON n.practice_id = d.practice_id AND n.patient_id = d.patient_id WHERE n.practice_id = OLD.practice_id AND n.id = OLD.note_id)
BEGIN
    SELECT RAISE(ABORT, 'note_error rows are never deleted');
END;
CREATE TRIGGER note_keeps_its_identity BEFORE UPDATE ON note
    WHEN NEW.id IS NOT OLD.id OR NEW.practice_id IS NOT OLD.practice_id OR NEW.patient_id IS NOT OLD.patient_id OR NEW.author_id IS NOT OLD.author_id OR NEW.discipline IS NOT OLD.discipline OR NEW.kind IS NOT OLD.kind OR NEW.created_at IS NOT OLD.created_at
    OR (OLD.state <> 'draft' AND (NEW.service_at IS NOT OLD.service_at OR NEW.signed_at IS NOT OLD.signed_at OR NEW.draft IS NOT OLD.draft))
    OR (OLD.state <> 'draft' AND NEW.state = 'draft')
    OR (OLD.state IN ('entered_in_error', 'left_unsigned') AND NEW.state IS NOT OLD.state)
    OR NEW.current_version < OLD.current_version
BEGIN
    SELECT RAISE(ABORT, 'a note keeps its patient, its author and its signature');
END;
CREATE TRIGGER note_is_kept BEFORE DELETE ON note
    WHEN OLD.state <> 'draft' AND NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'signed notes are never deleted');
END;
ALTER TABLE note_addendum DROP COLUMN cosigned_at;
ALTER TABLE note_addendum DROP COLUMN cosigned_by;
ALTER TABLE note_version DROP COLUMN cosigned_at;
ALTER TABLE note_version DROP COLUMN cosigned_by;
DROP TABLE record_access;
DROP TABLE consent_directive;
ALTER TABLE staff DROP COLUMN supervisor_id;
ALTER TABLE staff DROP COLUMN cosign_required;
