-- 0018: how much of their rates rules have let through; what looks like a flood; alerts for stewards
--
-- Only adds; instant. The previous release runs on: it reads none of this.

CREATE TABLE policy_rates (       -- one row for each rule with a rate and whom it counts
    rule_id   bigint      NOT NULL,
    subject   text        NOT NULL,               -- an actor, a server, a domain; empty: all together
    starts_at timestamptz NOT NULL,               -- of the period that `current` is about
    current   integer     NOT NULL,
    previous  integer     NOT NULL DEFAULT 0,
    forget_at timestamptz NOT NULL,               -- two periods after the start: nothing is counted then
    PRIMARY KEY (rule_id, subject)
) WITH (fillfactor = 70);
CREATE INDEX policy_rates_by_age ON policy_rates (forget_at);

CREATE TABLE policy_sightings (   -- what the detectors count, for two hours
    kind    text        NOT NULL,
    subject text        NOT NULL,                 -- a domain; empty: all together
    bucket  timestamptz NOT NULL,                 -- ten minutes
    source  text        NOT NULL,                 -- the server or domain that was seen
    count   integer     NOT NULL,
    PRIMARY KEY (kind, subject, bucket, source)
) WITH (fillfactor = 70);
CREATE INDEX policy_sightings_by_age ON policy_sightings (bucket);

CREATE TABLE policy_alerts (
    id        bigint      PRIMARY KEY DEFAULT new_id(),
    kind      text        NOT NULL,
    subject   text        NOT NULL,               -- a domain; empty: everybody is concerned
    raised_at timestamptz NOT NULL,
    seen_at   timestamptz NOT NULL,               -- when it was last so
    ended_at  timestamptz,                        -- an hour after that, or when a steward says so
    ended_by  text        NOT NULL DEFAULT '',
    count     integer     NOT NULL,               -- the most in an hour
    sources   integer     NOT NULL,               -- from how many servers
    examples  text[]      NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX policy_alerts_open ON policy_alerts (kind, subject) WHERE ended_at IS NULL;
CREATE INDEX policy_alerts_by_subject ON policy_alerts (kind, subject, raised_at DESC);
COMMENT ON TABLE policy_alerts IS 'Owned by fedinet/policy. Told to stewards; nothing is decided by them alone.';
