-- 0061: counting what new posts answer, and whose they are, costs nothing for posts that need none
--
-- Replaces two trigger functions by ones that do the same; takes no lock on posts. The previous
-- release runs on.

CREATE OR REPLACE FUNCTION count_replies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM changed WHERE parent_id IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    UPDATE posts parent
       SET replies_count = greatest(0, parent.replies_count
           + CASE TG_OP WHEN 'INSERT' THEN counted.n ELSE -counted.n END)
      FROM (SELECT locked.id, count(*)::integer AS n
              FROM changed
              JOIN (SELECT p.id, p.visibility FROM posts p
                     WHERE p.id IN (SELECT parent_id FROM changed)
                     ORDER BY p.id FOR NO KEY UPDATE) AS locked ON locked.id = changed.parent_id
             WHERE changed.visibility IN ('everyone', 'quiet')
                OR changed.visibility = locked.visibility
             GROUP BY locked.id) AS counted
     WHERE parent.id = counted.id;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION count_stored_posts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM changed WHERE NOT is_local) THEN
        RETURN NULL;
    END IF;
    INSERT INTO stored_posts AS kept (author_id, posts, with_files)
    SELECT author_id, count(*), count(*) FILTER (WHERE attachments <> '[]')
      FROM changed
     WHERE NOT is_local
     GROUP BY author_id
     ORDER BY author_id
        ON CONFLICT (author_id) DO UPDATE
       SET posts = kept.posts + excluded.posts,
           with_files = kept.with_files + excluded.with_files;
    RETURN NULL;
END $$;
