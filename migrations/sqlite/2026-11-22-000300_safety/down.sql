DROP TABLE decision_maker;
DROP TABLE health_history;
DROP TABLE safety_override;
DROP TABLE safety_item;
ALTER TABLE practice DROP COLUMN age_of_majority;
