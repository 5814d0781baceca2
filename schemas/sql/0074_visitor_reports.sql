-- 0074: reports by visitors, who come back by a link of their own
--
-- Adds a table; instant. The previous release runs on: to it these are reports by somebody who left.

CREATE TABLE visitor_reports (    -- owned by fedinet/moderation
    report_id bigint PRIMARY KEY REFERENCES reports ON DELETE CASCADE,
    key_hash  bytea  NOT NULL UNIQUE,             -- SHA-256 of what stands in their link
    name      text   NOT NULL DEFAULT '',         -- as they gave it; gone with the answer
    email     text   NOT NULL DEFAULT '',         -- gone with the answer
    language  text   NOT NULL,
    answer    text   NOT NULL DEFAULT ''          -- what stewards say to them
);
