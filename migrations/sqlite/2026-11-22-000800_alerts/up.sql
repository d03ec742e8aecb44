-- Since when somebody has their address: for a day nobody can reset their password by mail.
ALTER TABLE staff ADD COLUMN address_changed_at INTEGER;

-- A mail on its way to one member of staff. next_at: when it is due; while it is being sent, when the lease on it ends.
-- address: where it goes if not to their current address.
CREATE TABLE outbox (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('alert', 'messages', 'digest', 'invitation', 'reset', 'address_changed')),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'sent', 'dead', 'dropped')),
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    ended_at INTEGER,
    message_id TEXT,
    failure TEXT,
    address TEXT,
    sealed BLOB,
    version INTEGER NOT NULL,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
) STRICT;
CREATE INDEX outbox_by_state ON outbox (practice_id, state, next_at);
CREATE INDEX outbox_by_staff ON outbox (practice_id, staff_id, kind, id);

-- Something that somebody was told. for_staff: whom they stand in for. mail_id: the mail that tells them too, if one does.
CREATE TABLE notification (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    for_staff BLOB,
    kind TEXT NOT NULL,
    object_kind TEXT NOT NULL,
    object_id BLOB NOT NULL,
    patient_id BLOB,
    number TEXT,
    due_at INTEGER,
    urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    raised_at INTEGER NOT NULL,
    read_at INTEGER,
    mail_id BLOB,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, for_staff) REFERENCES staff (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, mail_id) REFERENCES outbox (practice_id, id)
) STRICT;
CREATE INDEX notification_by_staff ON notification (practice_id, staff_id, id);
CREATE INDEX notification_by_mail ON notification (practice_id, mail_id);
CREATE INDEX notification_by_object ON notification (practice_id, object_id, kind);

-- How alerts reach somebody; without a row, as the table of kinds says.
CREATE TABLE alert_preference (
    practice_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    digest_hour INTEGER NOT NULL CHECK (digest_hour BETWEEN 0 AND 23),
    choices TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (practice_id, staff_id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
) STRICT;
