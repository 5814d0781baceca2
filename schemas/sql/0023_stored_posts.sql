-- 0023: how many posts of each author elsewhere are stored, kept as they come and go
--
-- A preview of the policy that touches every server would else count millions of posts. Takes SHARE
-- on posts while they are counted once: about half a second for each million. The previous release
-- runs on: the triggers count for it too.

CREATE TABLE stored_posts (
    author_id  bigint  PRIMARY KEY REFERENCES actors ON DELETE CASCADE,
    posts      integer NOT NULL,
    with_files integer NOT NULL
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
COMMENT ON TABLE stored_posts IS 'Authors elsewhere only. Owned by fedinet/posts, which counts again every day.';

LOCK TABLE posts IN SHARE MODE;
INSERT INTO stored_posts (author_id, posts, with_files)
SELECT author_id, count(*), count(*) FILTER (WHERE attachments <> '[]')
  FROM posts
 WHERE NOT is_local
 GROUP BY author_id;

-- Statement triggers, authors in order: batches of two workers cannot deadlock.
CREATE FUNCTION count_stored_posts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
CREATE TRIGGER posts_count_stored AFTER INSERT ON posts
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_stored_posts();

-- An UPDATE, not the same the other way round: of an account that goes, the row may be gone before.
CREATE FUNCTION count_gone_posts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stored_posts kept
       SET posts = greatest(0, kept.posts - gone.posts),
           with_files = greatest(0, kept.with_files - gone.with_files)
      FROM (SELECT locked.author_id, count(*)::integer AS posts,
                   (count(*) FILTER (WHERE attachments <> '[]'))::integer AS with_files
              FROM changed
              JOIN (SELECT author_id FROM stored_posts
                     WHERE author_id IN (SELECT author_id FROM changed WHERE NOT is_local)
                     ORDER BY author_id FOR NO KEY UPDATE) AS locked USING (author_id)
             GROUP BY locked.author_id) AS gone
     WHERE kept.author_id = gone.author_id;
    RETURN NULL;
END $$;
CREATE TRIGGER posts_count_gone AFTER DELETE ON posts
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_gone_posts();

CREATE FUNCTION count_posts_with_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE stored_posts
       SET with_files = greatest(0, with_files + CASE NEW.attachments WHEN '[]' THEN -1 ELSE 1 END)
     WHERE author_id = NEW.author_id;
    RETURN NULL;
END $$;
CREATE TRIGGER posts_count_files AFTER UPDATE OF attachments ON posts
    FOR EACH ROW WHEN (NOT NEW.is_local AND (OLD.attachments = '[]') <> (NEW.attachments = '[]'))
    EXECUTE FUNCTION count_posts_with_files();
