"""The guest: somebody on a server that others wrote, who follows, writes, likes and boosts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from fedinet.demo.model import Person, Scene
from fedinet.demo.peer import Peer
from fedinet.demo.stage import CannotStage
from fedinet.kernel.ids import ObjectUri
from fedinet.markup.compose import MentionLink, find_mentions, render

_CONTEXT: Final = "https://www.w3.org/ns/activitystreams"
_PUBLIC: Final = "https://www.w3.org/ns/activitystreams#Public"


@dataclass(frozen=True, slots=True)
class Guest:
    """Acts as our ``Resident`` does, by the activities of the protocol itself."""

    peer: Peer
    person: Person
    epoch: datetime

    @property
    def handle(self) -> str:
        return self.peer.handle(self.person.username)

    async def arrive(self) -> None:
        await self.peer.introduce(self._name, shown=self.person.name, summary=self.person.bio)

    async def publish(self, scene: Scene, text: str, parent: ObjectUri | None) -> ObjectUri:
        uri = ObjectUri(f"{self.peer.origin}/posts/{uuid4()}")
        published = (self.epoch - scene.age).astimezone(UTC).isoformat()
        people = {handle: _actor_uri(handle) for handle in find_mentions(text)}
        if parent is not None:
            author = await self._author(parent)
            people.setdefault(_handle(author), author)
        note: dict[str, object] = {
            "type": "Note",
            "id": uri,
            "attributedTo": self._me,
            "content": _html(text, people, self.peer.origin),
            "published": published,
            "to": [_PUBLIC],
            "cc": [f"{self._me}/followers", *people.values()],
            "tag": [
                {"type": "Mention", "href": href, "name": f"@{handle}"}
                for handle, href in people.items()
            ],
        }
        if parent is not None:
            note["inReplyTo"] = parent
        create = self._activity("Create", note) | {
            "to": note["to"],
            "cc": note["cc"],
            "published": published,
        }
        for recipient in ("followers", *people.values()):
            await self.peer.send(self._name, recipient, create)
        return uri

    async def edit(self, scene: Scene, text: str, uri: ObjectUri) -> None:
        raise CannotStage(f"The guest edits nothing, not even {uri} ({scene.ago}: {text[:40]}).")

    async def like(self, uri: ObjectUri) -> None:
        await self.peer.send(self._name, await self._author(uri), self._activity("Like", uri))

    async def boost(self, uri: ObjectUri, now: datetime) -> None:
        author = await self._author(uri)
        announce = self._activity("Announce", uri) | {
            "to": [_PUBLIC],
            "cc": [f"{self._me}/followers", author],
            "published": now.astimezone(UTC).isoformat(),
        }
        for recipient in ("followers", author):
            await self.peer.send(self._name, recipient, announce)

    async def follow(self, handle: str) -> None:
        target = _actor_uri(handle)
        await self.peer.send(self._name, target, self._activity("Follow", target))

    async def accept(self, handle: str) -> None:
        """Nothing to do: the server says yes to everybody by itself."""

    @property
    def _name(self) -> str:
        return self.person.username

    @property
    def _me(self) -> str:
        return self.peer.actor(self._name)

    async def _author(self, uri: ObjectUri) -> str:
        return str((await self.peer.read(self._name, uri))["attributedTo"])

    def _activity(self, kind: str, of: object) -> dict[str, object]:
        return {
            "@context": _CONTEXT,
            "id": f"{self.peer.origin}/activities/{uuid4()}",
            "type": kind,
            "actor": self._me,
            "object": of,
        }


def _actor_uri(handle: str) -> str:
    """Where an actor of our nodes is; the guest's server has their documents cached by now."""
    username, _, domain = handle.partition("@")
    return f"http://{domain}/users/{username}"


def _handle(actor_uri: str) -> str:
    domain, _, username = actor_uri.removeprefix("http://").partition("/users/")
    return f"{username}@{domain}"


def _html(text: str, people: dict[str, str], origin: str) -> str:
    links = {
        handle: MentionLink(href=uri, actor_uri=uri, name=handle.partition("@")[0])
        for handle, uri in people.items()
    }
    return render(text, mentions=links, tag_url=lambda tag: f"{origin}/tags/{tag}").html
