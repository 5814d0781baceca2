-- 0083b: texts of a community in other languages than its own
--
-- A column with a constant default; instant. The previous release writes none and shows the others.

ALTER TABLE house_texts ADD COLUMN translations jsonb NOT NULL DEFAULT '{}';   -- {"nl": {"source": "…", "html": "…"}}
