"""What nobody in person did: what stewards are told, what they answered, what went wrong.

SQL lives here only.

Nobody is told what they caused. Who is a steward is asked again when it is read (store.py).
"""

from collections.abc import Sequence
from typing import Final

from fedinet.db.query import Tx, query
from fedinet.kernel.ids import ActorId
from fedinet.moderation.rights import TAKING
from fedinet.notifications.verdicts_store import group

# What nobody in person did, and what must not be known, is said by the node's own actor.
_NODE: Final = """
      LEFT JOIN LATERAL (
            SELECT actors.id FROM actors
             WHERE actors.is_local AND actors.kind = 'Application' LIMIT 1) AS node ON true
"""
_STEWARDS: Final = (
    """
      JOIN accounts steward ON steward.role <> 'member' AND steward.disabled_at IS NULL"""
    + _NODE
)

_TELL_OF_MATTERS = query(
    "notifications.tell_of_matters",
    """
    INSERT INTO notifications (owner_id, kind, actor_id, about_id)
    SELECT steward.actor_id, CASE m.kind WHEN 'report' THEN 'report' ELSE 'matter' END,
           coalesce(CASE WHEN m.about_actor IS DISTINCT FROM steward.actor_id THEN m.by_actor END,
                    node.id, steward.actor_id),
           m.id
      FROM matters m"""
    + _STEWARDS
    + """
     WHERE m.id = ANY($1::bigint[]) AND m.settled_at IS NULL
       AND steward.actor_id IS DISTINCT FROM m.by_actor
     ORDER BY 1, 4
        ON CONFLICT DO NOTHING
""",
)

# An answer after another is news again.
_FORGET_ANSWERS = query(
    "notifications.forget_answers",
    "DELETE FROM notifications WHERE kind = 'appeal' AND about_id = ANY($1::bigint[])",
)

_TELL_OF_ANSWERS = query(
    "notifications.tell_of_answers",
    """
    INSERT INTO notifications (owner_id, kind, actor_id, about_id)
    SELECT viewer.actor_id, 'appeal', coalesce(node.id, viewer.actor_id), appeals.id
      FROM appeals
      JOIN accounts viewer ON viewer.actor_id = appeals.member_id AND viewer.disabled_at IS NULL"""
    + _NODE
    + """
     WHERE appeals.id = ANY($1::bigint[])
     ORDER BY 1, 4
""",
)

_TELL_OF_CUTS = query(
    "notifications.tell_of_cuts",
    """
    INSERT INTO notifications (owner_id, kind, actor_id, about_id)
    SELECT viewer.actor_id, CASE c.word WHEN 'back' THEN 'restored' ELSE 'severed' END,
           coalesce(node.id, viewer.actor_id), c.id
      FROM follow_cuts c
      JOIN accounts viewer ON viewer.actor_id = c.owner_id AND viewer.disabled_at IS NULL"""
    + _NODE
    + """
     WHERE c.id = ANY($1::bigint[])
     ORDER BY 1, 4
        ON CONFLICT DO NOTHING
""",
)

_TELL_OF_ACTS = query(
    "notifications.tell_of_acts",
    """
    INSERT INTO notifications (owner_id, kind, actor_id, about_id)
    SELECT viewer.actor_id,
           CASE WHEN acts.act = ANY($2::text[]) THEN 'moderated' ELSE 'standing' END,
           coalesce(node.id, viewer.actor_id), acts.id
      FROM account_acts acts
      JOIN accounts viewer ON viewer.actor_id = acts.target_id AND viewer.disabled_at IS NULL"""
    + _NODE
    + """
     WHERE acts.id = ANY($1::bigint[])
     ORDER BY 1, 4
        ON CONFLICT DO NOTHING
""",
)

# Moved to another time and not published again: that is news again.
_FORGET_UNPUBLISHED = query(
    "notifications.forget_unpublished",
    "DELETE FROM notifications WHERE kind = 'unpublished' AND about_id = ANY($1::bigint[])",
)

_TELL_OF_UNPUBLISHED = query(
    "notifications.tell_of_unpublished",
    """
    INSERT INTO notifications (owner_id, kind, actor_id, about_id)
    SELECT s.actor_id, 'unpublished', coalesce(node.id, s.actor_id), s.id
      FROM scheduled_posts s"""
    + _NODE
    + """
     WHERE s.id = ANY($1::bigint[]) AND s.problem IS NOT NULL
     ORDER BY 1, 4
""",
)

_TELL_OF_SIGN_UPS = query(
    "notifications.tell_of_sign_ups",
    """
    INSERT INTO notifications (owner_id, kind, actor_id, group_key)
    SELECT viewer.actor_id, 'sign_up', guest.actor_id,"""
    + group("'admin.sign_up'")
    + """
      FROM accounts guest
      JOIN accounts viewer ON viewer.role <> 'member' AND viewer.disabled_at IS NULL
     WHERE guest.actor_id = ANY($1::bigint[]) AND viewer.actor_id <> guest.actor_id
     ORDER BY 1, 3
        ON CONFLICT DO NOTHING
""",
)


async def tell_of_matters(tx: Tx, matter_ids: Sequence[int]) -> None:
    """Tell every steward of matters that are still open."""
    await tx.execute(_TELL_OF_MATTERS, list(matter_ids))


async def tell_of_answers(tx: Tx, appeal_ids: Sequence[int]) -> None:
    """Tell members that stewards answered their appeals."""
    await tx.execute(_FORGET_ANSWERS, list(appeal_ids))
    await tx.execute(_TELL_OF_ANSWERS, list(appeal_ids))


async def tell_of_cuts(tx: Tx, cut_ids: Sequence[int]) -> None:
    """Tell members what a rule did to their follows."""
    await tx.execute(_TELL_OF_CUTS, list(cut_ids))


async def tell_of_acts(tx: Tx, act_ids: Sequence[int]) -> None:
    """Tell members what stewards did to their accounts. By whom is not said."""
    await tx.execute(_TELL_OF_ACTS, list(act_ids), [act.value for act in TAKING])


async def tell_of_unpublished(tx: Tx, scheduled_ids: Sequence[int]) -> None:
    """Tell members that posts of theirs were due and were not published."""
    await tx.execute(_FORGET_UNPUBLISHED, list(scheduled_ids))
    await tx.execute(_TELL_OF_UNPUBLISHED, list(scheduled_ids))


async def tell_of_sign_ups(tx: Tx, actor_ids: Sequence[ActorId]) -> None:
    """Tell every steward who has joined."""
    await tx.execute(_TELL_OF_SIGN_UPS, list(actor_ids))
