"""What the application gives to those who serve ActivityPub clients. ``fedinet.app`` fills it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias

from aiohttp import web

from fedinet.audiences.model import Viewer
from fedinet.client.dispatch import OutboundTable
from fedinet.db.query import Conn
from fedinet.vocab.activity import Document

ListDocuments: TypeAlias = Callable[
    [Conn, Viewer, Sequence[str]], Awaitable[Mapping[str, Document]]
]
"""Objects by URI, as far as they are here and the gate lets the viewer see them."""

OUTBOUND: web.AppKey[OutboundTable] = web.AppKey("outbound")
DOCUMENTS: web.AppKey[ListDocuments] = web.AppKey("documents")
