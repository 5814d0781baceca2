"""What the slice's requests ask the application for."""

from aiohttp import web

from fedinet.media.copies import Copies
from fedinet.media.library import Library

LIBRARY: web.AppKey[Library] = web.AppKey("media_library", Library)
"""``await request.app[LIBRARY].upload(owner_id, file, …)``: the one way in for files."""

COPIES: web.AppKey[Copies] = web.AppKey("media_copies", Copies)
"""Copies of what others show. Ask the gate first."""
