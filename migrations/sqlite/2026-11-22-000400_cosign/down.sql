DROP INDEX note_unsigned;
DROP INDEX staff_by_supervisor;
DROP TABLE joint_review;
DROP TABLE note_return;
DROP TABLE note_pending;
