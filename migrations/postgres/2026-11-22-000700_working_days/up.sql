-- The days of the week on which the practice works: 1 for Monday, 2 for Tuesday, 4 for Wednesday and so on, added up.
ALTER TABLE practice ADD COLUMN working_days integer NOT NULL DEFAULT 31 CHECK (working_days BETWEEN 1 AND 127);
