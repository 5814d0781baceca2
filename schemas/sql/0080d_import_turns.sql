-- 0080d: imports: when each may next ask a server, so that together they ask it once a second
--
-- Only adds; instant. The previous release paces each import by itself.

CREATE TABLE import_turns (
    server    text        NOT NULL,
    import_id bigint      NOT NULL REFERENCES imports ON DELETE CASCADE,
    ask_at    timestamptz NOT NULL,
    PRIMARY KEY (server, import_id)
);
CREATE INDEX import_turns_by_import ON import_turns (import_id);
COMMENT ON TABLE import_turns IS 'Owned by fedinet/transfers. No two imports have the same second of a server.';
