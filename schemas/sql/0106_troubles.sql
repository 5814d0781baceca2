-- 0106: since when something is wrong with the machine, for the desk of stewards
--
-- Only adds; instant. The previous release neither reads nor writes it.

CREATE TABLE troubles (           -- owned by fedinet/health: what a worker found wrong, minute by minute
    what  text        PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT now()
);
