-- The hash of the secret in the cookie of a session of the pages; such a session is gone on with by nothing else.
ALTER TABLE session ADD COLUMN page_hash BLOB CHECK (page_hash IS NULL OR length(page_hash) = 32);
