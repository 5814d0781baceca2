-- 0022b: what keeps a server from being met by time alone
--
-- Only adds one column; instant. The previous release runs on.

ALTER TABLE policy_servers
    ADD COLUMN thrown_away_at timestamptz;  -- when a steward last threw away what it had sent
