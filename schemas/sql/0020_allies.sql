-- 0020: allied communities: who names whom, posts for them, their people
--
-- Adds a table and lets posts have one more audience. New rows only are checked
-- against the wider list, so that nothing is scanned; instant. The previous
-- release runs on: its gate shows a post for allied communities to nobody.

CREATE TABLE allies (
    domain         text        PRIMARY KEY,
    origin         text        NOT NULL UNIQUE,   -- scheme, host and port of its node
    node_uri       text        NOT NULL DEFAULT '',  -- its node actor, as its NodeInfo names it
    node_id        bigint      REFERENCES actors ON DELETE SET NULL,
    allies_uri     text        NOT NULL DEFAULT '',  -- its collection of allies: what posts for them are addressed to
    our_since      timestamptz,                   -- what we say of them; NULL: we do not name them
    our_until      timestamptz,
    our_uri        text        NOT NULL DEFAULT '',  -- the Offer or Accept by which we told them
    told           boolean     NOT NULL DEFAULT false,
    their_since    timestamptz,                   -- what they say of us, proven when it was last read
    their_until    timestamptz,
    their_offer    text        NOT NULL DEFAULT '',  -- the Offer by which they asked
    node_key       text        NOT NULL DEFAULT '',  -- multibase; the key that a steward said yes to
    new_key        text        NOT NULL DEFAULT '',  -- another one that was seen since
    mutual_until   timestamptz,                   -- the one thing that others look at: allies until then
    allied_at      timestamptz,
    ended_at       timestamptz,
    ended_by       text        NOT NULL DEFAULT '' CHECK (ended_by IN ('', 'us', 'them', 'time')),
    checked_at     timestamptz,                   -- when all was last found in order
    check_after    timestamptz NOT NULL DEFAULT now(),
    trouble        text        NOT NULL DEFAULT '',  -- a word for what was wrong the last time
    names          text[]      NOT NULL DEFAULT '{}', -- origins of its other allies, as it says
    takes_rules    boolean     NOT NULL DEFAULT false, -- its shared rules become drafts here
    people_read_at timestamptz
);
CREATE INDEX allies_to_check ON allies (check_after);
COMMENT ON TABLE allies IS 'Owned by fedinet/allies. The gate and the policy read mutual_until.';

CREATE TABLE ally_people (        -- those of an ally who said that they may be found
    domain    text    NOT NULL REFERENCES allies ON DELETE CASCADE,
    actor_uri text    NOT NULL,
    sort_name text    NOT NULL,   -- folded, as the directory is sorted
    username  text    NOT NULL,
    name      text    NOT NULL,
    summary   text    NOT NULL,   -- plain text
    page_url  text    NOT NULL,
    PRIMARY KEY (domain, actor_uri)
);
CREATE INDEX ally_people_by_name ON ally_people (sort_name, actor_uri);
COMMENT ON TABLE ally_people IS 'Owned by fedinet/allies. Read again each day, gone when the alliance ends.';

ALTER TABLE posts DROP CONSTRAINT IF EXISTS posts_visibility_check;
ALTER TABLE posts ADD CONSTRAINT posts_visibility_check
    CHECK (visibility IN ('everyone', 'quiet', 'allies', 'followers', 'community', 'mentioned'))
    NOT VALID;
