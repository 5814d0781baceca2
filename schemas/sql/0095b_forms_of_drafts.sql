-- 0095b: every form that is being written has a key
--
-- A row or two for each member, of the last day. The previous release keeps drafts without a key
-- while it still runs; nobody is led to those.

UPDATE kept_drafts SET form = 'draft ' || id WHERE form IS NULL AND changes IS NULL;
