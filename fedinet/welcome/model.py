"""How newcomers are welcomed. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fedinet.desk.model import MatterKind
from fedinet.kernel.ids import ActorId, PostId

ANSWER_WITHIN: Final = timedelta(hours=48)
"""Then stewards see that nobody has answered."""
LISTED_FOR: Final = timedelta(days=30)
"""Nobody answers a hello later than that."""
OF_NEWCOMERS: Final = (MatterKind.NEWCOMER, MatterKind.UNWELCOMED)
"""Lines of the desk, one for each hello that waits for a steward. Their subject is its post."""
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
