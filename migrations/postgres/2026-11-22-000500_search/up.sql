-- The words of each note's newest signed version and of its addenda, folded by the program: one row a note. They are
-- lexemes as they are; whose they are is one more, with hyphens that no word has: then a search among somebody's notes
-- costs what those cost, however many others there are.
CREATE TABLE note_words (
    practice_id uuid NOT NULL,
    note_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    version integer NOT NULL,
    words text NOT NULL,
    lexemes tsvector NOT NULL GENERATED ALWAYS AS
        (array_to_tsvector(array_append(string_to_array(words, ' '), patient_id::text))) STORED,
    PRIMARY KEY (practice_id, note_id),
    FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id) ON DELETE CASCADE
);
CREATE INDEX note_words_by_word ON note_words USING gin (lexemes);

-- No version becomes the newest without its words.
CREATE FUNCTION tandem_note_is_indexed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM note_words w WHERE w.practice_id = NEW.practice_id AND w.note_id = NEW.id AND w.version = NEW.current_version) THEN
        RAISE EXCEPTION 'a version becomes the newest together with its words' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER note_is_indexed BEFORE UPDATE OF current_version ON note FOR EACH ROW
    WHEN (NEW.current_version <> OLD.current_version) EXECUTE FUNCTION tandem_note_is_indexed();

-- When somebody last signed a note about a patient.
CREATE INDEX note_last_signed ON note (practice_id, patient_id, author_id, signed_at);
