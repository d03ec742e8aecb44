DROP TABLE started_review;
