"""Hashtags as apps know them. How often one was used is counted for nobody.

Source: https://docs.joinmastodon.org/entities/Tag/
"""

from fedinet.kernel.names import NodeUris


def tag_entity(name: str, uris: NodeUris, *, following: bool, featuring: bool) -> dict[str, object]:
    """``name``: normalised. A reader who is nobody follows and features none."""
    return {
        "id": name,
        "name": name,
        "url": uris.tag_page(name),
        "history": (),
        "following": following,
        "featuring": featuring,
    }
