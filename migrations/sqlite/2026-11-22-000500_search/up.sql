-- The words of each note's newest signed version and of its addenda, folded by the program: one row a note.
CREATE TABLE note_words (
    number INTEGER PRIMARY KEY,
    practice_id BLOB NOT NULL,
    note_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    words TEXT NOT NULL,
    UNIQUE (practice_id, note_id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id) ON DELETE CASCADE
) STRICT;

-- The words are folded already, so the tokens are what blanks part; whose they are is one more word, in a column of its
-- own: then a search among somebody's notes costs what those cost, however many others there are.
CREATE VIRTUAL TABLE note_index USING fts5 (
    patient, words, content = '', contentless_delete = 1, detail = 'column', tokenize = 'ascii'
);
CREATE TRIGGER note_words_are_indexed AFTER INSERT ON note_words
BEGIN
    INSERT INTO note_index (rowid, patient, words) VALUES (NEW.number, lower(hex(NEW.patient_id)), NEW.words);
END;
CREATE TRIGGER note_words_are_indexed_anew AFTER UPDATE ON note_words
BEGIN
    DELETE FROM note_index WHERE rowid = OLD.number;
    INSERT INTO note_index (rowid, patient, words) VALUES (NEW.number, lower(hex(NEW.patient_id)), NEW.words);
END;
CREATE TRIGGER note_words_leave_the_index AFTER DELETE ON note_words
BEGIN
    DELETE FROM note_index WHERE rowid = OLD.number;
END;
-- No version becomes the newest without its words.
CREATE TRIGGER note_is_indexed BEFORE UPDATE OF current_version ON note
    WHEN NEW.current_version <> OLD.current_version AND NOT EXISTS (
        SELECT 1 FROM note_words w
        WHERE w.practice_id = NEW.practice_id AND w.note_id = NEW.id AND w.version = NEW.current_version)
BEGIN
    SELECT RAISE(ABORT, 'a version becomes the newest together with its words');
END;

-- When somebody last signed a note about a patient.
CREATE INDEX note_last_signed ON note (practice_id, patient_id, author_id, signed_at);
