"""Who is frozen reads, where others have a form, why they cannot write and whom to ask."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from fedinet.accounts.model import PublicMember
from fedinet.accounts.store import list_stewards
from fedinet.http.auth import Member
from fedinet.http.context import POOL
from fedinet.http.pages import render
from fedinet.posts.context import WHY_FROZEN


@dataclass(frozen=True, slots=True)
class WhyFrozen:
    """``reason``: as the stewards gave it, or ``""``. ``language``: of it, where it is known."""

    reason: str
    language: str
    stewards: Sequence[PublicMember]


async def why_frozen(request: web.Request, reader: Member | None) -> WhyFrozen | None:
    """None: they are not, and may write."""
    if reader is None or not reader.is_frozen:
        return None
    pool = request.app[POOL]
    reason, language = await request.app[WHY_FROZEN](pool, reader.actor_id)
    stewards = await list_stewards(pool)
    return WhyFrozen(reason, language, [one for one in stewards if one.username != reader.username])


async def frozen_page(request: web.Request, writer: Member) -> web.Response | None:
    """Instead of a page for writing. None: they may write."""
    frozen = await why_frozen(request, writer)
    return None if frozen is None else render(request, "posts/frozen.html", frozen=frozen)
