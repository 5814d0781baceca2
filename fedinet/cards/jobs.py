"""Reading the page that a post links to: once, for everybody who links to it."""

import asyncio
import logging
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from fedinet.cards import store
from fedinet.cards.model import MAY_ASK, Card, first_link
from fedinet.cards.reading import MAX_HTML_BYTES, read_page, with_oembed
from fedinet.cards.store import Linking
from fedinet.db.pool import transaction
from fedinet.db.query import Pool, Tx
from fedinet.kernel.errors import FedinetError, Malformed
from fedinet.kernel.ids import PostId
from fedinet.kernel.names import NodeUris
from fedinet.net.fetch import Fetcher
from fedinet.queue.jobs import enqueue_job
from fedinet.queue.loop import every

logger = logging.getLogger(__name__)

LOOK_AT_LINKS: Final = "cards.look_at_links"
"""Job with ``{"post_ids": [...]}``: give each post the card of its first link."""
READ_PAGE: Final = "cards.read_page"
"""Job with ``{"card_id": ...}``: read a page for everybody who links to it."""
_MAX_ATTEMPTS: Final = 3
_AGAIN: Final = timedelta(minutes=5)
_SPREAD_S: Final = 60.0
_DAY_S: Final = 24 * 3600.0
_OEMBED_BYTES: Final = 64 * 1024
_TIMEOUT_S: Final = 8.0
_PAGES: Final = frozenset({"text/html", "application/xhtml+xml"})


async def look_at_links(
    pool: Pool, fetcher: Fetcher, uris: NodeUris, payload: Mapping[str, object]
) -> None:
    """Give posts the cards of their first links, and promise to read pages nobody has lately.

    Raises:
        Malformed: not a payload of this job.
    """
    post_ids = payload.get("post_ids")
    if not isinstance(post_ids, list):
        raise Malformed(f"{LOOK_AT_LINKS} with {payload}")
    wanted = [PostId(one) for one in cast("list[int]", post_ids)]
    posts = await store.list_posts(pool, wanted)
    links: dict[PostId, str] = {}
    for post in posts:
        url = await _wanted(fetcher, uris, post)
        if url is not None:
            links[post.id] = url
    at_once = {links[post.id] for post in posts if post.is_local and post.id in links}
    async with transaction(pool) as tx:
        await store.unlink_cards(tx, [one for one in wanted if one not in links])
        for card_id, url in await store.link_cards(tx, links) if links else ():
            await _promise(tx, card_id, timedelta() if url in at_once else _moment())


async def read_page_of(
    pool: Pool, fetcher: Fetcher, uris: NodeUris, payload: Mapping[str, object]
) -> None:
    """Read the page of a card.

    Raises:
        Malformed: not a payload of this job.
    """
    card_id = payload.get("card_id")
    if not isinstance(card_id, int):
        raise Malformed(f"{READ_PAGE} with {payload}")
    page = await store.find_page(pool, card_id)
    if page is None:
        return
    url, failed = page
    try:
        card = await _read(fetcher, uris, url)
    except FedinetError as error:
        failed += 1
        logger.info("cards.not_read card=%d failed=%d why=%s", card_id, failed, error)
        is_over = not error.retryable or failed >= _MAX_ATTEMPTS
        async with transaction(pool) as tx:
            await store.postpone(tx, card_id, failed, _DAY_S)
            if not is_over:
                await _promise(tx, card_id, _AGAIN)
        return
    async with transaction(pool) as tx:
        await store.keep(tx, card_id, card)


async def _promise(tx: Tx, card_id: int, wait: timedelta) -> None:
    await enqueue_job(tx, READ_PAGE, {"card_id": card_id}, due_at=datetime.now(UTC) + wait)


def _moment() -> timedelta:
    """A post reaches many servers at once; each waits for a moment of its own, so that the page
    is not asked by all of them together.
    """
    return timedelta(seconds=random.uniform(1, _SPREAD_S))  # noqa: S311  # not a secret


async def forget_cards(pool: Pool, stop: asyncio.Event) -> None:
    """Delete what no post shows any more, once a day."""

    async def step() -> None:
        async with transaction(pool) as tx:
            await store.delete_unused(tx, limit=10_000)

    await every(_DAY_S, step, stop, name="cards")


async def _wanted(fetcher: Fetcher, uris: NodeUris, post: Linking) -> str | None:
    """The address to read for a post, by what it says now and what the rules let in."""
    if post.visibility not in MAY_ASK or post.has_files:
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
