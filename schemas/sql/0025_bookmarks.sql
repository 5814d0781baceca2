-- 0025: posts that members save for themselves
--
-- Only adds; instant. The previous release runs on: it reads none of this.

CREATE TABLE bookmarks (          -- nobody but its owner is ever told
    actor_id bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    post_id  bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    id       bigint NOT NULL DEFAULT new_id(),   -- cursor of lists, newest first
    PRIMARY KEY (actor_id, post_id)
);
CREATE INDEX bookmarks_newest ON bookmarks (actor_id, id DESC);
CREATE INDEX bookmarks_by_post ON bookmarks (post_id);
COMMENT ON TABLE bookmarks IS 'Owned by fedinet/reactions.';
