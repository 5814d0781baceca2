-- 0024b: appeals against rules, by members and by other servers; when a rule wants another look
--
-- Only adds; instant. The previous release runs on.

CREATE TABLE appeals (            -- owned by fedinet/appeals
    id          bigint      PRIMARY KEY DEFAULT new_id(),
    member_id   bigint      REFERENCES actors ON DELETE CASCADE,  -- one of ours; NULL: somebody elsewhere
    domain      text        NOT NULL,             -- the server that the rule is about
    rule_key    text        NOT NULL,             -- what decided when it came; '': the mode
    signer_uri  text        NOT NULL DEFAULT '',  -- the actor there that signed it; '': nobody did
    contact     text        NOT NULL DEFAULT '',
    words       text        NOT NULL,             -- plain text
    state       text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'declined')),
    is_shown    boolean     NOT NULL DEFAULT false, -- their words stand on the public page
    created_at  timestamptz NOT NULL DEFAULT now(),
    settled_at  timestamptz,
    settled_by  bigint      REFERENCES actors ON DELETE SET NULL
);
CREATE INDEX appeals_open ON appeals (id DESC) WHERE state = 'open';
CREATE INDEX appeals_open_by_domain ON appeals (domain) WHERE state = 'open';
CREATE INDEX appeals_by_member ON appeals (member_id, id DESC) WHERE member_id IS NOT NULL;
CREATE INDEX appeals_by_rule ON appeals (rule_key) WHERE is_shown;
CREATE INDEX appeals_by_age ON appeals (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX appeals_by_steward ON appeals (settled_by) WHERE settled_by IS NOT NULL;

CREATE TABLE appeal_answers (     -- what was said after the first words, in order
    id         bigint      PRIMARY KEY DEFAULT new_id(),
    appeal_id  bigint      NOT NULL REFERENCES appeals ON DELETE CASCADE,
    steward_id bigint      REFERENCES actors ON DELETE SET NULL,
    by_steward boolean     NOT NULL,              -- else by who appeals
    words      text        NOT NULL,
    said_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX appeal_answers_by_appeal ON appeal_answers (appeal_id, id);
CREATE INDEX appeal_answers_by_steward ON appeal_answers (steward_id) WHERE steward_id IS NOT NULL;

-- Whether stewards were told of something before, settled or not.
CREATE INDEX matters_by_subject ON matters (kind, subject);
CREATE INDEX policy_rules_reviewed ON policy_rules (id) WHERE state = 'active' AND document ? 'review';
