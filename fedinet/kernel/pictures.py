"""Addresses of pictures: ours by their key, those of others by the row that names them. Pure.

An address never holds another address (TRAPS 33): a copy of somebody's picture
is asked for by the row of the actor or the post, and a digest that changes with
the picture.
"""

from hashlib import sha256

from fedinet.kernel.ids import ActorId, PostId


def own_path(key: str, *, small: bool = False) -> str:
    return f"/media/{key}/small" if small else f"/media/{key}"


def attachment_path(post_id: PostId, url: str, *, small: bool = False) -> str:
    """Of our copy of what a post elsewhere shows."""
    return f"/media/posts/{post_id}/{digest(url)}" + ("/small" if small else "")


def actor_picture_path(actor_id: ActorId, kind: str, url: str) -> str:
    """Of our copy of somebody's picture; ``kind`` is ``avatar`` or ``header``."""
    return f"/media/actors/{actor_id}/{kind}/{digest(url)}"


def digest(url: str) -> str:
    """Sixteen letters that stand for an address."""
    return sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:16]
