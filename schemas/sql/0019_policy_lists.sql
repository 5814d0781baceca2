-- 0019: lists of servers that a node subscribes to, and what stands in them
--
-- Only adds; instant. The previous release runs on: it reads none of this.

CREATE TABLE policy_lists (
    name           text        PRIMARY KEY,
    document       jsonb       NOT NULL,          -- policy.list_document.ListDocument
    created_by     text        NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    version        bigint      NOT NULL,          -- of the policy, when the subscription last changed
    due_at         timestamptz NOT NULL DEFAULT now(), -- when it is read next
    asked_at       timestamptz,                   -- when we last tried
    read_at        timestamptz,                   -- when it last answered as it should, changed or not
    changed_at     timestamptz,                   -- when its entries last changed
    etag           text        NOT NULL DEFAULT '',
    last_modified  text        NOT NULL DEFAULT '',
    format         text        NOT NULL DEFAULT '', -- in which it was found
    entries        integer     NOT NULL DEFAULT 0,
    unread         integer     NOT NULL DEFAULT 0, -- lines that name no server we could act on
    error          text        NOT NULL DEFAULT '', -- an English sentence, to be translated; empty: all is well
    error_values   jsonb       NOT NULL DEFAULT '{}',
    jump           jsonb                          -- it changed too much at once, and waits for a steward
);
CREATE INDEX policy_lists_due ON policy_lists (due_at);
COMMENT ON TABLE policy_lists IS 'Owned by fedinet/policy.';

CREATE TABLE policy_list_entries (
    list           text        NOT NULL REFERENCES policy_lists ON DELETE CASCADE,
    domain         text        NOT NULL,
    severity       smallint    NOT NULL,          -- 0 noop, 1 silence, 2 suspend
    reject_media   boolean     NOT NULL DEFAULT false,
    reject_reports boolean     NOT NULL DEFAULT false,
    comment        text        NOT NULL DEFAULT '',
    obfuscate      boolean     NOT NULL DEFAULT false,
    labels         text[]      NOT NULL DEFAULT '{}',
    since          timestamptz NOT NULL DEFAULT now(),
    declined_at    timestamptz,                   -- a steward does not want this list's rule
    PRIMARY KEY (list, domain)
);
CREATE INDEX policy_list_entries_by_domain ON policy_list_entries (domain);

CREATE TABLE policy_lists_together (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    document  jsonb   NOT NULL DEFAULT '{}'       -- policy.list_document.ListsDocument
);
INSERT INTO policy_lists_together DEFAULT VALUES;
COMMENT ON TABLE policy_lists_together IS 'One row: what holds for all lists.';
