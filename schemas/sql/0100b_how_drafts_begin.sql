-- 0100b: how each draft begins, beside it
--
-- Writes kept_drafts anew, where lies what a day brings. Whoever opens the page for writing is told what
-- else they have begun: up to seventy drafts, each of which had to be unpacked for its first words. The
-- previous release runs on: it neither reads nor writes the column.

ALTER TABLE kept_drafts
    ADD COLUMN begins text NOT NULL GENERATED ALWAYS AS (
        left(coalesce(nullif(kept #>> '{values,title}', ''), kept #>> '{values,text}', ''), 80)) STORED;
