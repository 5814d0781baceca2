-- 0032: what waits knows the rule that held it
--
-- Adds a column without a default and a small index, and fills it for what waits now (at most 20,000
-- rows) from the log of 14 days: some seconds for a million rows there. The previous release runs on:
-- what it holds names no rule, as before.

ALTER TABLE inbound_held ADD COLUMN rule text;    -- key of the deciding rule; NULL: a built-in, see reason
CREATE INDEX inbound_held_by_rule ON inbound_held (rule, id) WHERE rule IS NOT NULL;
UPDATE inbound_held h
   SET rule = l.seen ->> 'rule'
  FROM inbound_log l
 WHERE l.id = h.id
   AND l.outcome = 'held'
   AND l.received_at > now() - interval '15 days'
   AND h.reason = 'policy';
