-- 0066: asking to join: how it is done here, who asks, and what stewards say to it; room for so many
--
-- Only adds; instant. The previous release does not see them, and keeps to no number of members.

CREATE TABLE joining_ways (       -- owned by fedinet/joining; one row
    singleton    boolean  PRIMARY KEY DEFAULT true CHECK (singleton),
    asking       boolean  NOT NULL DEFAULT false,               -- strangers may ask
    readers      smallint NOT NULL DEFAULT 2 CHECK (readers IN (1, 2)),
    questions    jsonb    NOT NULL DEFAULT '[]',
    kept_days    smallint NOT NULL DEFAULT 60 CHECK (kept_days BETWEEN 7 AND 365),
    most_members integer  CHECK (most_members > 0)              -- NULL: as many as come
);
INSERT INTO joining_ways DEFAULT VALUES;

CREATE TABLE join_requests (      -- owned by fedinet/joining
    id                bigint      PRIMARY KEY DEFAULT new_id(),
    key_hash          bytea       NOT NULL UNIQUE,              -- of the link by which who asks comes back
    key_sealed        bytea       NOT NULL,                     -- the same, for letters; under secret.key
    name              text        NOT NULL CHECK (length(name) <= 80),
    email             text        NOT NULL CHECK (length(email) <= 254),
    language          text        NOT NULL,
    answers           jsonb       NOT NULL,
    standing          text        NOT NULL
        CHECK (standing IN ('asked', 'waiting', 'in_line', 'invited', 'declined', 'lapsed')),
    host_id           bigint      REFERENCES accounts ON DELETE SET NULL, -- who lets them in
    is_vouched        boolean     NOT NULL,                     -- they hold a member's link: nobody reads
    asked_at          timestamptz NOT NULL,
    proven_at         timestamptz,                              -- they opened what was sent to email
    in_line_at        timestamptz,
    ended_at          timestamptz,                              -- said no to, or invited
    reason            text        NOT NULL DEFAULT '',
    invitation_hash   bytea       UNIQUE,
    invitation_sealed bytea,
    invited_until     timestamptz,
    CHECK (standing <> 'in_line' OR in_line_at IS NOT NULL),
    CHECK (standing <> 'invited' OR (invitation_hash IS NOT NULL AND invitation_sealed IS NOT NULL
                                     AND invited_until IS NOT NULL))
);
CREATE INDEX join_requests_by_host ON join_requests (host_id) WHERE host_id IS NOT NULL;
CREATE INDEX join_requests_by_standing ON join_requests (standing, id);
CREATE INDEX join_requests_by_email ON join_requests (lower(email));
CREATE INDEX join_requests_in_line ON join_requests (in_line_at, id) WHERE standing = 'in_line';

CREATE TABLE join_readings (      -- owned by fedinet/joining
    request_id bigint      NOT NULL REFERENCES join_requests ON DELETE CASCADE,
    account_id bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    says       text        NOT NULL CHECK (says IN ('yes', 'no')),
    note       text        NOT NULL,                            -- for other stewards
    reason     text        NOT NULL,                            -- for who asks
    read_at    timestamptz NOT NULL,
    PRIMARY KEY (request_id, account_id)
);
CREATE INDEX join_readings_by_account ON join_readings (account_id);
