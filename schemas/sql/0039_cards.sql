-- 0039: what the pages say of themselves that posts link to
--
-- Adds two tables, at once. The previous release runs on: it reads none of this.

CREATE TABLE cards (
    id         bigint      PRIMARY KEY DEFAULT new_id(),
    hash       bytea       NOT NULL UNIQUE,              -- SHA-256 of the address
    url        text        NOT NULL,
    said       jsonb,                                    -- cards/model.py: Card; NULL: nothing to show
    version    integer     NOT NULL DEFAULT 0,           -- counts what was read
    attempts   integer     NOT NULL DEFAULT 0,
    due_at     timestamptz NOT NULL DEFAULT now()        -- not asked again before
);
COMMENT ON TABLE cards IS 'Owned by fedinet/cards. One row for each address, whoever links to it.';

CREATE TABLE post_cards (
    post_id bigint PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    card_id bigint NOT NULL REFERENCES cards ON DELETE CASCADE
);
CREATE INDEX post_cards_by_card ON post_cards (card_id);
COMMENT ON TABLE post_cards IS 'Owned by fedinet/cards. The first link of a post.';
