"""NodeInfo 2.0 and 2.1: what software this is, and how many it serves. Pure.

Source: https://nodeinfo.diaspora.software/schema.html; FEP-2677.
"""

from dataclasses import dataclass
from typing import Final

from fedinet import __version__
from fedinet.allies.entrances import Entrance, joining_document
from fedinet.discovery.model import APPLICATION_ACTOR
from fedinet.kernel.names import NodeUris

VERSIONS: Final = ("2.1", "2.0")
_SCHEMA: Final = "http://nodeinfo.diaspora.software/ns/schema/"


@dataclass(frozen=True, slots=True)
class Usage:
    """Round numbers about the node. Nobody's own."""

    members: int
    active_month: int
    active_half_year: int
    local_posts: int
    servers: int
    """That wrote to us, or that members here talk with. Which ones is nobody's business."""


def links(uris: NodeUris) -> dict[str, object]:
    """Answer ``/.well-known/nodeinfo``, newest schema first, and name the node actor."""
    found = [
        {"rel": f"{_SCHEMA}{version}", "href": f"{uris.origin}/nodeinfo/{version}"}
        for version in VERSIONS
    ]
    return {"links": [*found, {"rel": APPLICATION_ACTOR, "href": uris.node_actor}]}


def media_type(version: str) -> str:
    return f'application/json; profile="{_SCHEMA}{version}#"'


def document(
    version: str, usage: Usage, *, name: str, purpose: str, entrance: Entrance
) -> dict[str, object]:
    """Describe the node, and how people come in.

    What 2.1 adds (addresses of the software) is optional and left out.
    """
    return {
        "version": version,
        "software": {"name": "fedinet", "version": __version__},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {
            "users": {
                "total": usage.members,
                "activeMonth": usage.active_month,
                "activeHalfyear": usage.active_half_year,
            },
            "localPosts": usage.local_posts,
        },
        "metadata": {
            "nodeName": name,
            "nodeDescription": purpose,
            "joining": joining_document(entrance),
        },
    }
