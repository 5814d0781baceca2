-- 0042: stewards announce things to all members
--
-- New tables only. The previous release announces nothing.

CREATE TABLE announcements (             -- owned by fedinet/announcements
    id           bigint      PRIMARY KEY DEFAULT new_id(),
    source       text        NOT NULL,   -- what the steward typed
    html         text        NOT NULL,   -- sanitised
    tags         text[]      NOT NULL DEFAULT '{}',  -- as written, without the #
    written_by   bigint      REFERENCES actors ON DELETE SET NULL,
    published_at timestamptz NOT NULL,   -- may be ahead: it waits
    ended_at     timestamptz,            -- may be ahead, too; members do not see it from then on
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX announcements_by_published ON announcements (published_at DESC, id DESC);
CREATE INDEX announcements_by_writer ON announcements (written_by);

CREATE TABLE announcement_reads (        -- who has put it away
    announcement_id bigint      NOT NULL REFERENCES announcements ON DELETE CASCADE,
    actor_id        bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    read_at         timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (announcement_id, actor_id)
);
CREATE INDEX announcement_reads_by_actor ON announcement_reads (actor_id);

CREATE TABLE announcement_reactions (
    announcement_id bigint      NOT NULL REFERENCES announcements ON DELETE CASCADE,
    name            text        NOT NULL,  -- an emoji, or the shortcode of one of the community's own
    actor_id        bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    emoji_id        bigint      REFERENCES custom_emojis ON DELETE CASCADE,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (announcement_id, name, actor_id)
);
CREATE INDEX announcement_reactions_by_actor ON announcement_reactions (actor_id);
CREATE INDEX announcement_reactions_by_emoji ON announcement_reactions (emoji_id)
 WHERE emoji_id IS NOT NULL;
