DROP TABLE alert_preference;
DROP TABLE notification;
DROP TABLE outbox;
ALTER TABLE staff DROP COLUMN address_changed_at;
