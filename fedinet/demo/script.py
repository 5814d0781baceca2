"""Reads ``cast/*.toml``: one file per community, one for what happens, one for the guest."""

from hashlib import sha256
from importlib.resources import files
from typing import Final

import msgspec

from fedinet.demo.model import Community, Person, Scene, Script, check

COMMUNITIES: Final = ("loods", "wetland", "civic")
_FILES: Final = (*COMMUNITIES, "scenes", "guest")


class _Scenes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scene: tuple[Scene, ...]


class _Guest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    person: Person
    followers: tuple[str, ...]
    scene: tuple[Scene, ...]


def read_script() -> Script:
    """Read and check the whole demo.

    Raises:
        BadCast: see ``model.check``.
    """
    guest = msgspec.toml.decode(_text("guest"), type=_Guest)
    return check(
        Script(
            communities=tuple(
                msgspec.toml.decode(_text(name), type=Community) for name in COMMUNITIES
            ),
            scenes=msgspec.toml.decode(_text("scenes"), type=_Scenes).scene,
            guest=guest.person,
            guest_followers=guest.followers,
            guest_scenes=guest.scene,
        )
    )


def edition() -> str:
    """A word that changes when the text of the demo does."""
    return sha256("".join(map(_text, _FILES)).encode()).hexdigest()[:12]


def _text(name: str) -> str:
    return files("fedinet.demo").joinpath("cast", f"{name}.toml").read_text("utf-8")
