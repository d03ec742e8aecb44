-- One complaint and its treatment. What is known of it stands in its versions, each whole; the newest counts.
CREATE TABLE episode (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    opened_by uuid NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, opened_by) REFERENCES staff (practice_id, id)
);
CREATE INDEX episode_by_patient ON episode (practice_id, patient_id, id);

CREATE TABLE episode_version (
    practice_id uuid NOT NULL,
    episode_id uuid NOT NULL,
    number integer NOT NULL,
    patient_id uuid NOT NULL,
    change text NOT NULL CHECK (change IN ('opened', 'changed', 'joined', 'discharged')),
    content text NOT NULL,
    changed_by uuid NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, episode_id, number),
    FOREIGN KEY (practice_id, episode_id) REFERENCES episode (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, changed_by) REFERENCES staff (practice_id, id)
);

-- What therapists write to each other about a patient.
CREATE TABLE message (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    author_id uuid NOT NULL,
    text text NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, author_id) REFERENCES staff (practice_id, id)
);
CREATE INDEX message_by_patient ON message (practice_id, patient_id, id);

CREATE FUNCTION tandem_episode_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.practice_id IS DISTINCT FROM OLD.practice_id OR NEW.patient_id IS DISTINCT FROM OLD.patient_id OR NEW.opened_by IS DISTINCT FROM OLD.opened_by OR NEW.opened_at IS DISTINCT FROM OLD.opened_at
        OR OLD.closed_at IS NOT NULL OR NEW.version <= OLD.version THEN
        RAISE EXCEPTION 'an episode keeps its patient, its opening and its end' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER episode_keeps_its_identity BEFORE UPDATE ON episode FOR EACH ROW EXECUTE FUNCTION tandem_episode_identity();
CREATE TRIGGER episode_is_kept BEFORE DELETE ON episode FOR EACH ROW EXECUTE FUNCTION tandem_keep_of_patient();
CREATE TRIGGER episode_is_not_truncated BEFORE TRUNCATE ON episode FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER episode_version_is_frozen BEFORE UPDATE ON episode_version FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER episode_version_is_kept BEFORE DELETE ON episode_version FOR EACH ROW EXECUTE FUNCTION tandem_keep_of_patient();
CREATE TRIGGER episode_version_is_not_truncated BEFORE TRUNCATE ON episode_version FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER message_is_frozen BEFORE UPDATE ON message FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER message_is_kept BEFORE DELETE ON message FOR EACH ROW EXECUTE FUNCTION tandem_keep_of_patient();
CREATE TRIGGER message_is_not_truncated BEFORE TRUNCATE ON message FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();

-- A note stands in an episode of its own patient or in none, and stays there once it is signed. A foreign key would not
-- see the patient.
CREATE FUNCTION tandem_note_episode() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.episode_id IS NOT DISTINCT FROM OLD.episode_id THEN
            RETURN NEW;
        END IF;
        IF OLD.state <> 'draft' THEN
            RAISE EXCEPTION 'a note stands in an episode of its own patient, and stays there once it is signed' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    IF NEW.episode_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM episode e WHERE e.practice_id = NEW.practice_id AND e.id = NEW.episode_id AND e.patient_id = NEW.patient_id) THEN
        RAISE EXCEPTION 'a note stands in an episode of its own patient, and stays there once it is signed' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER note_keeps_its_episode BEFORE INSERT OR UPDATE ON note FOR EACH ROW EXECUTE FUNCTION tandem_note_episode();
