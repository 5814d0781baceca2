-- 0067b: how often mail to an address came back for a while
--
-- Only adds; instant. The previous release goes on: it counts nothing.

CREATE TABLE mail_strikes (       -- owned by fedinet/mail
    address_tag text        PRIMARY KEY CHECK (address_tag ~ '^[0-9a-f]{32}$'),
    strikes     integer     NOT NULL DEFAULT 1,   -- messages in a row that did not get there
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL
);
CREATE INDEX mail_strikes_last ON mail_strikes (last_at);
CREATE INDEX mail_stops_bounced ON mail_stops (address_tag) WHERE reason = 'bounced';
