-- 0027: what members would rather not read
--
-- Only adds; instant. The previous release runs on: it reads none of this.

CREATE TABLE filters (
    id         bigint      PRIMARY KEY DEFAULT new_id(),
    owner_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    title      text        NOT NULL,
    contexts   text[]      NOT NULL,
    action     text        NOT NULL CHECK (action IN ('warn', 'hide', 'blur')),
    expires_at timestamptz                      -- then it is inert, and stays to be renewed
);
CREATE INDEX filters_by_owner ON filters (owner_id, id);
COMMENT ON TABLE filters IS 'Owned by fedinet/filters.';

CREATE TABLE filter_keywords (
    id         bigint  PRIMARY KEY DEFAULT new_id(),
    filter_id  bigint  NOT NULL REFERENCES filters ON DELETE CASCADE,
    keyword    text    NOT NULL,
    whole_word boolean NOT NULL
);
CREATE INDEX filter_keywords_by_filter ON filter_keywords (filter_id, id);
COMMENT ON TABLE filter_keywords IS 'Owned by fedinet/filters.';

CREATE TABLE filter_posts (       -- single posts
    id        bigint NOT NULL UNIQUE DEFAULT new_id(),
    filter_id bigint NOT NULL REFERENCES filters ON DELETE CASCADE,
    post_id   bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    PRIMARY KEY (filter_id, post_id)
);
CREATE INDEX filter_posts_by_post ON filter_posts (post_id);
COMMENT ON TABLE filter_posts IS 'Owned by fedinet/filters.';
