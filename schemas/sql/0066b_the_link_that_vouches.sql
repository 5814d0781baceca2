-- 0066b: by which link somebody is vouched for: it lets in as many as it says, by whatever way
--
-- Only adds; instant. The previous release does not fill it: whom it takes in then is read by stewards.

ALTER TABLE join_requests ADD COLUMN link_hash bytea;
COMMENT ON COLUMN join_requests.link_hash IS
    'Of the link of a member or a list; a place of it is taken when the request is opened. NULL: came without one.';
