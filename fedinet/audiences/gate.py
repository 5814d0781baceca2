"""The SQL twin of ``may_see``, and the facts behind it.

Every statement that reads posts for somebody carries ``VISIBLE``; there is no
other way to a post's text.
"""

from typing import Final

VISIBLE: Final = """
    NOT EXISTS (
        SELECT FROM actors gate_author
         WHERE gate_author.id = p.author_id
           AND (gate_author.suspended_at IS NOT NULL OR gate_author.gone_at IS NOT NULL)
    )
    AND (
        p.author_id = $1::bigint
        OR (
            NOT EXISTS (
                SELECT FROM blocks gate_block
                 WHERE (gate_block.actor_id = p.author_id AND gate_block.target_id = $1)
                    OR (gate_block.actor_id = $1 AND gate_block.target_id = p.author_id)
            )
            AND (
                p.visibility IN ('everyone', 'quiet')
                OR (p.visibility = 'followers' AND EXISTS (
                    SELECT FROM follows gate_follow
                     WHERE gate_follow.follower_id = $1 AND gate_follow.target_id = p.author_id
                       AND gate_follow.state = 'accepted'))
                OR (p.visibility = 'community' AND $2::boolean)
                OR (p.visibility IN ('followers', 'mentioned') AND EXISTS (
                    SELECT FROM audience_members gate_named
                     WHERE gate_named.audience_id = p.id AND gate_named.actor_id = $1
                       AND gate_named.until IS NULL))
            )
        )
    )
"""
"""Condition on ``posts p``; ``$1`` is the viewer's actor id or NULL, ``$2`` whether a member asks.

The alias and the two parameters are fixed, so that every query has the same
gate, letter by letter.
"""
