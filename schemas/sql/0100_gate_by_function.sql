-- 0100: two conditions of the gate that are seldom asked, as functions
--
-- Only adds; instant. A statement that carries the gate opens each table that is named in it, whether it
-- is read or not, and most members keep no server away and are no guests of an ally: what stands in a
-- function is opened when it is called. The gate (fedinet/audiences/gate.py) says when that is. What each is
-- said to cost is that of two looks into an index.

CREATE FUNCTION keeps_server_away(who bigint, other bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE COST 3500 AS $$
    SELECT EXISTS (
        SELECT FROM actors far
          JOIN domain_blocks kept
            ON kept.actor_id = who
           AND kept.domain IN (far.domain, split_part(far.origin, '://', 2))
         WHERE far.id = other)
$$;
COMMENT ON FUNCTION keeps_server_away IS 'Whether an actor keeps away the server where another is at home.';

-- The node actor of an ally stands in a post's snapshot for everyone there, while it is one.
CREATE FUNCTION is_told_as_ally(guest bigint, post bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE COST 3500 AS $$
    SELECT EXISTS (
        SELECT FROM actors far
          JOIN allies ally ON ally.origin = far.origin AND ally.mutual_until > now()
          JOIN audience_members told
            ON told.actor_id = ally.node_id AND told.audience_id = post AND told.until IS NULL
         WHERE far.id = guest AND NOT far.is_local)
$$;
COMMENT ON FUNCTION is_told_as_ally IS 'Whether somebody elsewhere is of an ally that a post here is for.';
