DROP TRIGGER note_keeps_its_episode;
DROP TRIGGER note_is_begun_in_its_patients_episode;
DROP TABLE message;
DROP TABLE episode_version;
DROP TABLE episode;
