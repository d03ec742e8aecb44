CREATE TABLE practice (
    id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    time_zone text NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE site (
    id uuid NOT NULL,
    practice_id uuid NOT NULL REFERENCES practice (id),
    name text NOT NULL,
    open boolean NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, id),
    UNIQUE (practice_id, name)
);

CREATE TABLE staff (
    id uuid NOT NULL,
    practice_id uuid NOT NULL REFERENCES practice (id),
    email text NOT NULL,
    name text NOT NULL,
    site_id uuid,
    away_until text,
    active boolean NOT NULL,
    password_hash text,
    credential_version bigint NOT NULL,
    access_version bigint NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, id),
    UNIQUE (practice_id, email),
    FOREIGN KEY (practice_id, site_id) REFERENCES site (practice_id, id)
);
-- Signing in names an address and no practice: the one look-up that cannot begin with practice_id.
CREATE INDEX staff_by_email ON staff (email);

CREATE TABLE staff_role (
    practice_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    role text NOT NULL CHECK (role IN ('physiotherapist', 'massage_therapist', 'manager', 'receptionist', 'privacy_officer')),
    PRIMARY KEY (practice_id, staff_id, role),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
);

CREATE TABLE invitation (
    practice_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (practice_id, staff_id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
);

CREATE TABLE session (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    authenticated_at timestamptz NOT NULL,
    ended_at timestamptz,
    refresh_hash bytea NOT NULL,
    previous_hash bytea,
    rotated_at timestamptz NOT NULL,
    tolerated boolean NOT NULL,
    address text,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
);
CREATE INDEX session_by_staff ON session (practice_id, staff_id);

CREATE TABLE staff_totp (
    practice_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    sealed_secret bytea NOT NULL,
    confirmed_at timestamptz,
    last_step bigint,
    PRIMARY KEY (practice_id, staff_id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
);

CREATE TABLE recovery_code (
    practice_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    code_hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (practice_id, staff_id, code_hash),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
);

-- Keyed by a MAC of the account or of the address, since a stranger's attempt belongs to no practice.
CREATE TABLE sign_in_throttle (
    subject bytea NOT NULL PRIMARY KEY,
    failures integer NOT NULL,
    last_failure timestamptz NOT NULL
);

CREATE TABLE idempotency_key (
    practice_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    body_mac bytea NOT NULL,
    object_id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, staff_id, route, key)
);
CREATE INDEX idempotency_key_by_age ON idempotency_key (practice_id, at);

CREATE TABLE record_counter (
    practice_id uuid NOT NULL REFERENCES practice (id),
    name text NOT NULL,
    last bigint NOT NULL,
    PRIMARY KEY (practice_id, name)
);

CREATE TABLE patient (
    id uuid NOT NULL,
    practice_id uuid NOT NULL REFERENCES practice (id),
    record_number bigint NOT NULL,
    given_name text NOT NULL,
    family_name text NOT NULL,
    folded_name text NOT NULL,
    birth_date text NOT NULL,
    phone text,
    phone_digits text,
    details text NOT NULL,
    staff_id uuid,
    access_version bigint NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, id),
    UNIQUE (practice_id, record_number),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
);
CREATE INDEX patient_by_birth_date ON patient (practice_id, birth_date);
CREATE INDEX patient_by_name ON patient (practice_id, folded_name);
CREATE INDEX patient_by_phone ON patient (practice_id, phone_digits);

CREATE TABLE care_team (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    joined_by text NOT NULL CHECK (joined_by IN ('registration', 'assignment', 'start_treating')),
    reason text,
    visit_date text,
    joined_at timestamptz NOT NULL,
    lapses_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
);
CREATE INDEX care_team_by_patient ON care_team (practice_id, patient_id, staff_id);
CREATE INDEX care_team_by_staff ON care_team (practice_id, staff_id);

CREATE TABLE cover (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    from_staff uuid NOT NULL,
    to_staff uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, from_staff) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, to_staff) REFERENCES staff (practice_id, id)
);
CREATE INDEX cover_by_stand_in ON cover (practice_id, to_staff);

CREATE TABLE note (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    author_id uuid NOT NULL,
    discipline text NOT NULL CHECK (discipline IN ('physiotherapy', 'massage')),
    kind text NOT NULL,
    state text NOT NULL CHECK (state IN ('draft', 'signed', 'entered_in_error', 'left_unsigned')),
    service_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    signed_at timestamptz,
    draft text,
    current_version integer NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, author_id) REFERENCES staff (practice_id, id),
    CHECK ((state IN ('draft', 'left_unsigned')) = (draft IS NOT NULL)),
    CHECK ((state IN ('draft', 'left_unsigned')) = (current_version = 0))
);
CREATE INDEX note_by_patient ON note (practice_id, patient_id, service_at, id);
CREATE INDEX note_by_author ON note (practice_id, author_id, state);

CREATE TABLE note_version (
    practice_id uuid NOT NULL,
    note_id uuid NOT NULL,
    number integer NOT NULL,
    body text NOT NULL,
    hash bytea NOT NULL,
    reason text CHECK (reason IN ('typo', 'omission', 'clinical_correction')),
    explanation text,
    signed_by uuid NOT NULL,
    signed_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, note_id, number),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, signed_by) REFERENCES staff (practice_id, id)
);

CREATE TABLE note_addendum (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    note_id uuid NOT NULL,
    author_id uuid NOT NULL,
    text text NOT NULL,
    hash bytea NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, author_id) REFERENCES staff (practice_id, id)
);
CREATE INDEX note_addendum_by_note ON note_addendum (practice_id, note_id);

CREATE TABLE note_error (
    practice_id uuid NOT NULL,
    note_id uuid NOT NULL,
    declared_by uuid NOT NULL,
    reason text NOT NULL,
    declared_at timestamptz NOT NULL,
    PRIMARY KEY (practice_id, note_id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id),
    FOREIGN KEY (practice_id, declared_by) REFERENCES staff (practice_id, id)
);

-- The one door through which rows of a patient may ever be deleted.
CREATE TABLE disposal (
    practice_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    confirmed_by uuid NOT NULL,
    confirmed_at timestamptz NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (practice_id, patient_id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, confirmed_by) REFERENCES staff (practice_id, id)
);

-- log_id is the practice's id, or the nil UUID for the log of the installation.
CREATE TABLE audit_event (
    log_id uuid NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor_id uuid,
    action text NOT NULL,
    outcome text NOT NULL,
    leaf bytea NOT NULL,
    PRIMARY KEY (log_id, id)
);
CREATE INDEX audit_event_by_actor ON audit_event (log_id, actor_id, id);

CREATE TABLE audit_subject (
    log_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (log_id, patient_id, event_id)
);
CREATE INDEX audit_subject_by_event ON audit_subject (log_id, event_id);

-- Free text of an event and its salt; the leaf holds only their hash.
CREATE TABLE audit_text (
    log_id uuid NOT NULL,
    event_id uuid NOT NULL,
    salt bytea NOT NULL,
    text text NOT NULL,
    PRIMARY KEY (log_id, event_id)
);

-- What is not sealed yet. A position is given when the event is appended, under the locks that order it against
-- every change of access: sealing in this order keeps the log in the order in which access was decided.
CREATE TABLE audit_pending (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    log_id uuid NOT NULL,
    event_id uuid NOT NULL
);

CREATE TABLE audit_leaf (
    log_id uuid NOT NULL,
    seq bigint NOT NULL,
    event_id uuid NOT NULL,
    leaf_hash bytea NOT NULL,
    PRIMARY KEY (log_id, seq),
    UNIQUE (log_id, event_id)
);

CREATE TABLE audit_tile (
    log_id uuid NOT NULL,
    level integer NOT NULL,
    number bigint NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (log_id, level, number)
);

CREATE TABLE audit_checkpoint (
    log_id uuid NOT NULL,
    size bigint NOT NULL,
    note text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (log_id, size)
);

CREATE TABLE audit_verification (
    log_id uuid NOT NULL PRIMARY KEY,
    at timestamptz NOT NULL,
    report text NOT NULL
);

-- What is signed or recorded is never changed, by no one short of dropping these triggers.
CREATE FUNCTION tandem_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed or deleted', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION tandem_keep_note_part() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM disposal d JOIN note n ON n.practice_id = d.practice_id AND n.patient_id = d.patient_id WHERE n.practice_id = OLD.practice_id AND n.id = OLD.note_id) THEN
        RAISE EXCEPTION '% rows are never deleted', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE FUNCTION tandem_keep_audit_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM disposal d JOIN audit_subject s ON s.log_id = d.practice_id AND s.patient_id = d.patient_id WHERE s.log_id = OLD.log_id AND s.event_id = OLD.event_id) THEN
        RAISE EXCEPTION '% rows are never deleted', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER note_version_is_frozen BEFORE UPDATE ON note_version FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER note_version_is_kept BEFORE DELETE ON note_version FOR EACH ROW EXECUTE FUNCTION tandem_keep_note_part();
CREATE TRIGGER note_version_is_not_truncated BEFORE TRUNCATE ON note_version FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER note_addendum_is_frozen BEFORE UPDATE ON note_addendum FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER note_addendum_is_kept BEFORE DELETE ON note_addendum FOR EACH ROW EXECUTE FUNCTION tandem_keep_note_part();
CREATE TRIGGER note_addendum_is_not_truncated BEFORE TRUNCATE ON note_addendum FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER note_error_is_frozen BEFORE UPDATE ON note_error FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER note_error_is_kept BEFORE DELETE ON note_error FOR EACH ROW EXECUTE FUNCTION tandem_keep_note_part();
CREATE TRIGGER note_error_is_not_truncated BEFORE TRUNCATE ON note_error FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_event_is_frozen BEFORE UPDATE ON audit_event FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_event_is_kept BEFORE DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_event_is_not_truncated BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_subject_is_frozen BEFORE UPDATE ON audit_subject FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_subject_is_kept BEFORE DELETE ON audit_subject FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_subject_is_not_truncated BEFORE TRUNCATE ON audit_subject FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_text_is_frozen BEFORE UPDATE ON audit_text FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_text_is_kept BEFORE DELETE ON audit_text FOR EACH ROW EXECUTE FUNCTION tandem_keep_audit_text();
CREATE TRIGGER audit_text_is_not_truncated BEFORE TRUNCATE ON audit_text FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_leaf_is_frozen BEFORE UPDATE ON audit_leaf FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_leaf_is_kept BEFORE DELETE ON audit_leaf FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_leaf_is_not_truncated BEFORE TRUNCATE ON audit_leaf FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_checkpoint_is_frozen BEFORE UPDATE ON audit_checkpoint FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_checkpoint_is_kept BEFORE DELETE ON audit_checkpoint FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER audit_checkpoint_is_not_truncated BEFORE TRUNCATE ON audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER disposal_is_frozen BEFORE UPDATE ON disposal FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER disposal_is_kept BEFORE DELETE ON disposal FOR EACH ROW EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER disposal_is_not_truncated BEFORE TRUNCATE ON disposal FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE FUNCTION tandem_note_identity() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER note_keeps_its_identity BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION tandem_note_identity();
CREATE FUNCTION tandem_keep_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'draft' AND NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id) THEN
        RAISE EXCEPTION 'signed notes are never deleted' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER note_is_kept BEFORE DELETE ON note FOR EACH ROW EXECUTE FUNCTION tandem_keep_note();
CREATE TRIGGER note_is_not_truncated BEFORE TRUNCATE ON note FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
