-- 0068: the mail server as entered on a page, and whether mail was proven to arrive
--
-- Only adds; instant. The previous release goes on: it knows the server of the settings alone.

CREATE TABLE mail_server (        -- owned by fedinet/mail; at most one row
    is_one          boolean     PRIMARY KEY DEFAULT true CHECK (is_one),
    host            text        NOT NULL CHECK (length(host) BETWEEN 1 AND 253),
    port            integer     NOT NULL CHECK (port BETWEEN 1 AND 65535),
    security        text        NOT NULL CHECK (security IN ('starttls', 'tls', 'none')),
    username        text        CHECK (length(username) <= 254),
    password_sealed bytea,                        -- under secret.key
    mail_from       text        CHECK (length(mail_from) <= 254),
    changed_at      timestamptz NOT NULL DEFAULT now(),
    CHECK ((username IS NULL) = (password_sealed IS NULL))
);

CREATE TABLE mail_proof (         -- owned by fedinet/mail; at most one row
    is_one     boolean     PRIMARY KEY DEFAULT true CHECK (is_one),
    way        text,                              -- the server and sender that the code was sent by
    code_tag   text,                              -- keyed hash of the code; NULL: none is out
    tries      integer     NOT NULL DEFAULT 0,
    expires_at timestamptz,
    proven_way text,                              -- the server and sender by which a code arrived
    proven_at  timestamptz
);
