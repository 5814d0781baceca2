"""Asking other servers which actor a handle stands for, and which handle an actor has.

A handle is bound to an actor only when the actor's own document names it, and
the WebFinger answer of that name leads back to the very same id (TRAPS 23).
"""

from typing import Final

from fedinet.actors.jrd import Handle, Jrd, read_handle, read_jrd, read_template
from fedinet.kernel.errors import Malformed, NotFound, RemoteUnavailable
from fedinet.kernel.uris import origin_of
from fedinet.net.fetch import Fetcher, Response
from fedinet.vocab.json import decode

_JRD: Final = "application/jrd+json, application/json"
_XRD: Final = "application/xrd+xml, application/xml, text/xml"
_MAX_BYTES: Final = 256 * 1024
_MAX_XRD_BYTES: Final = 16 * 1024
"""Its parser takes quadratic time over what is no XML; a real one has 300 bytes."""
TIMEOUT_S: Final = 5.0


async def look_up(fetcher: Fetcher, handle: Handle) -> Jrd:
    """Ask the handle's own domain; where it has no WebFinger, ask what its host-meta names.

    Raises:
        NotFound: the domain knows no such name.
        Malformed: the answer is no JRD.
        RemoteUnavailable: no answer.
    """
    server = _server(fetcher, handle)
    response = await _ask(fetcher, f"{server}/.well-known/webfinger?resource=acct:{handle}")
    if response.status == 404:
        template = await _template(fetcher, server)
        if template is not None:
            response = await _ask(fetcher, template.replace("{uri}", f"acct:{handle}"))
    return read_jrd(decode(_body(response, handle)))


async def bind(
    fetcher: Fetcher, actor_uri: str, username: str, *, claimed: str | None = None
) -> Handle | None:
    """Find the handle of an actor whose authentic document was just read.

    ``username`` is its ``preferredUsername``; ``claimed`` its ``webfinger``
    property (FEP-2c59), which wins. None: nothing leads back to ``actor_uri``.

    Raises:
        RemoteUnavailable: somebody on the way did not answer.

    Source: Mastodon ``process_account_service.rb#check_webfinger!``
    """
    first = _named(actor_uri, username, claimed)
    if first is None:
        return None
    try:
        answer = await look_up(fetcher, first)
        if first.is_same(answer.subject):
            return first if answer.actor_uri == actor_uri else None
        second = answer.subject
        if second is None or second.username.lower() != first.username.lower():
            return None
        again = await look_up(fetcher, second)
    except (NotFound, Malformed):
        return None
    is_bound = second.is_same(again.subject) and again.actor_uri == actor_uri
    return Handle(first.username, second.domain) if is_bound else None


def _named(actor_uri: str, username: str, claimed: str | None) -> Handle | None:
    try:
        if claimed:
            return read_handle(claimed)
        return read_handle(f"{username}@{origin_of(actor_uri).domain}")
    except Malformed:
        return None


def _server(fetcher: Fetcher, handle: Handle) -> str:
    """The server of a domain. Only in development can it be one without TLS."""
    host = origin_of(f"https://{handle.domain}/").host
    return f"{'http' if fetcher.may_use_plain_http(host) else 'https'}://{handle.domain}"


async def _ask(fetcher: Fetcher, url: str) -> Response:
    return await fetcher.get(url, accept=_JRD, max_bytes=_MAX_BYTES, timeout_s=TIMEOUT_S)


async def _template(fetcher: Fetcher, server: str) -> str | None:
    response = await fetcher.get(
        f"{server}/.well-known/host-meta",
        accept=_XRD,
        max_bytes=_MAX_XRD_BYTES,
        timeout_s=TIMEOUT_S,
    )
    if response.status != 200:
        return None
    return read_template(response.body.decode("utf-8", "replace"))


def _body(response: Response, handle: Handle) -> bytes:
    match response.status:
        case 200:
            return response.body
        case 400 | 404 | 410:
            raise NotFound(f"{handle}: {response.status} from {response.url}")
        case _:
            raise RemoteUnavailable(f"{handle}: {response.status} from {response.url}")
