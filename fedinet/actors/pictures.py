"""Where somebody's picture is read: on our server, whoever's it is. Pure."""

from typing import Literal

from fedinet.actors.model import Actor
from fedinet.kernel.names import NodeUris
from fedinet.kernel.pictures import actor_picture_path


def picture_url(actor: Actor, kind: Literal["avatar", "header"], uris: NodeUris) -> str | None:
    """The address of our copy, or of the member's own file; None where there is no picture."""
    url = actor.avatar_url if kind == "avatar" else actor.header_url
    if not url:
        return None
    if uris.is_ours(url):
        return url
    return f"{uris.origin}{actor_picture_path(actor.id, kind, url)}"
