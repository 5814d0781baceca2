-- 0070: what was erased is noted, so that a restored backup does not bring it back
--
-- Takes SHARE ROW EXCLUSIVE on posts, media, accounts and access_tokens for a moment. The previous
-- release runs on: rows wait in the table until this one writes them to the journal.

CREATE TABLE erasures (           -- owned by fedinet/backups
    id   bigint      PRIMARY KEY DEFAULT new_id(),
    kind text        NOT NULL CHECK (kind IN ('account', 'post', 'file', 'address', 'token')),
    key  text        NOT NULL,                   -- a number or the name of a file, never a word of anybody's
    at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE erasures IS 'Owned by fedinet/backups. Waits for seconds to be written to the journal beside the database.';

-- Whoever deletes, and by whatever foreign key: no door can be forgotten.
CREATE FUNCTION note_erased_posts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO erasures (kind, key) SELECT 'post', gone.id::text FROM gone;
    IF FOUND THEN PERFORM pg_notify('fedinet_erasures', ''); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER posts_note_erased AFTER DELETE ON posts
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_erased_posts();

CREATE FUNCTION note_erased_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO erasures (kind, key) SELECT 'file', gone.file FROM gone;
    IF FOUND THEN PERFORM pg_notify('fedinet_erasures', ''); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER media_note_erased AFTER DELETE ON media
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_erased_files();

CREATE FUNCTION note_erased_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO erasures (kind, key) SELECT 'account', gone.actor_id::text FROM gone;
    IF FOUND THEN PERFORM pg_notify('fedinet_erasures', ''); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_note_erased AFTER DELETE ON accounts
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_erased_accounts();

CREATE FUNCTION note_forgotten_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO erasures (kind, key)
    VALUES ('address', OLD.actor_id::text || ':' || encode(sha256(convert_to(lower(OLD.email), 'UTF8')), 'hex'));
    PERFORM pg_notify('fedinet_erasures', '');
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_note_address AFTER UPDATE OF email ON accounts FOR EACH ROW
    WHEN (OLD.email IS NOT NULL AND lower(OLD.email) IS DISTINCT FROM lower(NEW.email))
    EXECUTE FUNCTION note_forgotten_address();

CREATE FUNCTION note_revoked_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO erasures (kind, key) VALUES ('token', NEW.id::text);
    PERFORM pg_notify('fedinet_erasures', '');
    RETURN NULL;
END $$;
CREATE TRIGGER access_tokens_note_revoked AFTER UPDATE OF revoked_at ON access_tokens FOR EACH ROW
    WHEN (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL)
    EXECUTE FUNCTION note_revoked_token();
