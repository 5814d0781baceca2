-- 0043: posts that members write now and publish later
--
-- A new table, and a column without a default for media: instant. The foreign key takes SHARE ROW EXCLUSIVE
-- on actors for a moment. The previous release runs on: it reads none of this.

CREATE TABLE scheduled_posts (
    id              bigint      PRIMARY KEY DEFAULT new_id(),
    actor_id        bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    due_at          timestamptz NOT NULL,
    draft           jsonb       NOT NULL,            -- posts.model.Draft
    app_id          bigint,                          -- the app it came by; only told, never looked up
    idempotency_key text,
    problem         text,                            -- why it was not published; NULL: it still will be
    problem_values  jsonb       NOT NULL DEFAULT '{}'
);
CREATE INDEX scheduled_posts_of ON scheduled_posts (actor_id, id DESC);
CREATE UNIQUE INDEX scheduled_posts_by_key ON scheduled_posts (actor_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
COMMENT ON TABLE scheduled_posts IS 'Owned by fedinet/scheduled.';

ALTER TABLE media ADD COLUMN scheduled_id bigint REFERENCES scheduled_posts ON DELETE SET NULL;
CREATE INDEX media_by_scheduled ON media (scheduled_id) WHERE scheduled_id IS NOT NULL;
COMMENT ON COLUMN media.scheduled_id IS 'Promised to a post that will be published: kept until then.';
