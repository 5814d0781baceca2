-- 0099: which of the posts that were deleted had been for everybody
--
-- Only adds; instant. The previous release writes rows that say "no", which tells nobody anything.

ALTER TABLE tombstones ADD COLUMN was_public boolean NOT NULL DEFAULT false;  -- as far as known
