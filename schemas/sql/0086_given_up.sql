-- 0086: what was given up, and servers in trouble, are found without reading all the rest
--
-- Only adds indexes on small tables; instant. The previous release does not mind them.

CREATE INDEX jobs_failed ON jobs (kind, unique_key, id) WHERE failed_at IS NOT NULL;
CREATE INDEX signals_failed ON signals (id) WHERE failed_at IS NOT NULL;
CREATE INDEX outbound_hosts_in_trouble ON outbound_hosts (host) WHERE failures > 0 OR dead_at IS NOT NULL;
