-- 0097: what became of attempts at each server, by the day; and how far our clock is from others'
--
-- Only adds; instant. The previous release neither reads nor writes these.

CREATE TABLE host_counts (        -- owned by fedinet/outbox: for the page of a server. Kept eight days.
    host      text    NOT NULL,
    day       date    NOT NULL,
    delivered integer NOT NULL,
    postponed integer NOT NULL,
    given_up  integer NOT NULL,
    PRIMARY KEY (host, day)
) WITH (fillfactor = 80);
CREATE INDEX host_counts_by_day ON host_counts (day);   -- to forget by

CREATE TABLE clock_reading (      -- owned by fedinet/health: one row, written each minute by a worker
    is_one  boolean     PRIMARY KEY DEFAULT true CHECK (is_one),
    apart_s integer     NOT NULL,             -- seconds that our clock is ahead of the median of theirs
    servers integer     NOT NULL,             -- how many others that is the median of
    read_at timestamptz NOT NULL
);
