-- 0011: keys of other servers' actors may end (`expires`, `revoked` of FEP-521a)
--
-- Safe on a running server: only adds. Locks: actor_keys for an instant.

ALTER TABLE actor_keys ADD COLUMN valid_until timestamptz;

COMMENT ON COLUMN actor_keys.valid_until IS 'NULL: until its actor says otherwise. Ours never end by themselves.';
