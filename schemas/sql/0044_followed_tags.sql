-- 0044: hashtags that members follow
--
-- Only adds; instant. The foreign key takes SHARE ROW EXCLUSIVE on actors for a moment. The previous release
-- runs on: it reads none of this.

CREATE TABLE followed_tags (
    owner_id bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    tag      text   COLLATE "C" NOT NULL,      -- normalised, as post_tags has it
    name     text   NOT NULL,                  -- as it was written
    id       bigint NOT NULL DEFAULT new_id(), -- cursor of lists, newest first
    PRIMARY KEY (owner_id, tag)
);
CREATE INDEX followed_tags_newest ON followed_tags (owner_id, id DESC);
CREATE INDEX followed_tags_by_tag ON followed_tags (tag);
COMMENT ON TABLE followed_tags IS 'Owned by fedinet/tags. Read when homes are filled.';
