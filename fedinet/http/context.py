"""What every request handler may ask the application for. ``fedinet.app`` fills it.

Keys of one slice live in that slice; here are only those that several read.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from aiohttp import web
from markupsafe import Markup

from fedinet.db.query import Pool
from fedinet.kernel.names import NodeUris

if TYPE_CHECKING:
    from fedinet.actors.remote import ActorSource
    from fedinet.actors.verify import Verifier
    from fedinet.http.assets import Assets
    from fedinet.http.node import CurrentNode
    from fedinet.http.pages import Pages
    from fedinet.net.fetch import Fetcher
    from fedinet.node.push_keys import PushKeys
    from fedinet.node.secrets import SecretBox
    from fedinet.policy.ask import Policy
    from fedinet.settings import Settings

PageHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]

POOL: web.AppKey[Pool] = web.AppKey("pool")
URIS = web.AppKey("uris", NodeUris)
SETTINGS: "web.AppKey[Settings]" = web.AppKey("settings")
BOX: "web.AppKey[SecretBox]" = web.AppKey("box")
NODE: "web.AppKey[CurrentNode]" = web.AppKey("node")
FETCHER: "web.AppKey[Fetcher]" = web.AppKey("fetcher")
PUSH_FETCHER: "web.AppKey[Fetcher]" = web.AppKey("push_fetcher")
"""Guarded as the other one, but asks no policy: push services are no peers of ours."""
PUSH_KEYS: "web.AppKey[PushKeys]" = web.AppKey("push_keys")
ACTORS: "web.AppKey[ActorSource]" = web.AppKey("actors")
VERIFIER: "web.AppKey[Verifier]" = web.AppKey("verifier")
POLICY: "web.AppKey[Policy]" = web.AppKey("policy")
ASSETS: "web.AppKey[Assets]" = web.AppKey("assets")
PAGES: "web.AppKey[Pages]" = web.AppKey("pages")

LATELY: web.AppKey[Callable[[web.Request], Awaitable[Sequence[Markup]]]] = web.AppKey("lately")
"""Recent posts to everyone, as rendered entries, for the landing page. Optional."""

HOME: web.AppKey[PageHandler] = web.AppKey("home")
"""Answers ``/`` for members. Optional: without it they get the landing page."""
