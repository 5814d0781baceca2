"""Who the handle in an address is. Never the network: unknown people are looked for by search."""

from dataclasses import dataclass

from fedinet.actors.jrd import read_handle
from fedinet.actors.model import Actor
from fedinet.actors.store import find_by_handle, find_local_by_name
from fedinet.db.query import Pool
from fedinet.kernel.errors import Gone, Malformed, NotFound
from fedinet.kernel.ids import Domain


@dataclass(frozen=True, slots=True)
class OurDomains:
    """Both name us: that of the handles, and that of the addresses."""

    account: Domain
    web: Domain


async def get_by_handle(pool: Pool, handle: str, ours: OurDomains) -> Actor:
    """Find whom ``ada`` or ``bob@b.example`` names, in any case of letters.

    Raises:
        NotFound: nobody whom we know, nothing that can be a handle, or suspended here.
        Gone: they have left, or deleted their account.
    """
    found = await _find(pool, handle, ours)
    if found is None or found.is_suspended:
        raise NotFound(f"nobody known as {handle[:300]!r}")
    if found.is_gone:
        raise Gone(f"{found.full_handle} has left")
    return found


async def _find(pool: Pool, handle: str, ours: OurDomains) -> Actor | None:
    if "@" not in handle:
        return await find_local_by_name(pool, handle)
    try:
        asked = read_handle(handle)
    except Malformed:
        return None
    if asked.domain in (ours.account, ours.web):
        return await find_local_by_name(pool, asked.username)
    return await find_by_handle(pool, asked.username, asked.domain)
