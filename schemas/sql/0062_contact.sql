-- 0062: whom to write to about the community
--
-- Adds a table; instant. The previous release runs on: it reads and writes none of this.

CREATE TABLE house_contact (      -- at most one row; owned by fedinet/charter
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    email      text    NOT NULL DEFAULT '',                       -- everybody can read it; '' for none
    account_id bigint  REFERENCES accounts ON DELETE SET NULL     -- shown while they have a role
);
