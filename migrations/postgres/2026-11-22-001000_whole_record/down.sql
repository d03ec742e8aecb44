ALTER TABLE record_export DROP COLUMN decision_maker_id;
