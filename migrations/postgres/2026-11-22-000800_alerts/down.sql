DROP TABLE alert_preference;
DROP TABLE notification;
DROP TABLE outbox;
