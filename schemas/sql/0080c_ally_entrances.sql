-- 0080c: whether an allied community has room, as its NodeInfo says
--
-- Only adds; instant. The previous release does not look.

CREATE TABLE ally_entrances (
    domain   text        PRIMARY KEY REFERENCES allies ON DELETE CASCADE,
    asked_at timestamptz NOT NULL,             -- when it was asked, or was about to be
    read_at  timestamptz,                      -- when it last answered
    state    text        NOT NULL DEFAULT '' CHECK (state IN ('', 'invitation', 'ask', 'full')),
    name     text        NOT NULL DEFAULT '',  -- what it calls itself
    address  text        NOT NULL DEFAULT ''   -- its page about joining, of its own origin
);
COMMENT ON TABLE ally_entrances IS
    'Owned by fedinet/allies. Asked four times a day; what is older than two days is not shown.';
