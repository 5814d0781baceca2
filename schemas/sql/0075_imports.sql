-- 0075: what members bring along from another server, as CSV files: line by line, as far as it is
--
-- Only adds; instant. The previous release runs on: it reads none of this.

CREATE TABLE imports (            -- owned by fedinet/transfers
    id         bigint      PRIMARY KEY DEFAULT new_id(),
    actor_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    kind       text        NOT NULL CHECK (kind IN ('follows', 'lists', 'blocks', 'mutes', 'servers', 'bookmarks')),
    state      text        NOT NULL CHECK (state IN ('ready', 'working', 'stopped', 'done')),
    overwrite  boolean     NOT NULL DEFAULT false, -- what the file does not name is taken away at the end
    run        integer     NOT NULL DEFAULT 0,     -- counts how often it was begun: work of an older one ends
    created_at timestamptz NOT NULL,
    ended_at   timestamptz
);
CREATE INDEX imports_by_actor ON imports (actor_id, id DESC);
COMMENT ON TABLE imports IS 'Owned by fedinet/transfers.';

CREATE TABLE import_rows (
    import_id bigint      NOT NULL REFERENCES imports ON DELETE CASCADE,
    line      integer     NOT NULL,               -- of the file, from 1
    raw       text        NOT NULL,               -- as it was written, as one line of CSV
    target    text        NOT NULL,               -- a handle, a server's name or an address, in its one spelling
    server    text        NOT NULL,               -- who has to be asked; one question a second
    title     text        NOT NULL,               -- of a list
    boosts    boolean     NOT NULL,
    notify    boolean     NOT NULL,
    languages text        NOT NULL,               -- with commas
    state     text        NOT NULL CHECK (state IN ('new', 'asking', 'done', 'failed')),
    reason    text,                               -- why it failed, as a stable word
    target_id bigint,                             -- the actor or post it meant, where it is done
    tries     smallint    NOT NULL DEFAULT 0,
    due_at    timestamptz NOT NULL,
    PRIMARY KEY (import_id, line)
);
CREATE INDEX import_rows_new ON import_rows (import_id, line) WHERE state = 'new';
CREATE INDEX import_rows_asking ON import_rows (import_id, server, line) WHERE state = 'asking';
CREATE INDEX import_rows_failed ON import_rows (import_id, line) WHERE state = 'failed';
COMMENT ON TABLE import_rows IS 'Owned by fedinet/transfers.';
