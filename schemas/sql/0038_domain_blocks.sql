-- 0038: servers that a member keeps away
--
-- Only adds; instant. The previous release runs on: it reads none of this, and shows what is kept away.

CREATE TABLE domain_blocks (
    actor_id bigint NOT NULL REFERENCES actors ON DELETE CASCADE,
    domain   text   NOT NULL,                  -- of the handle, or of the addresses: either is enough
    id       bigint NOT NULL DEFAULT new_id(), -- cursor of lists, newest first
    PRIMARY KEY (actor_id, domain)
);
CREATE INDEX domain_blocks_newest ON domain_blocks (actor_id, id DESC);
COMMENT ON TABLE domain_blocks IS 'Owned by fedinet/follows. Read by the gate.';
