-- 0095: what a member is writing is found by its form, and by the post that it changes
--
-- Instant: two columns without a value, and two indexes on a table of what a day brings. The previous
-- release neither reads nor writes them; it offers a begun change as what was begun last.

ALTER TABLE kept_drafts
    ADD COLUMN form    text CHECK (length(form) <= 200),  -- the key of the form it was typed in
    ADD COLUMN changes bigint;                             -- the post that it is to change
CREATE UNIQUE INDEX kept_drafts_by_form ON kept_drafts (account_id, form) WHERE form IS NOT NULL;
CREATE UNIQUE INDEX kept_drafts_by_change ON kept_drafts (account_id, changes)
    WHERE changes IS NOT NULL;
