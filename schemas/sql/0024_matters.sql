-- 0024: what waits for the stewards, and that they are told of it
--
-- The new table is instant. Takes ACCESS EXCLUSIVE on notifications while its unique index is
-- made: some seconds for each million. The previous release runs on: it writes no about_id.

CREATE TABLE matters (            -- owned by fedinet/desk
    id          bigint      PRIMARY KEY DEFAULT new_id(),
    kind        text        NOT NULL CHECK (kind ~ '^[a-z_]{1,40}$'),
    subject     text        NOT NULL CHECK (length(subject) <= 500), -- tells matters of a kind apart
    name        text        NOT NULL,             -- what it is about, as people call it
    href        text        NOT NULL,             -- the page where it is answered
    by_actor    bigint      REFERENCES actors ON DELETE SET NULL,   -- who caused it: is not told
    about_actor bigint      REFERENCES actors ON DELETE SET NULL,   -- is not told by whom
    times       integer     NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    last_at     timestamptz NOT NULL DEFAULT now(),
    settled_at  timestamptz
);
CREATE UNIQUE INDEX matters_open ON matters (kind, subject) WHERE settled_at IS NULL;
CREATE INDEX matters_open_newest ON matters (id DESC) WHERE settled_at IS NULL;
CREATE INDEX matters_settled ON matters (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX matters_by_actor ON matters (by_actor) WHERE by_actor IS NOT NULL;
CREATE INDEX matters_about_actor ON matters (about_actor) WHERE about_actor IS NOT NULL;

INSERT INTO matters (kind, subject, name, href, by_actor, about_actor, created_at, last_at)
SELECT 'report', r.id::text, coalesce(nullif(a.name, ''), a.username), '/admin/reports/' || r.id,
       r.reporter_id, r.target_id, r.created_at, r.created_at
  FROM reports r JOIN actors a ON a.id = r.target_id
 WHERE r.resolved_at IS NULL
 ORDER BY r.id;

-- What a notification is about besides a post: a matter, an appeal, follows that were cut; by kind.
ALTER TABLE notifications ADD COLUMN about_id bigint;
ALTER TABLE notifications DROP CONSTRAINT notifications_owner_id_kind_actor_id_post_id_key;
CREATE UNIQUE INDEX notifications_once
    ON notifications (owner_id, kind, actor_id, post_id, about_id) NULLS NOT DISTINCT;
CREATE INDEX notifications_by_about ON notifications (about_id) WHERE about_id IS NOT NULL;
