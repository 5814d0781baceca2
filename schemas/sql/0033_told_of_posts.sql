-- 0033: a follower may ask to be told of each new post
--
-- Adds a column with a constant default and a partial index that is empty at first; instant, but for
-- a short lock of follows. The previous release neither reads nor writes it.

ALTER TABLE follows ADD COLUMN notify boolean NOT NULL DEFAULT false;
CREATE INDEX follows_told ON follows (target_id) WHERE notify;

-- Apps that asked to ring for it before it existed.
UPDATE push_subscriptions SET kinds = kinds || ARRAY['status']
 WHERE 'status' = ANY (alerts) AND NOT 'status' = ANY (kinds);
