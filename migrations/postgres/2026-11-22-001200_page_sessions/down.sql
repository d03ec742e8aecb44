-- Whoever works with the pages signs in again.
DELETE FROM session WHERE page_hash IS NOT NULL;
ALTER TABLE session DROP COLUMN page_hash;
