-- 0107: what the server said when it refused the last code that a steward had sent
--
-- Only adds; instant. The previous release neither reads nor writes these.

ALTER TABLE mail_proof
    ADD COLUMN refused_way     text,         -- the server and sender that the code was sent by
    ADD COLUMN refused_at      timestamptz,  -- NULL: a code was taken since
    ADD COLUMN refused_trouble text,         -- a word of fedinet/mail/model.py
    ADD COLUMN refused_said    text;         -- without addresses
