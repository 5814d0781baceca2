-- 0006: one digest of the followers that an actor has on each server (FEP-8fcf)
--
-- follows cannot be written while the digests are filled: about a second for 100,000 follows.
-- Triggers keep them, so that the previous release keeps them too.

CREATE TABLE follower_digests (
    target_id bigint   NOT NULL REFERENCES actors ON DELETE CASCADE,
    origin    text     NOT NULL,             -- of the followers, e.g. https://b.example
    digest    bit(256) NOT NULL,             -- XOR of the SHA-256 of the ids of accepted followers
    followers integer  NOT NULL,
    PRIMARY KEY (target_id, origin)
);
COMMENT ON TABLE follower_digests IS 'Kept by triggers on follows. Owned by fedinet/follows.';

CREATE FUNCTION actor_hash(uri text) RETURNS bit(256) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ('x' || encode(sha256(convert_to(uri, 'UTF8')), 'hex'))::bit(256)
$$;

-- Count the followers of these actors anew; of all actors for NULL.
CREATE FUNCTION refill_follower_digests(targets bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM follower_digests WHERE targets IS NULL OR target_id = ANY (targets);
    INSERT INTO follower_digests (target_id, origin, digest, followers)
    SELECT f.target_id, a.origin, bit_xor(actor_hash(a.uri)), count(*)
      FROM follows f
      JOIN actors a ON a.id = f.follower_id
     WHERE f.state = 'accepted' AND (targets IS NULL OR f.target_id = ANY (targets))
     GROUP BY f.target_id, a.origin;
END $$;

-- XOR takes out what it put in, so one function serves both ways. Statement triggers, in one
-- order, so that two transactions with several follows each wait for one another and never both.
CREATE FUNCTION count_followers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO follower_digests AS d (target_id, origin, digest, followers)
    SELECT c.target_id, a.origin, bit_xor(actor_hash(a.uri)), count(*)
      FROM changed c
      JOIN actors a ON a.id = c.follower_id
     WHERE c.state = 'accepted'
     GROUP BY c.target_id, a.origin
     ORDER BY c.target_id, a.origin
        ON CONFLICT (target_id, origin) DO UPDATE
       SET digest = d.digest # excluded.digest, followers = d.followers + excluded.followers;
    RETURN NULL;
END $$;

CREATE FUNCTION count_answered_followers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO follower_digests AS d (target_id, origin, digest, followers)
    SELECT now.target_id, a.origin, bit_xor(actor_hash(a.uri)),
           sum(CASE now.state WHEN 'accepted' THEN 1 ELSE -1 END)
      FROM now_so now
      JOIN was_so was ON was.follower_id = now.follower_id AND was.target_id = now.target_id
      JOIN actors a ON a.id = now.follower_id
     WHERE was.state <> now.state
     GROUP BY now.target_id, a.origin
     ORDER BY now.target_id, a.origin
        ON CONFLICT (target_id, origin) DO UPDATE
       SET digest = d.digest # excluded.digest, followers = d.followers + excluded.followers;
    RETURN NULL;
END $$;

CREATE FUNCTION count_lost_followers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM changed c WHERE NOT EXISTS (
                   SELECT FROM actors a WHERE a.id = c.follower_id)) THEN
        -- The follower's row went first, and with it what has to be taken out.
        PERFORM refill_follower_digests(ARRAY(
            SELECT c.target_id FROM changed c JOIN actors a ON a.id = c.target_id));
        RETURN NULL;
    END IF;
    PERFORM FROM follower_digests d
      WHERE (d.target_id, d.origin) IN (
            SELECT c.target_id, a.origin FROM changed c JOIN actors a ON a.id = c.follower_id)
      ORDER BY d.target_id, d.origin
        FOR UPDATE;
    UPDATE follower_digests d
       SET digest = d.digest # lost.digest, followers = d.followers - lost.followers
      FROM (SELECT c.target_id, a.origin, bit_xor(actor_hash(a.uri)) AS digest,
                   count(*) AS followers
              FROM changed c
              JOIN actors a ON a.id = c.follower_id
             WHERE c.state = 'accepted'
             GROUP BY c.target_id, a.origin) AS lost
     WHERE d.target_id = lost.target_id AND d.origin = lost.origin;
    RETURN NULL;
END $$;

CREATE TRIGGER follows_count_new AFTER INSERT ON follows
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_followers();
CREATE TRIGGER follows_count_answered AFTER UPDATE ON follows
    REFERENCING OLD TABLE AS was_so NEW TABLE AS now_so
    FOR EACH STATEMENT EXECUTE FUNCTION count_answered_followers();
CREATE TRIGGER follows_count_lost AFTER DELETE ON follows
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_lost_followers();

SELECT refill_follower_digests(NULL);

-- When we may ask again which followers an actor elsewhere has here.
CREATE TABLE follower_checks (
    actor_id bigint      PRIMARY KEY REFERENCES actors ON DELETE CASCADE,
    again_at timestamptz NOT NULL
);
COMMENT ON TABLE follower_checks IS 'Owned by fedinet/follows.';
