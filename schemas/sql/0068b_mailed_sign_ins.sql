-- 0068b: signing in by a link in a message
--
-- Only adds; instant. The previous release goes on: it knows no such link.

CREATE TABLE mailed_sign_ins (    -- owned by fedinet/security
    token_hash    bytea       PRIMARY KEY,        -- SHA-256; dies on use
    browser_hash  bytea       NOT NULL,           -- of the cookie of the browser that asked
    account_id    bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    password_mark bytea       NOT NULL,           -- another password since: void
    email_mark    bytea       NOT NULL,           -- another address since: void
    there         text        NOT NULL,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX mailed_sign_ins_account ON mailed_sign_ins (account_id);
CREATE INDEX mailed_sign_ins_expire ON mailed_sign_ins (expires_at);

ALTER TABLE node ADD COLUMN mailed_sign_in boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN node.mailed_sign_in IS
    'Whether members may sign in by a link in a message; stewards switch it off.';
