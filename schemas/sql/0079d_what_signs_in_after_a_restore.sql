-- 0079d: a restored backup lets nobody in by what was changed or taken away since it was made
--
-- Takes SHARE ROW EXCLUSIVE on accounts, totp, passkeys and recovery_codes, and ACCESS EXCLUSIVE on
-- erasures (nearly empty), for a moment. The previous release runs on: rows wait in the table for
-- this one.

ALTER TABLE erasures DROP CONSTRAINT erasures_kind_check;
ALTER TABLE erasures ADD CONSTRAINT erasures_kind_check CHECK (
    kind IN ('account', 'post', 'file', 'address', 'token', 'request', 'stop', 'unstop',
             'credentials', 'passkey', 'code'));

-- Never the password or its hash: only whose it was, and when. A hash of the same password, made
-- with other parameters, is no change: who writes it says so.
CREATE FUNCTION note_changed_password() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO erasures (kind, key) VALUES ('credentials', NEW.actor_id::text);
    PERFORM pg_notify('fedinet_erasures', '');
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_note_password AFTER UPDATE OF password_hash ON accounts FOR EACH ROW
    WHEN (OLD.password_hash IS DISTINCT FROM NEW.password_hash
          AND current_setting('fedinet.same_password', true) IS DISTINCT FROM 'on')
    EXECUTE FUNCTION note_changed_password();

-- The second step was turned on, or off. Of an account that is deleted nothing needs to be noted.
CREATE FUNCTION note_changed_totp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO erasures (kind, key)
    SELECT 'credentials', a.actor_id::text FROM accounts a WHERE a.id = coalesce(NEW.account_id, OLD.account_id);
    PERFORM pg_notify('fedinet_erasures', '');
    RETURN NULL;
END $$;
CREATE TRIGGER totp_note_on AFTER UPDATE OF confirmed_at ON totp FOR EACH ROW
    WHEN (OLD.confirmed_at IS NULL AND NEW.confirmed_at IS NOT NULL)
    EXECUTE FUNCTION note_changed_totp();
CREATE TRIGGER totp_note_off AFTER DELETE ON totp FOR EACH ROW
    WHEN (OLD.confirmed_at IS NOT NULL)
    EXECUTE FUNCTION note_changed_totp();

CREATE FUNCTION note_removed_passkeys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO erasures (kind, key) SELECT 'passkey', gone.id::text FROM gone;
    IF FOUND THEN PERFORM pg_notify('fedinet_erasures', ''); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER passkeys_note_removed AFTER DELETE ON passkeys
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_removed_passkeys();

-- The tag is a keyed hash already.
CREATE FUNCTION note_used_codes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO erasures (kind, key) SELECT 'code', gone.tag FROM gone;
    IF FOUND THEN PERFORM pg_notify('fedinet_erasures', ''); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER recovery_codes_note_used AFTER DELETE ON recovery_codes
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_used_codes();
