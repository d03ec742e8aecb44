-- Each worklist is read from an index that has it whole and in the order in which it came, so that it costs the same however
-- many referrals are closed. What is unfinished, and what is late, follows from the rest.
ALTER TABLE referral ADD COLUMN unfinished boolean NOT NULL
    GENERATED ALWAYS AS (state NOT IN ('closed', 'cancelled')) STORED;
ALTER TABLE referral ADD COLUMN late boolean NOT NULL
    GENERATED ALWAYS AS (state NOT IN ('closed', 'cancelled') AND (overdue OR was_overdue)) STORED;
DROP INDEX referral_by_pool;
DROP INDEX referral_overdue;
CREATE INDEX referral_unfinished_by_referrer ON referral (practice_id, referrer_id, unfinished, id);
CREATE INDEX referral_unfinished_by_owner ON referral (practice_id, owner_id, unfinished, id);
CREATE INDEX referral_unfinished_by_named ON referral (practice_id, named_id, unfinished, id);
CREATE INDEX referral_by_pool ON referral (practice_id, site_id, discipline, state, id);
CREATE INDEX referral_by_state ON referral (practice_id, state, id);
CREATE INDEX referral_late ON referral (practice_id, late, id);
