-- 0009: who quotes whom, by whose leave; who may quote a post
--
-- Safe on a running server: only adds, besides the list of kinds of notifications, which is
-- checked again (a scan of that table). Everything else is instant.

ALTER TABLE accounts ADD COLUMN quote_policy text NOT NULL DEFAULT 'followers'
    CHECK (quote_policy IN ('everyone', 'followers', 'nobody'));

ALTER TABLE posts ADD COLUMN quote_policy text     -- NULL: its author has not said
    CHECK (quote_policy IN ('everyone', 'followers', 'asked', 'nobody'));

-- One row for each post that quotes another, where either of them is here.
CREATE TABLE quotes (             -- owned by fedinet/posts
    id          bigint      PRIMARY KEY DEFAULT new_id(),  -- cursor; the number of a stamp of ours
    quoting_uri text        NOT NULL UNIQUE,
    post_id     bigint      UNIQUE REFERENCES posts ON DELETE CASCADE,  -- NULL: it is not here
    quoter_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    quoted_uri  text        NOT NULL,
    quoted_id   bigint      REFERENCES posts ON DELETE SET NULL,        -- NULL: not here (any more)
    state       text        NOT NULL
        CHECK (state IN ('pending', 'accepted', 'rejected', 'revoked', 'unauthorised')),
    stamp_uri   text,                              -- the QuoteAuthorization, claimed or checked
    request_uri text,                              -- the QuoteRequest that we sent
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX quotes_of ON quotes (quoted_id, id DESC) WHERE quoted_id IS NOT NULL;
CREATE INDEX quotes_by_quoter ON quotes (quoter_id);
CREATE INDEX quotes_by_request ON quotes (request_uri) WHERE request_uri IS NOT NULL;
CREATE INDEX quotes_by_stamp ON quotes (stamp_uri) WHERE stamp_uri IS NOT NULL;

ALTER TABLE notifications DROP CONSTRAINT IF EXISTS notifications_kind_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_kind_check
    CHECK (kind IN ('mention', 'reply', 'follow', 'follow_request', 'like', 'boost', 'edit', 'poll',
                    'reaction', 'move', 'quote'));
