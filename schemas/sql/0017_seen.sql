-- 0017: the inbound log keeps what policy saw of each activity, and what it decided
--
-- Adds two columns without a default and two indexes. Short locks on the log; the indexes read what
-- is there, up to 14 days: some seconds for a million rows. The previous release runs on: what it
-- writes has neither, and is left out of simulations.

ALTER TABLE inbound_log ADD COLUMN domain text;   -- the actor's server, as rules name it
ALTER TABLE inbound_log ADD COLUMN seen   jsonb;  -- policy.seen: outside, facts, decision; never words
CREATE INDEX inbound_log_by_domain ON inbound_log (domain, received_at DESC, id DESC)
    WHERE domain IS NOT NULL;
-- Of what came, by far the most is applied: the rest is found by its outcome.
CREATE INDEX inbound_log_by_outcome ON inbound_log (outcome, received_at DESC, id DESC)
    WHERE outcome <> 'applied';
