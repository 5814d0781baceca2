-- 0097b: messages that were only written down here, since there was no mail server
--
-- Only adds; instant. The previous release counts them as sent, as before.

ALTER TABLE mails ADD COLUMN lies_here boolean NOT NULL DEFAULT false;
