-- 0022: what rules may ask for, and what stewards write about servers
--
-- Only adds; the columns are instant. policy_servers and policy_rules are small: their indexes too.
-- The previous release runs on: it fills none of this.

ALTER TABLE policy_servers
    ADD COLUMN met_why     text     NOT NULL DEFAULT ''  -- members, steward or time; '' before this migration
        CHECK (met_why IN ('', 'members', 'steward', 'time')),
    ADD COLUMN heard_at    timestamptz,                  -- when it last spoke to us, to the day
    ADD COLUMN ask_at      timestamptz,                  -- when its NodeInfo is looked at next; NULL: never heard of it
    ADD COLUMN owner       text     NOT NULL DEFAULT '', -- its registrable domain, once it was asked
    ADD COLUMN failures    smallint NOT NULL DEFAULT 0,  -- of asking, in a row
    ADD COLUMN last_error  text     NOT NULL DEFAULT '';
CREATE INDEX policy_servers_to_ask ON policy_servers (ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX policy_servers_of_owner ON policy_servers (owner, asked_at) WHERE owner <> '';
CREATE INDEX policy_servers_unmet ON policy_servers (first_seen_at, domain) WHERE met_at IS NULL;
COMMENT ON COLUMN policy_servers.note IS 'Never written: policy_notes holds them.';

CREATE TABLE policy_notes (       -- what stewards write about a server, with or without a rule about it
    id     bigint      PRIMARY KEY DEFAULT new_id(),
    domain text        NOT NULL,
    author text        NOT NULL,  -- @handle, or "command line"
    text   text        NOT NULL
);
CREATE INDEX policy_notes_by_domain ON policy_notes (domain, id DESC);
COMMENT ON TABLE policy_notes IS 'Owned by fedinet/policy.';

ALTER TABLE policy_rules ADD COLUMN review_at timestamptz;  -- when a steward wants to look at it again
CREATE INDEX policy_rules_to_review ON policy_rules (review_at)
    WHERE state <> 'removed' AND review_at IS NOT NULL;

ALTER TABLE actors ADD COLUMN followers_count integer;      -- where its own document says it
ALTER TABLE inbound_queue ADD COLUMN signature text NOT NULL DEFAULT '';  -- how the request was signed
