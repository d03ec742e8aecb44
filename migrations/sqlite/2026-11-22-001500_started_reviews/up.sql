-- What a review came to of somebody who started treating a patient and signed no note in time.
CREATE TABLE started_review (
    practice_id BLOB NOT NULL,
    membership_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('justified', 'breach')),
    reason TEXT NOT NULL,
    reviewed_by BLOB NOT NULL,
    reviewed_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, membership_id),
    FOREIGN KEY (practice_id, membership_id) REFERENCES care_team (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, reviewed_by) REFERENCES staff (practice_id, id)
) STRICT;
CREATE TRIGGER started_review_is_frozen BEFORE UPDATE ON started_review
BEGIN
    SELECT RAISE(ABORT, 'started_review rows are never changed');
END;
CREATE TRIGGER started_review_is_kept BEFORE DELETE ON started_review
    WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'started_review rows are never deleted');
END;
