"""What ``fedinet check`` looks at where names end in another domain than that of the pages."""

from typing import Final
from urllib.parse import urlencode, urljoin

import aiohttp
import msgspec

from fedinet.actors.jrd import read_jrd
from fedinet.actors.store import node_username
from fedinet.kernel.errors import Malformed
from fedinet.settings import Settings
from fedinet.vocab.activity import as_document

_ASK_S: Final = 5.0
_MAX_BYTES: Final = 100_000
_MAX_REDIRECTS: Final = 3


class LeadsElsewhere(Exception):
    """Other servers would not find our members. Its text says what was seen."""


async def ask_for_our_names(settings: Settings) -> str | None:
    """Look for the node at its account domain as other servers do. None: it is found there.

    Else what was seen instead, as a sentence.
    """
    account = f"acct:{node_username(settings.account_domain)}@{settings.account_domain}"
    asked = f"{settings.origin.scheme}://{settings.account_domain}/.well-known/webfinger"
    url = f"{asked}?{urlencode({'resource': account})}"
    try:
        timeout = aiohttp.ClientTimeout(total=_ASK_S)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
            found = await _follow(session, url)
    except LeadsElsewhere as error:
        return f"{asked} {error}"
    except (aiohttp.ClientError, OSError) as error:
        return f"{asked} does not answer: {str(error) or type(error).__name__}"
    if found != settings.uris.node_actor:
        return f"{asked} leads to {found or 'nobody'}, not to {settings.origin}."
    return None


async def _follow(session: aiohttp.ClientSession, url: str) -> str | None:
    """Ask, going where redirects lead; whose document the answer names.

    Raises:
        LeadsElsewhere: another answer than WebFinger's, or round in a circle.
    """
    for _ in range(_MAX_REDIRECTS + 1):
        async with session.get(url, allow_redirects=False) as answer:
            if answer.status in {301, 302, 303, 307, 308}:
                url = urljoin(url, answer.headers.get("Location", ""))
                continue
            if answer.status != 200:
                raise LeadsElsewhere(f"answers {answer.status}, at {answer.url.origin()}")
            body = await answer.content.read(_MAX_BYTES)
        try:
            return read_jrd(as_document(msgspec.json.decode(body)) or {}).actor_uri
        except (msgspec.DecodeError, Malformed) as error:
            raise LeadsElsewhere("answers with something that is not WebFinger") from error
    raise LeadsElsewhere("leads from redirect to redirect")
