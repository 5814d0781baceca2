-- 0048: mail: a row for each message, written together with what causes it; which addresses work
--
-- Only adds; instant. The previous release goes on: its workers leave jobs of a kind that they
-- do not know, and it reads no address as confirmed.

CREATE TABLE mails (              -- owned by fedinet/mail
    id          bigint      PRIMARY KEY DEFAULT new_id(),
    account_id  bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    recipient   text,                             -- NULL once it has ended, as are the next two
    kind        text        NOT NULL CHECK (kind ~ '^[a-z_]{1,40}$'),
    language    text        NOT NULL,
    facts       jsonb,                            -- what fills its sentences
    link_sealed bytea,                            -- a path that opens something, under secret.key
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,             -- of no use after that: not sent any more
    attempts    integer     NOT NULL DEFAULT 0,   -- also the fence between two that send it
    ended_at    timestamptz,
    outcome     text        CHECK (outcome IN ('sent', 'refused', 'expired')),
    last_error  text,
    CHECK ((ended_at IS NULL) = (outcome IS NULL)),
    CHECK (ended_at IS NOT NULL OR (recipient IS NOT NULL AND facts IS NOT NULL))
);
CREATE INDEX mails_by_account ON mails (account_id);
CREATE INDEX mails_waiting ON mails (expires_at) WHERE ended_at IS NULL;
CREATE INDEX mails_ended ON mails (ended_at) WHERE ended_at IS NOT NULL;

ALTER TABLE accounts ADD COLUMN email_confirmed_at timestamptz;
COMMENT ON COLUMN accounts.email_confirmed_at IS
    'NULL: nobody has shown that they read what is sent to email. Such an address gets one thing, the link to confirm it.';
