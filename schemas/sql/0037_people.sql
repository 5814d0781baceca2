-- 0037: whom members recommend, what they note about people, what they do not want suggested
--
-- Only adds; instant. The previous release runs on: it reads none of this.

CREATE TABLE endorsements (       -- shown while its author follows them
    actor_id  bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    target_id bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    id        bigint NOT NULL DEFAULT new_id(), -- cursor of lists, newest first
    PRIMARY KEY (actor_id, target_id),
    CHECK (actor_id <> target_id)
);
CREATE INDEX endorsements_newest ON endorsements (actor_id, id DESC);
CREATE INDEX endorsements_by_target ON endorsements (target_id);
COMMENT ON TABLE endorsements IS 'Owned by fedinet/people.';

CREATE TABLE account_notes (      -- nobody but its author is ever told
    actor_id  bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    target_id bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    text      text   NOT NULL CHECK (text <> ''),
    PRIMARY KEY (actor_id, target_id)
);
CREATE INDEX account_notes_by_target ON account_notes (target_id);
COMMENT ON TABLE account_notes IS 'Owned by fedinet/people.';

CREATE TABLE suggestions_dismissed (
    actor_id  bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    target_id bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    PRIMARY KEY (actor_id, target_id)
);
CREATE INDEX suggestions_dismissed_by_target ON suggestions_dismissed (target_id);
COMMENT ON TABLE suggestions_dismissed IS 'Owned by fedinet/people.';
