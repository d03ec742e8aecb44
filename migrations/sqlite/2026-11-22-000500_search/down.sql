DROP INDEX note_last_signed;
DROP TRIGGER note_is_indexed;
DROP TABLE note_words;
DROP TABLE note_index;
