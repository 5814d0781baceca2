-- 0066b: how newcomers are welcomed: who said hello, who answers, and what nobody answered
--
-- Only adds; instant. The previous release does not see them.

CREATE TABLE welcomes (           -- owned by fedinet/welcome; a member says hello once
    actor_id    bigint      PRIMARY KEY REFERENCES actors ON DELETE CASCADE,
    post_id     bigint      UNIQUE REFERENCES posts ON DELETE SET NULL, -- NULL: deleted; nobody waits
    made_at     timestamptz NOT NULL,
    answered_at timestamptz,
    late_at     timestamptz                                     -- since then stewards are told
);
CREATE INDEX welcomes_waiting ON welcomes (made_at, actor_id) WHERE answered_at IS NULL AND post_id IS NOT NULL;

CREATE TABLE greeters (           -- owned by fedinet/welcome; members who welcome newcomers
    actor_id bigint      PRIMARY KEY REFERENCES actors ON DELETE CASCADE,
    asked_at timestamptz                                        -- last; NULL: not yet
);
