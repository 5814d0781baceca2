-- 0009d: posts and hashtags that people show first
--
-- Adds tables, and names the collection of each member (one row each): instant.

CREATE TABLE pins (               -- owned by fedinet/pins
    actor_id bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    post_id  bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    id       bigint NOT NULL DEFAULT new_id(),   -- the newest first
    PRIMARY KEY (actor_id, post_id)
);
CREATE INDEX pins_by_actor ON pins (actor_id, id DESC);
CREATE INDEX pins_by_post ON pins (post_id);

CREATE TABLE featured_tags (      -- owned by fedinet/pins
    actor_id bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    tag      text   NOT NULL,     -- normalised
    name     text   NOT NULL,     -- as written
    id       bigint NOT NULL DEFAULT new_id(),
    PRIMARY KEY (actor_id, tag)
);
CREATE INDEX featured_tags_by_actor ON featured_tags (actor_id, id);

CREATE TABLE featured_looks (     -- when the collection of somebody elsewhere was read last
    actor_id  bigint      PRIMARY KEY REFERENCES actors ON DELETE CASCADE,
    looked_at timestamptz NOT NULL
);
COMMENT ON TABLE featured_looks IS 'Owned by fedinet/pins.';

UPDATE actors SET featured_uri = uri || '/collections/featured'
 WHERE is_local AND kind <> 'Application' AND featured_uri IS NULL;
