-- 0103: what was settled by whom it is about is open again, for another steward
--
-- One pass over reports, milliseconds for each thousand; locks the rows that it opens.
WITH reopened AS (
    UPDATE reports
       SET resolved_at = NULL, resolved_by = NULL, updated_at = now()
     WHERE resolved_by = target_id
    RETURNING id, target_id
)
INSERT INTO matters (kind, subject, name, href, about_actor)
SELECT 'report', r.id::text, left(coalesce(nullif(a.name, ''), a.username), 300),
       '/admin/reports/' || r.id, r.target_id
  FROM reopened r
  JOIN actors a ON a.id = r.target_id
    ON CONFLICT DO NOTHING;
