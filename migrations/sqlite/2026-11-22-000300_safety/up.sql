-- The age from which a patient consents alone, by the law of the place.
ALTER TABLE practice ADD COLUMN age_of_majority INTEGER NOT NULL DEFAULT 18;

-- What speaks against treating a patient in some way. Its words stay as they were raised: what changes is raised anew in its
-- place, so that an override always is of what its author read.
CREATE TABLE safety_item (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('allergy', 'precaution', 'contraindication', 'red_flag')),
    what TEXT NOT NULL,
    severity TEXT NOT NULL CHECK (severity IN ('absolute', 'relative', 'caution')),
    contraindication TEXT,
    bars TEXT NOT NULL,
    replaces_id BLOB,
    raised_by BLOB NOT NULL,
    raised_in TEXT NOT NULL CHECK (raised_in IN ('physiotherapy', 'massage')),
    raised_at INTEGER NOT NULL,
    resolved_by BLOB,
    resolved_at INTEGER,
    resolved_why TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, raised_by) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, resolved_by) REFERENCES staff (practice_id, id),
    CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)),
    CHECK ((resolved_at IS NULL) = (resolved_why IS NULL))
) STRICT;
CREATE INDEX safety_item_by_patient ON safety_item (practice_id, patient_id, resolved_at);

-- Why a signer applied what an item bars; number is the version of the note that it was signed with.
CREATE TABLE safety_override (
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    note_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    safety_item_id BLOB NOT NULL,
    reason TEXT NOT NULL,
    overridden_by BLOB NOT NULL,
    overridden_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, note_id, number, safety_item_id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, safety_item_id) REFERENCES safety_item (practice_id, id),
    FOREIGN KEY (practice_id, overridden_by) REFERENCES staff (practice_id, id)
) STRICT;
CREATE INDEX safety_override_by_item ON safety_override (practice_id, safety_item_id, overridden_by);

-- Each save, and each yearly confirmation, is a row of its own.
CREATE TABLE health_history (
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    words TEXT NOT NULL,
    confirmed_by BLOB NOT NULL,
    confirmed_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, patient_id, number),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, confirmed_by) REFERENCES staff (practice_id, id)
) STRICT;

-- Who decides for a patient, or with them.
CREATE TABLE decision_maker (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    name TEXT NOT NULL,
    relation TEXT NOT NULL,
    authority TEXT NOT NULL,
    may_consent INTEGER NOT NULL,
    may_receive_records INTEGER NOT NULL,
    from_date TEXT,
    until_date TEXT,
    limits TEXT,
    phone TEXT,
    email TEXT,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id)
) STRICT;
CREATE INDEX decision_maker_by_patient ON decision_maker (practice_id, patient_id);

CREATE TRIGGER safety_item_keeps_its_words BEFORE UPDATE ON safety_item
    WHEN NEW.id IS NOT OLD.id OR NEW.practice_id IS NOT OLD.practice_id OR NEW.patient_id IS NOT OLD.patient_id OR NEW.kind IS NOT OLD.kind OR NEW.what IS NOT OLD.what OR NEW.severity IS NOT OLD.severity OR NEW.contraindication IS NOT OLD.contraindication OR NEW.bars IS NOT OLD.bars OR NEW.replaces_id IS NOT OLD.replaces_id OR NEW.raised_by IS NOT OLD.raised_by OR NEW.raised_in IS NOT OLD.raised_in OR NEW.raised_at IS NOT OLD.raised_at OR OLD.resolved_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a safety item is resolved, not rewritten');
END;
CREATE TRIGGER safety_override_is_frozen BEFORE UPDATE ON safety_override
BEGIN
    SELECT RAISE(ABORT, 'safety_override rows are never changed');
END;
CREATE TRIGGER health_history_is_frozen BEFORE UPDATE ON health_history
BEGIN
    SELECT RAISE(ABORT, 'health_history rows are never changed');
END;
CREATE TRIGGER safety_item_is_kept BEFORE DELETE ON safety_item
    WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'safety_item rows are never deleted');
END;
CREATE TRIGGER safety_override_is_kept BEFORE DELETE ON safety_override
    WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'safety_override rows are never deleted');
END;
CREATE TRIGGER health_history_is_kept BEFORE DELETE ON health_history
    WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'health_history rows are never deleted');
END;
CREATE TRIGGER decision_maker_is_kept BEFORE DELETE ON decision_maker
    WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'decision_maker rows are never deleted');
END;
