-- 0091: the name that somebody stands under in the directory, folded once
--
-- The directory folded a thousand names for a page of forty. "actors" is written anew under its
-- lock: a second for each 100,000. "follows_accepted" has a fifth of the size of the table and is
-- read alone, since whom one follows lies all over it. The previous release needs none of this.

ALTER TABLE actors ADD COLUMN stands_under text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
    CASE WHEN octet_length(coalesce(nullif(name, ''), username))
              = length(coalesce(nullif(name, ''), username))
         THEN lower(coalesce(nullif(name, ''), username))
         ELSE regexp_replace(normalize(lower(coalesce(nullif(name, ''), username)), NFKD),
                             '[\u0300-\u036f]', '', 'g')
     END) STORED;

CREATE INDEX actors_by_name ON actors (id) INCLUDE (stands_under)
 WHERE suspended_at IS NULL AND gone_at IS NULL;

CREATE INDEX follows_accepted ON follows (follower_id, target_id) WHERE state = 'accepted';
