-- 0070b: a community that is locked down, and how its owner gets in
--
-- Only adds; instant. The previous release runs on, and knows a locked node as a paused one.

ALTER TABLE node
    ADD COLUMN locked_at          timestamptz,   -- nobody changes anything until it is lifted
    ADD COLUMN locked_by          text    NOT NULL DEFAULT '',
    ADD COLUMN locked_reason      text    NOT NULL DEFAULT '',
    ADD COLUMN paused_before_lock boolean NOT NULL DEFAULT false;

CREATE TABLE ended_sessions (     -- owned by fedinet/lockdown: who was signed in when it began; kept 30 days
    id           bigint      PRIMARY KEY DEFAULT new_id(),
    account_id   bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    user_agent   text        NOT NULL,
    network      text        NOT NULL,
    ended_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ended_sessions_by_account ON ended_sessions (account_id);
CREATE INDEX ended_sessions_by_age ON ended_sessions (ended_at);
COMMENT ON TABLE ended_sessions IS 'Owned by fedinet/lockdown.';

CREATE TABLE owner_links (        -- owned by fedinet/security: printed on the terminal, opens once
    token_hash bytea       PRIMARY KEY,
    account_id bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);
CREATE INDEX owner_links_by_account ON owner_links (account_id);
COMMENT ON TABLE owner_links IS 'Owned by fedinet/security. Only the hash of a link is kept.';
