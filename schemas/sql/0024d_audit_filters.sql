-- 0024d: the record of changes is found by who, by what, and by day
--
-- Only adds; instant. The previous release runs on.

CREATE INDEX policy_audit_by_whom ON policy_audit (by_whom, id DESC);
CREATE INDEX policy_audit_by_action ON policy_audit (action, id DESC);
CREATE INDEX policy_audit_by_day ON policy_audit (at, id);
