-- 0026: lists: people whom a member follows, read apart
--
-- Only adds; instant. The previous release runs on: it reads none of this.

CREATE TABLE lists (
    id             bigint  PRIMARY KEY DEFAULT new_id(),
    owner_id       bigint  NOT NULL REFERENCES actors ON DELETE CASCADE,
    title          text    NOT NULL,
    replies_policy text    NOT NULL CHECK (replies_policy IN ('followed', 'list', 'none')),
    exclusive      boolean NOT NULL            -- what stands here does not stand in the home
);
CREATE INDEX lists_by_owner ON lists (owner_id, id);
COMMENT ON TABLE lists IS 'Owned by fedinet/lists.';

CREATE TABLE list_members (       -- shown while the owner follows them; the row stays otherwise
    list_id  bigint NOT NULL REFERENCES lists ON DELETE CASCADE,
    actor_id bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    id       bigint NOT NULL DEFAULT new_id(), -- cursor of lists, newest first
    PRIMARY KEY (list_id, actor_id)
);
CREATE INDEX list_members_newest ON list_members (list_id, id DESC);
CREATE INDEX list_members_by_actor ON list_members (actor_id);
COMMENT ON TABLE list_members IS 'Owned by fedinet/lists.';
