-- 0045: what a follow brings: boosts or none, and in which languages; and what apps post by default
--
-- Adds columns with constant defaults or none; instant, but for a short lock of follows and of accounts. The
-- previous release runs on: it neither reads nor writes them.

ALTER TABLE follows ADD COLUMN boosts boolean NOT NULL DEFAULT true;
ALTER TABLE follows ADD COLUMN languages text[];      -- NULL: all; a post that names none is in all
ALTER TABLE accounts ADD COLUMN post_language text;   -- NULL: the language of the pages
ALTER TABLE accounts ADD COLUMN posts_sensitive boolean NOT NULL DEFAULT false;
