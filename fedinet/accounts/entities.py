"""People as apps know them: the Account entity of the Mastodon API, and its relatives.

Rendered once for each revision and kept in the process. No picture that lives
elsewhere is named: an app would tell that server who reads.

Source: https://docs.joinmastodon.org/entities/Account/
"""

from collections.abc import Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Final

import msgspec
from aiohttp import web

from fedinet.accounts.figures_store import Figures, list_figures
from fedinet.accounts.model import Account
from fedinet.accounts.quote_words import QUOTE_POLICY_WORDS
from fedinet.accounts.role_words import ROLES, role_entity, role_name
from fedinet.actors.model import Actor
from fedinet.actors.pictures import picture_url
from fedinet.actors.store import find_actor, find_actors_by_uri
from fedinet.audiences.model import QuotePolicy, Visibility
from fedinet.db.query import Conn
from fedinet.emojis.model import entity
from fedinet.http.assets import Assets
from fedinet.http.json import timestamp
from fedinet.kernel.errors import NotFound
from fedinet.kernel.ids import ActorId, ActorUri
from fedinet.kernel.names import NodeUris
from fedinet.markup.sanitise import plain_text

_KEPT: Final = 4000
_FRESH_S: Final = 60.0
_NOBODY: Final = {"automatic": (), "manual": (), "current_user": "denied"}

VISIBILITY_WORDS: Final = {
    Visibility.EVERYONE: "public",
    Visibility.QUIET: "unlisted",
    Visibility.FOLLOWERS: "private",
    Visibility.COMMUNITY: "private",
    Visibility.ALLIES: "private",
    Visibility.MENTIONED: "direct",
}
"""The four words that every app knows. One for this community, or this and allied ones, is also
``local_only``.
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """Where somebody is now, with what is counted of that account."""

    actor: Actor
    figures: Figures


class AccountEntities:
    """One per process: encoded accounts by revision, and counts that are a minute old at most."""

    def __init__(self, uris: NodeUris, assets: Assets) -> None:
        self._uris = uris
        self._avatar = f"{uris.origin}{assets.url('avatar.png')}"
        self._header = f"{uris.origin}{assets.url('header.png')}"
        self._figures: dict[tuple[ActorId, bool], tuple[float, Figures]] = {}
        self._encoded: dict[tuple[ActorId, int, Figures], msgspec.Raw] = {}

    async def render(
        self,
        conn: Conn,
        owner_id: ActorId | None,
        actors: Iterable[Actor],
        *,
        fresh: bool = False,
    ) -> dict[ActorId, msgspec.Raw]:
        """Encode accounts; ``owner_id`` is who reads. ``fresh``: count now. At most one query.

        Two more where somebody has moved.
        """
        wanted = {actor.id: actor for actor in actors}
        figures = await self.figures(conn, owner_id, wanted, fresh=fresh)
        moved = await self._destinations(conn, owner_id, wanted.values())
        return {
            actor_id: self._encode(actor, figures[actor_id], moved.get(actor_id))
            for actor_id, actor in wanted.items()
        }

    async def render_one(
        self, conn: Conn, owner_id: ActorId | None, actor: Actor
    ) -> dict[str, object]:
        """One account that somebody looks at, counted now."""
        figures = await self.figures(conn, owner_id, [actor.id], fresh=True)
        moved = await self._destinations(conn, owner_id, [actor])
        return self.entity(actor, figures[actor.id], moved.get(actor.id))

    async def figures(
        self,
        conn: Conn,
        owner_id: ActorId | None,
        actor_ids: Iterable[ActorId],
        *,
        fresh: bool = False,
    ) -> dict[ActorId, Figures]:
        """Count what the cache does not have, or has had for too long."""
        now = monotonic()
        found: dict[ActorId, Figures] = {}
        missing: list[ActorId] = []
        for actor_id in actor_ids:
            kept = self._figures.get((actor_id, actor_id == owner_id))
            if kept is None or fresh or now - kept[0] > _FRESH_S:
                missing.append(actor_id)
            else:
                found[actor_id] = kept[1]
        if missing:
            counted = await list_figures(conn, missing, owner_id=owner_id)
            if len(self._figures) > _KEPT:
                self._figures.clear()
            for actor_id, figures in counted.items():
                self._figures[actor_id, actor_id == owner_id] = (now, figures)
            found |= counted
        return found

    async def _destinations(
        self, conn: Conn, owner_id: ActorId | None, actors: Iterable[Actor]
    ) -> dict[ActorId, Moved]:
        """Where those who moved are now, by who moved; as far as we know who that is."""
        gone = {actor.id: actor.moved_to for actor in actors if actor.moved_to is not None}
        if not gone:
            return {}
        known = await find_actors_by_uri(conn, gone.values())
        shown = {uri: actor for uri, actor in known.items() if not _is_hidden(actor)}
        figures = await self.figures(conn, owner_id, [actor.id for actor in shown.values()])
        return {
            actor_id: Moved(there, figures[there.id])
            for actor_id, uri in gone.items()
            if (there := shown.get(ActorUri(uri))) is not None
        }

    def entity(
        self, actor: Actor, figures: Figures, moved: Moved | None = None
    ) -> dict[str, object]:
        """The Account entity, with every field that is not optional."""
        avatar = picture_url(actor, "avatar", self._uris) or self._avatar
        header = picture_url(actor, "header", self._uris) or self._header
        last, look = figures.last_post_on, actor.presentation
        more: dict[str, object] = {"memorial": True} if actor.is_memorial else {}
        if actor.is_limited:
            more["limited"] = True
        if actor.is_suspended:
            more["suspended"] = True
        if moved is not None:
            more["moved"] = self.entity(moved.actor, moved.figures)
        return {
            "id": str(actor.id),
            "username": actor.username,
            "acct": actor.handle,
            "url": actor.page_url,
            "uri": actor.uri,
            "display_name": actor.name,
            "note": actor.summary_html,
            "avatar": avatar,
            "avatar_static": avatar,
            "avatar_description": look.avatar_description if actor.avatar_url else "",
            "header": header,
            "header_static": header,
            "header_description": look.header_description if actor.header_url else "",
            "locked": actor.approves_followers,
            "fields": [
                {"name": field.name, "value": field.value, "verified_at": None}
                for field in actor.fields
            ],
            "emojis": [entity(emoji, str(self._uris.origin)) for emoji in actor.emojis],
            "bot": actor.kind in ("Service", "Application"),
            "group": actor.kind == "Group",
            "discoverable": actor.discoverable,
            "indexable": actor.indexable,
            "noindex": not actor.indexable,
            "created_at": timestamp(actor.joined_at),
            "last_status_at": None if last is None else last.isoformat(),
            "statuses_count": figures.posts,
            "followers_count": figures.followers,
            "following_count": figures.following,
            "hide_collections": True,
            "show_media": look.show_media,
            "show_media_replies": look.show_media_replies,
            "show_featured": look.show_featured,
            "roles": _shown_roles(figures.role),
            "feature_approval": _NOBODY,
            **more,
        }

    def _encode(self, actor: Actor, figures: Figures, moved: Moved | None) -> msgspec.Raw:
        if moved is not None:  # rare, and two revisions old at once
            return msgspec.Raw(msgspec.json.encode(self.entity(actor, figures, moved)))
        key = (actor.id, actor.revision, figures)
        kept = self._encoded.get(key)
        if kept is None:
            if len(self._encoded) > _KEPT:
                self._encoded.clear()
            kept = msgspec.Raw(msgspec.json.encode(self.entity(actor, figures)))
            self._encoded[key] = kept
        return kept


ACCOUNTS: web.AppKey[AccountEntities] = web.AppKey("account_entities", AccountEntities)


async def get_shown(conn: Conn, actor_id: int) -> Actor:
    """Read an actor that apps may be told of.

    Raises:
        NotFound: there is none; suspended here; gone. All three look the same.
    """
    actor = await find_actor(conn, ActorId(actor_id))
    if actor is None or _is_hidden(actor):
        raise NotFound(f"no account {actor_id} to be shown")
    return actor


def _is_hidden(actor: Actor) -> bool:
    return actor.is_gone or actor.is_suspended


def credentials(
    entity: dict[str, object],
    actor: Actor,
    account: Account,
    figures: Figures,
    quote_policy: QuotePolicy,
    *,
    posting: tuple[str, bool],
) -> dict[str, object]:
    """The CredentialAccount entity: the account, and what only its owner is told.

    ``posting``: the language of new posts, and whether they are sensitive, by default.
    """
    return entity | {
        "source": {
            "privacy": VISIBILITY_WORDS[account.app_visibility],
            "sensitive": posting[1],
            "language": posting[0],
            "note": actor.summary_source,
            "fields": [
                {"name": field.name, "value": plain_text(field.value), "verified_at": None}
                for field in actor.fields
            ],
            "follow_requests_count": figures.requests,
            "hide_collections": True,
            "discoverable": actor.discoverable,
            "indexable": actor.indexable,
            "attribution_domains": actor.presentation.attribution_domains,
            "quote_policy": QUOTE_POLICY_WORDS[quote_policy],
        },
        "role": role_entity(account.role),
    }


def _shown_roles(role: str) -> tuple[dict[str, str], ...]:
    """The badge of whom one may turn to, as ``/about`` names them; nobody else has one."""
    if role in ("", "member"):
        return ()
    return ({"id": str(ROLES.index(role)), "name": role_name(role), "color": ""},)
