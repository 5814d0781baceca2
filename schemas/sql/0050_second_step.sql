-- 0050: a second step at sign-in, and when a browser last proved whose it is
--
-- New tables, and two columns of sessions with constant defaults. Only catalogue locks, instant.
-- The previous release runs on, but asks nobody for the second step.

CREATE TABLE totp (               -- owned by fedinet/security, like the next two
    account_id   bigint      PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    secret       bytea       NOT NULL,           -- sealed with data/secret.key
    created_at   timestamptz NOT NULL,
    confirmed_at timestamptz,                    -- NULL: shown, and not proven yet: asks nobody
    last_step    bigint      NOT NULL DEFAULT 0  -- of the last code that was taken; none is taken twice
);
CREATE INDEX totp_unconfirmed ON totp (created_at) WHERE confirmed_at IS NULL;
COMMENT ON TABLE totp IS 'Owned by fedinet/security.';

CREATE TABLE recovery_codes (     -- each works once, and is deleted by that
    account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
    tag        text   NOT NULL,                  -- HMAC under data/secret.key
    PRIMARY KEY (account_id, tag)
);
COMMENT ON TABLE recovery_codes IS 'Owned by fedinet/security.';

CREATE TABLE pending_sign_ins (   -- the password was right, the second step is still to come
    token_hash    bytea       PRIMARY KEY,       -- SHA-256 of the cookie
    account_id    bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    password_mark bytea       NOT NULL,          -- SHA-256 of accounts.password_hash: a new one ends this
    stay          boolean     NOT NULL,
    there         text        NOT NULL,          -- where they wanted to be
    attempts      integer     NOT NULL DEFAULT 0,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX pending_sign_ins_by_account ON pending_sign_ins (account_id);
CREATE INDEX pending_sign_ins_by_expiry ON pending_sign_ins (expires_at);
COMMENT ON TABLE pending_sign_ins IS 'Owned by fedinet/security.';

ALTER TABLE sessions ADD COLUMN verified_at timestamptz;          -- NULL: before this release
ALTER TABLE sessions ADD COLUMN network text NOT NULL DEFAULT ''; -- 203.0.113.0/24: never an address
