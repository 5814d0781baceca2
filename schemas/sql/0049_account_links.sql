-- 0049: links in mail that confirm an address or set a new password
--
-- Only adds; instant. The previous release goes on: it knows nothing of them.

CREATE TABLE account_links (      -- owned by fedinet/accounts
    account_id bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    purpose    text        NOT NULL CHECK (purpose IN ('confirm_email', 'reset_password')),
    token_hash bytea       NOT NULL UNIQUE,       -- SHA-256; dies on use
    email      text,                              -- which address it confirms
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, purpose),            -- a new one ends the one before
    CHECK ((purpose = 'confirm_email') = (email IS NOT NULL))
);
CREATE INDEX account_links_expire ON account_links (expires_at);
