-- Whom a student or new graduate is supervised by: what they sign waits for this colleague's signature.
ALTER TABLE staff ADD COLUMN cosign_required INTEGER NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN supervisor_id BLOB;

-- What a patient decided about who may read what of their record.
CREATE TABLE consent_directive (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    covers TEXT NOT NULL CHECK (covers IN ('record', 'episode', 'note')),
    covered_id BLOB,
    bars TEXT NOT NULL CHECK (bars IN ('person', 'discipline', 'everyone')),
    staff_id BLOB,
    discipline TEXT CHECK (discipline IN ('physiotherapy', 'massage')),
    starts_at INTEGER NOT NULL,
    ends_at INTEGER,
    reason TEXT,
    recorded_by BLOB NOT NULL,
    recorded_at INTEGER NOT NULL,
    revoked_by BLOB,
    revoked_at INTEGER,
    version INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, recorded_by) REFERENCES staff (practice_id, id),
    CHECK ((covers = 'record') = (covered_id IS NULL)),
    CHECK ((bars = 'person') = (staff_id IS NOT NULL)),
    CHECK ((bars = 'discipline') = (discipline IS NOT NULL))
) STRICT;
CREATE INDEX consent_directive_by_patient ON consent_directive (practice_id, patient_id);
CREATE INDEX consent_directive_by_staff ON consent_directive (practice_id, staff_id);

-- One opening of one record for a stated reason and a bounded time, beside what roles and relations grant.
CREATE TABLE record_access (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('emergency', 'serious_harm', 'audit')),
    reason_code TEXT NOT NULL,
    reason TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    ended_at INTEGER,
    verdict TEXT CHECK (verdict IN ('justified', 'breach')),
    verdict_reason TEXT,
    reviewed_by BLOB,
    reviewed_at INTEGER,
    version INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, reviewed_by) REFERENCES staff (practice_id, id)
) STRICT;
CREATE INDEX record_access_by_patient ON record_access (practice_id, patient_id, staff_id);
CREATE INDEX record_access_by_end ON record_access (practice_id, ended_at, ends_at);

ALTER TABLE note_version ADD COLUMN cosigned_by BLOB;
ALTER TABLE note_version ADD COLUMN cosigned_at INTEGER;
ALTER TABLE note_addendum ADD COLUMN cosigned_by BLOB;
ALTER TABLE note_addendum ADD COLUMN cosigned_at INTEGER;

-- SQLite changes no CHECK in place: the table is made anew, with the triggers that name it.
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
    state TEXT NOT NULL CHECK (state IN ('draft', 'awaiting_cosign', 'signed', 'entered_in_error', 'left_unsigned')),
    service_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    signed_at INTEGER,
    draft TEXT,
    current_version INTEGER NOT NULL,
    version INTEGER NOT NULL,
    sharing TEXT NOT NULL DEFAULT 'care_team' CHECK (sharing IN ('care_team', 'discipline')),
    episode_id BLOB,
    replaces_id BLOB,
    copied TEXT,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, author_id) REFERENCES staff (practice_id, id),
    CHECK ((state IN ('draft', 'awaiting_cosign', 'left_unsigned')) = (draft IS NOT NULL)),
    CHECK ((state IN ('draft', 'awaiting_cosign', 'left_unsigned')) = (current_version = 0))
) STRICT;
INSERT INTO note_anew
    SELECT id, practice_id, patient_id, author_id, discipline, kind, state, service_at, created_at, signed_at, draft,
        current_version, version, 'care_team', NULL, NULL, NULL
    FROM note;
DROP TABLE note;
ALTER TABLE note_anew RENAME TO note;
CREATE INDEX note_by_patient ON note (practice_id, patient_id, service_at, id);
CREATE INDEX note_by_author ON note (practice_id, author_id, state);
CREATE INDEX note_by_episode ON note (practice_id, episode_id) WHERE episode_id IS NOT NULL;
CREATE INDEX note_by_replaced ON note (practice_id, replaces_id) WHERE replaces_id IS NOT NULL;
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
    WHEN NEW.id IS NOT OLD.id OR NEW.practice_id IS NOT OLD.practice_id OR NEW.patient_id IS NOT OLD.patient_id OR NEW.author_id IS NOT OLD.author_id OR NEW.discipline IS NOT OLD.discipline OR NEW.kind IS NOT OLD.kind OR NEW.created_at IS NOT OLD.created_at OR NEW.replaces_id IS NOT OLD.replaces_id
    OR (OLD.state <> 'draft' AND NEW.service_at IS NOT OLD.service_at)
    OR (OLD.state = 'awaiting_cosign' AND NEW.state IN ('awaiting_cosign', 'draft', 'left_unsigned') AND NEW.draft IS NOT OLD.draft)
    OR (OLD.state = 'awaiting_cosign' AND NEW.state <> 'draft' AND NEW.signed_at IS NOT OLD.signed_at)
    OR (OLD.state NOT IN ('draft', 'awaiting_cosign') AND (NEW.signed_at IS NOT OLD.signed_at OR NEW.draft IS NOT OLD.draft))
    OR (OLD.state NOT IN ('draft', 'awaiting_cosign') AND NEW.state IN ('draft', 'awaiting_cosign'))
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

-- A directive is revoked, an access is ended and reviewed; neither is rewritten or taken back.
CREATE TRIGGER consent_directive_keeps_its_words BEFORE UPDATE ON consent_directive
    WHEN NEW.id IS NOT OLD.id OR NEW.practice_id IS NOT OLD.practice_id OR NEW.patient_id IS NOT OLD.patient_id OR NEW.covers IS NOT OLD.covers OR NEW.covered_id IS NOT OLD.covered_id OR NEW.bars IS NOT OLD.bars OR NEW.staff_id IS NOT OLD.staff_id OR NEW.discipline IS NOT OLD.discipline OR NEW.starts_at IS NOT OLD.starts_at OR NEW.ends_at IS NOT OLD.ends_at OR NEW.reason IS NOT OLD.reason OR NEW.recorded_by IS NOT OLD.recorded_by OR NEW.recorded_at IS NOT OLD.recorded_at OR OLD.revoked_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a consent directive is revoked, not rewritten');
END;
CREATE TRIGGER consent_directive_is_kept BEFORE DELETE ON consent_directive
    WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'consent_directive rows are never deleted');
END;
CREATE TRIGGER record_access_keeps_its_words BEFORE UPDATE ON record_access
    WHEN NEW.id IS NOT OLD.id OR NEW.practice_id IS NOT OLD.practice_id OR NEW.patient_id IS NOT OLD.patient_id OR NEW.staff_id IS NOT OLD.staff_id OR NEW.kind IS NOT OLD.kind OR NEW.reason_code IS NOT OLD.reason_code OR NEW.reason IS NOT OLD.reason OR NEW.opened_at IS NOT OLD.opened_at OR NEW.ends_at IS NOT OLD.ends_at
    OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT OLD.ended_at)
    OR OLD.reviewed_at IS NOT NULL AND (NEW.verdict IS NOT OLD.verdict OR NEW.reviewed_by IS NOT OLD.reviewed_by OR NEW.reviewed_at IS NOT OLD.reviewed_at OR NEW.verdict_reason IS NOT OLD.verdict_reason)
BEGIN
    SELECT RAISE(ABORT, 'an access keeps its reason, its end and its review');
END;
CREATE TRIGGER record_access_is_kept BEFORE DELETE ON record_access
    WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'record_access rows are never deleted');
END;
