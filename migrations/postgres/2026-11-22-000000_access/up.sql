-- Whom a student or new graduate is supervised by: what they sign waits for this colleague's signature.
ALTER TABLE staff ADD COLUMN cosign_required boolean NOT NULL DEFAULT false;
ALTER TABLE staff ADD COLUMN supervisor_id uuid;

-- What a patient decided about who may read what of their record.
CREATE TABLE consent_directive (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    covers text NOT NULL CHECK (covers IN ('record', 'episode', 'note')),
    covered_id uuid,
    bars text NOT NULL CHECK (bars IN ('person', 'discipline', 'everyone')),
    staff_id uuid,
    discipline text CHECK (discipline IN ('physiotherapy', 'massage')),
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    reason text,
    recorded_by uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    revoked_by uuid,
    revoked_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, recorded_by) REFERENCES staff (practice_id, id),
    CHECK ((covers = 'record') = (covered_id IS NULL)),
    CHECK ((bars = 'person') = (staff_id IS NOT NULL)),
    CHECK ((bars = 'discipline') = (discipline IS NOT NULL))
);
CREATE INDEX consent_directive_by_patient ON consent_directive (practice_id, patient_id);
CREATE INDEX consent_directive_by_staff ON consent_directive (practice_id, staff_id);

-- One opening of one record for a stated reason and a bounded time, beside what roles and relations grant.
CREATE TABLE record_access (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('emergency', 'serious_harm', 'audit')),
    reason_code text NOT NULL,
    reason text NOT NULL,
    opened_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    verdict text CHECK (verdict IN ('justified', 'breach')),
    verdict_reason text,
    reviewed_by uuid,
    reviewed_at timestamptz,
    version integer NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, reviewed_by) REFERENCES staff (practice_id, id)
);
CREATE INDEX record_access_by_patient ON record_access (practice_id, patient_id, staff_id);
CREATE INDEX record_access_by_end ON record_access (practice_id, ended_at, ends_at);

ALTER TABLE note_version ADD COLUMN cosigned_by uuid, ADD COLUMN cosigned_at timestamptz;
ALTER TABLE note_addendum ADD COLUMN cosigned_by uuid, ADD COLUMN cosigned_at timestamptz;

ALTER TABLE note DROP CONSTRAINT note_state_check, DROP CONSTRAINT note_check, DROP CONSTRAINT note_check1;
ALTER TABLE note
    ADD COLUMN sharing text NOT NULL DEFAULT 'care_team' CHECK (sharing IN ('care_team', 'discipline')),
    ADD COLUMN episode_id uuid,
    ADD COLUMN replaces_id uuid,
    ADD COLUMN copied text,
    ADD CONSTRAINT note_state_check CHECK (state IN ('draft', 'awaiting_cosign', 'signed', 'entered_in_error', 'left_unsigned')),
    ADD CONSTRAINT note_check CHECK ((state IN ('draft', 'awaiting_cosign', 'left_unsigned')) = (draft IS NOT NULL)),
    ADD CONSTRAINT note_check1 CHECK ((state IN ('draft', 'awaiting_cosign', 'left_unsigned')) = (current_version = 0));
CREATE INDEX note_by_episode ON note (practice_id, episode_id) WHERE episode_id IS NOT NULL;
CREATE INDEX note_by_replaced ON note (practice_id, replaces_id) WHERE replaces_id IS NOT NULL;

CREATE OR REPLACE FUNCTION tandem_note_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.practice_id IS DISTINCT FROM OLD.practice_id OR NEW.patient_id IS DISTINCT FROM OLD.patient_id OR NEW.author_id IS DISTINCT FROM OLD.author_id OR NEW.discipline IS DISTINCT FROM OLD.discipline OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.created_at IS DISTINCT FROM OLD.created_at OR NEW.replaces_id IS DISTINCT FROM OLD.replaces_id
        OR (OLD.state <> 'draft' AND NEW.service_at IS DISTINCT FROM OLD.service_at)
        OR (OLD.state = 'awaiting_cosign' AND NEW.state IN ('awaiting_cosign', 'draft', 'left_unsigned') AND NEW.draft IS DISTINCT FROM OLD.draft)
        OR (OLD.state = 'awaiting_cosign' AND NEW.state <> 'draft' AND NEW.signed_at IS DISTINCT FROM OLD.signed_at)
        OR (OLD.state NOT IN ('draft', 'awaiting_cosign') AND (NEW.signed_at IS DISTINCT FROM OLD.signed_at OR NEW.draft IS DISTINCT FROM OLD.draft))
        OR (OLD.state NOT IN ('draft', 'awaiting_cosign') AND NEW.state IN ('draft', 'awaiting_cosign'))
        OR (OLD.state IN ('entered_in_error', 'left_unsigned') AND NEW.state IS DISTINCT FROM OLD.state)
        OR NEW.current_version < OLD.current_version THEN
        RAISE EXCEPTION 'a note keeps its patient, its author and its signature' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- A directive is revoked, an access is ended and reviewed; neither is rewritten or taken back.
CREATE FUNCTION tandem_keep_of_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM disposal d WHERE d.practice_id = OLD.practice_id AND d.patient_id = OLD.patient_id) THEN
        RAISE EXCEPTION '% rows are never deleted', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE FUNCTION tandem_directive_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.practice_id IS DISTINCT FROM OLD.practice_id OR NEW.patient_id IS DISTINCT FROM OLD.patient_id OR NEW.covers IS DISTINCT FROM OLD.covers OR NEW.covered_id IS DISTINCT FROM OLD.covered_id OR NEW.bars IS DISTINCT FROM OLD.bars OR NEW.staff_id IS DISTINCT FROM OLD.staff_id OR NEW.discipline IS DISTINCT FROM OLD.discipline OR NEW.starts_at IS DISTINCT FROM OLD.starts_at OR NEW.ends_at IS DISTINCT FROM OLD.ends_at OR NEW.reason IS DISTINCT FROM OLD.reason OR NEW.recorded_by IS DISTINCT FROM OLD.recorded_by OR NEW.recorded_at IS DISTINCT FROM OLD.recorded_at OR OLD.revoked_at IS NOT NULL THEN
        RAISE EXCEPTION 'a consent directive is revoked, not rewritten' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION tandem_access_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id OR NEW.practice_id IS DISTINCT FROM OLD.practice_id OR NEW.patient_id IS DISTINCT FROM OLD.patient_id OR NEW.staff_id IS DISTINCT FROM OLD.staff_id OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.reason_code IS DISTINCT FROM OLD.reason_code OR NEW.reason IS DISTINCT FROM OLD.reason OR NEW.opened_at IS DISTINCT FROM OLD.opened_at OR NEW.ends_at IS DISTINCT FROM OLD.ends_at
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
        OR OLD.reviewed_at IS NOT NULL AND (NEW.verdict IS DISTINCT FROM OLD.verdict OR NEW.reviewed_by IS DISTINCT FROM OLD.reviewed_by OR NEW.reviewed_at IS DISTINCT FROM OLD.reviewed_at OR NEW.verdict_reason IS DISTINCT FROM OLD.verdict_reason) THEN
        RAISE EXCEPTION 'an access keeps its reason, its end and its review' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER consent_directive_keeps_its_words BEFORE UPDATE ON consent_directive FOR EACH ROW EXECUTE FUNCTION tandem_directive_words();
CREATE TRIGGER consent_directive_is_kept BEFORE DELETE ON consent_directive FOR EACH ROW EXECUTE FUNCTION tandem_keep_of_patient();
CREATE TRIGGER consent_directive_is_not_truncated BEFORE TRUNCATE ON consent_directive FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
CREATE TRIGGER record_access_keeps_its_words BEFORE UPDATE ON record_access FOR EACH ROW EXECUTE FUNCTION tandem_access_words();
CREATE TRIGGER record_access_is_kept BEFORE DELETE ON record_access FOR EACH ROW EXECUTE FUNCTION tandem_keep_of_patient();
CREATE TRIGGER record_access_is_not_truncated BEFORE TRUNCATE ON record_access FOR EACH STATEMENT EXECUTE FUNCTION tandem_refuse();
