-- 0079b: visitors whose name or address is still known are found by the clock
--
-- Only adds an index on a small table; instant. The previous release does not mind it.

CREATE INDEX visitor_reports_named ON visitor_reports (report_id) WHERE name <> '' OR email <> '';
