-- 0098c: the names of whom members follow already
--
-- Locks these rows and no table, a second for each 20,000; whoever is renamed meanwhile waits, or is
-- in the way: run it again then.

UPDATE follows f
   SET stands_under = t.stands_under
  FROM actors t, actors m
 WHERE t.id = f.target_id AND m.id = f.follower_id AND m.is_local AND f.stands_under IS NULL;
