-- 0040: apps show what belongs together as one
--
-- Adds a column without a default, and an index of those rows that have it (none at first: one scan
-- of the table). What the previous release writes has no group, and stands alone.

ALTER TABLE notifications ADD COLUMN group_key text COLLATE "C";
COMMENT ON COLUMN notifications.group_key IS
    'What happened, to which post, and since which hour of the epoch: favourite-<post>-<hour>. NULL: it stands alone';
CREATE INDEX notifications_by_group ON notifications (owner_id, group_key, id DESC)
 WHERE group_key IS NOT NULL;
