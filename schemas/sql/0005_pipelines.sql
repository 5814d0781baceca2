-- 0005: work that must survive a crash: signals and jobs, inbound, outbound
--
-- Only adds; instant.

CREATE TABLE jobs (               -- our own work; remote input never lands here
    id         bigint      PRIMARY KEY DEFAULT new_id(),
    kind       text        NOT NULL,
    payload    jsonb       NOT NULL,
    unique_key text,                              -- at most one unfinished job per key
    due_at     timestamptz NOT NULL DEFAULT now(),
    attempts   smallint    NOT NULL DEFAULT 0,
    last_error text,
    failed_at  timestamptz                        -- dead letter: given up
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);
CREATE INDEX jobs_due ON jobs (due_at, id) WHERE failed_at IS NULL;
CREATE UNIQUE INDEX jobs_unique ON jobs (kind, unique_key) WHERE failed_at IS NULL AND unique_key IS NOT NULL;

CREATE TABLE signals (            -- facts of a committed transaction, for the effects
    id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind  text   NOT NULL,
    body  jsonb  NOT NULL,
    attempts smallint NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT now(),
    last_error text,
    failed_at timestamptz
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);
CREATE INDEX signals_due ON signals (due_at, id) WHERE failed_at IS NULL;

-- inbound -----------------------------------------------------------------------------

CREATE TABLE inbound_seen (       -- not partitioned: a unique key across days; pruned after 7 days
    origin  text        NOT NULL,                 -- of the verified signer
    id_hash bytea       NOT NULL,                 -- SHA-256 of the activity id, or of the body without one
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (origin, id_hash)
);
CREATE INDEX inbound_seen_by_age ON inbound_seen (seen_at);

CREATE TABLE inbound_queue (      -- verified, acknowledged, not finished
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- order of arrival
    lane          smallint    NOT NULL,           -- hash of signer and actor: order within a line
    received_at   timestamptz NOT NULL DEFAULT now(),
    due_at        timestamptz NOT NULL DEFAULT now(),
    attempts      smallint    NOT NULL DEFAULT 0,
    signer_uri    text        NOT NULL,
    actor_uri     text        NOT NULL,
    activity_uri  text,
    activity_type text        NOT NULL,
    body          bytea       NOT NULL,
    last_error    text
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);
CREATE INDEX inbound_queue_by_lane ON inbound_queue (lane, id);
-- Two addresses of 2 KB each are more than an index row holds: their hash.
CREATE INDEX inbound_queue_tried
    ON inbound_queue (hashtextextended(signer_uri || ' ' || actor_uri, 0), id) WHERE attempts > 0;

CREATE TABLE inbound_log (        -- one row per finished activity: facts, no bodies
    id            bigint      NOT NULL,
    received_at   timestamptz NOT NULL,
    finished_at   timestamptz NOT NULL DEFAULT now(),
    signer_uri    text        NOT NULL,
    actor_uri     text        NOT NULL,
    activity_uri  text,
    activity_type text        NOT NULL,
    object_type   text        NOT NULL,
    object_uri    text,
    outcome       text        NOT NULL CHECK (outcome IN ('applied', 'dropped', 'failed')),
    reason        text        NOT NULL DEFAULT '',
    size_bytes    integer     NOT NULL,
    PRIMARY KEY (received_at, id)
) PARTITION BY RANGE (received_at);
CREATE TABLE inbound_log_default PARTITION OF inbound_log DEFAULT;
CREATE INDEX inbound_log_by_actor ON inbound_log (actor_uri, received_at DESC);

-- Make the partitions of today and the days ahead, drop those older than the days kept. Rows that
-- went to the default partition meanwhile move to their day. Returns how many tables changed.
CREATE FUNCTION tend_inbound_log(today date, days_ahead integer, days_kept integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    day     date;
    part    text;
    changed integer := 0;
BEGIN
    FOR day IN SELECT generate_series(today, today + days_ahead, interval '1 day')::date LOOP
        part := 'inbound_log_' || to_char(day, 'YYYYMMDD');
        IF to_regclass(part) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE inbound_log INCLUDING ALL)', part);
            EXECUTE format('WITH moved AS (DELETE FROM inbound_log_default
                             WHERE received_at >= %L AND received_at < %L RETURNING *)
                            INSERT INTO %I SELECT * FROM moved',
                           day::timestamptz, (day + 1)::timestamptz, part);
            EXECUTE format('ALTER TABLE inbound_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                           part, day::timestamptz, (day + 1)::timestamptz);
            changed := changed + 1;
        END IF;
    END LOOP;
    FOR part IN
        SELECT child.relname FROM pg_inherits link
          JOIN pg_class child ON child.oid = link.inhrelid
         WHERE link.inhparent = 'inbound_log'::regclass
           AND child.relname ~ '^inbound_log_[0-9]{8}$'
           AND to_date(right(child.relname, 8), 'YYYYMMDD') < today - days_kept
    LOOP
        EXECUTE format('DROP TABLE %I', part);
        changed := changed + 1;
    END LOOP;
    DELETE FROM inbound_log_default WHERE received_at < (today - days_kept)::timestamptz;
    RETURN changed;
END $$;

CREATE TABLE inbound_refusals (   -- counted at the door, by day: never one row per request
    day    date    NOT NULL DEFAULT current_date,
    host   text    NOT NULL,
    reason text    NOT NULL,
    count  integer NOT NULL DEFAULT 1,
    PRIMARY KEY (day, host, reason)
);

-- outbound ----------------------------------------------------------------------------

CREATE TABLE outgoing (           -- written with the command's rows; the worker fans it out
    id           bigint      PRIMARY KEY DEFAULT new_id(),
    sender_id    bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    activity_uri text,
    body         bytea       NOT NULL,
    digest       text        NOT NULL,            -- base64 SHA-256 of body
    followers    boolean     NOT NULL,            -- to the sender's followers
    recipients   bigint[]    NOT NULL,            -- and to these actors
    inboxes      text[]      NOT NULL DEFAULT '{}',  -- and to these inboxes (peers whose rows are gone)
    direct       boolean     NOT NULL DEFAULT false, -- personal inboxes, never shared ones
    created_at   timestamptz NOT NULL DEFAULT now(),
    fanned_out_at timestamptz
);
CREATE INDEX outgoing_waiting ON outgoing (id) WHERE fanned_out_at IS NULL;
CREATE INDEX outgoing_by_age ON outgoing (created_at);
CREATE INDEX outgoing_by_uri ON outgoing (activity_uri) WHERE activity_uri IS NOT NULL;

CREATE TABLE outbound_hosts (
    host          text        PRIMARY KEY,        -- a Domain, with :port where unusual
    due_at        timestamptz,                    -- NULL: nothing to do; while leased: when the lease ends
    leased_at     timestamptz,                    -- names the lease: only who holds it may renew or end it
    leased_until  timestamptz,
    woken         boolean     NOT NULL DEFAULT false, -- more was written for it while it was leased
    failures      integer     NOT NULL DEFAULT 0, -- in a row
    failing_since timestamptz,
    last_error    text,
    last_success_at timestamptz,
    signature     text        NOT NULL DEFAULT 'cavage' CHECK (signature IN ('cavage', 'rfc9421')),
    dead_at       timestamptz                     -- given up until it shows itself
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200);
-- Failing hosts are claimed apart, a few at a time: they cannot crowd out the healthy ones.
CREATE INDEX outbound_hosts_due ON outbound_hosts (due_at)
    WHERE due_at IS NOT NULL AND dead_at IS NULL AND failures = 0;
CREATE INDEX outbound_hosts_failing_due ON outbound_hosts (due_at)
    WHERE due_at IS NOT NULL AND dead_at IS NULL AND failures > 0;

CREATE TABLE deliveries (         -- one outgoing activity for one inbox
    host        text        NOT NULL,
    outgoing_id bigint      NOT NULL REFERENCES outgoing ON DELETE CASCADE,
    inbox_url   text        NOT NULL,
    sender_id   bigint      NOT NULL,             -- order is kept per sender and inbox
    attempts    smallint    NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL,             -- then it becomes a dead letter
    last_error  text,
    PRIMARY KEY (host, outgoing_id, inbox_url)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX deliveries_by_outgoing ON deliveries (outgoing_id);
CREATE INDEX deliveries_tried ON deliveries (host, inbox_url, sender_id, outgoing_id)
    WHERE attempts > 0;

CREATE TABLE dead_letters (
    id          bigint      PRIMARY KEY DEFAULT new_id(),
    host        text        NOT NULL,
    inbox_url   text        NOT NULL,
    outgoing_id bigint      NOT NULL REFERENCES outgoing ON DELETE CASCADE,
    sender_id   bigint      NOT NULL,
    attempts    smallint    NOT NULL,
    reason      text        NOT NULL,             -- a stable word, e.g. expired, gone, refused
    last_error  text,                             -- what the other server said last
    buried_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (outgoing_id, inbox_url)
);
CREATE INDEX dead_letters_by_host ON dead_letters (host, id);
