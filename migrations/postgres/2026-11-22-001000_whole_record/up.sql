-- The decision-maker who was given a copy in the patient's stead.
ALTER TABLE record_export ADD COLUMN decision_maker_id uuid;
ALTER TABLE record_export ADD CONSTRAINT record_export_goes_to_their_decision_maker
    FOREIGN KEY (practice_id, decision_maker_id) REFERENCES decision_maker (practice_id, id);
