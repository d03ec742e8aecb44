CREATE TABLE practice (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE site (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL REFERENCES practice (id),
    name TEXT NOT NULL,
    open INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    UNIQUE (practice_id, name)
) STRICT;

CREATE TABLE staff (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL REFERENCES practice (id),
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    site_id BLOB,
    away_until TEXT,
    active INTEGER NOT NULL,
    password_hash TEXT,
    credential_version INTEGER NOT NULL,
    access_version INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    UNIQUE (practice_id, email),
    FOREIGN KEY (practice_id, site_id) REFERENCES site (practice_id, id)
) STRICT;
-- Signing in names an address and no practice: the one look-up that cannot begin with practice_id.
CREATE INDEX staff_by_email ON staff (email);

CREATE TABLE staff_role (
    practice_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('physiotherapist', 'massage_therapist', 'manager', 'receptionist', 'privacy_officer')),
    PRIMARY KEY (practice_id, staff_id, role),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
) STRICT;

CREATE TABLE invitation (
    practice_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    token_hash BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (practice_id, staff_id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
) STRICT;

CREATE TABLE session (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    authenticated_at INTEGER NOT NULL,
    ended_at INTEGER,
    refresh_hash BLOB NOT NULL,
    previous_hash BLOB,
    rotated_at INTEGER NOT NULL,
    tolerated INTEGER NOT NULL,
    address TEXT,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
) STRICT;
CREATE INDEX session_by_staff ON session (practice_id, staff_id);

CREATE TABLE staff_totp (
    practice_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    sealed_secret BLOB NOT NULL,
    confirmed_at INTEGER,
    last_step INTEGER,
    PRIMARY KEY (practice_id, staff_id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
) STRICT;

CREATE TABLE recovery_code (
    practice_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    code_hash BLOB NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (practice_id, staff_id, code_hash),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
) STRICT;

-- Keyed by a MAC of the account or of the address, since a stranger's attempt belongs to no practice.
CREATE TABLE sign_in_throttle (
    subject BLOB NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_failure INTEGER NOT NULL
) STRICT;

CREATE TABLE idempotency_key (
    practice_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    body_mac BLOB NOT NULL,
    object_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, staff_id, route, key)
) STRICT;
CREATE INDEX idempotency_key_by_age ON idempotency_key (practice_id, at);

CREATE TABLE record_counter (
    practice_id BLOB NOT NULL REFERENCES practice (id),
    name TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (practice_id, name)
) STRICT;

CREATE TABLE patient (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL REFERENCES practice (id),
    record_number INTEGER NOT NULL,
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    birth_date TEXT NOT NULL,
    phone TEXT,
    phone_digits TEXT,
    details TEXT NOT NULL,
    staff_id BLOB,
    access_version INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    UNIQUE (practice_id, record_number),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
) STRICT;
CREATE INDEX patient_by_birth_date ON patient (practice_id, birth_date);
CREATE INDEX patient_by_name ON patient (practice_id, folded_name);
CREATE INDEX patient_by_phone ON patient (practice_id, phone_digits);

CREATE TABLE care_team (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    joined_by TEXT NOT NULL CHECK (joined_by IN ('registration', 'assignment', 'start_treating')),
    reason TEXT,
    visit_date TEXT,
    joined_at INTEGER NOT NULL,
    lapses_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
) STRICT;
CREATE INDEX care_team_by_patient ON care_team (practice_id, patient_id, staff_id);
CREATE INDEX care_team_by_staff ON care_team (practice_id, staff_id);

CREATE TABLE cover (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    from_staff BLOB NOT NULL,
    to_staff BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    ended_at INTEGER,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, from_staff) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, to_staff) REFERENCES staff (practice_id, id)
) STRICT;
CREATE INDEX cover_by_stand_in ON cover (practice_id, to_staff);

CREATE TABLE note (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    author_id BLOB NOT NULL,
    discipline TEXT NOT NULL CHECK (discipline IN ('physiotherapy', 'massage')),
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'signed', 'entered_in_error', 'left_unsigned')),
    service_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    signed_at INTEGER,
    draft TEXT,
    current_version INTEGER NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, author_id) REFERENCES staff (practice_id, id),
    CHECK ((state IN ('draft', 'left_unsigned')) = (draft IS NOT NULL)),
    CHECK ((state IN ('draft', 'left_unsigned')) = (current_version = 0))
) STRICT;
CREATE INDEX note_by_patient ON note (practice_id, patient_id, service_at, id);
CREATE INDEX note_by_author ON note (practice_id, author_id, state);

CREATE TABLE note_version (
    practice_id BLOB NOT NULL,
    note_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash BLOB NOT NULL,
    reason TEXT CHECK (reason IN ('typo', 'omission', 'clinical_correction')),
    explanation TEXT,
    signed_by BLOB NOT NULL,
    signed_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, note_id, number),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, signed_by) REFERENCES staff (practice_id, id)
) STRICT;

CREATE TABLE note_addendum (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    note_id BLOB NOT NULL,
    author_id BLOB NOT NULL,
    text TEXT NOT NULL,
    hash BLOB NOT NULL,
    written_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, author_id) REFERENCES staff (practice_id, id)
) STRICT;
CREATE INDEX note_addendum_by_note ON note_addendum (practice_id, note_id);

CREATE TABLE note_error (
    practice_id BLOB NOT NULL,
    note_id BLOB NOT NULL,
    declared_by BLOB NOT NULL,
    reason TEXT NOT NULL,
    declared_at INTEGER NOT NULL,
    PRIMARY KEY (practice_id, note_id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, declared_by) REFERENCES staff (practice_id, id)
) STRICT;

-- The one door through which rows of a patient may ever be deleted.
CREATE TABLE disposal (
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    confirmed_by BLOB NOT NULL,
    confirmed_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (practice_id, patient_id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, confirmed_by) REFERENCES staff (practice_id, id)
) STRICT;

-- log_id is the practice's id, or the nil UUID for the log of the installation.
CREATE TABLE audit_event (
    log_id BLOB NOT NULL,
    id BLOB NOT NULL,
    at INTEGER NOT NULL,
    actor_id BLOB,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    leaf BLOB NOT NULL,
    PRIMARY KEY (log_id, id)
) STRICT;
CREATE INDEX audit_event_by_actor ON audit_event (log_id, actor_id, id);

CREATE TABLE audit_subject (
    log_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    PRIMARY KEY (log_id, patient_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_subject_by_event ON audit_subject (log_id, event_id);

-- Free text of an event and its salt; the leaf holds only their hash.
CREATE TABLE audit_text (
    log_id BLOB NOT NULL,
    event_id BLOB NOT NULL,
    salt BLOB NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (log_id, event_id)
) STRICT;

-- What is not sealed yet. A position is given when the event is appended, under the locks that order it against
-- every change of access: sealing in this order keeps the log in the order in which access was decided.
CREATE TABLE audit_pending (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    log_id BLOB NOT NULL,
    event_id BLOB NOT NULL
) STRICT;

CREATE TABLE audit_leaf (
    log_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    event_id BLOB NOT NULL,
    leaf_hash BLOB NOT NULL,
    PRIMARY KEY (log_id, seq),
    UNIQUE (log_id, event_id)
) STRICT;

CREATE TABLE audit_tile (
    log_id BLOB NOT NULL,
    level INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (log_id, level, number)
) STRICT;

CREATE TABLE audit_checkpoint (
    log_id BLOB NOT NULL,
    size INTEGER NOT NULL,
    note TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (log_id, size)
) STRICT;

CREATE TABLE audit_verification (
    log_id BLOB NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    report TEXT NOT NULL
) STRICT;

-- What is signed or recorded is never changed; ABORT undoes the statement alone, not the whole transaction.
CREATE TRIGGER note_version_is_frozen BEFORE UPDATE ON note_version
BEGIN
    SELECT RAISE(ABORT, 'note_version rows are never changed');
END;
CREATE TRIGGER note_version_is_kept BEFORE DELETE ON note_version
    WHEN NOT EXISTS (SELECT 1 FROM disposal d JOIN note n ON n.practice_id = d.practice_id AND n.patient_id = d.patient_id WHERE n.practice_id = OLD.practice_id AND n.id = OLD.note_id)
BEGIN
    SELECT RAISE(ABORT, 'note_version rows are never deleted');
END;
CREATE TRIGGER note_addendum_is_frozen BEFORE UPDATE ON note_addendum
BEGIN
    SELECT RAISE(ABORT, 'note_addendum rows are never changed');
END;
CREATE TRIGGER note_addendum_is_kept BEFORE DELETE ON note_addendum
    WHEN NOT EXISTS (SELECT 1 FROM disposal d JOIN note n ON n.practice_id = d.practice_id AND n.patient_id = d.patient_id WHERE n.practice_id = OLD.practice_id AND n.id = OLD.note_id)
BEGIN
    SELECT RAISE(ABORT, 'note_addendum rows are never deleted');
END;
CREATE TRIGGER note_error_is_frozen BEFORE UPDATE ON note_error
BEGIN
    SELECT RAISE(ABORT, 'note_error rows are never changed');
END;
CREATE TRIGGER note_error_is_kept BEFORE DELETE ON note_error
    WHEN NOT EXISTS (SELECT 1 FROM disposal d JOIN note n ON n.practice_id = d.practice_id AND n.patient_id = d.patient_id WHERE n.practice_id = OLD.practice_id AND n.id = OLD.note_id)
BEGIN
    SELECT RAISE(ABORT, 'note_error rows are never deleted');
END;
CREATE TRIGGER audit_event_is_frozen BEFORE UPDATE ON audit_event
BEGIN
    SELECT RAISE(ABORT, 'audit_event rows are never changed');
END;
CREATE TRIGGER audit_event_is_kept BEFORE DELETE ON audit_event
BEGIN
    SELECT RAISE(ABORT, 'audit_event rows are never deleted');
END;
CREATE TRIGGER audit_subject_is_frozen BEFORE UPDATE ON audit_subject
BEGIN
    SELECT RAISE(ABORT, 'audit_subject rows are never changed');
END;
CREATE TRIGGER audit_subject_is_kept BEFORE DELETE ON audit_subject
BEGIN
    SELECT RAISE(ABORT, 'audit_subject rows are never deleted');
END;
CREATE TRIGGER audit_text_is_frozen BEFORE UPDATE ON audit_text
BEGIN
    SELECT RAISE(ABORT, 'audit_text rows are never changed');
END;
CREATE TRIGGER audit_text_is_kept BEFORE DELETE ON audit_text
    WHEN NOT EXISTS (SELECT 1 FROM disposal d JOIN audit_subject s ON s.log_id = d.practice_id AND s.patient_id = d.patient_id WHERE s.log_id = OLD.log_id AND s.event_id = OLD.event_id)
BEGIN
    SELECT RAISE(ABORT, 'audit_text rows are never deleted');
END;
CREATE TRIGGER audit_leaf_is_frozen BEFORE UPDATE ON audit_leaf
BEGIN
    SELECT RAISE(ABORT, 'audit_leaf rows are never changed');
END;
CREATE TRIGGER audit_leaf_is_kept BEFORE DELETE ON audit_leaf
BEGIN
    SELECT RAISE(ABORT, 'audit_leaf rows are never deleted');
END;
CREATE TRIGGER audit_checkpoint_is_frozen BEFORE UPDATE ON audit_checkpoint
BEGIN
    SELECT RAISE(ABORT, 'audit_checkpoint rows are never changed');
END;
CREATE TRIGGER audit_checkpoint_is_kept BEFORE DELETE ON audit_checkpoint
BEGIN
    SELECT RAISE(ABORT, 'audit_checkpoint rows are never deleted');
END;
CREATE TRIGGER disposal_is_frozen BEFORE UPDATE ON disposal
BEGIN
    SELECT RAISE(ABORT, 'disposal rows are never changed');
END;
CREATE TRIGGER disposal_is_kept BEFORE DELETE ON disposal
BEGIN
    SELECT RAISE(ABORT, 'disposal rows are never deleted');
END;
CREATE TRIGGER note_keeps_its_identity BEFORE UPDATE ON note
    WHEN NEW.id IS NOT OLD.id OR NEW.practice_id IS NOT OLD.practice_id OR NEW.patient_id IS NOT OLD.patient_id OR NEW.author_id IS NOT OLD.author_id OR NEW.discipline IS NOT OLD.discipline OR NEW.kind IS NOT OLD.kind OR NEW.created_at IS NOT OLD.created_at
    OR (OLD.state <> 'draft' AND (NEW.service_at IS NOT OLD.service_at OR NEW.signed_at IS NOT OLD.signed_at OR NEW.draft IS NOT OLD.draft))
    OR (OLD.state <> 'draft' AND NEW.state = 'draft')
    OR (OLD.state IN ('entered_in_error', 'left_unsigned') AND NEW.state IS NOT OLD.state)
    OR NEW.current_version < OLD.current_version
BEGIN
    SELECT RAISE(ABORT, 'a note keeps its patient, its author and its signature');
END;
CREATE TRIGGER note_is_kept BEFORE DELETE ON note
    WHEN OLD.state <> 'draft' AND NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id)
BEGIN
    SELECT RAISE(ABORT, 'signed notes are never deleted');
END;
