-- 0079c: what was done about somebody goes when all of theirs is erased
--
-- The row of a member could not be deleted while the record of acts referred to it, and so nothing
-- that hangs on it. Short locks of account_acts, actors and reports. The previous release runs on.

ALTER TABLE account_acts
    DROP CONSTRAINT account_acts_target_id_fkey,
    ADD CONSTRAINT account_acts_target_id_fkey FOREIGN KEY (target_id) REFERENCES actors ON DELETE CASCADE;

CREATE FUNCTION refuse_to_lose_acts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR EXISTS (SELECT FROM actors WHERE id = OLD.target_id) THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
    END IF;
    RETURN OLD;
END $$;

DROP TRIGGER account_acts_stay ON account_acts;
CREATE TRIGGER account_acts_stay BEFORE UPDATE OR DELETE ON account_acts
    FOR EACH ROW EXECUTE FUNCTION refuse_to_lose_acts();
CREATE TRIGGER account_acts_stay_whole BEFORE TRUNCATE ON account_acts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
