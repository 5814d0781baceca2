-- 0015: whose personal inbox an activity came to
--
-- Only adds; instant. The previous release runs on: it leaves the columns empty.

ALTER TABLE inbound_queue ADD COLUMN inbox_of text;  -- a member's URI; NULL: the shared inbox
ALTER TABLE inbound_held ADD COLUMN inbox_of text;
