-- The age from which a patient consents alone, by the law of the place.
ALTER TABLE practice ADD COLUMN age_of_majority integer NOT NULL DEFAULT 18;

-- What speaks against treating a patient in some way. Its words stay as they were raised: what changes is raised anew in its
-- place, so that an override always is of what its author read.
CREATE TABLE safety_item (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('allergy', 'precaution', 'contraindication', 'red_flag')),
    what text NOT NULL,
    severity text NOT NULL CHECK (severity IN ('absolute', 'relative', 'caution')),
    contraindication text,
    bars text NOT NULL,
    replaces_id uuid,
    raised_by uuid NOT NULL,
    raised_in text NOT NULL CHECK (raised_in IN ('physiotherapy', 'massage')),
    raised_at timestamptz NOT NULL,
    resolved_by uuid,
    resolved_at timestamptz,
    resolved_why text,
    version integer NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, raised_by) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, resolved_by) REFERENCES staff (practice_id, id),
    CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)),
    CHECK ((resolved_at IS NULL) = (resolved_why IS NULL))
);
CREATE INDEX safety_item_by_patient ON safety_item (practice_id, patient_id, resolved_at);

-- Why a signer applied what an item bars; number is the version of the note that it was signed with.
CREATE TABLE safety_override (
    practice_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    note_id uuid NOT NULL,
    number integer NOT NULL,
    safety_item_id uuid NOT NULL,
    reason text NOT NULL,
    overridden_by uuid NOT NULL,
    overridden_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, note_id, number, safety_item_id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, safety_item_id) REFERENCES safety_item (practice_id, id),
    FOREIGN KEY (practice_id, overridden_by) REFERENCES staff (practice_id, id)
);
CREATE INDEX safety_override_by_item ON safety_override (practice_id, safety_item_id, overridden_by);

-- Each save, and each yearly confirmation, is a row of its own.
CREATE TABLE health_history (
    practice_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    number integer NOT NULL,
    words text NOT NULL,
    confirmed_by uuid NOT NULL,
    confirmed_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, patient_id, number),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, confirmed_by) REFERENCES staff (practice_id, id)
);

-- Who decides for a patient, or with them.
CREATE TABLE decision_maker (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    name text NOT NULL,
    relation text NOT NULL,
    authority text NOT NULL,
    may_consent boolean NOT NULL,
    may_receive_records boolean NOT NULL,
    from_date text,
    until_date text,
    limits text,
    phone text,
    email text,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id)
);
CREATE INDEX decision_maker_by_patient ON decision_maker (practice_id, patient_id);

CREATE FUNCTION tandem_safety_item_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.practice_id IS DISTINCT FROM OLD.practice_id OR NEW.patient_id IS DISTINCT FROM OLD.patient_id OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.what IS DISTINCT FROM OLD.what OR NEW.severity IS DISTINCT FROM OLD.severity OR NEW.contraindication IS DISTINCT FROM OLD.contraindication OR NEW.bars IS DISTINCT FROM OLD.bars OR NEW.replaces_id IS DISTINCT FROM OLD.replaces_id OR NEW.raised_by IS DISTINCT FROM OLD.raised_by OR NEW.raised_in IS DISTINCT FROM OLD.raised_in OR NEW.raised_at IS DISTINCT FROM OLD.raised_at OR OLD.resolved_at IS NOT NULL THEN
        RAISE EXCEPTION 'a safety item is resolved, not rewritten' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER safety_item_keeps_its_words BEFORE UPDATE ON safety_item FOR EACH ROW EXECUTE FUNCTION tandem_safety_item_words();
CREATE TRIGGER safety_override_is_frozen BEFORE UPDATE ON safety_override FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER health_history_is_frozen BEFORE UPDATE ON health_history FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER safety_item_is_kept BEFORE DELETE ON safety_item FOR EACH ROW EXECUTE FUNCTION tandem_keep_of_patient();
CREATE TRIGGER safety_item_is_not_truncated BEFORE TRUNCATE ON safety_item FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER safety_override_is_kept BEFORE DELETE ON safety_override FOR EACH ROW EXECUTE FUNCTION tandem_keep_of_patient();
CREATE TRIGGER safety_override_is_not_truncated BEFORE TRUNCATE ON safety_override FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER health_history_is_kept BEFORE DELETE ON health_history FOR EACH ROW EXECUTE FUNCTION tandem_keep_of_patient();
CREATE TRIGGER health_history_is_not_truncated BEFORE TRUNCATE ON health_history FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER decision_maker_is_kept BEFORE DELETE ON decision_maker FOR EACH ROW EXECUTE FUNCTION tandem_keep_of_patient();
CREATE TRIGGER decision_maker_is_not_truncated BEFORE TRUNCATE ON decision_maker FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
