"""A form that became a post, or waits to be one: what is sent from it since goes on in another.

Its key leads to that of the next one, so that the same pressed again begins nothing more.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Final

from aiohttp import web

from fedinet.http.auth import Member
from fedinet.http.context import POOL
from fedinet.http.forms import Form
from fedinet.kernel.ids import PostId
from fedinet.posts import kept_store
from fedinet.posts.kept_store import Kept
from fedinet.posts.later import LATER
from fedinet.posts.web_files import Received
from fedinet.posts.write_page import BECAME, SHOWN, SILENT, WAITS

_NO_WORDS: Final = frozenset({"once", BECAME, SHOWN, SILENT})


def key_after(key: str) -> str:
    """The one key that follows another. As long as ``new_key`` makes them."""
    return urlsafe_b64encode(sha256(key.encode()).digest()[:16]).decode().rstrip("=")


async def became_of(
    request: web.Request, writer: Member, once: str, published: PostId | None
) -> str:
    """What became of a form: the number of its post, that it ``WAITS``, or ``""``."""
    if published is not None:
        return str(published)
    waiting = await request.app[LATER].find_form(request.app[POOL], writer.actor_id, once)
    return "" if waiting is None else WAITS


async def unused(
    request: web.Request, writer: Member, form: Form, files: Received, *, is_used: bool = False
) -> tuple[Form, Kept | None]:
    """A form by the first key from its own on that it may be kept by, and what is kept of that.

    That is one from which nothing was sent and, beyond the key that it came with, where nothing
    else is kept. What came of the one that was sent stands in it until it is sent itself.
    ``is_used``: the key that it came with is none of its own.
    """
    once, came = form.value("once"), ""
    while True:
        known = await kept_store.find_form(request.app[POOL], writer.account_id, once)
        became = await became_of(request, writer, once, known.published)
        is_other = is_used and known.kept is not None and not _says(known.kept, form, files)
        if not became and not is_other:
            break
        once, came, is_used = key_after(once), came or became, True
    if not came and known.kept is not None:
        came = known.kept.values.get(BECAME, "")
    said = {"once": once, BECAME: came} if came else {"once": once}
    return replace(form, values={**form.values, **said}), known.kept


def _says(kept: Kept, form: Form, files: Received) -> bool:
    return kept.files == files.choices and _words(kept.values) == _words(form.values)


def _words(values: Mapping[str, str]) -> Mapping[str, str]:
    return {name: said for name, said in values.items() if said and name not in _NO_WORDS}
