-- 0039b: muted conversations are found by their first post, when it changes
--
-- Only adds an index to a small table; instant. The previous release runs on.

CREATE INDEX muted_threads_by_root ON muted_threads (root_id);
