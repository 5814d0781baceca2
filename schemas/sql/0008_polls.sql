-- 0008: polls, and the notification that one has ended
--
-- Only adds; instant, but for a short lock of notifications while its check is replaced.

CREATE TABLE polls (              -- a part of a post; owned by fedinet/polls
    post_id      bigint      PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    options      text[]      NOT NULL,              -- as their author wrote them: a vote names one exactly
    counts       bigint[]    NOT NULL,              -- votes of each option
    multiple     boolean     NOT NULL,
    voters       bigint,                            -- NULL: its server does not say
    hides_totals boolean     NOT NULL DEFAULT false,  -- until it ends
    ends_at      timestamptz,                       -- NULL: open until its author closes it
    closed_at    timestamptz,                       -- ours: when everybody was told of the end
    said_at      timestamptz,                       -- date of the last Update with counts
    looked_at    timestamptz,                       -- when the counts of a remote poll were last asked for
    CHECK (cardinality(options) = cardinality(counts))
);

-- Who voted for what. Nobody is shown these rows: they count, and keep one from voting twice.
CREATE TABLE poll_votes (
    post_id    bigint      NOT NULL REFERENCES polls ON DELETE CASCADE,
    actor_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    choice     smallint    NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (post_id, actor_id, choice)
);
CREATE INDEX poll_votes_by_actor ON poll_votes (actor_id);

-- The kinds are those of fedinet/notifications/model.py; a list here would have to be replaced for
-- every new one.
ALTER TABLE notifications DROP CONSTRAINT notifications_kind_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_kind_check
    CHECK (kind ~ '^[a-z_]{1,40}$') NOT VALID;
