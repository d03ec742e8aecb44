-- What a review came to of somebody who started treating a patient and signed no note in time.
CREATE TABLE started_review (
    practice_id uuid NOT NULL,
    membership_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('justified', 'breach')),
    reason text NOT NULL,
    reviewed_by uuid NOT NULL,
    reviewed_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, membership_id),
    FOREIGN KEY (practice_id, membership_id) REFERENCES care_team (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, reviewed_by) REFERENCES staff (practice_id, id)
);
CREATE TRIGGER started_review_is_frozen BEFORE UPDATE ON started_review FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER started_review_is_kept BEFORE DELETE ON started_review FOR EACH ROW EXECUTE FUNCTION tandem_keep_of_patient();
CREATE TRIGGER started_review_is_not_truncated BEFORE TRUNCATE ON started_review FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
