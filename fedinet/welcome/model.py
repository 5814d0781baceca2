"""How newcomers are welcomed. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fedinet.kernel.ids import ActorId, PostId

ANSWER_WITHIN: Final = timedelta(hours=48)
"""Then stewards see that nobody has answered."""
LISTED_FOR: Final = timedelta(days=30)
"""Nobody answers a hello later than that."""
LATE: Final = "late"
"""The subject of the one line on the desk."""
MAX_HELLO: Final = 5000
MOST_LISTED: Final = 100
SUGGESTED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """Somebody said hello. ``post_id`` None: they deleted it, and nobody waits."""

    actor_id: ActorId
    post_id: PostId | None
    made_at: datetime
    answered_at: datetime | None
