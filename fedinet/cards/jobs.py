"""Reading the page that a post links to: once, for everybody who links to it."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from fedinet.cards import store
from fedinet.cards.model import MAY_ASK, Card, first_link
from fedinet.cards.reading import MAX_HTML_BYTES, read_page, with_oembed
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.ids import PostId
from fedinet.kernel.names import NodeUris
from fedinet.net.fetch import Fetcher
from fedinet.queue.jobs import enqueue_job
from fedinet.queue.loop import every

logger = logging.getLogger(__name__)

READ_LINK: Final = "cards.read_link"
"""Job with ``{"post_id": …}``: give a post the card of its first link."""
_MAX_ATTEMPTS: Final = 3
_AGAIN: Final = timedelta(minutes=5)
_DAY_S: Final = 24 * 3600.0
_OEMBED_BYTES: Final = 64 * 1024
_TIMEOUT_S: Final = 8.0
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})


async def promise_read(tx: Tx, post_id: PostId, due_at: datetime | None = None) -> None:
    await enqueue_job(tx, READ_LINK, {"post_id": post_id}, due_at=due_at)


async def read_link(
    pool: Pool, fetcher: Fetcher, uris: NodeUris, payload: Mapping[str, object]
) -> None:
    """Give a post the card of its first link; read the page if nobody has, lately.

    Raises:
        Malformed: not a payload of this job.
    """
    post_id = payload.get("post_id")
    if not isinstance(post_id, int):
        raise Malformed(f"{READ_LINK} with {payload}")
    url = await _wanted(pool, fetcher, uris, PostId(post_id))
    async with transaction(pool) as tx:
        if url is None:
            await store.unlink_card(tx, PostId(post_id))
            return
        card_id = await store.link_card(tx, PostId(post_id), url)
        attempts = await store.claim(tx, card_id)
    if attempts is None:
        return
    try:
        card = await _read(fetcher, uris, url)
    except FedinetError as error:
        logger.info("cards.not_read post=%d attempts=%d why=%s", post_id, attempts, error)
        async with transaction(pool) as tx:
            is_over = not error.retryable or attempts >= _MAX_ATTEMPTS
            await store.postpone(tx, card_id, _DAY_S if is_over else 0)
            if not is_over:
                await promise_read(tx, PostId(post_id), datetime.now(UTC) + _AGAIN)
        return
    async with transaction(pool) as tx:
        await store.keep(tx, card_id, card)


async def forget_cards(pool: Pool, stop: asyncio.Event) -> None:
    """Delete what no post shows any more, once a day."""

    async def step() -> None:
        async with transaction(pool) as tx:
            await store.delete_unused(tx, limit=10_000)

    await every(_DAY_S, step, stop, name="cards")


async def _wanted(pool: Pool, fetcher: Fetcher, uris: NodeUris, post_id: PostId) -> str | None:
    """The address to read for a post, by what it says now and what the rules let in."""
    post = await store.find_linking(pool, post_id)
    if post is None or post.visibility not in MAY_ASK or post.has_files:
        return None
    url = first_link(post.html, uris.is_ours)
    if url is None or post.is_local:
        return url
    try:
        await fetcher.check_permitted("media", post.domain)
    except FedinetError:  # a rule keeps pictures of that server out
        return None
    return url


async def _read(fetcher: Fetcher, uris: NodeUris, url: str) -> Card | None:
    """Fetch a page, and its oEmbed data where it names some. None: nothing to show.

    Raises:
        FedinetError: it cannot be had; a rule refuses its server.
    """
    answer = await fetcher.get(
        url,
        accept="text/html, application/xhtml+xml",
        max_bytes=MAX_HTML_BYTES,
        timeout_s=_TIMEOUT_S,
        only_beginning=True,
    )
    kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if answer.status != 200 or kind not in _PAGES or uris.is_ours(answer.url):
        return None
    page = await asyncio.to_thread(read_page, answer.body, answer.url, answer.headers)
    if page.card is None or not page.oembed or uris.is_ours(page.oembed):
        return page.card
    try:
        more = await fetcher.get(
            page.oembed, accept="application/json", max_bytes=_OEMBED_BYTES, timeout_s=_TIMEOUT_S
        )
    except FedinetError as error:
        logger.info("cards.no_oembed url=%s why=%s", page.oembed, error)
        return page.card
    return with_oembed(page.card, more.body) if more.status == 200 else page.card
