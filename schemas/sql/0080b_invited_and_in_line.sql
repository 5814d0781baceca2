-- 0080b: who stands in line by a link of a list: it opens nothing more, and what it promised holds
--
-- Only adds; instant. The previous release does not fill it: there such a person is one whose
-- invitation was taken back.

ALTER TABLE invited_people ADD COLUMN in_line_at timestamptz;
COMMENT ON COLUMN invited_people.in_line_at IS
    'They asked to stand in line by this link, where there was no room. It lets nobody in; the role stays promised.';
