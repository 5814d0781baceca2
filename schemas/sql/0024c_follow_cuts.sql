-- 0024c: members are told when a rule puts their follows aside, ends them, or lets them hold again
--
-- Only adds; instant. The previous release runs on: it tells nobody.

CREATE TABLE follow_cuts (        -- owned by fedinet/follows
    id        bigint      PRIMARY KEY DEFAULT new_id(),
    owner_id  bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,  -- one of ours
    origin    text        NOT NULL,               -- of those elsewhere
    word      text        NOT NULL CHECK (word IN ('aside', 'back', 'lost')),
    followers integer     NOT NULL,               -- theirs, of the owner
    following integer     NOT NULL,               -- the owner's, there
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX follow_cuts_by_owner ON follow_cuts (owner_id, id DESC);
CREATE INDEX follow_cuts_by_age ON follow_cuts (at);

CREATE TABLE follow_cut_people (  -- owned by fedinet/follows: kept by name, to be looked up elsewhere
    cut_id      bigint  NOT NULL REFERENCES follow_cuts ON DELETE CASCADE,
    is_follower boolean NOT NULL,
    handle      text    NOT NULL,
    PRIMARY KEY (cut_id, is_follower, handle)
);
