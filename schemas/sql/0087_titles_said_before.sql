-- 0087: what the title of a post was before an edit
--
-- Only adds a column with a constant default; instant, short lock on post_revisions. The previous
-- release runs on: revisions it keeps have no title.

ALTER TABLE post_revisions ADD COLUMN title text NOT NULL DEFAULT '';
