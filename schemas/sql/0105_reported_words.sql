-- 0105: what a post said when it was reported, for stewards, also when few people read it or it is
-- deleted; and that it was handed to them
--
-- A new table: instant. The previous release runs on, and keeps no words. Of reports made before
-- nothing is kept: their forms said that stewards cannot open what is for few.

CREATE TABLE reported_words (     -- owned by fedinet/moderation; forgotten after a time
    report_id bigint      NOT NULL REFERENCES reports ON DELETE CASCADE,
    post_id   bigint      NOT NULL,           -- of a post that may be gone
    said_at   timestamptz NOT NULL,           -- when that was written: the post, or its last change
    words     text        NOT NULL,
    kept_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (report_id, post_id, said_at)
);
CREATE INDEX reported_words_by_post ON reported_words (post_id);
CREATE INDEX reported_words_by_age ON reported_words (kept_at);
