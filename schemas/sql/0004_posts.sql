-- 0004: posts, reactions, timelines, notifications
--
-- Only adds; instant.

CREATE TABLE posts (
    id              bigint      PRIMARY KEY DEFAULT new_id(),
    uri             text        NOT NULL UNIQUE,
    page_url        text        NOT NULL,
    author_id       bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    is_local        boolean     NOT NULL,
    announced       boolean     NOT NULL DEFAULT true,     -- false: we fetched it, its author has not sent it
    visibility      text        NOT NULL
        CHECK (visibility IN ('everyone', 'quiet', 'followers', 'community', 'mentioned')),
    kind            text        NOT NULL DEFAULT 'Note',   -- the ActivityStreams type it came as
    source          text        NOT NULL DEFAULT '',       -- what a member typed; empty for remote
    html            text        NOT NULL,                  -- sanitised
    content_note    text        NOT NULL DEFAULT '',       -- plain text; a warning before the content
    sensitive       boolean     NOT NULL DEFAULT false,
    language        text,
    parent_id       bigint      REFERENCES posts ON DELETE SET NULL,
    parent_uri      text,                                  -- kept where the parent is not here (yet)
    root_id         bigint      NOT NULL,                  -- thread; own id for a first post
    attachments     jsonb       NOT NULL DEFAULT '[]',     -- [{"url", "media_type", "description"}]
    published_at    timestamptz NOT NULL,
    edited_at       timestamptz,
    revision        integer     NOT NULL DEFAULT 1,
    replies_count   integer     NOT NULL DEFAULT 0,
    likes_count     integer     NOT NULL DEFAULT 0,
    boosts_count    integer     NOT NULL DEFAULT 0
);
CREATE INDEX posts_by_author ON posts (author_id, id DESC);
CREATE INDEX posts_public_by_author ON posts (author_id, id DESC)
    WHERE visibility IN ('everyone', 'quiet');
CREATE INDEX posts_by_root ON posts (root_id, id);
CREATE INDEX posts_by_parent ON posts (parent_id, id) WHERE parent_id IS NOT NULL;
CREATE INDEX posts_waiting_for_parent ON posts (parent_uri)
    WHERE parent_id IS NULL AND parent_uri IS NOT NULL;
CREATE INDEX posts_local ON posts (id DESC) WHERE is_local;
CREATE INDEX posts_everyone ON posts (id DESC) WHERE visibility = 'everyone';

-- replies_count: replies that everyone sees, and those with the parent's own audience, so that
-- the number betrays nobody. Statement triggers: deleting an account counts as well.
CREATE FUNCTION count_replies() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE posts parent
       SET replies_count = greatest(0, parent.replies_count
           + CASE TG_OP WHEN 'INSERT' THEN counted.n ELSE -counted.n END)
      FROM (SELECT locked.id, count(*)::integer AS n
              FROM changed
              JOIN (SELECT p.id, p.visibility FROM posts p
                     WHERE p.id IN (SELECT parent_id FROM changed)
                     ORDER BY p.id FOR NO KEY UPDATE) AS locked ON locked.id = changed.parent_id
             WHERE changed.visibility IN ('everyone', 'quiet')
                OR changed.visibility = locked.visibility
             GROUP BY locked.id) AS counted
     WHERE parent.id = counted.id;
    RETURN NULL;
END $$;
CREATE TRIGGER posts_count_new_replies AFTER INSERT ON posts
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_replies();
CREATE TRIGGER posts_count_gone_replies AFTER DELETE ON posts
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_replies();

CREATE TABLE post_revisions (     -- what a post said before an edit
    post_id      bigint      NOT NULL REFERENCES posts ON DELETE CASCADE,
    revision     integer     NOT NULL,
    html         text        NOT NULL,
    source       text        NOT NULL DEFAULT '',
    content_note text        NOT NULL,
    sensitive    boolean     NOT NULL,
    written_at   timestamptz NOT NULL,
    PRIMARY KEY (post_id, revision)
);

CREATE TABLE post_mentions (
    post_id  bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    actor_id bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    PRIMARY KEY (post_id, actor_id)
);
CREATE INDEX post_mentions_by_actor ON post_mentions (actor_id, post_id DESC);

CREATE TABLE post_tags (
    post_id bigint NOT NULL REFERENCES posts ON DELETE CASCADE,
    tag     text   COLLATE "C" NOT NULL,  -- normalised: NFKC, lower case, without #; found by its beginning
    name    text   NOT NULL,      -- as written
    PRIMARY KEY (tag, post_id)
);
CREATE INDEX post_tags_by_post ON post_tags (post_id);

-- What is found by its words: posts of members, of people who agreed to it, and those with which a
-- member has to do. Written after the commit, so that no activity waits for it.
CREATE TABLE post_words (         -- owned by fedinet/search
    post_id bigint   PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    words   tsvector NOT NULL
);
CREATE INDEX post_words_words ON post_words USING gin (words);

CREATE TABLE tombstones (         -- deleted ids never come back
    uri        text        NOT NULL,
    actor_uri  text        NOT NULL,   -- who deleted it; a neighbour's word does not count
    deleted_at timestamptz NOT NULL DEFAULT now()
);
-- Two addresses of 2 KB each are more than an index row holds.
CREATE UNIQUE INDEX tombstones_once ON tombstones (uri, md5(actor_uri));

CREATE TABLE idempotency_keys (
    account_id bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    key        text        NOT NULL,
    post_id    bigint      NOT NULL REFERENCES posts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, key)
);
CREATE INDEX idempotency_keys_by_post ON idempotency_keys (post_id);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE likes (
    id         bigint      NOT NULL DEFAULT new_id(),  -- cursor of lists, newest first
    actor_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    post_id    bigint      NOT NULL REFERENCES posts ON DELETE CASCADE,
    uri        text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (post_id, actor_id)
);
CREATE INDEX likes_by_actor ON likes (actor_id, id DESC);
CREATE INDEX likes_by_post ON likes (post_id, id DESC);
CREATE INDEX likes_by_uri ON likes (uri);

CREATE TABLE boosts (
    id         bigint      PRIMARY KEY DEFAULT new_id(),
    actor_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    post_id    bigint      NOT NULL REFERENCES posts ON DELETE CASCADE,
    uri        text        NOT NULL,
    visibility text        NOT NULL CHECK (visibility IN ('everyone', 'quiet', 'followers')),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (post_id, actor_id)
);
CREATE INDEX boosts_by_actor ON boosts (actor_id, id DESC);
CREATE INDEX boosts_by_post ON boosts (post_id, id DESC);
CREATE INDEX boosts_by_uri ON boosts (uri);

-- likes_count, boosts_count: kept by statement triggers, rows of posts locked in id order.
CREATE FUNCTION count_likes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE posts p
       SET likes_count = greatest(0, p.likes_count
           + CASE TG_OP WHEN 'INSERT' THEN counted.n ELSE -counted.n END)
      FROM (SELECT locked.id, count(*)::integer AS n
              FROM changed
              JOIN (SELECT id FROM posts WHERE id IN (SELECT post_id FROM changed)
                     ORDER BY id FOR NO KEY UPDATE) AS locked ON locked.id = changed.post_id
             GROUP BY locked.id) AS counted
     WHERE p.id = counted.id;
    RETURN NULL;
END $$;
CREATE TRIGGER likes_count_new AFTER INSERT ON likes
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_likes();
CREATE TRIGGER likes_count_gone AFTER DELETE ON likes
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_likes();

CREATE FUNCTION count_boosts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE posts p
       SET boosts_count = greatest(0, p.boosts_count
           + CASE TG_OP WHEN 'INSERT' THEN counted.n ELSE -counted.n END)
      FROM (SELECT locked.id, count(*)::integer AS n
              FROM changed
              JOIN (SELECT id FROM posts WHERE id IN (SELECT post_id FROM changed)
                     ORDER BY id FOR NO KEY UPDATE) AS locked ON locked.id = changed.post_id
             GROUP BY locked.id) AS counted
     WHERE p.id = counted.id;
    RETURN NULL;
END $$;
CREATE TRIGGER boosts_count_new AFTER INSERT ON boosts
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_boosts();
CREATE TRIGGER boosts_count_gone AFTER DELETE ON boosts
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_boosts();

-- Candidates for the home page: every read joins the post and applies the gate again. owner_id and
-- post_id have no foreign keys: checking them costs more than writing the rows (0.29 against 0.13 ms
-- for 20 rows), and a row whose post is gone shows nothing.
CREATE TABLE home (
    owner_id bigint NOT NULL,
    item_id  bigint NOT NULL,                     -- post id, or boost id
    post_id  bigint NOT NULL,
    boost_id bigint REFERENCES boosts ON DELETE CASCADE,
    PRIMARY KEY (owner_id, item_id)
) WITH (fillfactor = 90);
CREATE INDEX home_by_post ON home (post_id);
CREATE INDEX home_by_boost ON home (boost_id) WHERE boost_id IS NOT NULL;

CREATE TABLE notifications (
    id         bigint      PRIMARY KEY DEFAULT new_id(),
    owner_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    kind       text        NOT NULL
        CHECK (kind IN ('mention', 'reply', 'follow', 'follow_request', 'like', 'boost', 'edit')),
    actor_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    post_id    bigint      REFERENCES posts ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    dismissed_at timestamptz,
    UNIQUE NULLS NOT DISTINCT (owner_id, kind, actor_id, post_id)
);
CREATE INDEX notifications_by_owner ON notifications (owner_id, id DESC);
CREATE INDEX notifications_by_post ON notifications (post_id) WHERE post_id IS NOT NULL;
CREATE INDEX notifications_by_actor ON notifications (actor_id, owner_id);

CREATE TABLE markers (            -- how far a member has read; owned by fedinet/notifications
    owner_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    timeline   text        NOT NULL CHECK (timeline IN ('home', 'notifications')),
    last_read  bigint      NOT NULL,
    version    integer     NOT NULL DEFAULT 1,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner_id, timeline)
);
