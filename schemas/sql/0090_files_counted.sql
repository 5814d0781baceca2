-- 0090: how many files lie here, and how large they are, by kind
--
-- Instant: daily_counts has a few rows a day. The previous release neither reads nor writes these.

ALTER TABLE daily_counts
    DROP CONSTRAINT daily_counts_what_check,
    ADD CONSTRAINT daily_counts_what_check
        CHECK (what IN ('inbound', 'storage', 'active', 'files', 'file_bytes'));
