-- 0072: what members were told by mail, and when to look again
--
-- Only adds; instant. The previous release writes no such mail.

CREATE TABLE letter_plans (        -- owned by fedinet/digests; no row: never looked
    account_id    bigint      PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    due_at        timestamptz NOT NULL,           -- when to look whether the mail of a day is due
    told_day      date,                           -- the last day, in the member's zone, that was told
    at_once_after timestamptz NOT NULL,           -- no mail at once before
    looked_until  timestamptz NOT NULL            -- what is newer nobody looked at for mail at once
);

CREATE TABLE letters_told (        -- owned by fedinet/digests
    account_id    bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    rubric        text        NOT NULL CHECK (rubric IN ('waiting', 'mentions', 'newcomers', 'community')),
    until         timestamptz NOT NULL,           -- what is older was told, or needed no telling
    PRIMARY KEY (account_id, rubric)
);
