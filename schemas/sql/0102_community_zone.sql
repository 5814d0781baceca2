-- 0102: the time zone that the stewards chose for the community
--
-- Only adds a column with a constant default; instant. The previous release goes by the setting.

ALTER TABLE node ADD COLUMN time_zone text NOT NULL DEFAULT '';  -- '': as the setting says
