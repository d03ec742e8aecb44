DROP TABLE imported_line;
DROP INDEX patient_by_birth_date;
CREATE INDEX patient_by_birth_date ON patient (practice_id, birth_date);
