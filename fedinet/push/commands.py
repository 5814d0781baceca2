"""Subscribing, choosing, ending. Never the network: a name is judged when it is connected to."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from fedinet.db.query import Tx
from fedinet.kernel.errors import Malformed, Unprocessable
from fedinet.kernel.names import NodeUris
from fedinet.kernel.problems import N_
from fedinet.net.fetch import Fetcher
from fedinet.net.urls import wire_url
from fedinet.node.secrets import SecretBox
from fedinet.notifications.entities import WORDS
from fedinet.notifications.model import Kind
from fedinet.push import store
from fedinet.push.model import MAX_ENDPOINT, MOST_OF_ONE_MEMBER, Choice, Subscription

_WRONG_ENDPOINT: Final = N_("The endpoint of a subscription is a public address with https://")


def check_endpoint(endpoint: str, fetcher: Fetcher, uris: NodeUris) -> str:
    """Return the address that will be sent to, in its final spelling.

    Raises:
        Unprocessable: not https, too long, ours, or an address that we do not connect to.
    """
    if len(endpoint) > MAX_ENDPOINT:
        raise _wrong("too long")
    try:
        hop = wire_url(endpoint)
        host = urlsplit(str(hop)).hostname or ""
    except (Malformed, ValueError) as error:
        raise _wrong("no address") from error
    if hop.origin.scheme != "https" and not fetcher.may_use_plain_http(host):
        raise _wrong("no https")
    if not fetcher.may_lead_outside(host):
        raise _wrong(f"{host} is not public")
    if uris.is_ours(str(hop)):
        raise _wrong("it is ours")
    return str(hop)


async def subscribe(
    tx: Tx, wanted: Subscription, access_token: str, box: SecretBox
) -> Subscription:
    """Ring an app from now on, instead of whatever its token had subscribed to."""
    sealed = box.seal(access_token.encode(), row=row_of(wanted.token_id))
    kept = await store.upsert(tx, wanted, kinds_of(wanted.choice.alerts), sealed)
    await store.keep_newest(tx, wanted.owner_id, MOST_OF_ONE_MEMBER)
    return kept


async def choose(tx: Tx, token_id: int, choice: Choice) -> Subscription | None:
    """Change what rings. None: nothing was subscribed to."""
    return await store.choose(tx, token_id, choice, kinds_of(choice.alerts))


def kinds_of(alerts: Iterable[str]) -> frozenset[Kind]:
    """What of our notifications an app's words mean."""
    words = frozenset(alerts)
    return frozenset(kind for kind, word in WORDS.items() if word in words)


def row_of(token_id: int) -> str:
    """For what a sealed token is sealed."""
    return f"push_subscriptions {token_id}"


def _wrong(why: str) -> Unprocessable:
    return Unprocessable(f"push endpoint: {why}", public=_WRONG_ENDPOINT)
