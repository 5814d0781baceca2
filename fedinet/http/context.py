"""What every request handler may ask the application for. ``fedinet.app`` fills it."""

from aiohttp import web

from fedinet.db.query import Pool
from fedinet.kernel.names import NodeUris

POOL: web.AppKey[Pool] = web.AppKey("pool")
URIS = web.AppKey("uris", NodeUris)
