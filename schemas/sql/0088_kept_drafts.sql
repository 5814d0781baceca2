-- 0088: what a member is writing, kept for a day
--
-- A new table: instant. The foreign key takes SHARE ROW EXCLUSIVE on accounts for a moment. The
-- previous release runs on: it reads none of this.

CREATE TABLE kept_drafts (
    id         bigint      PRIMARY KEY DEFAULT new_id(),
    account_id bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    of_post    bigint,                               -- deleted to be written again; never looked up
    kept       jsonb       NOT NULL,                 -- posts.kept_store.Kept
    kept_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX kept_drafts_of ON kept_drafts (account_id, id DESC);
CREATE UNIQUE INDEX kept_drafts_by_post ON kept_drafts (account_id, of_post)
    WHERE of_post IS NOT NULL;
CREATE INDEX kept_drafts_by_age ON kept_drafts (kept_at);
COMMENT ON TABLE kept_drafts IS 'Owned by fedinet/posts.';
