-- 0101: what a post said that stewards took away, for who judges it again; and in which language
-- a reason was written. Nothing ever wrote welcomes.late_at.
--
-- A new table, and columns without a rewrite: instant, but for short locks of account_acts and
-- welcomes. The previous release runs on: it keeps no words, and says no language.

CREATE TABLE removed_words (      -- owned by fedinet/moderation; forgotten after a time
    act_id  bigint      PRIMARY KEY REFERENCES account_acts ON DELETE CASCADE,
    words   text        NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX removed_words_by_age ON removed_words (kept_at);

ALTER TABLE account_acts ADD COLUMN reason_language text NOT NULL DEFAULT '';  -- '': a steward's own words
ALTER TABLE welcomes DROP COLUMN late_at;
