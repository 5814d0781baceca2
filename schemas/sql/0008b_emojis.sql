-- 0008b: emoji of other servers, and thanks that come as one
--
-- Only adds; instant. The new columns have constant defaults, so no table is rewritten.

-- Small pictures that other servers write as :shortcode:. What one means depends on the server.
CREATE TABLE custom_emojis (      -- owned by fedinet/emojis
    id         bigint      PRIMARY KEY DEFAULT new_id(),
    origin     text        NOT NULL,               -- of those who write it
    shortcode  text        NOT NULL CHECK (shortcode ~ '^[a-zA-Z0-9_]{2,100}$'),
    url        text        NOT NULL,               -- read through our own copies only
    updated_at timestamptz,                        -- as its server says
    UNIQUE (origin, shortcode)
);

-- Those that occur in a post or in a name: [{"shortcode", "id"}].
ALTER TABLE posts ADD COLUMN emojis jsonb NOT NULL DEFAULT '[]';
ALTER TABLE actors ADD COLUMN emojis jsonb NOT NULL DEFAULT '[]';

CREATE TABLE emoji_reactions (    -- owned by fedinet/reactions
    post_id    bigint      NOT NULL REFERENCES posts ON DELETE CASCADE,
    actor_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    name       text        NOT NULL,               -- an emoji, or :shortcode:
    emoji_id   bigint      REFERENCES custom_emojis ON DELETE SET NULL,
    is_like    boolean     NOT NULL,               -- came as a Like: goes with it, one per person
    uri        text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (post_id, actor_id, name)
);
CREATE INDEX emoji_reactions_by_actor ON emoji_reactions (actor_id);
CREATE INDEX emoji_reactions_by_uri ON emoji_reactions (uri);
CREATE INDEX emoji_reactions_by_emoji ON emoji_reactions (emoji_id) WHERE emoji_id IS NOT NULL;
