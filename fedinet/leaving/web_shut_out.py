"""The archive for who is suspended: with the pass of ``moderation.shut_out``."""

from aiohttp import web

from fedinet.leaving.web import send_archive_of
from fedinet.moderation.shut_out import HERE, require_whole_pass

routes = web.RouteTableDef()


@routes.post(f"{HERE}/archive")
async def send_archive(request: web.Request) -> web.StreamResponse:
    """Send everything of theirs as one ZIP file.

    Raises:
        Unauthenticated: no pass. TooManyRequests: ten in a day.
    """
    found = await require_whole_pass(request)
    return await send_archive_of(request, found.account.id, language=found.account.language)
