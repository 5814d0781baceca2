"""What tells several letters of one person apart, where who waits is named."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from fedinet.audiences.model import Viewer
from fedinet.conversations.waiting_store import Kind, Waiting
from fedinet.db.query import Conn
from fedinet.filters.folding import done_to
from fedinet.filters.model import Filter
from fedinet.kernel.ids import PostId
from fedinet.posts.store import list_visible
from fedinet.posts.words import first_words

_MOST_WORDS: Final = 60


async def words_of_several(
    conn: Conn,
    viewer: Viewer,
    waiting: Sequence[Waiting],
    filters: Sequence[Filter],
    now: datetime,
) -> dict[PostId, str]:
    """Read the first words of letters whose writer has sent several; of others nothing is asked.

    A letter that a filter of the viewer's meets has none.
    """
    letters = [one for one in waiting if one.kind is Kind.LETTER]
    number = Counter(one.actor_id for one in letters)
    ids = [one.post_id for one in letters if one.post_id and number[one.actor_id] > 1]
    if not ids or viewer.actor_id is None:
        return {}
    posts = await list_visible(conn, viewer, ids)
    return {
        post.id: first_words(post, _MOST_WORDS)
        for post in posts.values()
        if not done_to(post, filters, viewer.actor_id, now).warning
    }
