-- 0079e: who asked to leave, or stayed after all, is not asked again by a restored backup
--
-- Takes SHARE ROW EXCLUSIVE on departures, and ACCESS EXCLUSIVE on erasures (nearly empty), for a
-- moment. The previous release runs on: rows wait in the table for this one.

ALTER TABLE erasures DROP CONSTRAINT erasures_kind_check;
ALTER TABLE erasures ADD CONSTRAINT erasures_kind_check CHECK (
    kind IN ('account', 'post', 'file', 'address', 'token', 'request', 'stop', 'unstop',
             'credentials', 'passkey', 'code', 'leave', 'stay'));

-- Both are noted: of one member the last counts.
CREATE FUNCTION note_departure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO erasures (kind, key) VALUES ('leave', NEW.actor_id::text);
    ELSE
        INSERT INTO erasures (kind, key) VALUES ('stay', OLD.actor_id::text);
    END IF;
    PERFORM pg_notify('fedinet_erasures', '');
    RETURN NULL;
END $$;
CREATE TRIGGER departures_note AFTER INSERT OR DELETE ON departures
    FOR EACH ROW EXECUTE FUNCTION note_departure();
