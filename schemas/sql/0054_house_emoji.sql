-- 0054: the community's own emoji
--
-- Only adds; instant. Their names stand in custom_emojis with our own origin, and `url` is
-- the name of the file. The previous release shows them as their :shortcode:.

CREATE TABLE house_emojis (       -- owned by fedinet/emojis
    emoji_id     bigint      PRIMARY KEY REFERENCES custom_emojis ON DELETE CASCADE,
    file         text        NOT NULL UNIQUE,
    media_type   text        NOT NULL,             -- image/gif: it moves, and preview_file does not
    preview_file text        UNIQUE,
    preview_type text,
    category     text        NOT NULL DEFAULT '',
    is_hidden    boolean     NOT NULL DEFAULT false,  -- from pickers
    added_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE house_emojis IS 'Pictures of our own that members write as :shortcode:. Owned by fedinet/emojis.';

CREATE TRIGGER house_emojis_doom_files AFTER DELETE ON house_emojis
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION doom_files();
