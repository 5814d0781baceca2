-- 0084: keys for going through posts can be switched off (WCAG 2.2, 2.1.4)
--
-- Only adds; instant. The previous release takes no notice of it.

ALTER TABLE accounts ADD COLUMN shortcuts boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN accounts.shortcuts IS 'Single letters are keys on the pages of this member.';
