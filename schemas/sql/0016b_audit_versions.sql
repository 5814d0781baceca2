-- 0016b: what was changed together is found by its version, to be undone
--
-- Only adds; instant. The previous release runs on.

CREATE INDEX policy_audit_by_version ON policy_audit (policy_version, id);
