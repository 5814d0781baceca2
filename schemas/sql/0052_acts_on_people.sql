-- 0052: what stewards do about people: frozen and limited, and the record of it
--
-- Two nullable columns, a partial index that is empty at first and a new table; instant, but for
-- short locks of accounts and actors. The previous release neither reads nor writes them.

ALTER TABLE accounts ADD COLUMN frozen_at timestamptz;   -- may sign in and read, and write nothing
ALTER TABLE actors ADD COLUMN limited_at timestamptz;    -- only followers meet them; ours and others'
CREATE INDEX actors_limited ON actors (id) WHERE limited_at IS NOT NULL;

CREATE TABLE account_acts (       -- owned by fedinet/moderation; append-only
    id        bigint      PRIMARY KEY DEFAULT new_id(),
    target_id bigint      NOT NULL REFERENCES actors,
    act       text        NOT NULL CHECK (act ~ '^[a-z_]{1,40}$'),
    detail    text        NOT NULL DEFAULT '',    -- of a role: which one
    reason    text        NOT NULL DEFAULT '',    -- as the person reads it
    by_actor  bigint,                             -- the steward; NULL: the command line
    by_whom   text        NOT NULL,               -- as they were called then
    report_id bigint      REFERENCES reports,     -- what it answers
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX account_acts_of_target ON account_acts (target_id, id DESC);
CREATE INDEX account_acts_of_report ON account_acts (report_id, id DESC) WHERE report_id IS NOT NULL;
CREATE TRIGGER account_acts_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON account_acts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
