-- 0029: who is told something hears of it at once
--
-- Adds a trigger; instant. Notifications are written by a dozen statements of this release and of
-- the previous one: the table itself says which rows are new, in payloads below 8 KB.

CREATE FUNCTION say_who_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('fedinet_told', string_agg(id::text, ' '))
       FROM (SELECT id, (row_number() OVER () - 1) / 300 AS part FROM added) AS parted
      GROUP BY part;
    RETURN NULL;
END $$;
CREATE TRIGGER notifications_told AFTER INSERT ON notifications
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION say_who_is_told();
