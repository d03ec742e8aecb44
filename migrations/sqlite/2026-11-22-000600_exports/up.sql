-- A copy of a record as it was handed out: to whom, why, on what authority, and every word of it.
CREATE TABLE record_export (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    made_by BLOB NOT NULL,
    made_at INTEGER NOT NULL,
    recipient TEXT NOT NULL CHECK (recipient IN ('patient', 'other')),
    recipient_name TEXT NOT NULL,
    purpose TEXT NOT NULL,
    authority TEXT NOT NULL,
    severed TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    document TEXT NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, made_by) REFERENCES staff (practice_id, id)
) STRICT;
CREATE INDEX record_export_by_patient ON record_export (practice_id, patient_id, id);

CREATE TRIGGER record_export_is_frozen BEFORE UPDATE ON record_export
BEGIN
    SELECT RAISE(ABORT, 'record_export rows are never changed');
END;
CREATE TRIGGER record_export_is_kept BEFORE DELETE ON record_export
    WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'record_export rows are never deleted');
END;
