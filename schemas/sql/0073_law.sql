-- 0073: who answers for the community, versions of its texts, and which of them members accepted
--
-- Adds three tables; instant. The previous release runs on: it reads and writes none of this.

CREATE TABLE house_imprint (      -- at most one row; owned by fedinet/charter
    only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    controller      text    NOT NULL DEFAULT '',   -- who answers for it: a person or an association
    address         text    NOT NULL DEFAULT '',   -- in lines
    email           text    NOT NULL DEFAULT '',
    register_number text    NOT NULL DEFAULT '',   -- of a register of associations or companies
    host            text    NOT NULL DEFAULT '',   -- where the machine stands, and whose it is
    backups         text    NOT NULL DEFAULT '',   -- where backups lie
    authority       text    NOT NULL DEFAULT ''    -- the supervisory authority
);

CREATE TABLE house_versions (     -- owned by fedinet/charter
    kind         text        NOT NULL CHECK (kind IN ('imprint', 'privacy', 'terms', 'rules')),
    number       integer     NOT NULL CHECK (number > 0),
    html         jsonb       NOT NULL,             -- by language, '' for the community's; clean
    in_force_on  date        NOT NULL,
    asks         boolean     NOT NULL DEFAULT false, -- members are asked to accept it
    published_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, number)
);
CREATE INDEX house_versions_that_ask ON house_versions (kind, number) WHERE asks;

CREATE TABLE house_acceptances (  -- owned by fedinet/charter
    account_id bigint      NOT NULL REFERENCES accounts ON DELETE CASCADE,
    kind       text        NOT NULL,
    number     integer     NOT NULL,
    at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, kind, number),
    FOREIGN KEY (kind, number) REFERENCES house_versions
);
CREATE INDEX house_acceptances_by_version ON house_acceptances (kind, number);
