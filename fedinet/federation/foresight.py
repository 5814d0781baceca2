"""What a change of the rules would do, as one steward may know it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn
from fedinet.federation.conversations_store import Conversation, list_conversations
from fedinet.policy.impact.preview import Change, Impact
from fedinet.policy.impact.store import preview
from fedinet.policy.ruleset import Ruleset


@dataclass(frozen=True, slots=True)
class Foresight:
    """``conversations``: of those that would be cut, some that the steward may read."""

    impact: Impact
    conversations: Sequence[Conversation] = ()


async def foresee(
    conn: Conn, rules: Ruleset, change: Change, *, viewer: Viewer, now: datetime
) -> Foresight:
    """Say what a change would do, and change nothing. ``rules`` are those of now."""
    impact = await preview(conn, rules, change, now=now)
    if not impact.lost.conversations:
        return Foresight(impact)
    return Foresight(impact, await list_conversations(conn, viewer, impact.losing, now=now))
