-- An amendment or an addendum whose author needs a second signature: signed, and waiting; or what came of it.
CREATE TABLE note_pending (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    note_id BLOB NOT NULL,
    author_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('amendment', 'addendum')),
    words TEXT NOT NULL,
    hash BLOB NOT NULL,
    reason TEXT CHECK (reason IN ('typo', 'omission', 'clinical_correction')),
    explanation TEXT,
    signed_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'cosigned', 'returned', 'withdrawn')),
    comments TEXT,
    ended_by BLOB,
    ended_at INTEGER,
    version INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, author_id) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, ended_by) REFERENCES staff (practice_id, id),
    CHECK ((kind = 'amendment') = (reason IS NOT NULL)),
    CHECK ((state = 'waiting') = (ended_at IS NULL)),
    CHECK ((state = 'waiting') = (ended_by IS NULL)),
    CHECK ((state = 'returned') = (comments IS NOT NULL))
) STRICT;
CREATE INDEX note_pending_by_note ON note_pending (practice_id, note_id);
CREATE INDEX note_pending_by_author ON note_pending (practice_id, author_id, state);
CREATE UNIQUE INDEX note_pending_one_amendment ON note_pending (practice_id, note_id)
    WHERE kind = 'amendment' AND state = 'waiting';

-- What an author signed and the supervisor sent back, with why: the words were read while they waited.
CREATE TABLE note_return (
    practice_id BLOB NOT NULL,
    note_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL,
    signed_at INTEGER NOT NULL,
    comments TEXT NOT NULL,
    returned_by BLOB NOT NULL,
    returned_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, note_id, number),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, returned_by) REFERENCES staff (practice_id, id)
) STRICT;

-- A review by both disciplines: two ordinary notes, linked once they are signed.
CREATE TABLE joint_review (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    opened_by BLOB NOT NULL,
    opened_at INTEGER NOT NULL,
    physiotherapy_note_id BLOB,
    massage_note_id BLOB,
    closed_by BLOB,
    closed_at INTEGER,
    close_reason TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, opened_by) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, physiotherapy_note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, massage_note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, closed_by) REFERENCES staff (practice_id, id),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL)),
    CHECK ((closed_at IS NULL) = (close_reason IS NULL))
) STRICT;
CREATE INDEX joint_review_by_patient ON joint_review (practice_id, patient_id, id);

CREATE INDEX staff_by_supervisor ON staff (practice_id, supervisor_id) WHERE supervisor_id IS NOT NULL;
CREATE INDEX note_unsigned ON note (practice_id, id) WHERE state = 'draft';

CREATE TRIGGER note_pending_keeps_its_words BEFORE UPDATE ON note_pending
    WHEN NEW.id IS NOT OLD.id OR NEW.practice_id IS NOT OLD.practice_id OR NEW.note_id IS NOT OLD.note_id OR NEW.author_id IS NOT OLD.author_id OR NEW.kind IS NOT OLD.kind OR NEW.words IS NOT OLD.words OR NEW.hash IS NOT OLD.hash OR NEW.reason IS NOT OLD.reason OR NEW.explanation IS NOT OLD.explanation OR NEW.signed_at IS NOT OLD.signed_at
    OR OLD.state <> 'waiting'
BEGIN
    SELECT RAISE(ABORT, 'what was signed and waits keeps its words and what came of it');
END;
CREATE TRIGGER note_pending_is_kept BEFORE DELETE ON note_pending
    WHEN NOT EXISTS (SELECT 1 FROM disposal d JOIN note n ON n.practice_id = d.practice_id AND n.patient_id = d.patient_id WHERE n.practice_id = OLD.practice_id AND n.id = OLD.note_id)
BEGIN
    SELECT RAISE(ABORT, 'note_pending rows are never deleted');
END;
CREATE TRIGGER note_return_is_frozen BEFORE UPDATE ON note_return
BEGIN
    SELECT RAISE(ABORT, 'note_return rows are never changed');
END;
CREATE TRIGGER note_return_is_kept BEFORE DELETE ON note_return
    WHEN NOT EXISTS (SELECT 1 FROM disposal d JOIN note n ON n.practice_id = d.practice_id AND n.patient_id = d.patient_id WHERE n.practice_id = OLD.practice_id AND n.id = OLD.note_id)
BEGIN
    SELECT RAISE(ABORT, 'note_return rows are never deleted');
END;
CREATE TRIGGER joint_review_keeps_its_beginning_and_its_end BEFORE UPDATE ON joint_review
    WHEN NEW.id IS NOT OLD.id OR NEW.practice_id IS NOT OLD.practice_id OR NEW.patient_id IS NOT OLD.patient_id OR NEW.opened_by IS NOT OLD.opened_by OR NEW.opened_at IS NOT OLD.opened_at
    OR OLD.closed_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a joint review keeps its beginning and its end');
END;
CREATE TRIGGER joint_review_is_kept BEFORE DELETE ON joint_review
    WHEN NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'joint_review rows are never deleted');
END;
