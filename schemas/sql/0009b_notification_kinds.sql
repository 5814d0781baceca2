-- 0009b: any word may be a kind of notification again, as 0008 has it
--
-- 0009 listed the kinds once more. New rows only are checked; instant.

ALTER TABLE notifications DROP CONSTRAINT IF EXISTS notifications_kind_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_kind_check
    CHECK (kind ~ '^[a-z_]{1,40}$') NOT VALID;
