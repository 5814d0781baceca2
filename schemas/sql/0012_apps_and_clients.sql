-- 0012: apps that members sign in with (OAuth 2)
--
-- New tables, and nullable columns of access_tokens. Safe on a running server: only catalogue locks,
-- instant. The previous release goes on: it joins access_tokens with accounts, so that tokens of
-- apps without a member are nobody to it.

CREATE TABLE oauth_apps (         -- owned by fedinet/oauth
    id            bigint      PRIMARY KEY DEFAULT new_id(),
    client_id     text        NOT NULL UNIQUE,   -- random, or the address of a client's own document
    secret_hash   bytea,                         -- SHA-256; NULL: a public client, proves itself by PKCE
    name          text        NOT NULL,          -- what it calls itself: nobody checked it
    website       text,
    redirect_uris text[]      NOT NULL,
    scopes        text[]      NOT NULL,          -- the most it may ask for
    fetched_at    timestamptz,                   -- of a client's own document
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX oauth_apps_by_age ON oauth_apps (created_at);

CREATE TABLE oauth_codes (        -- owned by fedinet/oauth; kept a day, so that a replay is noticed
    code_hash    bytea       PRIMARY KEY,
    app_id       bigint      NOT NULL REFERENCES oauth_apps ON DELETE CASCADE,
    account_id   bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    redirect_uri text        NOT NULL,
    scopes       text[]      NOT NULL,
    challenge    text,                           -- PKCE, S256; NULL: none was given
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);
CREATE INDEX oauth_codes_by_app ON oauth_codes (app_id);
CREATE INDEX oauth_codes_by_expiry ON oauth_codes (expires_at);
CREATE INDEX oauth_codes_by_account ON oauth_codes (account_id);

ALTER TABLE access_tokens ALTER COLUMN account_id DROP NOT NULL;   -- NULL: an app for itself
ALTER TABLE access_tokens ADD COLUMN app_id bigint REFERENCES oauth_apps ON DELETE CASCADE;
ALTER TABLE access_tokens ADD COLUMN code_hash bytea;              -- the code it was given for
CREATE INDEX access_tokens_by_app ON access_tokens (app_id) WHERE app_id IS NOT NULL;
CREATE INDEX access_tokens_by_code ON access_tokens (code_hash) WHERE code_hash IS NOT NULL;
