-- A copy of a record as it was handed out: to whom, why, on what authority, and every word of it.
CREATE TABLE record_export (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    made_by uuid NOT NULL,
    made_at timestamptz NOT NULL,
    recipient text NOT NULL CHECK (recipient IN ('patient', 'other')),
    recipient_name text NOT NULL,
    purpose text NOT NULL,
    authority text NOT NULL,
    severed text NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    document text NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, made_by) REFERENCES staff (practice_id, id)
);
CREATE INDEX record_export_by_patient ON record_export (practice_id, patient_id, id);

CREATE TRIGGER record_export_is_frozen BEFORE UPDATE ON record_export FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER record_export_is_kept BEFORE DELETE ON record_export FOR EACH ROW EXECUTE FUNCTION tandem_keep_of_patient();
CREATE TRIGGER record_export_is_not_truncated BEFORE TRUNCATE ON record_export FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
