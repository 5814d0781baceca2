"""What is common to the statements that tell members: whom they hear, groups, what they keep back.

Told are members with a working account; never of what they did themselves, by
nobody whom they mute or who is blocked either way, of a server that they keep
away, suspended or gone, and of no post that the gate keeps from them. By whom
else they are told, and by whom not, is their own policy.

In the statements ``viewer`` is who is told, ``came`` whose act it is, and ``p`` the
post if there is one.

Source of the conditions: Mastodon 4.3-4.7 ``app/services/notify_service.rb``.
"""

from typing import Final

from fedinet.audiences.gate import keeps_server_away

FOLLOWED: Final = """EXISTS (
            SELECT FROM follows
             WHERE follows.follower_id = viewer.actor_id AND follows.target_id = came.actor_id
               AND follows.state = 'accepted')"""

INSERT: Final = """
    WITH told AS (
    INSERT INTO notifications (owner_id, kind, actor_id, post_id, group_key, filtered)
"""
ONCE: Final = """
     ORDER BY 1, 3, 4 ON CONFLICT DO NOTHING RETURNING owner_id, actor_id, filtered)
    INSERT INTO notification_requests (owner_id, actor_id)
    SELECT DISTINCT owner_id, actor_id FROM told WHERE filtered
     ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""

LIMITED: Final = """EXISTS (
            SELECT FROM actors quiet
             WHERE quiet.id = came.actor_id AND quiet.limited_at IS NOT NULL)"""

_FOLLOWER: Final = """EXISTS (
            SELECT FROM follows
             WHERE follows.follower_id = came.actor_id AND follows.target_id = viewer.actor_id
               AND follows.state = 'accepted'
               AND coalesce(follows.accepted_at, follows.created_at) < now() - interval '3 days')"""
_NEW: Final = """EXISTS (
            SELECT FROM actors young
             WHERE young.id = came.actor_id AND young.joined_at > now() - interval '30 days')"""
_LET_THROUGH: Final = """EXISTS (
            SELECT FROM notification_permissions let
             WHERE let.owner_id = viewer.actor_id AND let.actor_id = came.actor_id)"""
_STEWARD: Final = """EXISTS (
            SELECT FROM accounts steward
             WHERE steward.actor_id = came.actor_id AND steward.role <> 'member')"""
_WROTE_FIRST: Final = """EXISTS (
            SELECT FROM posts own
              JOIN post_mentions named ON named.post_id = own.id AND named.actor_id = came.actor_id
             WHERE own.root_id = p.root_id AND own.author_id = viewer.actor_id
               AND own.visibility = 'mentioned')"""

HEARD: Final = (
    """
       AND NOT EXISTS (
            SELECT FROM mutes
             WHERE mutes.actor_id = viewer.actor_id AND mutes.target_id = came.actor_id
               AND (mutes.until IS NULL OR mutes.until > now()))
       AND NOT EXISTS (
            SELECT FROM blocks
             WHERE (blocks.actor_id = viewer.actor_id AND blocks.target_id = came.actor_id)
                OR (blocks.actor_id = came.actor_id AND blocks.target_id = viewer.actor_id))
       AND NOT EXISTS (
            SELECT FROM actors hidden
             WHERE hidden.id = came.actor_id
               AND (hidden.suspended_at IS NOT NULL OR hidden.gone_at IS NOT NULL))
"""
    + "AND NOT"
    + keeps_server_away("viewer.actor_id", "came.actor_id")
)
WANTED: Final = HEARD + " AND viewer.actor_id <> came.actor_id"
OF_POST: Final = (
    WANTED
    + """
       AND NOT EXISTS (
            SELECT FROM muted_threads
             WHERE muted_threads.actor_id = viewer.actor_id
               AND muted_threads.root_id = p.root_id)"""
)
LET_IN: Final = " AND met.verdict <> 'drop'"


def group(what: str) -> str:
    """The running group of ``what`` (SQL: text), else a new one that begins this hour.

    A group takes in what comes within half a day. Hours of the epoch have six
    digits until 2084, so that they sort as text.
    """
    hour = "floor(extract(epoch FROM now()) / 3600)::bigint"
    return f"""
           coalesce((
            SELECT running.group_key FROM notifications running
             WHERE running.owner_id = viewer.actor_id
               AND running.group_key BETWEEN {what} || '-' || ({hour} - 11)
                                         AND {what} || '-' || {hour}
             ORDER BY running.group_key DESC LIMIT 1), {what} || '-' || {hour})"""


def met(silent: str, *, private: str = "", addressed: bool = False) -> str:
    """Join ``met.verdict``: accept, filter or drop, as the policy of who is told wants it.

    ``silent`` (SQL): stewards have limited where it came from; the person themselves
    may be limited, too. ``private`` (SQL):
    for few people, and no answer. ``addressed``: written to who is told, which
    stewards may do at any time.
    """
    always = f"{_LET_THROUGH} OR {_STEWARD}" if addressed else _LET_THROUGH
    limited = f"({silent} OR {LIMITED})"
    unknown = f"{private} AND NOT {FOLLOWED} AND NOT {_WROTE_FIRST}" if private else "false"
    return f"""
      LEFT JOIN notification_policies rule ON rule.owner_id = viewer.actor_id
      CROSS JOIN LATERAL (
            SELECT CASE
                   WHEN rule.owner_id IS NULL AND NOT {limited} THEN 'accept'
                   WHEN {always} THEN 'accept'
                   WHEN 'drop' = ANY (words) THEN 'drop'
                   WHEN 'filter' = ANY (words) THEN 'filter'
                   ELSE 'accept' END AS verdict
              FROM (SELECT ARRAY[
                   CASE WHEN NOT {FOLLOWED} THEN rule.for_not_following END,
                   CASE WHEN NOT {_FOLLOWER} THEN rule.for_not_followers END,
                   CASE WHEN {_NEW} THEN rule.for_new_accounts END,
                   CASE WHEN {unknown} THEN rule.for_private_mentions END,
                   CASE WHEN {limited} AND NOT {FOLLOWED}
                        THEN coalesce(rule.for_limited_accounts, 'drop') END] AS words) AS said
           ) AS met"""
