"""Who is asking: a member with a browser, an app with a token, another server, a visitor.

The middleware ``identify`` finds out once per request; the functions here only
read. Cookies count on pages, tokens on the API, signatures on documents.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import asyncpg
from aiohttp import web

from fedinet.actors.store import find_actor
from fedinet.actors.verify import Verified
from fedinet.audiences.model import VISITOR, Viewer, Visibility
from fedinet.audiences.store import is_node_of_ally
from fedinet.http.context import POOL, URIS, VERIFIER
from fedinet.http.cookies import read_cookie, session_cookie
from fedinet.http.multipart import MAY_UPLOAD
from fedinet.http.params import read_form
from fedinet.http.ready import LOOK, READY, Look
from fedinet.http.sessions import find_session
from fedinet.http.surfaces import Surface, surface_of
from fedinet.http.tokens import TOKENS, allows, hash_token
from fedinet.kernel.errors import Forbidden, Unauthenticated
from fedinet.kernel.ids import AccountId, ActorId
from fedinet.signing.message import SignedMessage

Role = Literal["owner", "admin", "moderator", "member"]
_SAFE = frozenset({"GET", "HEAD"})
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_EVERYTHING = frozenset({"profile", "read", "write", "follow", "push", "admin:read", "admin:write"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who has an account here, as this request knows them."""

    account_id: AccountId
    actor_id: ActorId
    username: str
    name: str
    role: Role
    language: str
    app_visibility: Visibility
    """What apps post to when they name no audience."""
    post_language: str
    """Of what they write where nothing is said."""
    posts_sensitive: bool
    """Their posts are sensitive where an app does not say."""
    scopes: frozenset[str]
    via: Literal["session", "token"]
    avatar_url: str = ""
    """In a browser only; empty where there is no picture."""
    has_notices: bool = False
    """In a browser only: something about their sign-in happened that they did not say was them."""
    has_terms: bool = False
    """In a browser only: they are asked to accept a text that changed."""
    time_zone: str = ""
    """In a browser only: what they chose for their moments; empty: the community's."""
    filters: str = ""
    """In a browser only: what they would rather not read, as JSON (``filters.reader``)."""
    shortcuts: bool = False
    """In a browser only: single letters are keys on their pages."""
    app_name: str = ""
    """Of the token; empty in a browser."""
    is_frozen: bool = False
    """Stewards let them read, and change nothing (``http.frozen``)."""

    @property
    def display_name(self) -> str:
        return self.name or self.username

    @property
    def viewer(self) -> Viewer:
        return Viewer(actor_id=self.actor_id, is_member=True)

    @property
    def is_steward(self) -> bool:
        return self.role != "member"

    @property
    def may_administer(self) -> bool:
        return self.role in ("owner", "admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppAlone:
    """An app that speaks for itself. It sees what visitors see."""

    app_id: int
    name: str
    scopes: frozenset[str]


_MEMBER = web.RequestKey("member", Member)
_APP = web.RequestKey("app", AppAlone)
_APP_ID = web.RequestKey("app_id", int)
_TOKEN_ID = web.RequestKey("token_id", int)
_TOKEN = web.RequestKey("token", str)


def app_alone(request: web.Request) -> AppAlone | None:
    """The app that asks without a member, if one does."""
    return request.get(_APP)


def app_id(request: web.Request) -> int | None:
    """The registered app whose token this is; None for a token made on the terminal."""
    return request.get(_APP_ID)


def token_id(request: web.Request) -> int | None:
    """The row of the token that was shown; None for a browser and for nobody."""
    return request.get(_TOKEN_ID)


def shown_token(request: web.Request) -> str:
    """The token itself, for what has to hand it on sealed; empty where none was shown."""
    return request.get(_TOKEN, "")


def member(request: web.Request) -> Member | None:
    """The member who asks, or None for visitors and other servers."""
    return request.get(_MEMBER)


def require_member(request: web.Request) -> Member:
    """The member who asks. A page then leads to sign-in and back; an app gets 401.

    Raises:
        Unauthenticated: nobody is signed in.
    """
    found = member(request)
    if found is None:
        raise Unauthenticated(f"{request.path} needs a member")
    return found


def require_scope(request: web.Request, *any_of: str) -> Member:
    """The member whose app holds one of these scopes, e.g. ``"write:statuses"``.

    Raises:
        Unauthenticated: no or a dead token.
        Forbidden: the token was given for other things.
    """
    found = require_member(request)
    if not any(allows(found.scopes, scope) for scope in any_of):
        raise Forbidden(
            f"{found.username}'s token lacks {any_of}",
            public="This action is outside the authorized scopes",
        )
    return found


def require_steward(request: web.Request) -> Member:
    """Raises ``Forbidden`` for members without a role, ``Unauthenticated`` for visitors."""
    found = require_member(request)
    if not found.is_steward:
        raise Forbidden(f"{found.username} is no steward")
    return found


def require_administrator(request: web.Request) -> Member:
    """Raises ``Forbidden`` for all but owner and admins, ``Unauthenticated`` for visitors."""
    found = require_member(request)
    if not found.may_administer:
        raise Forbidden(f"{found.username} may not administer")
    return found


def require_owner(request: web.Request) -> Member:
    """Raises ``Forbidden`` for all but owners, ``Unauthenticated`` for visitors."""
    found = require_administrator(request)
    if found.role != "owner":
        raise Forbidden(f"{found.username} is no owner")
    return found


def require_desk(request: web.Request, scope: str, *, administers: bool = False) -> Member:
    """The steward whose app holds a scope; with ``administers``, owner or admin.

    What was agreed to once is no role: both are asked for each time.

    Raises:
        Unauthenticated: no or a dead token. Forbidden: another scope, or no such role (any more).
    """
    found = require_scope(request, scope)
    if not (found.may_administer if administers else found.is_steward):
        raise Forbidden(f"{found.username} is {found.role}: not enough for {scope}")
    return found


async def viewer(request: web.Request) -> Viewer:
    """Who the one gate is asked for: member, remote actor of a signed request, or visitor.

    A node's own actor (``Application``) fetches for nobody in particular, and
    sees what a visitor sees (TRAPS 18); that of an allied community also what is
    for those. So does who is suspended here or gone:
    their follows are frozen, and show them nothing.

    Raises:
        Unauthenticated: there is a signature, and it does not hold.
    """
    found = member(request)
    if found is not None:
        return require_scope(request, "read:statuses").viewer
    if VERIFIER not in request.app or not is_signed(request):
        return VISITOR
    verified = await request.app[VERIFIER].verify(
        signed_message(request, await request.read()), now=datetime.now(UTC)
    )
    async with request.app[POOL].acquire() as conn:
        actor = await find_actor(conn, verified.actor_id)
        if actor is None or actor.is_suspended or actor.is_gone:
            return VISITOR
        if actor.kind == "Application" and not await is_node_of_ally(conn, actor.id):
            return VISITOR
    return Viewer(actor_id=actor.id)


async def require_signer(request: web.Request) -> Verified:
    """The actor of another server who signed this request, a node actor too.

    Cookies and tokens count for nothing here.

    Raises:
        Unauthenticated: no signature, or one that does not hold.
        Forbidden: suspended here, or gone. Whoever we refuse learns nothing.
    """
    if VERIFIER not in request.app or not is_signed(request):
        raise Unauthenticated(f"{request.path} needs a signature")
    verified = await request.app[VERIFIER].verify(
        signed_message(request, await request.read()), now=datetime.now(UTC)
    )
    if verified.is_suspended or verified.is_gone:
        raise Forbidden(f"{verified.actor_uri} is suspended here, or gone")
    return verified


def is_signed(request: web.Request) -> bool:
    """Tell whether a server says who it is; whether that is true, nobody has looked at yet."""
    return "Signature" in request.headers


def signed_message(request: web.Request, body: bytes) -> SignedMessage:
    """The request as its signature covers it, with *our* authority (TRAPS 20)."""
    origin = request.app[URIS].origin
    headers: dict[str, tuple[str, ...]] = {}
    for name in {key.lower() for key in request.headers}:
        headers[name] = tuple(request.headers.getall(name))
    return SignedMessage(
        method=request.method,
        target=request.raw_path,
        authority=origin.domain,
        scheme=origin.scheme,
        headers=headers,
        body=body,
    )


async def recognise(request: web.Request, *, now: datetime) -> None:
    """Put the member on the request, by the credentials its surface accepts.

    Raises:
        Unauthenticated: a token was given, and it opens nothing.
    """
    pool = request.app[POOL]
    surface = surface_of(request.path)
    if surface in (Surface.API, Surface.FEDERATION):
        token = await _bearer(request, surface)
        if token is not None:
            await recognise_token(request, token, now=now)
            return
        if surface is Surface.API:
            return
    if surface is not Surface.PAGE and request.method not in _SAFE:
        return  # an inbox: no form token is asked for here, so no cookie counts
    cookie = read_cookie(request, session_cookie(request.app[URIS].origin))
    row = await find_session(pool, cookie, now=now) if cookie else None
    if row is not None:
        request[_MEMBER] = _member(row, _EVERYTHING, "session", "")
        request[MAY_UPLOAD] = True


async def recognise_token(request: web.Request, token: str, *, now: datetime) -> None:
    """Put the member or app on the request whose token this is.

    Raises:
        Unauthenticated: it opens nothing.
    """
    if not token:
        raise Unauthenticated("a malformed token")
    token_hash = hash_token(token)
    ready = request.app[READY].find(token_hash, request)
    row = await request.app[TOKENS].find(
        token_hash,
        now=now,
        since=None if ready is None else ready.snapshot,
        about=None if ready is None else ready.about,
    )
    if row is None:
        raise Unauthenticated("unknown or revoked token")
    request[_TOKEN] = token
    request[LOOK] = Look(token_hash, ready, holds=row["holds"], snapshot=row["snapshot"])
    _recognise_app(request, row)


def _recognise_app(request: web.Request, row: asyncpg.Record) -> None:
    scopes = frozenset[str](row["scopes"])
    request[_TOKEN_ID] = row["id"]
    if row["app_id"] is not None:
        request[_APP_ID] = row["app_id"]
    if row["account_id"] is not None:
        request[_MEMBER] = _member(row, scopes, "token", row["app_name"])
        request[MAY_UPLOAD] = True
    elif row["app_id"] is not None:
        request[_APP] = AppAlone(app_id=row["app_id"], name=row["app_name"], scopes=scopes)


async def _bearer(request: web.Request, surface: Surface) -> str | None:
    """The token, ``""`` for a malformed one, None where there is none.

    Never of the address, which stands in logs and histories (RFC 9700 section 4.3.2).
    """
    header = request.headers.get("Authorization")
    if header is not None:
        kind, _, token = header.partition(" ")
        if kind.lower() == "bearer":
            token = token.strip()
            return token if token.isascii() and len(token) <= 200 else ""
        return None  # Basic: an app's own credentials at the token endpoint
    if surface is Surface.API and request.content_type in _FORMS:
        return (await read_form(request)).text("access_token", None)
    return None


def _member(
    row: asyncpg.Record, scopes: frozenset[str], via: Literal["session", "token"], app_name: str
) -> Member:
    return Member(
        account_id=AccountId(row["account_id"]),
        actor_id=ActorId(row["actor_id"]),
        username=row["username"],
        name=row["name"],
        role=row["role"],
        language=row["language"],
        app_visibility=Visibility(row["app_visibility"]),
        post_language=row["post_language"],
        posts_sensitive=row["posts_sensitive"],
        scopes=scopes,
        via=via,
        avatar_url=(row["avatar_url"] or "") if via == "session" else "",
        has_notices=via == "session" and row["has_notices"],
        has_terms=via == "session" and row["has_terms"],
        time_zone=(row["time_zone"] or "") if via == "session" else "",
        filters=(row["filters"] or "") if via == "session" else "",
        shortcuts=via == "session" and row["shortcuts"],
        app_name=app_name,
        is_frozen=row["is_frozen"],
    )
