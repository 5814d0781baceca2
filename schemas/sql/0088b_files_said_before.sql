-- 0088b: files, language and poll of what a post said before an edit
--
-- Columns without a default: instant, a short lock on post_revisions. The previous release runs on;
-- what it keeps, and what was kept before, has NULL: not known.

ALTER TABLE post_revisions
    ADD COLUMN attachments jsonb,
    ADD COLUMN language    text,
    ADD COLUMN asked       text[];                   -- the options of its poll
