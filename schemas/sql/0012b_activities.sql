-- 0012b: ActivityPub, client to server: what was done, and whom it reached
--
-- New tables, and a nullable column of posts (no rewrite). Safe on a running server: catalogue locks
-- only, instant. The previous release writes neither; it serves posts made by ActivityPub clients
-- without the properties that only `given` holds.

-- Envelopes of activities: of our members' clients as they were posted, of others references only.
-- Objects stand in their own tables, behind the gate. Owned by fedinet/inbox/activities_store.py.
CREATE TABLE activities (
    id         bigint  PRIMARY KEY DEFAULT new_id(),
    uri        text    UNIQUE,                -- NULL: transient
    actor_id   bigint  NOT NULL REFERENCES actors ON DELETE CASCADE,
    is_local   boolean NOT NULL,
    kind       text    NOT NULL,
    object_uri text,
    is_public  boolean NOT NULL,
    envelope   jsonb   NOT NULL,              -- never with bto or bcc
    CHECK (uri IS NOT NULL OR NOT is_local)
);
CREATE INDEX activities_by_actor ON activities (actor_id, id DESC);
CREATE INDEX activities_public ON activities (id DESC) WHERE is_public;
CREATE INDEX activities_received ON activities (id) WHERE NOT is_local;

-- One row per member and activity. No foreign key to activities: what is gone shows nothing.
CREATE TABLE inbox_items (
    owner_id    bigint NOT NULL,
    activity_id bigint NOT NULL,
    PRIMARY KEY (owner_id, activity_id)
) WITH (fillfactor = 90);
CREATE INDEX inbox_items_by_activity ON inbox_items (activity_id);

-- What the author's own client said of an object: all its properties, cleaned. NULL: written on a page.
ALTER TABLE posts ADD COLUMN given jsonb;

-- Members of collections that members made with their clients. Owned by fedinet/posts.
CREATE TABLE collection_items (
    id            bigint NOT NULL DEFAULT new_id(),   -- newest first
    collection_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    uri           text   NOT NULL,
    PRIMARY KEY (collection_id, uri)
);
CREATE INDEX collection_items_newest ON collection_items (collection_id, id DESC);
