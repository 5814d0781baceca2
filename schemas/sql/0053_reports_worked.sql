-- 0053: who works on a report, and notes that stay
--
-- Nullable columns and a new table, into which the notes of settled reports are copied (one row
-- each); instant on a small table. The previous release still writes its one note to reports, where
-- this one does not look again.

ALTER TABLE reports ADD COLUMN assigned_to bigint REFERENCES actors ON DELETE SET NULL;
ALTER TABLE reports ADD COLUMN updated_at timestamptz;   -- NULL: never since it was made or settled

CREATE TABLE report_notes (       -- owned by fedinet/moderation
    id        bigint      PRIMARY KEY DEFAULT new_id(),
    report_id bigint      NOT NULL REFERENCES reports ON DELETE CASCADE,
    by_actor  bigint      REFERENCES actors ON DELETE SET NULL,
    text      text        NOT NULL,               -- plain text
    at        timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX report_notes_of_report ON report_notes (report_id, id);

INSERT INTO report_notes (report_id, by_actor, text, at)
SELECT id, resolved_by, note, coalesce(resolved_at, created_at)
  FROM reports
 WHERE note <> ''
 ORDER BY id;
