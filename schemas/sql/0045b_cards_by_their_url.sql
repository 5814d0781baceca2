-- 0045b: find a card by the address that its page gives itself, which is the one that apps are told
--
-- One index on a small table; takes SHARE on cards while it is built, a second or less. The previous release
-- neither needs nor minds it.

CREATE INDEX cards_by_said_url ON cards (md5(said->>'url')) WHERE said IS NOT NULL;
