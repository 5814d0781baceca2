-- 0016: what a rule would do to stored files can be counted before it is saved
--
-- Only adds. Takes SHARE on posts while the index is made: some seconds for each million of posts.
-- The previous release runs on.

CREATE INDEX posts_with_files ON posts (author_id) WHERE attachments <> '[]';
