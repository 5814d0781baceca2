-- 0002: people who sign in here
--
-- Only adds; instant.

CREATE TABLE accounts (
    id             bigint      PRIMARY KEY DEFAULT new_id(),
    actor_id       bigint      NOT NULL UNIQUE REFERENCES actors ON DELETE CASCADE,
    email          text,
    password_hash  text        NOT NULL,          -- argon2id
    role           text        NOT NULL DEFAULT 'member'
        CHECK (role IN ('owner', 'admin', 'moderator', 'member')),
    language       text        NOT NULL DEFAULT 'en',
    app_visibility text        NOT NULL DEFAULT 'community'
        CHECK (app_visibility IN ('everyone', 'quiet', 'followers', 'community')),
    invited_by     bigint      REFERENCES accounts ON DELETE SET NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    disabled_at    timestamptz
);
CREATE UNIQUE INDEX accounts_email ON accounts (lower(email)) WHERE email IS NOT NULL;

CREATE TABLE sessions (           -- owned by fedinet/http
    token_hash   bytea       PRIMARY KEY,         -- SHA-256 of the cookie
    account_id   bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    user_agent   text        NOT NULL DEFAULT ''
);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE access_tokens (      -- owned by fedinet/http
    id           bigint      PRIMARY KEY DEFAULT new_id(),
    token_hash   bytea       NOT NULL UNIQUE,
    account_id   bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    scopes       text[]      NOT NULL,
    app_name     text        NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX access_tokens_by_account ON access_tokens (account_id);

-- Sign-in, invitation and token limits, exact across processes. Losing it in a crash is fine.
CREATE UNLOGGED TABLE attempts (  -- owned by fedinet/http
    bucket       text        NOT NULL,            -- e.g. sign-in:2001:db8::/64
    window_start timestamptz NOT NULL,
    count        integer     NOT NULL,
    PRIMARY KEY (bucket, window_start)
);

CREATE TABLE invitations (
    id         bigint      PRIMARY KEY DEFAULT new_id(),
    token_hash bytea       NOT NULL UNIQUE,
    created_by bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    note       text        NOT NULL DEFAULT '',
    max_uses   integer     NOT NULL DEFAULT 1 CHECK (max_uses BETWEEN 1 AND 500),
    uses       integer     NOT NULL DEFAULT 0 CHECK (uses <= max_uses),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX invitations_by_creator ON invitations (created_by, id DESC);
