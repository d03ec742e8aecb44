-- Since when somebody has their address: for a day nobody can reset their password by mail.
ALTER TABLE staff ADD COLUMN address_changed_at timestamptz;

-- A mail on its way to one member of staff. next_at: when it is due; while it is being sent, when the lease on it ends.
-- address: where it goes if not to their current address.
CREATE TABLE outbox (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('alert', 'messages', 'digest', 'invitation', 'reset', 'address_changed')),
    state text NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'dead', 'dropped')),
    attempts integer NOT NULL,
    created_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    ended_at timestamptz,
    message_id text,
    failure text,
    address text,
    sealed bytea,
    version integer NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
);
CREATE INDEX outbox_by_state ON outbox (practice_id, state, next_at);
CREATE INDEX outbox_by_staff ON outbox (practice_id, staff_id, kind, id);

-- Something that somebody was told. for_staff: whom they stand in for. mail_id: the mail that tells them too, if one does.
CREATE TABLE notification (
    id uuid NOT NULL,
    practice_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    for_staff uuid,
    kind text NOT NULL,
    object_kind text NOT NULL,
    object_id uuid NOT NULL,
    patient_id uuid,
    number text,
    due_at timestamptz,
    urgent boolean NOT NULL,
    raised_at timestamptz NOT NULL,
    read_at timestamptz,
    mail_id uuid,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, for_staff) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, mail_id) REFERENCES outbox (practice_id, id)
);
CREATE INDEX notification_by_staff ON notification (practice_id, staff_id, id);
CREATE INDEX notification_by_mail ON notification (practice_id, mail_id);
CREATE INDEX notification_by_object ON notification (practice_id, object_id, kind);

-- How alerts reach somebody; without a row, as the table of kinds says.
CREATE TABLE alert_preference (
    practice_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    digest_hour integer NOT NULL CHECK (digest_hour BETWEEN 0 AND 23),
    choices text NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (practice_id, staff_id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
);
