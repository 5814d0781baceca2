-- 0007: files of members, and kept copies of what posts elsewhere show
--
-- Only adds; instant. The foreign keys take SHARE ROW EXCLUSIVE on actors and posts for a moment.

-- Pictures, films and sounds that were uploaded here. Files lie in the media store by name.
CREATE TABLE media (
    id             bigint      PRIMARY KEY DEFAULT new_id(),
    key            text        NOT NULL UNIQUE,      -- 144 random bits: what stands in addresses
    owner_id       bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    purpose        text        NOT NULL CHECK (purpose IN ('attachment', 'avatar', 'header')),
    post_id        bigint      REFERENCES posts ON DELETE CASCADE,   -- NULL: not published yet
    file           text        NOT NULL UNIQUE,
    media_type     text        NOT NULL,
    bytes          bigint      NOT NULL,             -- both files together
    width          integer     NOT NULL DEFAULT 0,   -- 0: unknown, or a sound
    height         integer     NOT NULL DEFAULT 0,
    duration_ms    integer     NOT NULL DEFAULT 0,
    preview_file   text        UNIQUE,               -- NULL: the file is small enough, or no picture
    preview_type   text,
    preview_width  integer     NOT NULL DEFAULT 0,
    preview_height integer     NOT NULL DEFAULT 0,
    blurhash       text        NOT NULL DEFAULT '',
    focus_x        real        NOT NULL DEFAULT 0 CHECK (focus_x BETWEEN -1 AND 1),
    focus_y        real        NOT NULL DEFAULT 0 CHECK (focus_y BETWEEN -1 AND 1),
    description    text        NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX media_by_post ON media (post_id) WHERE post_id IS NOT NULL;
CREATE INDEX media_by_owner ON media (owner_id, id DESC);
CREATE INDEX media_unused ON media (created_at) WHERE post_id IS NULL AND purpose = 'attachment';
COMMENT ON TABLE media IS 'Files of members. Owned by fedinet/media.';

-- Copies of files of other servers, fetched when somebody who may see them looked.
CREATE TABLE remote_media (
    hash           bytea       PRIMARY KEY,          -- SHA-256 of purpose and URL
    state          text        NOT NULL CHECK (state IN ('fetching', 'here', 'refused')),
    until          timestamptz NOT NULL,             -- fetching: claim ends; refused: ask again from
    attempts       integer     NOT NULL DEFAULT 1,
    file           text        UNIQUE,
    media_type     text,
    preview_file   text        UNIQUE,
    preview_type   text,
    bytes          bigint      NOT NULL DEFAULT 0,
    used_at        timestamptz NOT NULL DEFAULT now(),
    CHECK (state <> 'here' OR (file IS NOT NULL AND media_type IS NOT NULL))
);
CREATE INDEX remote_media_by_use ON remote_media (used_at);
COMMENT ON TABLE remote_media IS 'A cache that may be emptied at any time. Owned by fedinet/media.';

-- Files that no row names (any more): written before the first byte is stored, and when a row goes.
CREATE TABLE doomed_files (
    file   text        PRIMARY KEY,
    due_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX doomed_files_due ON doomed_files (due_at);
COMMENT ON TABLE doomed_files IS 'What the media store must delete. Owned by fedinet/media.';

-- However a row goes (a post, an account, the cache): its files follow.
CREATE FUNCTION doom_files() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO doomed_files (file)
    SELECT gone.file FROM gone WHERE gone.file IS NOT NULL
     UNION
    SELECT gone.preview_file FROM gone WHERE gone.preview_file IS NOT NULL
        ON CONFLICT (file) DO UPDATE SET due_at = least(doomed_files.due_at, excluded.due_at);
    RETURN NULL;
END $$;
CREATE TRIGGER media_doom_files AFTER DELETE ON media
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION doom_files();
CREATE TRIGGER remote_media_doom_files AFTER DELETE ON remote_media
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION doom_files();
