-- 0014: federation policy: rules, mode, what we know of servers, the audit
--
-- Only adds; instant. The previous release runs on: it reads none of this.

CREATE TABLE policy (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    mode      text    NOT NULL DEFAULT 'open' CHECK (mode IN ('open', 'cautious', 'allies', 'closed')),
    version   bigint  NOT NULL DEFAULT 1          -- goes up with every change; processes compare it
);
INSERT INTO policy DEFAULT VALUES;
COMMENT ON TABLE policy IS 'One row. Owned by fedinet/policy.';

CREATE TABLE policy_rules (
    id         bigint      PRIMARY KEY DEFAULT new_id(),
    key        text        NOT NULL UNIQUE,       -- how files and pages name it
    document   jsonb       NOT NULL,              -- policy.document.RuleDocument
    domains    text[]      NOT NULL DEFAULT '{}', -- of the document, to be found by
    source     text        NOT NULL,
    state      text        NOT NULL CHECK (state IN ('active', 'draft', 'removed')),
    created_by text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    version    bigint      NOT NULL               -- of the policy, when it last changed
);
CREATE INDEX policy_rules_by_version ON policy_rules (version);
CREATE INDEX policy_rules_by_domain ON policy_rules USING gin (domains) WHERE state <> 'removed';
CREATE INDEX policy_rules_by_source ON policy_rules (source, key) WHERE state <> 'removed';
CREATE INDEX policy_rules_expiring ON policy_rules (expires_at)
    WHERE state = 'active' AND expires_at IS NOT NULL;
COMMENT ON TABLE policy_rules IS 'A removed rule stays as a mark for other processes, and for its key.';

CREATE TABLE policy_audit (       -- append-only; each row holds the hash of the one before
    id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at             timestamptz NOT NULL,
    by_whom        text        NOT NULL,          -- @handle, or where it came from
    action         text        NOT NULL,
    subject        text        NOT NULL,          -- key of a rule, or what else was changed
    domains        text[]      NOT NULL DEFAULT '{}',
    before         jsonb,
    after          jsonb,
    reason         text        NOT NULL DEFAULT '',
    policy_version bigint      NOT NULL,
    previous_hash  bytea       NOT NULL,
    hash           bytea       NOT NULL
);
CREATE INDEX policy_audit_by_subject ON policy_audit (subject, id DESC);
CREATE INDEX policy_audit_by_domain ON policy_audit USING gin (domains);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
CREATE TRIGGER policy_audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON policy_audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE policy_servers (     -- what we know of other servers
    domain        text        PRIMARY KEY,
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    met_at        timestamptz,                    -- somebody here followed, accepted, or wrote to somebody there
    software      text        NOT NULL DEFAULT '',
    version       text        NOT NULL DEFAULT '',
    accounts      integer,                        -- as its NodeInfo says
    asked_at      timestamptz,                    -- when we last looked at its NodeInfo
    note          text        NOT NULL DEFAULT ''  -- for stewards
);
CREATE INDEX policy_servers_newest ON policy_servers (first_seen_at DESC, domain);

CREATE TABLE inbound_held (       -- kept aside by policy until a steward, or time, decides
    id            bigint      PRIMARY KEY,        -- as in the queue and the log
    held_at       timestamptz NOT NULL DEFAULT now(),
    received_at   timestamptz NOT NULL,
    domain        text        NOT NULL,
    lane          smallint    NOT NULL,
    signer_uri    text        NOT NULL,
    actor_uri     text        NOT NULL,
    activity_uri  text,
    activity_type text        NOT NULL,
    object_type   text        NOT NULL,
    object_uri    text,
    reason        text        NOT NULL,           -- a rule's key, or the built-in that held it
    body_sealed   bytea       NOT NULL            -- AES-GCM under data/secret.key; gone after 30 days
);
CREATE INDEX inbound_held_by_domain ON inbound_held (domain, id);
CREATE INDEX inbound_held_by_age ON inbound_held (held_at);
COMMENT ON TABLE inbound_held IS 'Owned by fedinet/inbox.';

ALTER TABLE inbound_queue ADD COLUMN released boolean NOT NULL DEFAULT false;
ALTER TABLE inbound_log DROP CONSTRAINT inbound_log_outcome_check;
ALTER TABLE inbound_log ADD CONSTRAINT inbound_log_outcome_check
    CHECK (outcome IN ('applied', 'dropped', 'held', 'failed'));

CREATE TABLE frozen_follows (     -- kept and inactive while policy freezes a server
    follower_id bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    target_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    origin      text        NOT NULL,             -- of the one elsewhere
    state       text        NOT NULL CHECK (state IN ('pending', 'accepted')),
    uri         text        NOT NULL,
    created_at  timestamptz NOT NULL,
    accepted_at timestamptz,
    frozen_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (follower_id, target_id)
);
CREATE INDEX frozen_follows_by_origin ON frozen_follows (origin);
CREATE INDEX frozen_follows_by_target ON frozen_follows (target_id);
CREATE INDEX frozen_follows_by_age ON frozen_follows (frozen_at);
COMMENT ON TABLE frozen_follows IS 'Owned by fedinet/follows.';
