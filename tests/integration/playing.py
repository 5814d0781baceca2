"""Documents of other software played to a node by servers that stand for their origins.

The origin of whoever sends a document becomes one loopback server, all others a
second one; each document has a path of its own on both, so that none meets
another. What becomes of it is a ``Reading``: how the inbox or the worker ended
it, and what a member who follows the sender reads.
"""

import csv
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fedinet.db.pool import transaction
from fedinet.kernel.errors import FedinetError
from fedinet.kernel.ids import KeyUri
from fedinet.markup.sanitise import clean_html, plain_text
from fedinet.posts.facts import whole_html
from fedinet.posts.model import Post
from fedinet.posts.store import list_visible
from fedinet.signing.keys import SigningKey, public_of
from fedinet.vocab.activity import ACTOR_TYPES, as_document, listed, type_of, uri_of
from fedinet.vocab.kinds import is_to_read, may_be_post
from tests.integration.foreign_server import CONTEXT, ForeignServer, foreign_server, rsa_key
from tests.integration.inbox_peer import PeerActor, deliver
from tests.integration.members import Member, given_member_of
from tests.integration.nodes import RunningNode

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_LONGEST = 200
_ABOUT_PEOPLE = ("Follow", "Block", "Invite")
_ABOUT_POSTS = ("Like", "Dislike", "EmojiReact")


@dataclass(frozen=True, slots=True)
class Reading:
    """``outcome`` is a status of the inbox, or how the worker ended it."""

    outcome: str
    reason: str = ""
    reads: str = ""

    @property
    def row(self) -> tuple[str, str, str]:
        return self.outcome, self.reason, self.reads


@dataclass
class Stage:
    """A node with a member, ada, and the two servers of everybody else."""

    node: RunningNode
    ada: Member
    post_uri: str
    home: ForeignServer
    others: ForeignServer
    known: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Other documents by their id, as they are."""
    shows_html: bool = False
    """Readings show the HTML that is served, instead of its words."""

    @property
    def ada_uri(self) -> str:
        return f"{self.node.origin}/users/ada"

    async def play(self, prefix: str, document: Mapping[str, Any]) -> Reading:
        """Send a document as its own server would, and say what came of it."""
        script = _Script(self, prefix, document)
        if type_of(document) in ACTOR_TYPES:
            return await self._meet(script)
        activity = script.activity()
        sender = await self.given_sender(script.sender, kind=script.kind_of_sender)
        self._serve_named(script, activity)
        answer = await deliver(self.node, sender, activity)
        if answer.status != 202:
            problem = json.loads(await answer.read())
            return Reading(str(answer.status), problem["reason"])
        await self.node.drain()
        return await self.ended(sender, prefix)

    def _serve_named(self, script: "_Script", activity: Mapping[str, Any]) -> None:
        """Serve what a Create, Update or Announce only names: as it is known, else a short note."""
        if activity.get("type") not in ("Create", "Update", "Announce"):
            return
        whole = script.document
        originals = listed(whole["object"]) if "object" in whole else [whole]
        for original, object_ in zip(originals, listed(activity["object"]), strict=True):
            uri = uri_of(object_) or ""
            server = self.home if uri.startswith(self.home.origin) else self.others
            if not uri.startswith(server.origin) or (
                isinstance(original, dict) and server is self.home
            ):
                continue  # not theirs to serve, or what its own server embeds
            author = f"{server.origin}/{script.prefix}/named-author"
            author = script.sender if server is self.home else author
            note = {
                "id": uri, "type": "Note", "attributedTo": author, "to": [PUBLIC],
                "content": "<p>A note by this address</p>",
            }  # fmt: skip
            known = original if isinstance(original, dict) else self.known.get(str(original))
            document = note if known is None else script.moved(known)
            author = uri_of(document.get("attributedTo")) or author
            if not author.startswith(server.origin):
                continue
            name = f"n{sha256(author.encode()).hexdigest()[:12]}"
            server.serve(author.removeprefix(server.origin), person(author, name))
            server.webfinger(f"{name}@{server.domain}", author)
            server.serve(uri.removeprefix(server.origin), {"@context": CONTEXT, **document})

    async def _meet(self, script: "_Script") -> Reading:
        document = script.moved(script.document)
        uri = document.get("id")
        if not isinstance(uri, str):
            return Reading("actor refused", "no id")
        self.home.serve(uri.removeprefix(self.home.origin), {"@context": CONTEXT, **document})
        name = document.get("preferredUsername")
        if isinstance(name, str):
            self.home.webfinger(f"{name}@{self.home.domain}", uri)
        try:
            actor = await self.node.services.actors.get(uri)
        except FedinetError as error:
            return Reading("actor refused", type(error).__name__)
        bio = " ".join(plain_text(actor.summary_html).split())
        return Reading("actor", "", f"{actor.kind} {actor.display_name} | {bio}"[:_LONGEST])

    async def given_sender(self, uri: str, *, kind: str = "Person") -> PeerActor:
        """Serve whoever sends, and let ada follow them."""
        path = uri.removeprefix(self.home.origin)
        name = f"s{sha256(uri.encode()).hexdigest()[:12]}"
        self.home.serve(path.partition("#")[0] or "/", person(uri, name) | {"type": kind})
        self.home.webfinger(f"{name}@{self.home.domain}", uri)
        actor = await self.node.services.actors.get(uri)
        await self.node.pool.execute(
            "INSERT INTO follows (follower_id, target_id, state, uri)"
            " VALUES ($1, $2, 'accepted', $3) ON CONFLICT DO NOTHING",
            self.ada.actor_id,
            actor.id,
            f"{self.ada_uri}#{actor.id}",
        )
        return PeerActor(uri, SigningKey(KeyUri(f"{uri.partition('#')[0]}#main-key"), rsa_key()))

    async def ended(self, sender: PeerActor, prefix: str) -> Reading:
        row = await self.node.pool.fetchrow(
            "SELECT outcome, reason FROM inbound_log WHERE actor_uri = $1"
            " AND (activity_uri IS NULL OR starts_with(activity_uri, $2))"
            " ORDER BY received_at DESC, id DESC LIMIT 1",
            sender.uri,
            f"{self.home.origin}/{prefix}/",
        )
        if row is None:
            return Reading("202", "nothing was recorded")
        found = await self.node.pool.fetch(
            "SELECT p.id, q.options FROM posts p LEFT JOIN polls q ON q.post_id = p.id"
            " WHERE p.uri LIKE $1 OR p.uri LIKE $2 ORDER BY p.id",
            f"{self.home.origin}/{prefix}/%",
            f"{self.others.origin}/{prefix}/%",
        )
        async with transaction(self.node.pool) as tx:
            posts = await list_visible(tx, self.ada.viewer, [row["id"] for row in found])
        for post in posts.values():
            places = is_to_read(post.kind)  # of pictures, which pages fill
            assert clean_html(post.html, with_places=places) == post.html
        read = " || ".join(
            self._words(posts[one["id"]], one["options"] or ())
            for one in found
            if one["id"] in posts
        )
        return Reading(row["outcome"], row["reason"], read)

    def _words(self, post: Post, options: Sequence[str]) -> str:
        """What ada reads of a post, in one line, without the ports of this run."""
        html = whole_html(post)
        words = " ".join((html if self.shows_html else plain_text(html)).split())[:_LONGEST]
        media = ",".join(a.media_type or "file" for a in post.attachments)
        parts = [
            str(post.visibility),
            f"{post.kind}!" if post.sensitive else post.kind,
            f"[{post.content_note[:60]}]" if post.content_note else "",
            words,
            f"<{' | '.join(options)}>" if options else "",
            f"({media})" if media else "",
            post.language or "",
            " ".join(f"#{tag.written}" for tag in post.tags),
            "" if post.page_url == post.uri else f"@ {post.page_url}",
        ]
        line = " ".join(part for part in parts if part)
        return line.replace(self.home.origin, "HOME").replace(self.others.origin, "OTHERS")


class _Script:
    """One document, moved to where it is played."""

    def __init__(self, stage: Stage, prefix: str, document: Mapping[str, Any]) -> None:
        self._stage = stage
        self.prefix = prefix
        self.document = document
        self._home = _host(self._author()) or _host(document.get("id")) or "nobody"
        self.sender = self._placed(self._author() or f"https://{self._home}/author")

    @property
    def kind_of_sender(self) -> str:
        """Only groups announce what is itself an activity."""
        passed_on = as_document(self.document.get("object"))
        is_group = type_of(self.document) == "Announce" and passed_on is not None
        return "Group" if is_group else "Person"

    def _author(self) -> str | None:
        if type_of(self.document) in ACTOR_TYPES:
            return uri_of(self.document.get("id"))
        found = uri_of(self.document.get("actor")) or uri_of(self.document.get("attributedTo"))
        return found if found is not None and _host(found) else None

    def activity(self) -> Mapping[str, Any]:
        document = self.moved(self.document)
        kind = type_of(document)
        if "actor" in document and not (kind is not None and may_be_post(kind)):
            return self._aimed(document)
        wrapped = "Delete" if kind == "Tombstone" else "Create"
        return {
            "@context": document.get("@context", CONTEXT[0]),
            "id": f"{self._stage.home.origin}/{self.prefix}/played",
            "type": wrapped,
            "actor": self.sender,
            "to": [PUBLIC],
            "object": {"attributedTo": self.sender, **document},
        }

    def _aimed(self, document: dict[str, Any]) -> Mapping[str, Any]:
        """Let it be about somebody or something of this node, where it is about another's."""
        aim = document.get("object")
        if isinstance(aim, str) and aim.startswith(self._stage.others.origin):
            if type_of(document) in _ABOUT_PEOPLE:
                return {**document, "object": self._stage.ada_uri}
            if type_of(document) in _ABOUT_POSTS:
                return {**document, "object": self._stage.post_uri}
        return document

    def moved(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: v if k == "@context" else self.moved(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [self.moved(member, key) for member in value]
        if isinstance(value, str) and key != "type" and _host(value):
            return self._placed(value)
        return value

    def _placed(self, uri: str) -> str:
        if uri == PUBLIC:
            return uri
        parts = urlsplit(uri)
        tail = uri.partition("://")[2].removeprefix(parts.netloc)
        tail = tail if tail.startswith("/") else f"/{tail}"
        if parts.netloc == self._home:
            return f"{self._stage.home.origin}/{self.prefix}{tail}"
        return f"{self._stage.others.origin}/{self.prefix}/{parts.netloc}{tail}"


def _host(uri: object) -> str:
    if not isinstance(uri, str) or not uri.startswith(("https://", "http://")) or " " in uri:
        return ""
    try:
        return urlsplit(uri).netloc
    except ValueError:
        return ""


def write_table(path: Path, found: Mapping[str, Reading]) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["document", "outcome", "reason", "reads"])
        rows.writerows([name, *reading.row] for name, reading in found.items())


def read_table(path: Path) -> dict[str, tuple[str, str, str]]:
    with path.open(newline="") as file:
        return {
            row["document"]: (row["outcome"], row["reason"], row["reads"])
            for row in csv.DictReader(file)
        }


def person(uri: str, name: str) -> dict[str, object]:
    return {
        "@context": CONTEXT,
        "id": uri,
        "type": "Person",
        "preferredUsername": name,
        "inbox": f"{uri}/inbox",
        "followers": f"{uri}/followers",
        "publicKey": {
            "id": f"{uri.partition('#')[0]}#main-key",
            "owner": uri,
            "publicKeyPem": public_of(rsa_key()).pem,
        },
    }


@asynccontextmanager
async def stage(node: RunningNode, known: Mapping[str, Any] | None = None) -> AsyncIterator[Stage]:
    """Ada on the node with one post to everybody, and two servers elsewhere."""
    ada = await given_member_of(node, "ada")
    post_uri = f"{node.origin}/posts/1"
    await node.pool.execute(
        "INSERT INTO posts (id, uri, page_url, author_id, is_local, visibility, html, root_id,"
        " published_at) VALUES (1, $1, $1, $2, true, 'everyone', '<p>Bread</p>', 1, now())",
        post_uri,
        ada.actor_id,
    )
    async with foreign_server() as home, foreign_server() as others:
        yield Stage(node, ada, post_uri, home, others, known or {})
