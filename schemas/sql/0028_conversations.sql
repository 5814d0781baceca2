-- 0028: private conversations, as each member keeps them
--
-- Adds a table and fills it from the posts to people mentioned: seconds on a large node. The
-- previous release runs on: it reads none of this.

CREATE TABLE conversations (
    id           bigint  NOT NULL UNIQUE DEFAULT new_id(),
    owner_id     bigint  NOT NULL REFERENCES actors ON DELETE CASCADE,
    root_id      bigint  NOT NULL,   -- posts.root_id of its posts
    last_post_id bigint  NOT NULL,   -- cursor of the list; the post may be gone since
    unread       boolean NOT NULL,
    PRIMARY KEY (owner_id, root_id)
);
CREATE INDEX conversations_newest ON conversations (owner_id, last_post_id DESC);
COMMENT ON TABLE conversations IS 'Owned by fedinet/conversations. A member may take a row away; the next post brings it back.';

INSERT INTO conversations (owner_id, root_id, last_post_id, unread)
SELECT owner.id, p.root_id, max(p.id), false
  FROM posts p
 CROSS JOIN LATERAL (
        SELECT p.author_id AS actor_id
         UNION
        SELECT m.actor_id FROM audience_members m WHERE m.audience_id = p.id AND m.until IS NULL
       ) AS who
  JOIN actors owner ON owner.id = who.actor_id AND owner.is_local
 WHERE p.visibility = 'mentioned'
 GROUP BY owner.id, p.root_id;
