ALTER TABLE practice DROP COLUMN working_days;
