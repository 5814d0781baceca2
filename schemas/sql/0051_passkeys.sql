-- 0051: passkeys, and which browsers a member has signed in with
--
-- New tables; instant. The previous release runs on: it reads none of this.

CREATE TABLE passkeys (           -- WebAuthn credentials
    id            bigint      PRIMARY KEY DEFAULT new_id(),
    account_id    bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    credential_id bytea       NOT NULL UNIQUE,
    public_key    bytea       NOT NULL,          -- COSE
    sign_count    bigint      NOT NULL,          -- 0: this kind does not count
    name          text        NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz
);
CREATE INDEX passkeys_by_account ON passkeys (account_id, id);
COMMENT ON TABLE passkeys IS 'Owned by fedinet/security.';

CREATE TABLE passkey_challenges ( -- each is answered once, by the browser that asked for it
    challenge_hash bytea       PRIMARY KEY,      -- SHA-256
    browser_hash   bytea       NOT NULL,         -- SHA-256 of its cookie
    purpose        text        NOT NULL CHECK (purpose IN ('add', 'enter', 'second')),
    account_id     bigint      REFERENCES accounts ON DELETE CASCADE,   -- NULL: whose it will turn out
    expires_at     timestamptz NOT NULL
);
CREATE INDEX passkey_challenges_by_account ON passkey_challenges (account_id);
CREATE INDEX passkey_challenges_by_expiry ON passkey_challenges (expires_at);
COMMENT ON TABLE passkey_challenges IS 'Owned by fedinet/security.';

CREATE TABLE known_browsers (     -- a sign-in with another one is told to the member
    account_id   bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    browser_hash bytea       NOT NULL,           -- SHA-256 of a cookie that outlives sessions
    last_seen_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, browser_hash)
);
CREATE INDEX known_browsers_by_age ON known_browsers (last_seen_at);
COMMENT ON TABLE known_browsers IS 'Owned by fedinet/security.';

CREATE TABLE security_notices (   -- what happened to how a member signs in, for their own eyes
    id         bigint      PRIMARY KEY DEFAULT new_id(),
    account_id bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind       text        NOT NULL,
    browser    text        NOT NULL DEFAULT '',  -- Firefox, Linux
    network    text        NOT NULL DEFAULT '',  -- 203.0.113.0/24
    created_at timestamptz NOT NULL,
    seen_at    timestamptz                       -- the member said: that was me
);
CREATE INDEX security_notices_by_account ON security_notices (account_id, id DESC);
CREATE INDEX security_notices_by_age ON security_notices (created_at);
COMMENT ON TABLE security_notices IS 'Owned by fedinet/security.';
