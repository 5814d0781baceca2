-- 0080: imports: of a server's lines the one that waited longest is asked for next
--
-- Changes an index of a small table; instant. The previous release asks in the order of the lines.

CREATE INDEX import_rows_by_server ON import_rows (import_id, server, due_at, line) WHERE state = 'asking';
DROP INDEX import_rows_asking;
