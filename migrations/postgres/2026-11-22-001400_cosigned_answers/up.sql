-- How far a note that waits for a second signature answers the referral it is written for, as its author said on signing.
ALTER TABLE note ADD COLUMN answers TEXT CHECK (answers IN ('answered', 'partly', 'not_completed'));
