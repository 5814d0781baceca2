-- 0098b: the same beside a follow, for whom a member follows
--
-- For a page of forty, the directory read everyone whom one follows, to know their order. Now that
-- order is an index. Instant, since that is empty yet; triggers keep it, so that the previous release
-- keeps it too, and 0098c fills it.

ALTER TABLE follows ADD COLUMN stands_under text COLLATE "C";  -- NULL: followed by somebody elsewhere
CREATE INDEX follows_by_name ON follows (follower_id, stands_under, target_id) INCLUDE (state)
 WHERE stands_under IS NOT NULL;

-- Held until the end: whoever renames them meanwhile waits, and then finds this follow, too. Not for
-- one that stands and is renewed: its row may be held already, which a new name waits for.
CREATE FUNCTION name_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM actors WHERE id = NEW.follower_id AND is_local)
       AND NOT EXISTS (SELECT FROM follows f
                        WHERE f.follower_id = NEW.follower_id AND f.target_id = NEW.target_id) THEN
        SELECT stands_under INTO NEW.stands_under FROM actors WHERE id = NEW.target_id FOR SHARE;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER follows_named BEFORE INSERT ON follows
    FOR EACH ROW EXECUTE FUNCTION name_follow();

CREATE FUNCTION rename_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE follows f
       SET stands_under = NEW.stands_under
      FROM actors m
     WHERE f.target_id = NEW.id AND m.id = f.follower_id AND m.is_local;
    RETURN NULL;
END $$;
CREATE TRIGGER actors_rename_follows AFTER UPDATE OF stands_under ON actors FOR EACH ROW
    WHEN (OLD.stands_under <> NEW.stands_under) EXECUTE FUNCTION rename_follows();
