-- 0035: conversations that members want to hear no more of
--
-- Only adds; instant. The previous release runs on: it reads none of this.

CREATE TABLE muted_threads (      -- nobody but its owner is ever told
    actor_id bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    root_id  bigint NOT NULL,     -- posts.root_id; the first post may be gone, or never have come
    PRIMARY KEY (actor_id, root_id)
);
COMMENT ON TABLE muted_threads IS 'Owned by fedinet/reactions.';
