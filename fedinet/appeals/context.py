"""What appeals ask the application for. ``fedinet.app`` fills it."""

from collections.abc import Callable
from hmac import compare_digest
from typing import Final

from aiohttp import web

from fedinet.actors.verify import Verifier
from fedinet.kernel.errors import NotFound

APPEAL_VERIFIER: web.AppKey[Verifier] = web.AppKey("appeal_verifier", Verifier)
"""Reads the keys of refused servers too, which nobody else here does."""

APPEAL_TAG: web.AppKey[Callable[[str], str]] = web.AppKey("appeal_tag")
"""Marks an appeal's number with the node's own key, so that its address is a secret."""

PLACE: Final = r"/policy/appeal/{id:[0-9]{1,18}}-{tag:[0-9a-f]{32}}"


def place_of(app: web.Application, appeal_id: int) -> str:
    """The address of an appeal, for who made it. Nobody guesses it."""
    return f"/policy/appeal/{appeal_id}-{app[APPEAL_TAG](f'appeal {appeal_id}')}"


def read_place(request: web.Request) -> int:
    """The number in an address that we gave.

    Raises:
        NotFound: we did not.
    """
    appeal_id = int(request.match_info["id"])
    made = request.app[APPEAL_TAG](f"appeal {appeal_id}")
    if not compare_digest(made, request.match_info["tag"]):
        raise NotFound("an appeal's address that we never gave")
    return appeal_id
