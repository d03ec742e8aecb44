DROP TRIGGER note_keeps_its_episode ON note;
DROP FUNCTION tandem_note_episode();
DROP TABLE message;
DROP TABLE episode_version;
DROP TABLE episode;
DROP FUNCTION tandem_episode_identity();
