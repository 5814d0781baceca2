-- 0064: whom a member let in is looked up from their side
--
-- Only adds an index; some milliseconds for 500 accounts. The previous release does not mind it.

CREATE INDEX accounts_by_inviter ON accounts (invited_by, id) WHERE invited_by IS NOT NULL;
