DROP INDEX note_last_signed;
DROP TRIGGER note_is_indexed ON note;
DROP FUNCTION tandem_note_is_indexed();
DROP TABLE note_words;
