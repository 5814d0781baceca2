"""Scheduled posts as apps know them.

Source: https://docs.joinmastodon.org/entities/ScheduledStatus/
"""

from collections.abc import Mapping, Sequence

from fedinet.accounts.entities import VISIBILITY_WORDS
from fedinet.accounts.quote_words import QUOTE_POLICY_WORDS
from fedinet.audiences.model import Visibility
from fedinet.db.query import Conn
from fedinet.http.json import timestamp
from fedinet.kernel.ids import ActorId
from fedinet.kernel.names import NodeUris
from fedinet.media.entities import media_entity
from fedinet.media.model import Media
from fedinet.media.store import list_own
from fedinet.polls.model import PollDraft
from fedinet.scheduled.model import ScheduledPost


async def render_scheduled(
    conn: Conn, uris: NodeUris, owner_id: ActorId, scheduled: Sequence[ScheduledPost]
) -> list[dict[str, object]]:
    """ScheduledStatus entities for their author. Files that are gone are left out."""
    wanted = {choice.media_id for one in scheduled for choice in one.draft.files}
    files = await list_own(conn, owner_id, wanted) if wanted else {}
    return [_entity(one, files, uris) for one in scheduled]


def _entity(one: ScheduledPost, files: Mapping[int, Media], uris: NodeUris) -> dict[str, object]:
    draft = one.draft
    chosen = [choice.media_id for choice in draft.files]
    policy = draft.quote_policy
    return {
        "id": str(one.id),
        "scheduled_at": timestamp(one.due_at),
        "params": {
            "text": draft.text,
            "poll": None if draft.poll is None else _poll(draft.poll),
            "media_ids": [str(media_id) for media_id in chosen] or None,
            "sensitive": draft.sensitive,
            "spoiler_text": draft.content_note or None,
            "visibility": VISIBILITY_WORDS[draft.visibility],
            "local_only": draft.visibility in (Visibility.COMMUNITY, Visibility.ALLIES),
            "in_reply_to_id": None if draft.parent_id is None else str(draft.parent_id),
            "language": draft.language,
            "application_id": one.app_id or 0,
            "scheduled_at": None,
            "idempotency": None,
            "with_rate_limit": False,
            "quoted_status_id": None if draft.quoted_id is None else str(draft.quoted_id),
            "quote_approval_policy": None if policy is None else QUOTE_POLICY_WORDS[policy],
        },
        "media_attachments": [
            media_entity(files[media_id], uris) for media_id in chosen if media_id in files
        ],
    }


def _poll(poll: PollDraft) -> dict[str, object]:
    return {
        "options": list(poll.options),
        "expires_in": int(poll.lasts.total_seconds()),
        "multiple": poll.multiple,
        "hide_totals": poll.hides_totals,
    }
