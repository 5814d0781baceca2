-- 0021b: who may read the rules
--
-- Only adds; instant. The previous release runs on: it shows them on its page.
-- 'page': everybody on /policy, and no list for machines; 'everybody': that too

ALTER TABLE policy ADD COLUMN shown_to text NOT NULL DEFAULT 'page'
    CHECK (shown_to IN ('page', 'everybody', 'members', 'nobody'));
