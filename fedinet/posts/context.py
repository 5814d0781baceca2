"""What the application gives to those who publish."""

from aiohttp import web

from fedinet.posts.commands import OnPublished

ON_PUBLISHED: web.AppKey[OnPublished] = web.AppKey("on_published")
"""Puts a new post into its author's home, in the same transaction."""
