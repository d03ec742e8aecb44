DROP TRIGGER note_keeps_its_referral;
DROP TRIGGER note_is_begun_for_its_patients_referral;
ALTER TABLE note DROP COLUMN referral_id;
DROP TABLE referral_attachment;
DROP TABLE referral_event;
DROP TABLE referral;
UPDATE care_team SET joined_by = 'assignment' WHERE joined_by = 'referral';
CREATE TABLE care_team_anew (
    id BLOB NOT NULL,
    practice_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    staff_id BLOB NOT NULL,
    joined_by TEXT NOT NULL CHECK (joined_by IN ('registration', 'assignment', 'start_treating')),
    reason TEXT,
    visit_date TEXT,
    joined_at INTEGER NOT NULL,
    lapses_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (practice_id, id),
    FOREIGN KEY (practice_id, patient_id) REFERENCES patient (practice_id, id),
    FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
) STRICT;
INSERT INTO care_team_anew SELECT id, practice_id, patient_id, staff_id, joined_by, reason, visit_date, joined_at, lapses_at, ended_at FROM care_team;
DROP TABLE care_team;
ALTER TABLE care_team_anew RENAME TO care_team;
CREATE INDEX care_team_by_patient ON care_team (practice_id, patient_id, staff_id);
CREATE INDEX care_team_by_staff ON care_team (practice_id, staff_id);
DROP TABLE closed_day;
