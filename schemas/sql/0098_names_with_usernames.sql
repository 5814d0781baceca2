-- 0098: what people stand under in a directory, and are looked for by
--
-- The folded name, in 200 characters, since an index bears no more of the longest, and in a line of
-- its own the username. "actors" is written anew under its lock, a second for each 100,000; with the
-- column of before goes "actors_by_name".

ALTER TABLE actors DROP COLUMN stands_under;
ALTER TABLE actors ADD COLUMN stands_under text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
    left(CASE WHEN octet_length(coalesce(nullif(name, ''), username))
                   = length(coalesce(nullif(name, ''), username))
              THEN lower(coalesce(nullif(name, ''), username))
              ELSE regexp_replace(normalize(lower(coalesce(nullif(name, ''), username)), NFKD),
                                  '[\u0300-\u036f]', '', 'g')
          END, 200) || E'\n' || lower(username)) STORED;
CREATE INDEX actors_members_by_name ON actors (stands_under, id)
 WHERE is_local AND suspended_at IS NULL AND gone_at IS NULL;
