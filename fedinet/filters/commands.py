"""What members do with their filters. Nobody else is told.

The caller holds ``store.lock_owner``, so that what is read here stays so.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from fedinet.audiences.model import Viewer
from fedinet.db.query import Conn, Tx
from fedinet.filters import store
from fedinet.filters.model import (
    MAX_FILTERS,
    MAX_KEYWORDS,
    MAX_POSTS,
    Action,
    Filter,
    FilteredPost,
    Keyword,
    KeywordWish,
    Wish,
    check_action,
    check_contexts,
    check_filter_title,
    check_keyword,
)
from fedinet.kernel.errors import NotFound, Unprocessable
from fedinet.kernel.ids import ActorId, PostId, first_id_at
from fedinet.kernel.problems import N_
from fedinet.posts.store import get_visible

_SECOND_CLICK: Final = timedelta(minutes=1)


async def create(tx: Tx, owner_id: ActorId, wish: Wish) -> Filter:
    """Begin a filter.

    Raises:
        Unprocessable: no title, no context, or there are enough of them.
    """
    filters, _, _ = await store.count(tx, owner_id)
    if filters >= MAX_FILTERS:
        raise _enough("filters", MAX_FILTERS)
    filter_id = await store.insert_filter(
        tx,
        owner_id,
        title=check_filter_title(wish.title or ""),
        contexts=check_contexts(wish.contexts or ()),
        action=check_action(wish.action or Action.WARN),
        expires_at=wish.expires_at,
    )
    await _set_keywords(tx, await get(tx, owner_id, filter_id), wish.keywords)
    return await get(tx, owner_id, filter_id)


async def create_once(tx: Tx, owner_id: ActorId, wish: Wish, now: datetime) -> Filter:
    """Begin a filter on the pages: the same of a moment ago is that of a second click.

    Raises:
        Unprocessable: as ``create``.
    """
    words = sorted((one.keyword or "").strip() for one in wish.keywords)
    for made in await store.list_filters(tx, owner_id):
        is_same = (made.title, made.action, {*made.contexts}) == (
            check_filter_title(wish.title or ""),
            wish.action or Action.WARN,
            {*(wish.contexts or ())},
        )
        is_new = made.id >= first_id_at(now - _SECOND_CLICK)
        if is_same and is_new and sorted(one.keyword for one in made.keywords) == words:
            return made
    return await create(tx, owner_id, wish)


async def change(tx: Tx, owner_id: ActorId, filter_id: int, wish: Wish) -> Filter:
    """Change a filter, and its keywords.

    Raises:
        NotFound: none of this member, or a keyword that is not in it.
        Unprocessable: it cannot be so.
    """
    now = await get(tx, owner_id, filter_id)
    changed = replace(
        now,
        title=now.title if wish.title is None else check_filter_title(wish.title),
        contexts=now.contexts if wish.contexts is None else check_contexts(wish.contexts),
        action=now.action if wish.action is None else check_action(wish.action),
        expires_at=now.expires_at if wish.keeps_expiry else wish.expires_at,
    )
    await store.update_filter(tx, changed)
    await _set_keywords(tx, now, wish.keywords)
    return await get(tx, owner_id, filter_id)


async def get(conn: Conn, owner_id: ActorId, filter_id: int) -> Filter:
    """Raises ``NotFound`` for none, and for somebody else's."""
    for one in await store.list_filters(conn, owner_id):
        if one.id == filter_id:
            return one
    raise NotFound(f"no filter {filter_id} of {owner_id}")


async def get_keyword(conn: Conn, owner_id: ActorId, keyword_id: int) -> tuple[Filter, Keyword]:
    """Raises ``NotFound`` for none, and for somebody else's."""
    for one in await store.list_filters(conn, owner_id):
        for keyword in one.keywords:
            if keyword.id == keyword_id:
                return one, keyword
    raise NotFound(f"no filter keyword {keyword_id} of {owner_id}")


async def get_filtered_post(conn: Conn, owner_id: ActorId, row_id: int) -> FilteredPost:
    """Raises ``NotFound`` for none, and for somebody else's."""
    for one in await store.list_filters(conn, owner_id):
        for listed in one.posts:
            if listed.id == row_id:
                return listed
    raise NotFound(f"no filtered post {row_id} of {owner_id}")


async def add_keyword(tx: Tx, of: Filter, keyword: str, *, whole_word: bool) -> Keyword:
    """Raises ``Unprocessable`` for one that cannot be, or if there are enough."""
    keyword = check_keyword(keyword)
    _, keywords, _ = await store.count(tx, of.owner_id)
    if keywords >= MAX_KEYWORDS:
        raise _enough("keywords", MAX_KEYWORDS)
    row_id = await store.insert_keyword(tx, of.id, keyword, whole_word=whole_word)
    return Keyword(id=row_id, keyword=keyword, whole_word=whole_word)


async def add_post(tx: Tx, viewer: Viewer, of: Filter, post_id: PostId) -> FilteredPost:
    """Filter one post.

    Raises:
        NotFound: there is none, or it is not for this member.
        Unprocessable: there are enough.
    """
    post = await get_visible(tx, viewer, post_id)
    _, _, posts = await store.count(tx, of.owner_id)
    if posts >= MAX_POSTS:
        raise _enough("posts", MAX_POSTS)
    return FilteredPost(id=await store.insert_post(tx, of.id, post.id), post_id=post.id)


async def _set_keywords(tx: Tx, of: Filter, wishes: Sequence[KeywordWish]) -> None:
    standing = {keyword.id: keyword for keyword in of.keywords}
    for wish in wishes:
        if wish.id is None:
            await add_keyword(tx, of, wish.keyword or "", whole_word=wish.whole_word is not False)
            continue
        now = standing.get(wish.id)
        if now is None:
            raise NotFound(f"no keyword {wish.id} in filter {of.id}")
        if wish.removed:
            await store.delete_keyword(tx, now.id)
        else:
            await change_keyword(tx, now, wish)


async def change_keyword(tx: Tx, now: Keyword, wish: KeywordWish) -> Keyword:
    """Raises ``Unprocessable`` for one that cannot be."""
    changed = replace(
        now,
        keyword=now.keyword if wish.keyword is None else check_keyword(wish.keyword),
        whole_word=now.whole_word if wish.whole_word is None else wish.whole_word,
    )
    await store.update_keyword(tx, changed)
    return changed


def _enough(what: str, most: int) -> Unprocessable:
    return Unprocessable(
        f"more than {most} {what}",
        public=N_("That is more than filters can hold. Take something out first"),
    )
