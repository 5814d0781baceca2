-- 0006b: accounts that moved
--
-- Only adds; instant.

CREATE TABLE moves (
    actor_id   bigint      PRIMARY KEY REFERENCES actors ON DELETE CASCADE,
    target_uri text        NOT NULL,
    moved_at   timestamptz NOT NULL
);
COMMENT ON TABLE moves IS 'The last move of an account, here or elsewhere. Owned by fedinet/moves.';
