-- 0009c: reports to the stewards, by members and by other servers
--
-- Only adds; instant.

CREATE TABLE reports (            -- owned by fedinet/moderation
    id          bigint      PRIMARY KEY DEFAULT new_id(),
    reporter_id bigint      REFERENCES actors ON DELETE SET NULL,  -- a member; elsewhere mostly a server
    target_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    uri         text        NOT NULL DEFAULT '',   -- of the Flag that came, or that we sent
    category    text        NOT NULL DEFAULT 'other' CHECK (category IN ('other', 'spam', 'legal', 'violation')),
    comment     text        NOT NULL DEFAULT '',   -- plain text
    unknown     text[]      NOT NULL DEFAULT '{}', -- addresses it names that are nothing of ours
    forwarded   boolean     NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    resolved_by bigint      REFERENCES actors ON DELETE SET NULL,
    note        text        NOT NULL DEFAULT ''    -- of the steward who resolved it
);
CREATE INDEX reports_open ON reports (id DESC) WHERE resolved_at IS NULL;
CREATE INDEX reports_of_target ON reports (target_id, id DESC);
CREATE INDEX reports_by_reporter ON reports (reporter_id, id DESC);

CREATE TABLE report_posts (       -- owned by fedinet/moderation
    report_id bigint NOT NULL REFERENCES reports ON DELETE CASCADE,
    post_id   bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    PRIMARY KEY (report_id, post_id)
);
CREATE INDEX report_posts_by_post ON report_posts (post_id);
