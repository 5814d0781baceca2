-- 0056: members who leave, with days to think again
--
-- Only adds; instant.

CREATE TABLE departures (         -- owned by fedinet/leaving
    actor_id bigint      PRIMARY KEY REFERENCES actors ON DELETE CASCADE,
    asked_at timestamptz NOT NULL DEFAULT now(),
    due_at   timestamptz NOT NULL          -- then the account is closed, and all that is the member's erased
);
COMMENT ON TABLE departures IS 'Owned by fedinet/leaving. A row goes when its member stays, or has gone.';
