-- 0006c: when a remote actor may be read again, and what its own server says of it
--
-- Only adds columns, with constant defaults; instant.

ALTER TABLE actors
    ADD COLUMN refresh_after   timestamptz,                     -- no refresh is promised before
    ADD COLUMN suspended_there boolean NOT NULL DEFAULT false,  -- suspended_at was set by its own server
    ADD COLUMN memorial        boolean NOT NULL DEFAULT false;  -- its owner has died
