-- 0003: who follows, blocks and mutes whom; who belongs to an audience
--
-- Only adds; instant.

CREATE TABLE follows (
    follower_id bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    target_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    state       text        NOT NULL CHECK (state IN ('pending', 'accepted')),
    id          bigint      NOT NULL DEFAULT new_id(),  -- cursor of lists, newest first
    uri         text        NOT NULL,             -- id of the Follow, '' if it had none; some servers reuse it
    created_at  timestamptz NOT NULL DEFAULT now(),
    accepted_at timestamptz,
    PRIMARY KEY (follower_id, target_id),
    CHECK (follower_id <> target_id)
);
CREATE INDEX follows_by_target ON follows (target_id, state, follower_id);
CREATE INDEX follows_by_uri ON follows (uri);
CREATE INDEX follows_to_newest ON follows (target_id, id DESC);
CREATE INDEX follows_from_newest ON follows (follower_id, id DESC);

CREATE TABLE blocks (
    actor_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    target_id  bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    id         bigint      NOT NULL DEFAULT new_id(),  -- cursor of lists, newest first
    uri        text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor_id, target_id),
    CHECK (actor_id <> target_id)
);
CREATE INDEX blocks_by_target ON blocks (target_id, actor_id);
CREATE INDEX blocks_newest ON blocks (actor_id, id DESC);

CREATE TABLE mutes (
    actor_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    target_id  bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    id         bigint      NOT NULL DEFAULT new_id(),  -- cursor of lists, newest first
    until      timestamptz,                       -- NULL: until lifted
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor_id, target_id),
    CHECK (actor_id <> target_id)
);
CREATE INDEX mutes_newest ON mutes (actor_id, id DESC);

-- Undos that came before what they undo: it is dropped once when it arrives. Kept for six hours.
CREATE TABLE early_undos (
    actor_id  bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    uri       text        NOT NULL,               -- id of the activity that was undone
    undone_at timestamptz NOT NULL,
    PRIMARY KEY (actor_id, uri)
);
CREATE INDEX early_undos_by_age ON early_undos (undone_at);
COMMENT ON TABLE early_undos IS 'Owned by fedinet/inbox/undo_store.py.';

-- Snapshots: whom a post named when it was published. The audience of a post has the post's id.
CREATE TABLE audience_members (
    audience_id bigint      NOT NULL,
    actor_id    bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    since       timestamptz NOT NULL DEFAULT now(),
    until       timestamptz,
    PRIMARY KEY (audience_id, actor_id)
);
CREATE INDEX audience_members_by_actor ON audience_members (actor_id, audience_id DESC);
COMMENT ON TABLE audience_members IS 'Facts of the one gate. Owned by fedinet/audiences.';
