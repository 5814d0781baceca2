-- 0041: members keep back what strangers set off
--
-- New tables, a column with a constant default, an index that is empty at first (one scan of the
-- table), and two functions of triggers that leave out what is kept back. The previous release
-- keeps nothing back, and lists what this one has kept back.

CREATE TABLE notification_policies (     -- owned by fedinet/notifications; no row: as the model says
    owner_id             bigint PRIMARY KEY REFERENCES actors ON DELETE CASCADE,
    for_not_following    text   NOT NULL CHECK (for_not_following IN ('accept', 'filter', 'drop')),
    for_not_followers    text   NOT NULL CHECK (for_not_followers IN ('accept', 'filter', 'drop')),
    for_new_accounts     text   NOT NULL CHECK (for_new_accounts IN ('accept', 'filter', 'drop')),
    for_private_mentions text   NOT NULL CHECK (for_private_mentions IN ('accept', 'filter', 'drop')),
    for_limited_accounts text   NOT NULL CHECK (for_limited_accounts IN ('accept', 'filter', 'drop'))
);

CREATE TABLE notification_permissions (  -- whom the member let through, whatever the policy says
    owner_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    actor_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner_id, actor_id)
);
CREATE INDEX notification_permissions_by_actor ON notification_permissions (actor_id);

CREATE TABLE notification_requests (     -- of whom something is, or was, kept back
    id         bigint      PRIMARY KEY DEFAULT new_id(),
    owner_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    actor_id   bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (owner_id, actor_id)
);
CREATE INDEX notification_requests_by_owner ON notification_requests (owner_id, id DESC);
CREATE INDEX notification_requests_by_actor ON notification_requests (actor_id);

ALTER TABLE notifications ADD COLUMN filtered boolean NOT NULL DEFAULT false;
CREATE INDEX notifications_filtered ON notifications (owner_id, actor_id, id DESC)
 WHERE filtered AND dismissed_at IS NULL;

CREATE OR REPLACE FUNCTION promise_pushes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO jobs (kind, payload, due_at)
    SELECT 'push', jsonb_build_object('subscription', s.id, 'told', a.id), now()
      FROM added a
      JOIN push_subscriptions s ON s.owner_id = a.owner_id
     WHERE a.kind = ANY (s.kinds) AND s.policy <> 'none' AND NOT a.filtered
     ORDER BY a.id, s.id;
    IF FOUND THEN
        PERFORM pg_notify('fedinet_jobs', '');
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION say_who_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('fedinet_told', string_agg(id::text, ' '))
       FROM (SELECT id, (row_number() OVER () - 1) / 300 AS part
               FROM added WHERE NOT filtered) AS parted
      GROUP BY part;
    RETURN NULL;
END $$;
