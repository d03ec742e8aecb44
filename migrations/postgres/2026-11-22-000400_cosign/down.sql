DROP INDEX note_unsigned;
DROP INDEX staff_by_supervisor;
DROP TABLE joint_review;
DROP TABLE note_return;
DROP TABLE note_pending;
DROP FUNCTION tandem_joint_review();
DROP FUNCTION tandem_pending_words();
