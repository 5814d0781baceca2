"""Who will see what is being written, asked by the page's script while people are being named."""

from aiohttp import web

from fedinet.http.auth import require_member
from fedinet.http.pages import render
from fedinet.http.params import read_form
from fedinet.markup.compose import find_mentions
from fedinet.posts.model import MAX_ARTICLE_CHARACTERS
from fedinet.posts.readers import Names, read_around, read_readership
from fedinet.posts.readership import summary_of
from fedinet.posts.write_form import choices, deleting

routes = web.RouteTableDef()


@routes.post("/write/readers")
async def show_readers(request: web.Request) -> web.Response:
    """The summary of each audience, for the words so far. Asks no other server.

    Names that are half typed would be looked up all over the world; who is not known here yet is
    looked for when the post is previewed or published.
    """
    writer = require_member(request)
    fields = await read_form(request)
    around = await read_around(request, writer, fields.text("parent"), "")
    names = Names(find_mentions(fields.text("text")[:MAX_ARTICLE_CHARACTERS]))
    readers = (await read_readership(request, writer, around, names)).readership
    offered = choices(around.parent, has_allies=bool(readers.allied))
    return render(
        request,
        "posts/readers.html",
        readers=readers,
        summaries=[summary_of(audience, readers) for audience in offered],
        deleting=deleting,
    )
