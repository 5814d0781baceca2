"""What this slice's requests ask the application for."""

from aiohttp import web

from fedinet.actors.keys import Signer

SIGNER: web.AppKey[Signer] = web.AppKey("allies_signer", Signer)
"""Opens the node's own key, which its statements are signed with."""
