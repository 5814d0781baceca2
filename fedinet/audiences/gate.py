"""The SQL twin of ``may_see``, and the facts behind it.

Every statement that reads posts for somebody carries ``VISIBLE`` (one viewer) or
``VISIBLE_TO`` (a viewer per row); there is no other way to a post's text.
"""

from typing import Final

from fedinet.db.plans import unseen


def keeps_server_away(who: str, other: str) -> str:
    """Make the condition that ``who`` keeps away the server where ``other`` is at home.

    Both are SQL for the id of an actor. Who keeps none away costs one look into an index, and a
    viewer that stands for a whole statement one look for all its rows: only after it the function
    is called (migration 0100), which opens the tables that it reads when it is.
    """
    return f"""(
        EXISTS (SELECT FROM domain_blocks gate_any WHERE gate_any.actor_id = {who})
        AND keeps_server_away({who}, {other}))"""


OF_ALLY: Final = "(p.is_local AND is_told_as_ally(:viewer, p.id))"
"""The node actor of an ally stands in a post's snapshot for everyone there, while it is one."""

# Nobody keeps our own server away, so that members are not asked whose they are.
_RULE: Final = (
    """
    NOT EXISTS (
        SELECT FROM actors gate_author
         WHERE gate_author.id = p.author_id
           AND (gate_author.suspended_at IS NOT NULL OR gate_author.gone_at IS NOT NULL)
    )
    AND (
        p.author_id = :viewer
        OR (
            NOT EXISTS (
                SELECT FROM blocks gate_theirs
                 WHERE gate_theirs.actor_id = p.author_id AND gate_theirs.target_id = :viewer)
            AND NOT EXISTS (
                SELECT FROM blocks gate_own
                 WHERE gate_own.actor_id = :viewer AND gate_own.target_id = p.author_id)
            AND NOT :server_kept
            AND (:member OR NOT :server_refused)
            AND (
                p.visibility IN ('everyone', 'quiet')
                OR (p.visibility = 'followers' AND EXISTS (
                    SELECT FROM follows gate_follow
                     WHERE gate_follow.follower_id = :viewer
                       AND gate_follow.target_id = p.author_id
                       AND gate_follow.state = 'accepted'))
                OR (p.visibility = 'community' AND :member)
                OR (p.visibility = 'allies' AND (:member OR :of_ally))
                OR (p.visibility IN ('followers', 'mentioned') AND EXISTS (
                    SELECT FROM audience_members gate_named
                     WHERE gate_named.audience_id = p.id AND gate_named.actor_id = :viewer
                       AND gate_named.until IS NULL))
            )
        )
    )
""".replace(":of_ally", OF_ALLY)
    .replace(":server_kept", keeps_server_away(":viewer", "p.author_id"))
    .replace(":server_refused", keeps_server_away("p.author_id", ":viewer"))
)

VISIBLE: Final = _RULE.replace(":viewer", "$1::bigint").replace(":member", "$2::boolean")
"""Condition on ``posts p``; ``$1`` is the viewer's actor id or NULL, ``$2`` whether a member asks.

The alias and the two parameters are fixed, so that every query has the same
gate, letter by letter.
"""

VISIBLE_BY_ID: Final = VISIBLE.replace("$2::boolean", unseen("$2", "boolean"))
"""The same for statements that ask by ids, which ``unseen`` hides too: one plan serves members and
visitors. Planned anew for a member, most of the gate falls away, but that takes longer than asking.
"""

VISIBLE_TO: Final = _RULE.replace(":viewer", "viewer.actor_id").replace(
    ":member", "viewer.is_member"
)
"""The same condition for many viewers at once: a row ``viewer (actor_id, is_member)`` beside
``posts p``. See ``audiences.store.who_sees``.
"""

VIEWERS: Final = """(
    SELECT seer.id AS actor_id,
           EXISTS (SELECT FROM accounts
                    WHERE accounts.actor_id = seer.id
                      AND accounts.disabled_at IS NULL) AS is_member
      FROM unnest($1::bigint[]) AS asked (actor_id)
      JOIN actors seer ON seer.id = asked.actor_id
     WHERE seer.suspended_at IS NULL AND seer.gone_at IS NULL) AS viewer
"""
"""Many viewers as rows ``viewer`` for ``VISIBLE_TO``: ``$1`` are their actor ids. A member is who
has a working account; suspended and gone viewers are none.
"""

_BOOST_RULE: Final = """
    booster.suspended_at IS NULL AND booster.gone_at IS NULL
    AND (b.visibility <> 'followers' OR b.actor_id = :viewer OR EXISTS (
        SELECT FROM follows boost_follow
         WHERE boost_follow.follower_id = :viewer AND boost_follow.target_id = b.actor_id
           AND boost_follow.state = 'accepted'))
    AND NOT EXISTS (
        SELECT FROM blocks boost_block
         WHERE (boost_block.actor_id = b.actor_id AND boost_block.target_id = :viewer)
            OR (boost_block.actor_id = :viewer AND boost_block.target_id = b.actor_id))
    AND NOT :server_kept
    AND (:member OR NOT :server_refused)
""".replace(":server_kept", keeps_server_away(":viewer", "b.actor_id")).replace(
    ":server_refused", keeps_server_away("b.actor_id", ":viewer")
)

BOOST_SHOWN: Final = _BOOST_RULE.replace(":viewer", "$1::bigint").replace(":member", "$2::boolean")
"""Beside ``VISIBLE`` for the boosted post: condition on ``boosts b`` and ``actors booster``, who
boosted. ``$1`` is the viewer's actor id or NULL, ``$2`` whether a member asks.
"""

BOOST_SHOWN_TO: Final = _BOOST_RULE.replace(":viewer", "viewer.actor_id").replace(
    ":member", "viewer.is_member"
)
"""The same for many viewers at once, beside ``VISIBLE_TO``."""
