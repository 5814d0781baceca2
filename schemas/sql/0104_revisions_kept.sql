-- 0104: when what a post said before was put away: whom a letter names later reads nothing older
--
-- One pass over post_revisions, milliseconds for each thousand; the table is locked meanwhile.
ALTER TABLE post_revisions ADD COLUMN kept_at timestamptz;
UPDATE post_revisions r
   SET kept_at = coalesce(
        (SELECT min(next.written_at) FROM post_revisions next
          WHERE next.post_id = r.post_id AND next.revision > r.revision),
        p.edited_at,
        r.written_at)
  FROM posts p
 WHERE p.id = r.post_id;
ALTER TABLE post_revisions ALTER COLUMN kept_at SET DEFAULT now(), ALTER COLUMN kept_at SET NOT NULL;
