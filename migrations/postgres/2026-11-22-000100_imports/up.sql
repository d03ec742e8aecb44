-- Which line of which file became which patient: an import that is run again enters no line twice.
CREATE TABLE imported_line (
    practice_id uuid NOT NULL REFERENCES practice (id),
    file_hash bytea NOT NULL CHECK (length(file_hash) = 32),
    line bigint NOT NULL,
    patient_id uuid NOT NULL,
    PRIMARY KEY (practice_id, file_hash, line),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id)
);
CREATE INDEX imported_line_by_patient ON imported_line (practice_id, patient_id);

-- Ends in the order of lists: without it SQLite walks through all patients of a practice, newest first, to find those
-- born on a day.
DROP INDEX patient_by_birth_date;
CREATE INDEX patient_by_birth_date ON patient (practice_id, birth_date, id);
