"""A member's own pictures as changes of the profile. Pure."""

from dataclasses import replace

from fedinet.actors.model import ProfileChange
from fedinet.kernel.pictures import own_path
from fedinet.media.model import Media, Purpose


def with_picture(change: ProfileChange, picture: Media, origin: str) -> ProfileChange:
    """A change that makes this the member's picture. Its address is new with each picture."""
    url = f"{origin}{own_path(picture.key)}"
    if picture.purpose == "avatar":
        return replace(change, avatar_url=url)
    return replace(change, header_url=url)


def without_picture(kind: Purpose) -> ProfileChange:
    """A change that takes the picture away, with what was said of it."""
    if kind == "avatar":
        return ProfileChange(avatar_url="", avatar_description="")
    return ProfileChange(header_url="", header_description="")
