-- An amendment or an addendum whose author needs a second signature: signed, and waiting; or what came of it.
CREATE TABLE note_pending (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    note_id uuid NOT NULL,
    author_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('amendment', 'addendum')),
    words text NOT NULL,
    hash bytea NOT NULL,
    reason text CHECK (reason IN ('typo', 'omission', 'clinical_correction')),
    explanation text,
    signed_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'cosigned', 'returned', 'withdrawn')),
    comments text,
    ended_by uuid,
    ended_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, author_id) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, ended_by) REFERENCES staff (practice_id, id),
    CHECK ((kind = 'amendment') = (reason IS NOT NULL)),
    CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CHECK ((state = 'waiting') = (ended_by IS NULL)),
    CHECK ((state = 'returned') = (comments IS NOT NULL))
);
CREATE INDEX note_pending_by_note ON note_pending (practice_id, note_id);
CREATE INDEX note_pending_by_author ON note_pending (practice_id, author_id, state);
CREATE UNIQUE INDEX note_pending_one_amendment ON note_pending (practice_id, note_id)
    WHERE kind = 'amendment' AND state = 'waiting';

-- What an author signed and the supervisor sent back, with why: the words were read while they waited.
CREATE TABLE note_return (
    practice_id uuid NOT NULL,
    note_id uuid NOT NULL,
    number integer NOT NULL,
    body text NOT NULL,
    hash bytea NOT NULL,
    signed_at timestamptz NOT NULL,
    comments text NOT NULL,
    returned_by uuid NOT NULL,
    returned_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, note_id, number),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, returned_by) REFERENCES staff (practice_id, id)
);

-- A review by both disciplines: two ordinary notes, linked once they are signed.
CREATE TABLE joint_review (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    opened_by uuid NOT NULL,
    opened_at timestamptz NOT NULL,
    physiotherapy_note_id uuid,
    massage_note_id uuid,
    closed_by uuid,
    closed_at timestamptz,
    close_reason text,
    version integer NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, opened_by) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, physiotherapy_note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, massage_note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, closed_by) REFERENCES staff (practice_id, id),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
    CHECK ((closed_at IS NULL) = (close_reason IS NULL))
);
CREATE INDEX joint_review_by_patient ON joint_review (practice_id, patient_id, id);

CREATE INDEX staff_by_supervisor ON staff (practice_id, supervisor_id) WHERE supervisor_id IS NOT NULL;
CREATE INDEX note_unsigned ON note (practice_id, id) WHERE state = 'draft';

CREATE FUNCTION tandem_pending_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.practice_id IS DISTINCT FROM OLD.practice_id OR NEW.note_id IS DISTINCT FROM OLD.note_id OR NEW.author_id IS DISTINCT FROM OLD.author_id OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.words IS DISTINCT FROM OLD.words OR NEW.hash IS DISTINCT FROM OLD.hash OR NEW.reason IS DISTINCT FROM OLD.reason OR NEW.explanation IS DISTINCT FROM OLD.explanation OR NEW.signed_at IS DISTINCT FROM OLD.signed_at
        OR OLD.state <> 'waiting' THEN
        RAISE EXCEPTION 'what was signed and waits keeps its words and what came of it' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION tandem_joint_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.practice_id IS DISTINCT FROM OLD.practice_id OR NEW.patient_id IS DISTINCT FROM OLD.patient_id OR NEW.opened_by IS DISTINCT FROM OLD.opened_by OR NEW.opened_at IS DISTINCT FROM OLD.opened_at
        OR OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a joint review keeps its beginning and its end' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER note_pending_keeps_its_words BEFORE UPDATE ON note_pending FOR EACH ROW EXECUTE FUNCTION tandem_pending_words();
CREATE TRIGGER note_pending_is_kept BEFORE DELETE ON note_pending FOR EACH ROW EXECUTE FUNCTION tandem_keep_note_part();
CREATE TRIGGER note_pending_is_not_truncated BEFORE TRUNCATE ON note_pending FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER note_return_is_frozen BEFORE UPDATE ON note_return FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER note_return_is_kept BEFORE DELETE ON note_return FOR EACH ROW EXECUTE FUNCTION tandem_keep_note_part();
CREATE TRIGGER note_return_is_not_truncated BEFORE TRUNCATE ON note_return FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER joint_review_keeps_its_beginning_and_its_end BEFORE UPDATE ON joint_review FOR EACH ROW EXECUTE FUNCTION tandem_joint_review();
CREATE TRIGGER joint_review_is_kept BEFORE DELETE ON joint_review FOR EACH ROW EXECUTE FUNCTION tandem_keep_of_patient();
CREATE TRIGGER joint_review_is_not_truncated BEFORE TRUNCATE ON joint_review FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
