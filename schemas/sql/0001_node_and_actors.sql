-- 0001: ids, the node itself, everyone with an inbox and their keys
--
-- First migration: nothing to lock, instant.

CREATE SEQUENCE id_sequence CYCLE MINVALUE 0 MAXVALUE 65535;

-- Milliseconds << 16 | sequence: sorts by time, fits Mastodon's decimal ids. Never in the future.
CREATE FUNCTION new_id(at timestamptz DEFAULT clock_timestamp()) RETURNS bigint
LANGUAGE sql VOLATILE AS $$
    SELECT (floor(extract(epoch FROM greatest(least(at, clock_timestamp()), 'epoch')) * 1000)::bigint << 16)
           | nextval('id_sequence')
$$;

CREATE TABLE node (
    singleton      boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    origin         text        NOT NULL,  -- pinned at first start
    account_domain text        NOT NULL,
    instance_id    uuid        NOT NULL DEFAULT gen_random_uuid(),
    name           text        NOT NULL DEFAULT '',
    purpose        text        NOT NULL DEFAULT '',
    language       text        NOT NULL DEFAULT 'en',
    hue            smallint    NOT NULL DEFAULT 200 CHECK (hue BETWEEN 0 AND 359),
    set_up_at      timestamptz,           -- until then the node is closed
    paused_at      timestamptz,           -- after a restore: nothing in, nothing out
    created_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE node IS 'One row: who this node is. Owned by fedinet/node.';

CREATE TABLE setup_links (
    token_hash bytea       PRIMARY KEY,   -- SHA-256; dies on use or after an hour
    expires_at timestamptz NOT NULL
);

CREATE TABLE actors (
    id                 bigint      PRIMARY KEY DEFAULT new_id(),
    uri                text        NOT NULL UNIQUE,
    origin             text        NOT NULL,
    username           text        NOT NULL,
    domain             text        NOT NULL,  -- after the second @ of the handle
    handle_checked_at  timestamptz,           -- WebFinger bound the handle to this uri
    is_local           boolean     NOT NULL,
    kind               text        NOT NULL
        CHECK (kind IN ('Person', 'Group', 'Organization', 'Service', 'Application')),
    name               text        NOT NULL DEFAULT '',
    summary_html       text        NOT NULL DEFAULT '',
    summary_source     text        NOT NULL DEFAULT '',
    page_url           text        NOT NULL,
    inbox_url          text        NOT NULL,
    shared_inbox_url   text,
    outbox_uri         text,
    followers_uri      text,
    following_uri      text,
    featured_uri       text,
    avatar_url         text,
    header_url         text,
    fields             jsonb       NOT NULL DEFAULT '[]',  -- [{"name", "value"}], value is clean HTML
    approves_followers boolean     NOT NULL DEFAULT true,
    discoverable       boolean     NOT NULL DEFAULT false,
    indexable          boolean     NOT NULL DEFAULT false,
    also_known_as      text[]      NOT NULL DEFAULT '{}',
    moved_to           text,
    joined_at          timestamptz NOT NULL DEFAULT now(),
    revision           integer     NOT NULL DEFAULT 1,
    fetched_at         timestamptz,
    suspended_at       timestamptz,           -- by our stewards
    gone_at            timestamptz            -- deleted by its owner
);
CREATE UNIQUE INDEX actors_local_name ON actors (lower(username)) WHERE is_local;
CREATE INDEX actors_by_handle ON actors (lower(username), domain);
CREATE INDEX actors_by_words ON actors USING gin (to_tsvector('simple'::regconfig, name || ' ' || username));
CREATE INDEX actors_by_origin ON actors (origin, id);
CREATE INDEX actors_hidden ON actors (id) WHERE suspended_at IS NOT NULL OR gone_at IS NOT NULL;
CREATE INDEX actors_suspended ON actors (id) WHERE suspended_at IS NOT NULL;
COMMENT ON TABLE actors IS 'Everyone with an inbox, here or elsewhere. Owned by fedinet/actors.';

CREATE TABLE actor_keys (
    id             text        PRIMARY KEY,   -- key id, e.g. https://…/users/ada#main-key
    actor_id       bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    kind           text        NOT NULL CHECK (kind IN ('rsa', 'ed25519')),
    public_der     bytea       NOT NULL,      -- SubjectPublicKeyInfo
    private_sealed bytea,                     -- ours only: AES-GCM under data/secret.key
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX actor_keys_by_actor ON actor_keys (actor_id, kind);

-- Names are never changed and never given twice.
CREATE TABLE names (
    name     text   PRIMARY KEY CHECK (name = lower(name)),
    actor_id bigint REFERENCES actors ON DELETE SET NULL
);

CREATE TABLE handle_lookups (     -- WebFinger answers, negative ones too
    handle     text        PRIMARY KEY,   -- user@domain, lower case
    actor_uri  text,
    checked_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX handle_lookups_by_age ON handle_lookups (checked_at);
