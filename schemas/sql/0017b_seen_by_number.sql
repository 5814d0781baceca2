-- 0017b: one activity of the log is found by its number
--
-- Only adds an index, a small one: numbers rise with time, so ranges of blocks are enough. Takes
-- SHARE on the log while it is made: about a second for a million rows. The previous release runs on.

CREATE INDEX inbound_log_by_number ON inbound_log USING brin (id) WITH (autosummarize = on);
