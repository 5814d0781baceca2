-- 0085: small counts by day, for the stewards' charts
--
-- Only adds; instant. The previous release neither reads nor writes it.

CREATE TABLE daily_counts (       -- owned by fedinet/health: how many, never who. Kept 400 days.
    what   text   NOT NULL CHECK (what IN ('inbound', 'storage', 'active')),
    day    date   NOT NULL,                   -- of 'active': the Monday of its week
    kind   text   NOT NULL DEFAULT '',
    number bigint NOT NULL,
    PRIMARY KEY (what, day, kind)
);

CREATE TABLE delivery_counts (    -- owned by fedinet/outbox: what became of attempts. Kept 400 days.
    day     date   NOT NULL,
    outcome text   NOT NULL CHECK (outcome IN ('delivered', 'postponed', 'given_up')),
    number  bigint NOT NULL,
    PRIMARY KEY (day, outcome)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
