"""Work about posts that can wait. Bound to a ``PostSource`` by ``wiring``."""

from collections.abc import Mapping

from fedinet.kernel.errors import Malformed
from fedinet.posts.intake import FETCH_PARENT
from fedinet.posts.remote import PostSource

__all__ = ["FETCH_PARENT", "fetch_parent"]


async def fetch_parent(source: PostSource, payload: Mapping[str, object]) -> None:
    """Find the post that others answer. The payload is ``{"uri": …}``.

    Raises:
        RemoteUnavailable: its server does not answer now; the queue tries again.
    """
    uri = payload.get("uri")
    if not isinstance(uri, str):
        raise Malformed(f"{FETCH_PARENT} without a uri: {payload}")
    await source.find_parent(uri)
