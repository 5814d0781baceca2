-- 0020b: the first posts of others to everyone and to allies, newest first
--
-- An index; the build takes seconds for a million posts, and holds back writes to posts meanwhile.

CREATE INDEX posts_begun_elsewhere ON posts (id DESC)
    WHERE NOT is_local AND parent_uri IS NULL AND visibility IN ('everyone', 'allies');
