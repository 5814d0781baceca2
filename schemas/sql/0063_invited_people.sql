-- 0063: people who are invited from a list: an invitation for each, and where it stands
--
-- Only adds; instant. The previous release does not see them: their links open nothing there.

CREATE TABLE invited_people (     -- owned by fedinet/invitations
    id            bigint      PRIMARY KEY DEFAULT new_id(),
    created_by    bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name          text        NOT NULL,
    email         text        CHECK (length(email) <= 254),     -- NULL, and name empty, once they joined
    role          text        NOT NULL CHECK (role IN ('owner', 'admin', 'moderator', 'member')),
    language      text        NOT NULL,
    greeting      text        NOT NULL,
    secret_sealed bytea       NOT NULL,             -- both links are made of it; under secret.key
    mailed_hash   bytea       NOT NULL UNIQUE,      -- the link that only their mailbox is told
    copied_hash   bytea       NOT NULL UNIQUE,      -- the link that a steward hands over
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    mail_id       bigint,                           -- of the last message; its row is forgotten earlier
    mailed_at     timestamptz,                      -- promised to the queue; NULL: waits for its turn
    sent_at       timestamptz,                      -- the server took it
    reminded_at   timestamptz,
    bounced_at    timestamptz,
    declined_at   timestamptz,                      -- they want no such mail
    withdrawn_at  timestamptz,
    joined_at     timestamptz,
    account_id    bigint      REFERENCES accounts ON DELETE SET NULL,
    CHECK (email IS NOT NULL OR joined_at IS NOT NULL)
);
CREATE INDEX invited_people_by_creator ON invited_people (created_by);
CREATE INDEX invited_people_by_account ON invited_people (account_id) WHERE account_id IS NOT NULL;
CREATE UNIQUE INDEX invited_people_open ON invited_people (lower(email))
    WHERE joined_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX invited_people_waiting ON invited_people (id)
    WHERE mailed_at IS NULL AND joined_at IS NULL AND withdrawn_at IS NULL AND declined_at IS NULL;
CREATE INDEX invited_people_mailed ON invited_people (mailed_at) WHERE mailed_at IS NOT NULL;
CREATE INDEX invited_people_expiry ON invited_people (expires_at);
