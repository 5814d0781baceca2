-- 0067: addresses that are not written to any more
--
-- Only adds; instant. The previous release goes on: it reads what was withheld or came back as refused.

ALTER TABLE mails ADD COLUMN address_tag text CHECK (address_tag ~ '^[0-9a-f]{32}$');
ALTER TABLE mails ADD COLUMN refusal text CHECK (refusal IN ('bounced', 'withheld'));
COMMENT ON COLUMN mails.address_tag IS
    'Which address it went to, as a keyed hash: stays when recipient is forgotten, so that a bounce finds its address.';
COMMENT ON COLUMN mails.refusal IS
    'NULL: outcome says all. Else why it is refused: it came back later, or we do not write to this address.';
CREATE INDEX mails_by_address ON mails (address_tag, ended_at);

CREATE TABLE mail_stops (         -- owned by fedinet/mail
    address_tag text        NOT NULL CHECK (address_tag ~ '^[0-9a-f]{32}$'),   -- keyed hash: no address is kept
    topic       text        NOT NULL CHECK (topic ~ '^[a-z_]{0,40}$'),         -- '': all but security
    reason      text        NOT NULL CHECK (reason IN ('asked', 'bounced')),
    said        text        NOT NULL DEFAULT '' CHECK (length(said) <= 400),   -- by the server that refused
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (address_tag, topic)
);
