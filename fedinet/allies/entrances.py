"""How communities let people in, as NodeInfo says it: what we say, and what allies say. Pure.

Source: FEDERATION.md, "Allied communities": ``metadata.joining``.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fedinet.kernel.ids import Domain
from fedinet.kernel.uris import same_origin
from fedinet.markup.names import clean_name
from fedinet.vocab.activity import Document, as_document
from fedinet.vocab.values import web_url

_MAX_NAME: Final = 80
_MAX_ADDRESS: Final = 500


class EntranceState(StrEnum):
    """Who can come in at this moment."""

    INVITATION = "invitation"
    """There is room for those whom a member invites."""
    ASK = "ask"
    """There is room, and strangers can ask."""
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where people come in, and who can. ``name`` may be empty; ``address`` is a page."""

    domain: Domain
    state: EntranceState
    address: str
    name: str = ""


def joining_document(entrance: Entrance) -> dict[str, str]:
    """Say it in NodeInfo, for any software that reads it."""
    return {"state": entrance.state.value, "address": entrance.address}


def read_entrance(nodeinfo: Document, domain: Domain, origin: str) -> Entrance | None:
    """Read what an ally says of itself; None where it says nothing that we understand.

    ``origin``: its own. Nobody is sent anywhere else.
    """
    metadata = as_document(nodeinfo.get("metadata")) or {}
    said = as_document(metadata.get("joining")) or {}
    state, address, name = said.get("state"), web_url(said.get("address")), metadata.get("nodeName")
    if state not in list(EntranceState) or address is None or len(address) > _MAX_ADDRESS:
        return None
    if not same_origin(address, origin + "/"):
        return None
    return Entrance(
        domain=domain,
        state=EntranceState(state),
        address=address,
        name=clean_name(name, max_length=_MAX_NAME) if isinstance(name, str) else "",
    )
