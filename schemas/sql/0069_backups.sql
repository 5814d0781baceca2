-- 0069: what was backed up, and whether it could be read back
--
-- Only adds; instant.

CREATE TABLE backup_runs (        -- owned by fedinet/backups
    id          bigint      PRIMARY KEY DEFAULT new_id(),
    kind        text        NOT NULL CHECK (kind IN ('make', 'verify')),
    asked_by    text        NOT NULL DEFAULT '',  -- a member's name; empty: the clock, or the command line
    wanted_at   timestamptz NOT NULL DEFAULT now(),
    started_at  timestamptz,
    ended_at    timestamptz,
    outcome     text        CHECK (outcome IN ('done', 'failed')),
    why         text        NOT NULL DEFAULT '',  -- of a failure, for people
    place       text        NOT NULL DEFAULT '',  -- the folder or bucket
    file        text        NOT NULL DEFAULT '',  -- made, or read back
    bytes       bigint      NOT NULL DEFAULT 0,
    media_files integer     NOT NULL DEFAULT 0,
    posts       bigint      NOT NULL DEFAULT 0,   -- counted while it was read back
    members     bigint      NOT NULL DEFAULT 0,
    gone_at     timestamptz,                      -- the file was thinned out, or is not there any more
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE UNIQUE INDEX backup_runs_open ON backup_runs (kind) WHERE ended_at IS NULL;
CREATE INDEX backup_runs_ended ON backup_runs (kind, ended_at DESC) WHERE ended_at IS NOT NULL;
CREATE INDEX backup_runs_newest ON backup_runs (id DESC);
COMMENT ON TABLE backup_runs IS 'Owned by fedinet/backups. One row for each backup, and each time one was read back.';

CREATE TABLE backup_passphrase (  -- owned by fedinet/backups
    singleton boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    mark      text        NOT NULL,              -- tells passphrases apart; not the passphrase
    kept_by   text        NOT NULL,              -- who says that they have a copy elsewhere
    kept_at   timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE backup_passphrase IS 'Owned by fedinet/backups. At most one row: who keeps a copy of the passphrase.';
