-- A note that waits for a second signature is a draft where there are none.
UPDATE note SET state = 'draft', signed_at = NULL WHERE state = 'awaiting_cosign';
CREATE OR REPLACE FUNCTION tandem_note_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.practice_id IS DISTINCT FROM OLD.practice_id OR NEW.patient_id IS DISTINCT FROM OLD.patient_id OR NEW.author_id IS DISTINCT FROM OLD.author_id OR NEW.discipline IS DISTINCT FROM OLD.discipline OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.created_at IS DISTINCT FROM OLD.created_at
        OR (OLD.state <> 'draft' AND (NEW.service_at IS DISTINCT FROM OLD.service_at OR NEW.signed_at IS DISTINCT FROM OLD.signed_at OR NEW.draft IS DISTINCT FROM OLD.draft))
        OR (OLD.state <> 'draft' AND NEW.state = 'draft')
        OR (OLD.state IN ('entered_in_error', 'left_unsigned') AND NEW.state <> OLD.state)
        OR NEW.current_version < OLD.current_version THEN
        RAISE EXCEPTION 'a note keeps its patient, its author and its signature' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
ALTER TABLE note DROP CONSTRAINT note_state_check, DROP CONSTRAINT note_check, DROP CONSTRAINT note_check1;
ALTER TABLE note
    DROP COLUMN sharing, DROP COLUMN episode_id, DROP COLUMN replaces_id, DROP COLUMN copied,
    ADD CONSTRAINT note_state_check CHECK (state IN ('draft', 'signed', 'entered_in_error', 'left_unsigned')),
    ADD CONSTRAINT note_check CHECK ((state IN ('draft', 'left_unsigned')) = (draft IS NOT NULL)),
    ADD CONSTRAINT note_check1 CHECK ((state IN ('draft', 'left_unsigned')) = (current_version = 0));
ALTER TABLE note_addendum DROP COLUMN cosigned_at, DROP COLUMN cosigned_by;
ALTER TABLE note_version DROP COLUMN cosigned_at, DROP COLUMN cosigned_by;
DROP TABLE record_access;
DROP TABLE consent_directive;
DROP FUNCTION tandem_access_words();
DROP FUNCTION tandem_directive_words();
DROP FUNCTION tandem_keep_of_patient();
ALTER TABLE staff DROP COLUMN supervisor_id, DROP COLUMN cosign_required;
