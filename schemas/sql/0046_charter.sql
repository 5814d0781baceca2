-- 0046: what a community says of itself, and which of its rules a report names
--
-- Adds two tables and a column with a constant default; instant. The previous release runs on:
-- it reads and writes none of this.

CREATE TABLE house_rules (        -- owned by fedinet/charter
    id           bigint      PRIMARY KEY DEFAULT new_id(),
    position     integer     NOT NULL,                -- lowest first
    text         text        NOT NULL,                -- plain, in the community's language
    hint         text        NOT NULL DEFAULT '',
    translations jsonb       NOT NULL DEFAULT '{}',   -- {"nl": {"text": "…", "hint": "…"}}
    removed_at   timestamptz                          -- kept for reports that name it
);
CREATE INDEX house_rules_in_force ON house_rules (position, id) WHERE removed_at IS NULL;

CREATE TABLE house_texts (        -- owned by fedinet/charter
    kind         text        NOT NULL CHECK (kind IN ('description', 'privacy', 'terms')),
    effective_on date        NOT NULL,                -- in force from this day on
    source       text        NOT NULL,                -- Markdown; empty: taken back
    html         text        NOT NULL,                -- clean
    written_at   timestamptz NOT NULL DEFAULT now(),
    written_by   bigint      REFERENCES accounts ON DELETE SET NULL,
    PRIMARY KEY (kind, effective_on)
);

ALTER TABLE reports ADD COLUMN rule_ids bigint[] NOT NULL DEFAULT '{}';
