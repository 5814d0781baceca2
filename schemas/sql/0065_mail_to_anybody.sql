-- 0065: mail to people who have no account: who asks to join, or is invited
--
-- Only loosens; instant. The previous release sends such a message as any other, and leaves it out
-- of the stewards' list of what is stuck.

ALTER TABLE mails ALTER COLUMN account_id DROP NOT NULL;
COMMENT ON COLUMN mails.account_id IS
    'NULL: the reader has no account; nothing but recipient says who it is, and that goes at the end.';
