-- 0031: apps ring: web push
--
-- New tables, a trigger on notifications (a push is promised in the transaction that tells the
-- member, whichever statement that is) and one on access_tokens. Instant; catalogue locks only.
-- The previous release goes on: its workers leave jobs of a kind that they do not know.

CREATE TABLE push_key (            -- one row: the pair by which push services know this node
    singleton      boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    public_point   bytea       NOT NULL,          -- P-256, uncompressed, 65 bytes
    private_sealed bytea       NOT NULL,          -- under secret.key
    created_at     timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE push_key IS 'Owned by fedinet/node. Subscriptions are bound to it: never replaced.';

CREATE TABLE push_subscriptions (  -- owned by fedinet/push; one for each token
    id            bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,  -- apps read it as 32 bits
    token_id      bigint      NOT NULL UNIQUE REFERENCES access_tokens ON DELETE CASCADE,
    owner_id      bigint      NOT NULL REFERENCES actors ON DELETE CASCADE,
    endpoint      text        NOT NULL,
    p256dh        bytea       NOT NULL,           -- the app's public point
    auth          bytea       NOT NULL,           -- the secret it shares with us
    standard      boolean     NOT NULL,           -- aes128gcm (RFC 8291), else aesgcm
    alerts        text[]      NOT NULL,           -- in the API's words
    kinds         text[]      NOT NULL,           -- the kinds of notifications that these mean
    policy        text        NOT NULL CHECK (policy IN ('all', 'followed', 'follower', 'none')),
    token_sealed  bytea       NOT NULL,           -- apps want to be told it; under secret.key
    failures      integer     NOT NULL DEFAULT 0, -- one after the other
    failing_since timestamptz,
    retry_at      timestamptz,                    -- not asked before
    created_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX push_subscriptions_by_owner ON push_subscriptions (owner_id, id);

CREATE FUNCTION promise_pushes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO jobs (kind, payload, due_at)
    SELECT 'push', jsonb_build_object('subscription', s.id, 'told', a.id), now()
      FROM added a
      JOIN push_subscriptions s ON s.owner_id = a.owner_id
     WHERE a.kind = ANY (s.kinds) AND s.policy <> 'none'
     ORDER BY a.id, s.id;
    IF FOUND THEN
        PERFORM pg_notify('fedinet_jobs', '');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER notifications_pushed AFTER INSERT ON notifications
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION promise_pushes();

CREATE FUNCTION end_pushes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM push_subscriptions WHERE token_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER access_tokens_end_pushes AFTER UPDATE OF revoked_at ON access_tokens
    FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION end_pushes();
