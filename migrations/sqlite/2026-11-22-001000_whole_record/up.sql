-- The decision-maker who was given a copy in the patient's stead.
ALTER TABLE record_export ADD COLUMN decision_maker_id BLOB;

CREATE TRIGGER record_export_goes_to_their_decision_maker BEFORE INSERT ON record_export
    WHEN NEW.decision_maker_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM decision_maker m WHERE m.practice_id = NEW.practice_id AND m.id = NEW.decision_maker_id AND m.patient_id = NEW.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'a copy goes to a decision-maker of the patient');
END;
