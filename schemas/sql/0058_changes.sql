-- What has changed, by transaction, so that an answer that is kept can be asked whether it still holds.
-- `about` is the number of a post, an actor, or an owner; 0 is everything. A row is visible exactly when
-- the change is: whoever kept an answer with the snapshot it was read under finds every later one.
-- Rows are taken out a minute later (fedinet/db/changes.py). The tables not named here are in
-- tests/integration/test_ready_answers.py, each with the reason.

CREATE TABLE changes (            -- owned by fedinet/db
    about bigint NOT NULL,
    at    xid8   NOT NULL DEFAULT pg_current_xact_id()
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, vacuum_truncate = off);
CREATE INDEX changes_by_transaction ON changes (at);

DO $make$
DECLARE
    watched record;
    noted   text;
BEGIN
    FOR watched IN
        SELECT * FROM (VALUES
            ('home',             'SELECT DISTINCT owner_id FROM touched'),
            ('quotes',           'SELECT id FROM (SELECT post_id FROM touched UNION SELECT quoted_id FROM touched) AS two (id)'
                                 ' WHERE id IS NOT NULL'),
            ('polls',            'SELECT DISTINCT post_id FROM touched'),
            ('poll_votes',       'SELECT DISTINCT post_id FROM touched'),
            ('post_cards',       'SELECT DISTINCT post_id FROM touched'),
            ('cards',            'SELECT DISTINCT post_cards.post_id FROM touched JOIN post_cards ON post_cards.card_id = touched.id'),
            ('likes',            'SELECT DISTINCT post_id FROM touched'),
            ('boosts',           'SELECT DISTINCT post_id FROM touched'),
            ('bookmarks',        'SELECT DISTINCT post_id FROM touched'),
            ('pins',             'SELECT DISTINCT post_id FROM touched'),
            ('audience_members', 'SELECT audience_id FROM touched UNION SELECT actor_id FROM touched'),
            ('muted_threads',    'SELECT DISTINCT actor_id FROM touched'),
            ('mutes',            'SELECT DISTINCT actor_id FROM touched'),
            ('blocks',           'SELECT actor_id FROM touched UNION SELECT target_id FROM touched'),
            ('domain_blocks',    'SELECT DISTINCT actor_id FROM touched'),
            ('follows',          'SELECT DISTINCT follower_id FROM touched'),
            ('lists',            'SELECT DISTINCT owner_id FROM touched'),
            ('list_members',     'SELECT DISTINCT lists.owner_id FROM touched JOIN lists ON lists.id = touched.list_id'),
            ('filters',          'SELECT DISTINCT owner_id FROM touched'),
            ('filter_keywords',  'SELECT DISTINCT filters.owner_id FROM touched JOIN filters ON filters.id = touched.filter_id'),
            ('filter_posts',     'SELECT DISTINCT filters.owner_id FROM touched JOIN filters ON filters.id = touched.filter_id'),
            ('accounts',         'SELECT DISTINCT actor_id FROM touched'),
            ('allies',           'SELECT 0 FROM touched LIMIT 1'),
            ('node',             'SELECT 0 FROM touched LIMIT 1')
        ) AS named (name, said)
    LOOP
        noted := 'note_change_of_' || watched.name;
        EXECUTE format(
            'CREATE FUNCTION %I() RETURNS trigger LANGUAGE plpgsql AS '
            '$note$ BEGIN INSERT INTO changes (about) %s; RETURN NULL; END $note$', noted, watched.said);
        EXECUTE format(
            'CREATE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS touched '
            'FOR EACH STATEMENT EXECUTE FUNCTION %I()', watched.name || '_note_new', watched.name, noted);
        EXECUTE format(
            'CREATE TRIGGER %I AFTER UPDATE ON %I REFERENCING NEW TABLE AS touched '
            'FOR EACH STATEMENT EXECUTE FUNCTION %I()', watched.name || '_note_changed', watched.name, noted);
        EXECUTE format(
            'CREATE TRIGGER %I AFTER DELETE ON %I REFERENCING OLD TABLE AS touched '
            'FOR EACH STATEMENT EXECUTE FUNCTION %I()', watched.name || '_note_gone', watched.name, noted);
    END LOOP;
END $make$;

-- A new post or actor stands in no answer yet: what names one of them says so in a row of its own.
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (about) SELECT id FROM touched;
    RETURN NULL;
END $$;
CREATE TRIGGER posts_note_changed AFTER UPDATE ON posts REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION note_change();
CREATE TRIGGER posts_note_gone AFTER DELETE ON posts REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION note_change();

-- Whose posts were hidden stands in no answer either; when they are shown again, any may be short of them.
CREATE FUNCTION note_change_of_actors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes (about)
    SELECT id FROM touched
     UNION
    SELECT 0
      FROM touched JOIN before USING (id)
     WHERE (touched.suspended_at, touched.gone_at, touched.limited_at)
           IS DISTINCT FROM (before.suspended_at, before.gone_at, before.limited_at);
    RETURN NULL;
END $$;
CREATE TRIGGER actors_note_changed AFTER UPDATE ON actors
    REFERENCING NEW TABLE AS touched OLD TABLE AS before
    FOR EACH STATEMENT EXECUTE FUNCTION note_change_of_actors();
CREATE TRIGGER actors_note_gone AFTER DELETE ON actors REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION note_change();
