-- 0010: whole threads: contexts, looking for answers elsewhere, forwarding
--
-- Only adds; instant (new columns are NULL). The previous release leaves them alone.

-- Address of the collection of the whole conversation (FEP-7888), as the author's server gave it; of
-- an answer of ours, that of what it answers. NULL of a first post of ours: made from its id.
ALTER TABLE posts ADD COLUMN context_uri text;

CREATE TABLE thread_visits (      -- posts whose answers we asked their servers for; owned by fedinet/threads
    post_id   bigint      PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    asked_at  timestamptz NOT NULL,
    is_whole  boolean     NOT NULL DEFAULT false   -- of a first post: nothing was left when the visit ended
) WITH (fillfactor = 90);

-- Activities of others that we pass on, as they came: never back to where they came from.
ALTER TABLE outgoing ADD COLUMN except_host text;

CREATE TABLE forwarded (          -- posts of others that we passed on, and to whose followers
    uri       text        NOT NULL,
    owner_id  bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    actor_id  bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    at        timestamptz NOT NULL DEFAULT now()
);
-- An address of 2 KB is more than an index row holds: its hash.
CREATE UNIQUE INDEX forwarded_once ON forwarded (md5(uri), owner_id);
CREATE INDEX forwarded_by_owner ON forwarded (owner_id);
CREATE INDEX forwarded_by_actor ON forwarded (actor_id);
CREATE INDEX forwarded_by_age ON forwarded (at);
