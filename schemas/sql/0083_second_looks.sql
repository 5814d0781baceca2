-- 0083: members ask stewards to look again at what was done about them
--
-- A new table and a trigger on it; instant. The previous release reads and writes none of this.

CREATE TABLE second_looks (       -- owned by fedinet/moderation; once for each act, answered once
    act_id      bigint      PRIMARY KEY REFERENCES account_acts ON DELETE CASCADE,
    words       text        NOT NULL,             -- plain text, of the member
    asked_at    timestamptz NOT NULL DEFAULT now(),
    outcome     text        CHECK (outcome IN ('kept', 'softened', 'undone')),   -- NULL: not answered yet
    answer      text        NOT NULL DEFAULT '',  -- as the member reads it
    by_actor    bigint,                           -- the steward; NULL: the command line
    by_whom     text        NOT NULL DEFAULT '',  -- as they were called then
    answered_at timestamptz,
    CHECK ((outcome IS NULL) = (answered_at IS NULL))
);
CREATE INDEX second_looks_open ON second_looks (act_id) WHERE answered_at IS NULL;

CREATE FUNCTION refuse_second_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.answered_at IS NOT NULL OR NEW.words <> OLD.words OR NEW.asked_at <> OLD.asked_at THEN
        RAISE EXCEPTION 'what was asked and answered in second_looks stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER second_looks_stay BEFORE UPDATE ON second_looks
    FOR EACH ROW EXECUTE FUNCTION refuse_second_answer();
