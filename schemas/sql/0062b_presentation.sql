-- 0062b: how members present themselves beyond their texts
--
-- A column with a constant default; instant. The previous release runs on: it neither reads
-- nor writes it, and keeps what is there.

ALTER TABLE actors
    ADD COLUMN presentation jsonb NOT NULL DEFAULT '{}';  -- actors/model.py, Presentation; only what was chosen
