-- 0071: what reaches a member, by which way, and when
--
-- Only adds; instant. The previous release goes on: it rings at once, and sends no overviews.

CREATE TABLE rhythms (             -- owned by fedinet/digests; no row: the defaults
    account_id     bigint      PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    time_zone      text        NOT NULL DEFAULT '' CHECK (length(time_zone) <= 64),  -- '': the house's
    quiet_from     smallint    CHECK (quiet_from BETWEEN 0 AND 1439),     -- minutes after midnight
    quiet_until    smallint    CHECK (quiet_until BETWEEN 0 AND 1439),
    hour           smallint    NOT NULL DEFAULT 8 CHECK (hour BETWEEN 0 AND 23),
    weekday        smallint    NOT NULL DEFAULT 1 CHECK (weekday BETWEEN 1 AND 7),  -- 1: Monday
    mail_waiting   text        NOT NULL CHECK (mail_waiting IN ('at_once', 'daily', 'weekly', 'never')),
    mail_mentions  text        NOT NULL CHECK (mail_mentions IN ('at_once', 'daily', 'weekly', 'never')),
    mail_newcomers text        NOT NULL CHECK (mail_newcomers IN ('at_once', 'daily', 'weekly', 'never')),
    mail_community text        NOT NULL CHECK (mail_community IN ('at_once', 'daily', 'weekly', 'never')),
    push_waiting   boolean     NOT NULL,
    push_mentions  boolean     NOT NULL,
    updated_at     timestamptz NOT NULL DEFAULT now(),
    CHECK ((quiet_from IS NULL) = (quiet_until IS NULL)),
    CHECK (quiet_from <> quiet_until)
);
