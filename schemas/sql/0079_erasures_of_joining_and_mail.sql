-- 0079: withdrawn requests to join, and "do not write to me", survive a restored backup too
--
-- Takes SHARE ROW EXCLUSIVE on join_requests and mail_stops, and ACCESS EXCLUSIVE on erasures (nearly
-- empty), for a moment. The previous release runs on: rows wait in the table for this one.

ALTER TABLE erasures DROP CONSTRAINT erasures_kind_check;
ALTER TABLE erasures ADD CONSTRAINT erasures_kind_check CHECK (
    kind IN ('account', 'post', 'file', 'address', 'token', 'request', 'stop', 'unstop'));

CREATE FUNCTION note_erased_requests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO erasures (kind, key) SELECT 'request', gone.id::text FROM gone;
    IF FOUND THEN PERFORM pg_notify('fedinet_erasures', ''); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER join_requests_note_erased AFTER DELETE ON join_requests
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_erased_requests();

-- The tag is a keyed hash already. Both are noted: of one address and topic the last counts.
CREATE FUNCTION note_mail_stop() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO erasures (kind, key)
        VALUES ('stop', NEW.address_tag || ':' || NEW.topic || ':' || NEW.reason);
    ELSE
        INSERT INTO erasures (kind, key) VALUES ('unstop', OLD.address_tag || ':' || OLD.topic);
    END IF;
    PERFORM pg_notify('fedinet_erasures', '');
    RETURN NULL;
END $$;
CREATE TRIGGER mail_stops_note AFTER INSERT OR DELETE ON mail_stops
    FOR EACH ROW EXECUTE FUNCTION note_mail_stop();
